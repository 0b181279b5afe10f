"""Importing a report of ad-days."""

from typing import Annotated

import strawberry

from execution.transport.uploads import Upload
from resolvers.context import Info, signed_in
from resolvers.imports.answer import ImportAnswer, answer_of
from resolvers.inputs.ids import claimed_id
from resolvers.mutation import mutation
from services.imports import reports


@mutation(ImportAnswer)
async def import_report(
    info: Info,
    ad_account_id: strawberry.ID,
    file: Annotated[Upload, strawberry.argument(description="At most 32 MiB, as a multipart request brings it.")],
    dry_run: Annotated[bool, strawberry.argument(description="Answers the same, and stores nothing.")] = False,
) -> ImportAnswer:
    account_id = claimed_id(info.context, ad_account_id, "AdAccount", at=["adAccountId"])
    tools = info.context.tools
    done = await reports.import_report(tools, signed_in(info), account_id, file, is_trial=dry_run)
    return answer_of(done)

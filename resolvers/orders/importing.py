"""Importing orders from a file."""

from typing import Annotated

import strawberry

from execution.transport.uploads import Upload
from resolvers.context import Info, signed_in
from resolvers.imports.answer import ImportAnswer, answer_of
from resolvers.inputs.ids import claimed_id
from resolvers.mutation import mutation
from services.orders.files import importing


@mutation(ImportAnswer)
async def import_orders(
    info: Info,
    channel_id: strawberry.ID,
    file: Annotated[Upload, strawberry.argument(description="At most 32 MiB, as a multipart request brings it.")],
    dry_run: Annotated[bool, strawberry.argument(description="Answers the same, and stores nothing.")] = False,
) -> ImportAnswer:
    wanted = claimed_id(info.context, channel_id, "Channel", at=["channelId"])
    done = await importing.import_orders(info.context.tools, signed_in(info), wanted, file, is_trial=dry_run)
    return answer_of(done)

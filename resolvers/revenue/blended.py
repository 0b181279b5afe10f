"""The query `blended`: only what is selected of it is read."""

from typing import Annotated

import strawberry

from execution.limits.list_sizes import ListLength
from resolvers.context import Info, signed_in
from resolvers.insights.selection import fields_below
from resolvers.revenue.inputs import BlendedInput, blended_request
from services.insights.questions import MOST_POINTS
from services.revenue import blended as answering
from services.revenue.blended import BlendedResult

ROWS_LENGTH = ListLength(MOST_POINTS)

Input = Annotated[BlendedInput, strawberry.argument(name="input")]


async def blended(info: Info, input_: Input) -> BlendedResult:
    asked = blended_request(
        input_,
        has_gaps=any(fields_below(info, rows, "gaps") for rows in ("rows", "totals")),
        has_warnings=bool(fields_below(info, "warnings")),
    )
    return await answering.blended(info.context.db, signed_in(info), asked, now=info.context.tools.clock())

"""The query `namingCoverage`: how far naming templates reach."""

from typing import Annotated

import strawberry

from execution.limits.list_sizes import ListLength
from resolvers.context import Info, signed_in
from resolvers.inputs.date_ranges import DateRangeInput, asked_range
from resolvers.page import page_size
from services.naming import coverage as covering
from services.naming.coverage import NamingCoverage

_MOST_NAMES = 20
NAMES_LENGTH = ListLength(_MOST_NAMES)


async def naming_coverage(
    info: Info,
    days: Annotated[DateRangeInput, strawberry.argument(name="range")],
) -> NamingCoverage:
    tools = info.context.tools
    return await covering.naming_coverage(info.context.db, signed_in(info), asked_range(days), now=tools.clock())


def unmatched_names(root: strawberry.Parent[NamingCoverage], first: int | None = _MOST_NAMES) -> list[str]:
    return list(root.names[: page_size(_MOST_NAMES if first is None else first)])

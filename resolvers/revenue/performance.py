"""The query `productPerformance`, and the performance of a product: only what is selected of either is read."""

from collections.abc import Sequence
from typing import Annotated, Any

import strawberry

from execution.limits.list_sizes import DEFAULT_PAGE
from models.products.product import Product
from resolvers.batching import loaded, with_list_form
from resolvers.context import Info, signed_in
from resolvers.inputs.date_ranges import DateRangeInput, asked_range
from resolvers.inputs.given import given
from resolvers.insights.selection import fields_below
from resolvers.page import Page, window
from resolvers.revenue.inputs import ProductPerformanceInput, performance_request
from resolvers.scalars import Currency
from services.revenue import product_performance as answering
from services.revenue.product_performance import PerformanceKey, PerformanceRequest, ProductPerformance

Range = Annotated[DateRangeInput, strawberry.argument(name="range")]
_NOW = "performance.now"


async def product_performance(
    info: Info,
    input_: Annotated[ProductPerformanceInput, strawberry.argument(name="input")],
    first: int | None = DEFAULT_PAGE,
    after: str | None = strawberry.UNSET,
) -> Page[ProductPerformance]:
    has_gaps = any(fields_below(info, *path, "gaps") for path in (("nodes",), ("edges", "node")))
    asked = performance_request(input_, has_gaps=has_gaps)
    now = info.context.tools.clock()
    found = await answering.product_performance(info.context.db, signed_in(info), asked, window(first, after), now=now)

    async def count() -> int:
        return found.total

    return Page(found, count)


async def performance(
    root: strawberry.Parent[Product], info: Info, range_: Range, currency: Currency | None = strawberry.UNSET
) -> ProductPerformance:
    found: ProductPerformance = (await _performances([root], info, range_, currency))[0]
    return found


async def _performances(
    root: Sequence[Any], info: Info, range_: Range, currency: Currency | None = strawberry.UNSET
) -> list[Any]:
    loaders = info.context.loaders
    # One moment for all products of an operation, so that they are of one reading.
    now = loaders.of_place.setdefault(_NOW, info.context.tools.clock())
    asked = PerformanceRequest(
        days=asked_range(range_), currency=given(currency), has_gaps=bool(fields_below(info, "gaps"))
    )
    return await loaders.performance_by_product.load_many([PerformanceKey(each.id, asked, now) for each in root])


with_list_form(performance, _performances)

product = loaded(
    lambda loaders, row: None if row.product_id is None else loaders.products_by_id.load(row.product_id),
    shows=Product | None,
)

"""The list of products."""

from typing import Annotated

import strawberry

from execution.limits.list_sizes import DEFAULT_PAGE, ListLength
from models.products.product import Product, ProductOrder
from resolvers.context import Info, signed_in
from resolvers.page import Page, window
from resolvers.products.inputs import ProductFilterInput, product_filter
from services.products.lists import list_products, number_of_products
from services.products.wishes import MOST_PAGES

PAGES_LENGTH = ListLength(MOST_PAGES)


async def products(
    info: Info,
    first: int | None = DEFAULT_PAGE,
    after: str | None = strawberry.UNSET,
    wanted: Annotated[ProductFilterInput | None, strawberry.argument(name="filter")] = strawberry.UNSET,
    order: ProductOrder = ProductOrder.CREATED_DESC,
) -> Page[Product]:
    viewer, db, chosen = signed_in(info), info.context.db, product_filter(wanted)
    found = await list_products(db, viewer, chosen, order, window(first, after))
    return Page(found, lambda: number_of_products(db, viewer, chosen))

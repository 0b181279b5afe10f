"""Links between ads and products: below both, and the mutation that sets them."""

from collections.abc import Sequence

import strawberry

from execution.limits.list_sizes import DEFAULT_PAGE
from models.ads.ad import Ad
from models.keyset import PageBelow
from models.products.ad_link import AdLink
from models.products.product import Product
from resolvers.batching import loaded, with_list_form
from resolvers.context import Info, signed_in
from resolvers.inputs.given import given_list
from resolvers.inputs.ids import claimed_id, claimed_ids
from resolvers.mutation import mutation
from resolvers.page import Page, pages_below, window
from services.products import ad_links

links_of_ad = loaded(lambda loaders, ad: loaders.ad_links_by_ad.load(ad.id), shows=list[AdLink])
ad_of = loaded(lambda loaders, link: loaders.ads_by_id.load(link.ad_id), shows=Ad)
product_of = loaded(lambda loaders, link: loaders.products_by_id.load(link.product_id), shows=Product)


async def links_of_product(
    root: strawberry.Parent[Product],
    info: Info,
    first: int | None = DEFAULT_PAGE,
    after: str | None = strawberry.UNSET,
) -> Page[AdLink]:
    [page] = await _links_of_products([root], info, first, after)
    return page


async def _links_of_products(
    root: Sequence[Product], info: Info, first: int | None = DEFAULT_PAGE, after: str | None = strawberry.UNSET
) -> list[Page[AdLink]]:
    loaders, wanted = info.context.loaders, window(first, after)
    keys = [(PageBelow(each.id, wanted), each.id) for each in root]
    return await pages_below(loaders.ad_links_by_product, loaders.ad_link_counts_by_product, keys)


with_list_form(links_of_product, _links_of_products)


@mutation("product", called={"add": "add_ad_ids", "remove": "remove_ad_ids"})
async def set_product_ads(
    info: Info,
    product_id: strawberry.ID,
    add_ad_ids: list[strawberry.ID] | None = strawberry.UNSET,
    remove_ad_ids: list[strawberry.ID] | None = strawberry.UNSET,
) -> Product:
    tools = info.context.tools
    return await ad_links.set_product_ads(
        tools.db,
        tools.clock,
        signed_in(info),
        claimed_id(info.context, product_id, "Product", at=["productId"]),
        add=claimed_ids(info.context, given_list(add_ad_ids, "addAdIds") or (), "Ad", at=["addAdIds"]),
        remove=claimed_ids(info.context, given_list(remove_ad_ids, "removeAdIds") or (), "Ad", at=["removeAdIds"]),
    )

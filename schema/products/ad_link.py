"""AdLink: that an ad advertises a product."""

from typing import TYPE_CHECKING, Annotated

import strawberry

from analytics.links.finder import AdLinkSource
from resolvers.products import ad_links
from schema.field import field

if TYPE_CHECKING:
    from schema.ads.ad import Ad
    from schema.products.product import Product


@strawberry.type(description="That an ad advertises a product, and how that is known.")
class AdLink:
    ad: Annotated["Ad", strawberry.lazy("schema.ads.ad")] = field(ad_links.ad_of, description="The ad.")
    product: Annotated["Product", strawberry.lazy("schema.products.product")] = field(
        ad_links.product_of, description="What it advertises."
    )
    source: AdLinkSource = field(description="What says so.")
    matched: str | None = field(description="The address, the SKU or the tag that matched; null for MANUAL.")

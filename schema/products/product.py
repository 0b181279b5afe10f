"""Product: what a tenant sells."""

from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Annotated

import strawberry

from models.products.product import Product as ProductRow
from models.products.product import ProductStatus
from resolvers.listings import reading as listings
from resolvers.products import ad_links, reading, vocabulary
from resolvers.products import images as pictures
from resolvers.revenue import performance as earned
from schema.field import field
from schema.node import Node, entity
from schema.page_info import Connection
from schema.products.ad_link import AdLink
from schema.products.attribute import Attribute
from schema.products.image import ProductImage
from schema.revenue.product_performance import ProductPerformance
from schema.scalars import Currency
from schema.user_error import UserError

if TYPE_CHECKING:
    from schema.listings.listing import Listing

# Points: the numbers of all products are added up for it, once for all products of an operation.
PERFORMANCE = 50


@entity(ProductRow, description="What you sell, whichever channels sell it.")
class Product(Node):
    sku: str = field(description="Unique among products that are not deleted.")
    title: str
    description: str
    currency: Currency = field(description="That of `price` and `cost`.")
    price: Decimal
    cost: Decimal | None = field(description="What one costs you; null where it is not known.")
    quantity: int = field(description="How many there are.")
    status: ProductStatus
    page_urls: list[str] = field(description="Pages of your own shop that sell it.", size=reading.PAGES_LENGTH)
    attributes: list[Attribute] = field(
        vocabulary.attributes_of,
        description="Its values of the vocabulary, by kind and then by label.",
        size=vocabulary.OF_PRODUCT,
    )
    images: list[ProductImage] = field(
        pictures.images_of, description="Its pictures, in their order.", size=pictures.IMAGES_LENGTH
    )
    listings: Connection[Annotated["Listing", strawberry.lazy("schema.listings.listing")]] | None = field(
        listings.listings_of_product, description="Where it is or was offered, the newest first."
    )
    ad_links: Connection[AdLink] | None = field(
        ad_links.links_of_product, description="The ads that advertise it, the newest link first."
    )
    version: int = field(description="Rises with each change: `expectedVersion` of the next one.")
    performance: ProductPerformance | None = field(
        earned.performance,
        description="What it earned in the range, and what the ads for it cost; zeros where there is nothing. Without "
        "`currency` MIXED_CURRENCY where sales and spend of the range, those of other products too, have several.",
        weight=PERFORMANCE,
    )
    created_at: datetime
    updated_at: datetime = field(description="When its values, its status or its deletion changed last.")
    deleted_at: datetime | None = field(
        description="When it was deleted; restoreProduct brings it back within 30 days. Null: it is not."
    )


@strawberry.type
class ProductPayload:
    product: Product | None
    user_errors: list[UserError]


@strawberry.type
class ProductsPayload:
    products: list[Product] = field(description="Those that were changed, in the order of the call.")
    user_errors: list[UserError] = field(description="Why the others were not, each with the place of its id.")

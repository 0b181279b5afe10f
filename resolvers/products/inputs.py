"""How clients write a product, and which products they want; read for services/products."""

from decimal import Decimal

import strawberry

from models.products.product import ProductFilter, ProductStatus
from resolvers.inputs.given import given, given_ids, given_list
from resolvers.inputs.text_match import TextMatchInput, text_match
from resolvers.node_id import decode_id
from resolvers.scalars import Currency
from services.products.wishes import MOST_ATTRIBUTES, ProductWish


@strawberry.input(description="All given parts must hold.", name="ProductFilter")
class ProductFilterInput:
    status: list[ProductStatus] | None = strawberry.field(default=strawberry.UNSET, description="One of these.")
    text: TextMatchInput | None = strawberry.field(default=strawberry.UNSET, description="Of the SKU or of the title.")
    attribute_ids: list[strawberry.ID] | None = strawberry.field(
        default=strawberry.UNSET, description="Those that have one of these values."
    )
    channel_ids: list[strawberry.ID] | None = strawberry.field(
        default=strawberry.UNSET,
        description="Those with a listing on one of these channels that is live, or is being published.",
    )
    deleted: bool = strawberry.field(
        default=False, description="True: those that are deleted and can be restored, instead of the others."
    )


@strawberry.input(
    description="A new product needs `title`, `currency` and `price`. In `updateProduct` what is absent or null stays "
    "as it is."
)
class ProductInput:
    sku: str | None = strawberry.field(
        default=strawberry.UNSET,
        description="1 to 50 characters, unique among products that are not deleted; a new product without one gets "
        "one. Spaces around it are no part of it.",
    )
    title: str | None = strawberry.field(default=strawberry.UNSET, description="1 to 200 characters in one line.")
    description: str | None = strawberry.field(default=strawberry.UNSET, description="At most 20,000 characters.")
    currency: Currency | None = strawberry.field(default=strawberry.UNSET, description="That of `price` and `cost`.")
    price: Decimal | None = strawberry.field(
        default=strawberry.UNSET, description="More than 0, with at most the decimals that the currency has."
    )
    cost: Decimal | None = strawberry.field(
        default=strawberry.UNSET, description="What one costs you: 0 or more. Orders take it when they are stored."
    )
    quantity: int | None = strawberry.field(
        default=strawberry.UNSET, description="How many there are, 0 to 1,000,000; 1 for a new product."
    )
    page_urls: list[str] | None = strawberry.field(
        default=strawberry.UNSET,
        description="Pages of your own shop that sell it, at most 20, with http:// or https://; the list replaces the "
        "one before.",
    )
    attribute_ids: list[strawberry.ID] | None = strawberry.field(
        default=strawberry.UNSET,
        description="Values of `attributes`, at most 30: active ones, and those that it has already. The list "
        "replaces the one before.",
    )


def product_filter(wanted: ProductFilterInput | None) -> ProductFilter:
    """Raises BadInput for text that cannot be in a name."""
    asked = given(wanted)
    if asked is None:
        return ProductFilter()
    return ProductFilter(
        status=given_list(asked.status, "filter.status"),
        text=text_match(asked.text),
        attribute_ids=given_ids(asked.attribute_ids, "filter.attributeIds", of="Attribute"),
        channel_ids=given_ids(asked.channel_ids, "filter.channelIds", of="Channel"),
        deleted=asked.deleted,
    )


def product_wish(wanted: ProductInput) -> ProductWish:
    ids = given(wanted.attribute_ids)
    return ProductWish(
        sku=given(wanted.sku),
        title=given(wanted.title),
        description=given(wanted.description),
        currency=given(wanted.currency),
        price=given(wanted.price),
        cost=given(wanted.cost),
        quantity=given(wanted.quantity),
        page_urls=given(wanted.page_urls),
        attribute_ids=None if ids is None else [decode_id(each, "Attribute") for each in ids[: MOST_ATTRIBUTES + 1]],
    )

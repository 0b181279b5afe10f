"""How clients say which listings they want, and what is to become of one."""

import strawberry

from models.listings.listing import ListingStatus
from models.listings.lists import EVERY_LISTING, ListingFilter
from resolvers.inputs.given import given, given_ids, given_list
from resolvers.inputs.text_match import TextMatchInput, text_match


@strawberry.input(description="All given parts must hold.", name="ListingFilter")
class ListingFilterInput:
    channel_ids: list[strawberry.ID] | None = strawberry.field(
        default=strawberry.UNSET, description="Those of these channels."
    )
    product_ids: list[strawberry.ID] | None = strawberry.field(
        default=strawberry.UNSET, description="Those of these products."
    )
    status: list[ListingStatus] | None = strawberry.field(
        default=strawberry.UNSET, description="Those in one of these states."
    )
    is_linked: bool | None = strawberry.field(
        default=strawberry.UNSET, description="True: those that belong to a product; false: those that belong to none."
    )
    has_drift: bool | None = strawberry.field(
        default=strawberry.UNSET, description="True: those that differ from their product; false: those that do not."
    )
    text: TextMatchInput | None = strawberry.field(
        default=strawberry.UNSET, description="Matches the title, the SKU or the channel's own id."
    )


def listing_filter(asked: ListingFilterInput | None) -> ListingFilter:
    if asked is None:
        return EVERY_LISTING
    return ListingFilter(
        channel_ids=given_ids(asked.channel_ids, "filter.channelIds", of="Channel"),
        product_ids=given_ids(asked.product_ids, "filter.productIds", of="Product"),
        status=given_list(asked.status, "filter.status"),
        is_linked=given(asked.is_linked),
        has_drift=given(asked.has_drift),
        text=text_match(given(asked.text)),
    )

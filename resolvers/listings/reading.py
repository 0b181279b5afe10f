"""Listings as clients read them: the lists with their filter, and what a listing shows."""

from collections.abc import Sequence
from typing import Annotated

import strawberry

from errors import UserErrorCode
from execution.limits.list_sizes import DEFAULT_PAGE, ListLength
from models.channels.channel import Channel
from models.keyset import PageBelow
from models.listings.listing import ChannelListing
from models.listings.lists import EVERY_LISTING, ListingsBelow, PageOfListings
from models.products.product import Product
from resolvers.batching import loaded, with_list_form
from resolvers.context import Info, signed_in
from resolvers.inputs.given import given
from resolvers.listings.inputs import ListingFilterInput, listing_filter
from resolvers.mutation import UserError
from resolvers.page import Page, pages_below, window
from services.listings import lists
from services.listings.wishes import DRIFTING, MOST_PROBLEMS

DRIFT_LENGTH = ListLength(len(DRIFTING))
PROBLEMS_LENGTH = ListLength(MOST_PROBLEMS)


ListingFilterArgument = Annotated[ListingFilterInput | None, strawberry.argument(name="filter")]


async def listings(
    info: Info,
    first: int | None = DEFAULT_PAGE,
    after: str | None = strawberry.UNSET,
    filter_: ListingFilterArgument = strawberry.UNSET,
) -> Page[ChannelListing]:
    viewer, db, wanted = signed_in(info), info.context.db, listing_filter(given(filter_))
    found = await lists.listings(db, viewer, wanted, window(first, after))
    return Page(found, lambda: lists.number_of_listings(db, viewer, wanted))


async def listings_of_channel(
    root: strawberry.Parent[Channel],
    info: Info,
    first: int | None = DEFAULT_PAGE,
    after: str | None = strawberry.UNSET,
    filter_: ListingFilterArgument = strawberry.UNSET,
) -> Page[ChannelListing]:
    [page] = await _listings_of_channels([root], info, first, after, filter_)
    return page


async def _listings_of_channels(
    root: Sequence[Channel],
    info: Info,
    first: int | None = DEFAULT_PAGE,
    after: str | None = strawberry.UNSET,
    filter_: ListingFilterArgument = strawberry.UNSET,
) -> list[Page[ChannelListing]]:
    loaders, wanted_window, wanted = info.context.loaders, window(first, after), listing_filter(given(filter_))
    keys = [
        (PageOfListings(PageBelow(each.id, wanted_window), wanted), ListingsBelow(each.id, wanted)) for each in root
    ]
    return await pages_below(loaders.listings_by_channel, loaders.listing_counts_by_channel, keys)


async def listings_of_product(
    root: strawberry.Parent[Product],
    info: Info,
    first: int | None = DEFAULT_PAGE,
    after: str | None = strawberry.UNSET,
) -> Page[ChannelListing]:
    [page] = await _listings_of_products([root], info, first, after)
    return page


async def _listings_of_products(
    root: Sequence[Product], info: Info, first: int | None = DEFAULT_PAGE, after: str | None = strawberry.UNSET
) -> list[Page[ChannelListing]]:
    loaders, wanted = info.context.loaders, window(first, after)
    keys = [(PageOfListings(PageBelow(each.id, wanted), EVERY_LISTING), ListingsBelow(each.id)) for each in root]
    return await pages_below(loaders.listings_by_product, loaders.listing_counts_by_product, keys)


with_list_form(listings_of_channel, _listings_of_channels)
with_list_form(listings_of_product, _listings_of_products)
product = loaded(
    lambda loaders, listing: loaders.products_by_id.load(listing.product_id) if listing.product_id else None,
    shows=Product,
)


def problems(root: strawberry.Parent[ChannelListing]) -> list[UserError]:
    return [UserError(UserErrorCode(each["code"]), each["message"], field=each["field"]) for each in root.problems]

"""Lists of listings with their filter: of the tenant, of each channel and of each product."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import String, func, or_, type_coerce
from sqlmodel import col, select
from sqlmodel.sql.expression import SelectOfScalar

from models.columns import is_any, is_any_text
from models.database import ReadSession
from models.keyset import (
    KeysetPage,
    Listing,
    Ordering,
    PageBelow,
    Window,
    count_rows,
    count_rows_by_parent,
    counts_query,
    load_page,
    load_pages_below,
)
from models.listings.listing import ChannelListing, ListingStatus
from models.text_match import TextMatch, matches

_NEWEST_FIRST = Ordering("listings", key=col(ChannelListing.created_at), row_id=col(ChannelListing.id), descending=True)


@dataclass(frozen=True, slots=True)
class ListingFilter:
    """Every given part must hold; an empty tuple matches nothing.

    `text` is looked for in the title, in the SKU and in the channel's own id.
    """

    channel_ids: tuple[UUID, ...] | None = None
    product_ids: tuple[UUID, ...] | None = None
    status: tuple[ListingStatus, ...] | None = None
    is_linked: bool | None = None
    has_drift: bool | None = None
    text: TextMatch | None = None


EVERY_LISTING = ListingFilter()


@dataclass(frozen=True, slots=True)
class ListingsBelow:
    """The listings of one channel, or of one product, that match."""

    parent_id: UUID
    wanted: ListingFilter = EVERY_LISTING


@dataclass(frozen=True, slots=True)
class PageOfListings:
    """A page of the listings of one channel, or of one product, that match."""

    page: PageBelow
    wanted: ListingFilter = EVERY_LISTING


def _rows(session: ReadSession, wanted: ListingFilter) -> SelectOfScalar[ChannelListing]:
    found = select(ChannelListing).where(ChannelListing.tenant_id == session.tenant_id)
    if wanted.channel_ids is not None:
        found = found.where(is_any(ChannelListing.channel_id, wanted.channel_ids))
    if wanted.product_ids is not None:
        found = found.where(is_any(ChannelListing.product_id, wanted.product_ids))
    if wanted.status is not None:
        found = found.where(is_any_text(ChannelListing.status, wanted.status))
    if wanted.is_linked is not None:
        product_id = col(ChannelListing.product_id)
        found = found.where(product_id.is_not(None) if wanted.is_linked else product_id.is_(None))
    if wanted.has_drift is not None:
        fields = func.cardinality(col(ChannelListing.drift))
        found = found.where(fields > 0 if wanted.has_drift else fields == 0)
    if wanted.text is not None:
        texts = (
            type_coerce(ChannelListing.title, String()),
            func.coalesce(col(ChannelListing.sku), ""),
            func.coalesce(col(ChannelListing.external_id), ""),
        )
        found = found.where(or_(*(matches(each, wanted.text) for each in texts)))
    return found


async def list_listings(session: ReadSession, wanted: ListingFilter, window: Window) -> KeysetPage[ChannelListing]:
    """One page, the newest first; raises BadInput for a cursor of another list."""
    return await load_page(session, Listing(_rows(session, wanted), _NEWEST_FIRST), window)


async def count_listings(session: ReadSession, wanted: ListingFilter) -> int:
    return await count_rows(session, _rows(session, wanted))


async def listings_by_channel(session: ReadSession, keys: Sequence[PageOfListings]) -> list[KeysetPage[ChannelListing]]:
    """A page for each, by one statement for all that ask for the same filter and window."""
    return await _pages(session, col(ChannelListing.channel_id), keys)


async def listings_by_product(session: ReadSession, keys: Sequence[PageOfListings]) -> list[KeysetPage[ChannelListing]]:
    """The same of products."""
    return await _pages(session, col(ChannelListing.product_id), keys)


async def listing_counts_by_channel(session: ReadSession, keys: Sequence[ListingsBelow]) -> list[int]:
    """How many listings each has, by one statement for all that ask for the same filter."""
    return await _counts(session, col(ChannelListing.channel_id), keys)


async def listing_counts_by_product(session: ReadSession, keys: Sequence[ListingsBelow]) -> list[int]:
    """The same of products."""
    return await _counts(session, col(ChannelListing.product_id), keys)


async def _pages(session: ReadSession, parent: Any, keys: Sequence[PageOfListings]) -> list[KeysetPage[ChannelListing]]:
    found: dict[PageOfListings, KeysetPage[ChannelListing]] = {}
    for wanted in {key.wanted for key in keys}:
        alike = [key for key in keys if key.wanted == wanted]
        listing, pages = Listing(_rows(session, wanted), _NEWEST_FIRST), [key.page for key in alike]
        found |= zip(alike, await load_pages_below(session, listing, parent, pages), strict=True)
    return [found[key] for key in keys]


async def _counts(session: ReadSession, parent: Any, keys: Sequence[ListingsBelow]) -> list[int]:
    found: dict[ListingsBelow, int] = {}
    for wanted in {key.wanted for key in keys}:
        ids = [key.parent_id for key in keys if key.wanted == wanted]
        counts: Mapping[UUID, int] = await count_rows_by_parent(
            session, counts_query(_rows(session, wanted), parent), ids
        )
        found |= {ListingsBelow(parent_id, wanted): count for parent_id, count in counts.items()}
    return [found[key] for key in keys]

"""Queries of listings: look-ups, locks, and what keeps their drift true."""

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlmodel import col, select
from sqlmodel.sql.expression import SelectOfScalar

from models.columns import is_any, is_any_text
from models.database import ReadSession, WriteSession
from models.listings.listing import OFFERED, ChannelListing, ListingStatus
from models.listings.pieces import MOST_PIECES
from models.thin.compiled import TENANT
from models.thin.records import by_ids, rows

_by_ids = by_ids(ChannelListing, col(ChannelListing.tenant_id) == TENANT)
# What a market of a channel has of a product once.
_KEPT = (*OFFERED, ListingStatus.DRAFT, ListingStatus.FAILED)


async def listings_by_ids(session: ReadSession, ids: Sequence[UUID]) -> Sequence[ChannelListing]:
    return await rows(session, ChannelListing, _by_ids(), {"ids": ids})


async def listings_there(session: WriteSession, ids: Sequence[UUID]) -> Sequence[ChannelListing]:
    """The same within a change, unlocked: their channels are to be locked before them."""
    return (await session.exec(_rows(session).where(is_any(col(ChannelListing.id), ids)))).all()


async def listing_for_update(session: WriteSession, listing_id: UUID) -> ChannelListing | None:
    """The listing, locked until the session ends; read anew, even if the session has read it before."""
    found = await listings_for_update(session, [listing_id])
    return found[0] if found else None


async def listings_for_update(session: WriteSession, ids: Sequence[UUID]) -> Sequence[ChannelListing]:
    """Locks listings in the order of their ids; read anew, even if the session has read them before."""
    query = _rows(session).where(is_any(col(ChannelListing.id), ids)).order_by(col(ChannelListing.id))
    return (await session.exec(query.with_for_update().execution_options(populate_existing=True))).all()


async def product_of_listing(session: WriteSession, listing_id: UUID) -> UUID | None:
    query = select(ChannelListing.product_id).where(
        ChannelListing.tenant_id == session.tenant_id, ChannelListing.id == listing_id
    )
    return (await session.exec(query)).first()


async def listings_of_products(
    session: ReadSession | WriteSession, product_ids: Sequence[UUID], statuses: Sequence[ListingStatus] = _KEPT
) -> Sequence[ChannelListing]:
    """The listings of these products in one of the states, the oldest first."""
    query = _rows(session).where(
        is_any(col(ChannelListing.product_id), product_ids), is_any_text(col(ChannelListing.status), statuses)
    )
    return (await session.exec(query.order_by(col(ChannelListing.id)))).all()


async def listings_of_channel(
    session: ReadSession | WriteSession,
    channel_id: UUID,
    *,
    skus: Sequence[str] = (),
    external_ids: Sequence[str] = (),
    offer_ids: Sequence[str] = (),
) -> Sequence[ChannelListing]:
    """The listings of the channel that have one of these SKUs or ids there, the newest first."""
    is_named = (
        is_any_text(col(ChannelListing.sku), skus)
        | is_any_text(col(ChannelListing.external_id), external_ids)
        | is_any_text(col(ChannelListing.offer_id), offer_ids)
    )
    query = _rows(session).where(ChannelListing.channel_id == channel_id, is_named)
    return (await session.exec(query.order_by(col(ChannelListing.id).desc()))).all()


async def offered_on_channel(session: WriteSession, channel_id: UUID) -> Sequence[ChannelListing]:
    """What the channel offers as far as is known."""
    query = _rows(session).where(ChannelListing.channel_id == channel_id, ChannelListing.status == ListingStatus.LIVE)
    return (await session.exec(query.order_by(col(ChannelListing.id)))).all()


_WITHOUT_PRODUCT = text("""
    select listing.id, count(*) over () from listing
    where listing.tenant_id = :tenant_id and listing.channel_id = :channel_id and listing.product_id is null
        and not listing.is_unlinked and listing.status in ('LIVE', 'SOLD')
    order by exists (
        select from product
        where product.tenant_id = :tenant_id and product.sku = btrim(listing.sku) and product.deleted_at is null
    ), listing.status, listing.id
    limit :most
""")


async def listings_without_product(session: WriteSession, channel_id: UUID, *, most: int) -> tuple[list[UUID], int]:
    """What the channel offers or has sold out, has no product and was unlinked by nobody; and how many there are.

    First those whose SKU no product has, so that the others never stand in their way; of them what is LIVE, the oldest
    first.
    """
    values = {"tenant_id": session.tenant_id, "channel_id": channel_id, "most": most}
    found = (await (await session.connection()).execute(_WITHOUT_PRODUCT, values)).all()
    return [row[0] for row in found], found[0][1] if found else 0


_MOST_PIECES = " ".join(f"when '{kind}' then {most}" for kind, most in MOST_PIECES.items())
_DRIFT = text(f"""
    update listing set version = listing.version + 1, drift = found.drift
    from (
        select each.id, case when each.status <> 'LIVE' or product.id is null then '{{}}'::text[]
        else array_remove(array[
            case when each.title <> product.title then 'title' end,
            case when each.currency = product.currency and each.price <> product.price then 'price' end,
            case when each.currency <> product.currency then 'currency' end,
            case when each.quantity <> least(product.quantity, case channel.kind {_MOST_PIECES} end) then 'quantity' end
        ], null) end as drift
        from listing each
        join channel on channel.tenant_id = each.tenant_id and channel.id = each.channel_id
        left join product on product.tenant_id = each.tenant_id and product.id = each.product_id
        where each.tenant_id = :tenant_id and (each.id = any(:ids) or each.product_id = any(:product_ids))
    ) found
    where listing.tenant_id = :tenant_id and listing.id = found.id and cast(listing.drift as text[]) <> found.drift
    returning listing.id
""")  # noqa: S608 - kinds and numbers of our own


async def renew_drift(
    session: WriteSession, *, ids: Sequence[UUID] = (), product_ids: Sequence[UUID] = ()
) -> list[UUID]:
    """Compares these listings, and those of these products, with their products; answers those that have another drift.

    The session's own changes are written before.
    """
    await session.flush()
    values = {"tenant_id": session.tenant_id, "ids": list(ids), "product_ids": list(product_ids)}
    found = await (await session.connection()).execute(_DRIFT, values)
    return [row[0] for row in found]


_GIVE_UP = text("""
    update listing set status = 'FAILED', version = version + 1, updated_at = :now,
        problems = case when problems = '[]' then cast(:problems as jsonb) else problems end
    where tenant_id = :tenant_id and id = :listing_id and status = 'PENDING' returning id
""")


async def give_up_publishing(session: WriteSession, listing_id: UUID, *, reason: str, now: datetime) -> bool:
    """A listing that is being published has FAILED; answers whether it was."""
    told = json.dumps([{"code": "INVALID", "message": reason, "field": None}])
    values = {"tenant_id": session.tenant_id, "listing_id": listing_id, "now": now, "problems": told}
    return (await (await session.connection()).execute(_GIVE_UP, values)).first() is not None


async def listings_sold(
    session: WriteSession, channel_id: UUID, external_ids: Sequence[str]
) -> dict[str, tuple[UUID, UUID | None]]:
    """Of the channel's own ids of listings ours, and the products that they offer."""
    query = select(ChannelListing.external_id, ChannelListing.id, ChannelListing.product_id).where(
        ChannelListing.tenant_id == session.tenant_id,
        ChannelListing.channel_id == channel_id,
        is_any_text(ChannelListing.external_id, external_ids),
    )
    found: Sequence[Any] = (await session.exec(query)).all()
    return {external_id: (listing_id, product_id) for external_id, listing_id, product_id in found}


def _rows(session: ReadSession | WriteSession) -> SelectOfScalar[ChannelListing]:
    return select(ChannelListing).where(ChannelListing.tenant_id == session.tenant_id)

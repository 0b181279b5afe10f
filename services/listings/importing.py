"""Products are made of listings that have none, as the last reading of their channel has stored them; calls nobody."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from auth.permissions import Permission, require
from auth.viewer import Viewer
from errors import Refused, UserErrorCode
from models.audit.entry import record
from models.channels.abilities import ABILITIES, ChannelAbility
from models.channels.channel import channel_for_update
from models.database import WriteSession
from models.listener import notify_changes
from models.listings.listing import ChannelListing, ListingStatus
from models.listings.reading import listings_for_update, listings_without_product, renew_drift
from models.orders.line import put_products_into_lines
from models.products.product import Product, ProductStatus, insert_products, products_by_ids, products_named
from services.ad_links.queueing import find_links_anew
from services.billing.plans import QuotaKind
from services.billing.quotas import Room, lock_room
from services.channel_jobs.requests import refuse_closed_channel
from services.channel_jobs.suggesting import take_back_links
from services.listings.changing import link
from services.products.saving import CatalogueTools, free_sku, shown
from services.products.wishes import ProductWish, check_wish

# Beyond, one call would hold the tenant's products for seconds.
MOST_AT_ONCE = 1_000


@dataclass(slots=True)
class ImportedListings:
    """The products that were made, in the order of the call, and why there is none of the other listings.

    Refusals have a place in `listing_ids` where they are of one listing that was named there, else none.
    """

    products: list[Product] = field(default_factory=list)
    refusals: list[Refused] = field(default_factory=list)


@dataclass(slots=True)
class _ListingBatch:
    """What one call makes. `taken` are the SKUs that products have, those of this call too."""

    room: Room
    now: datetime
    taken: set[str]
    made: list[tuple[ChannelListing, Product]] = field(default_factory=list)
    without_room: int = 0
    refusals: list[Refused] = field(default_factory=list)


async def import_listings(
    tools: CatalogueTools, viewer: Viewer, channel_id: UUID | None, listing_ids: Sequence[UUID | None] | None
) -> ImportedListings:
    """Makes a product of each of these listings that has none, and links them; needs EDIT_CATALOG and SELL.

    Without ids, of the first MOST_AT_ONCE that are LIVE or SOLD and that no person has unlinked; how many are left is
    told by a refusal. Refusals of a listing: NOT_FOUND, CONFLICT for one that has a product or is being published,
    ALREADY_EXISTS for its SKU, INVALID for values that no product can have; of all without room one QUOTA_EXCEEDED.

    Raises Refused: INVALID for more than MOST_AT_ONCE ids; of the channel NOT_FOUND, NOT_SUPPORTED for all listings of
    one that has none, FORBIDDEN for a disconnected one, QUOTA_EXCEEDED for a frozen one.
    """
    require(viewer, Permission.EDIT_CATALOG)
    require(viewer, Permission.SELL)
    if listing_ids is not None and len(listing_ids) > MOST_AT_ONCE:
        message = f"One call imports at most {MOST_AT_ONCE:,} listings."
        raise Refused(UserErrorCode.INVALID, message, field="listing_ids")
    async with tools.db.write(viewer) as session:
        room = await lock_room(tools.clock, tools.vendors.billing, session, QuotaKind.PRODUCTS)
        from_channel = await _open_channel(session, channel_id, takes_all=listing_ids is None)
        wanted, left = (listing_ids, 0) if listing_ids is not None else await _all_of(session, from_channel)
        locked = await listings_for_update(session, [each for each in wanted if each is not None])
        known = {each.id: each for each in locked if each.channel_id == from_channel}
        batch = _ListingBatch(room, tools.clock(), await _taken(session, known.values()))
        for listing_id in dict.fromkeys(wanted):
            try:
                await _add(session, batch, known.get(listing_id) if listing_id else None)
            except Refused as refused:
                # Where nobody named it, there is no place to tell: the message names it.
                place = None if listing_ids is None else listing_ids.index(listing_id)
                batch.refusals.append(Refused(refused.user_code, refused.message, field="listing_ids", place=place))
        await _store(session, viewer, batch)
    products = await _stored(tools, viewer, [product.id for _, product in batch.made])
    return ImportedListings(products, [*batch.refusals, *_left_out(batch, left)])


async def _stored(tools: CatalogueTools, viewer: Viewer, ids: Sequence[UUID]) -> list[Product]:
    async with tools.db.read(viewer) as session:
        found = {each.id: each for each in await products_by_ids(session, ids)}
    return [found[each] for each in ids if each in found]


async def _open_channel(session: WriteSession, channel_id: UUID | None, *, takes_all: bool) -> UUID:
    channel = await channel_for_update(session, channel_id) if channel_id else None
    if channel is None:
        raise Refused(UserErrorCode.NOT_FOUND, "There is no such channel.", field="channel_id")
    if takes_all and ChannelAbility.LISTINGS not in ABILITIES.get(channel.kind, ()):
        message = f"There are no listings of {channel.kind.shown}: there is nothing to import."
        raise Refused(UserErrorCode.NOT_SUPPORTED, message, field="channel_id")
    refuse_closed_channel(channel, field="channel_id")
    return channel.id


async def _all_of(session: WriteSession, channel_id: UUID) -> tuple[list[UUID | None], int]:
    """What one call takes of the channel, and how many are left."""
    ids, there_are = await listings_without_product(session, channel_id, most=MOST_AT_ONCE)
    return [*ids], there_are - len(ids)


async def _taken(session: WriteSession, listings: Iterable[ChannelListing]) -> set[str]:
    # No product gets one of them meanwhile: the catalogue is locked.
    skus = [sku for each in listings if (sku := _sku(each)) is not None]
    return {each.sku for each in await products_named(session, skus=skus, titles=[])}


async def _add(session: WriteSession, batch: _ListingBatch, listing: ChannelListing | None) -> None:
    """Adds the listing's product to the batch, if there is room; raises Refused, with the listing's name in words."""
    if listing is None:
        raise Refused(UserErrorCode.NOT_FOUND, "The channel has no such listing.")
    if listing.product_id is not None:
        raise _refused(UserErrorCode.CONFLICT, listing, "it belongs to a product already.")
    if listing.status is ListingStatus.PENDING:
        raise _refused(UserErrorCode.CONFLICT, listing, "it is being published: wait until that has ended.")
    sku = _sku(listing)
    if sku in batch.taken:
        raise _refused(UserErrorCode.ALREADY_EXISTS, listing, "a product has its SKU: link the listing with it.")
    wish = ProductWish(
        sku=sku,
        title=listing.title,
        description=listing.description,
        currency=listing.currency,
        price=listing.price,
        quantity=listing.quantity,
    )
    try:
        check_wish(wish, stored={})
    except Refused as refused:
        why = " ".join(each.message for each in (refused, *refused.others))
        raise _refused(refused.user_code, listing, why) from refused
    if batch.room.limit is not None and batch.room.used + len(batch.made) >= batch.room.limit:
        batch.without_room += 1
        return
    is_offered = listing.status is ListingStatus.LIVE and listing.quantity > 0
    product = Product(
        tenant_id=session.tenant_id,
        status=ProductStatus.PUBLISHED if is_offered else ProductStatus.DRAFT,
        created_at=batch.now,
        updated_at=batch.now,
        **{"sku": sku or await free_sku(session), **wish.columns},
    )
    batch.taken.add(product.sku)
    batch.made.append((listing, product))


async def _store(session: WriteSession, viewer: Viewer, batch: _ListingBatch) -> None:
    if not batch.made:
        return
    products = [product for _, product in batch.made]
    await insert_products(session, products)
    # Orders may have come before the products.
    await put_products_into_lines(session, {each.sku: each.id for each in products})
    for listing, product in batch.made:
        after = shown(product) | {"status": product.status.value, "listing_id": str(listing.id)}
        record(session, viewer, action="product.created", target_type="Product", target_id=product.id, after=after)
        link(session, viewer, listing, product.id, lambda: batch.now)
    ids = [listing.id for listing, _ in batch.made]
    await take_back_links(session, ids)
    await renew_drift(session, ids=ids)
    await notify_changes(session, "LISTING", ids)
    await find_links_anew(session)


def _left_out(batch: _ListingBatch, left: int) -> list[Refused]:
    """What is told of all listings that this call has left out."""
    if batch.without_room:
        message = (
            f"The plan allows {batch.room.limit} products, and has no room for {batch.without_room + left:,} of the "
            "listings: delete products or choose a larger plan."
        )
        return [Refused(UserErrorCode.QUOTA_EXCEEDED, message)]
    if left:
        message = f"One call imports {MOST_AT_ONCE:,} listings, and {left:,} are left: call again."
        return [Refused(UserErrorCode.CONFLICT, message)]
    return []


def _sku(listing: ChannelListing) -> str | None:
    return (listing.sku or "").strip() or None


def _refused(code: UserErrorCode, listing: ChannelListing, why: str) -> Refused:
    named = " ".join(each for each in (listing.external_id, f'"{listing.title[:80]}"') if each)
    return Refused(code, f"Of the listing {named} no product was made: {why}")

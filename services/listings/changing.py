"""What people do with listings that are there: change one, end some, say which product one belongs to."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any, Protocol
from uuid import UUID

from analytics.clock import Clock
from auth.permissions import Permission, require
from auth.viewer import Viewer
from errors import Refused, UserErrorCode
from integrations.selling.marketplace import Marketplace
from models.audit.entry import record
from models.channel_jobs.job import ChannelJob, ChannelJobKind, SubjectKind
from models.channel_jobs.job_queries import channel_jobs_by_ids
from models.channels.abilities import ABILITIES, ChannelAbility
from models.channels.channel import Channel, channel_for_update
from models.database import Database, WriteSession
from models.listener import notify_changes
from models.listings.listing import OFFERED, ChannelListing, ListingStatus
from models.listings.reading import (
    listing_for_update,
    listings_by_ids,
    listings_for_update,
    listings_of_products,
    listings_there,
    renew_drift,
)
from models.products.product import Product, product_for_update, products_by_ids
from services.ad_links.queueing import find_links_anew
from services.channel_jobs.requests import JobWish, refuse_closed_channel, request_job
from services.channel_jobs.suggesting import take_back_links
from services.idempotency import Answer, KeyedCall, once
from services.listings.drafts import changed_draft, product_problems
from services.listings.wishes import OfferWish, check_offer
from services.products.locking import changeable
from services.tools import HasClock, HasDb, HasVendors

MOST_AT_ONCE = 500
_UPDATE, _END = "updateListing", "endListings"
_MISSING = "There is no such listing."


@dataclass(slots=True)
class ListingJobs:
    """The jobs that were asked for, and why there is none for the others, each of the parameter `listing_ids`."""

    jobs: list[ChannelJob] = field(default_factory=list)
    refusals: list[Refused] = field(default_factory=list)


class ChangeTools(HasDb, HasClock, HasVendors, Protocol):
    """What changes listings: marketplaces say what they would refuse."""


async def update_listing(
    tools: ChangeTools, viewer: Viewer, listing_id: UUID | None, wish: OfferWish, *, idempotency_key: str | None
) -> list[ChannelJob]:
    """Asks for the job that changes a live listing at its channel; needs SELL.

    Raises Refused: INVALID also for more than there are of the product and for what the marketplace would refuse, as
    far as that can be seen without asking it; NOT_FOUND, CONFLICT for one that is not LIVE, NOT_SUPPORTED, FORBIDDEN
    for a disconnected channel, QUOTA_EXCEEDED for a frozen one.
    """
    require(viewer, Permission.SELL)
    db, clock = tools.db, tools.clock
    listing = await _known(db, viewer, listing_id)
    if not wish.said:
        raise Refused(UserErrorCode.INVALID, "Say at least one thing that is to change.", field="wish")
    check_offer(wish, currency=listing.currency)

    async def ask() -> Answer:
        async with db.write(viewer) as session:
            [channel] = await _locked_channels(session, [listing.channel_id])
            products = await products_by_ids(session, [listing.product_id] if listing.product_id else [])
            now_there = await listing_for_update(session, listing.id)
            fault = _fault(now_there, channel, ChannelAbility.UPDATE, (ListingStatus.LIVE,))
            if fault is not None:
                raise Refused(fault.user_code, fault.message, field="listing_id")
            _refuse_change(tools.vendors.marketplace(channel.kind), now_there or listing, products, wish)
            # Two changes are two jobs: only one that says the same may stand for both.
            said = sha256(repr(sorted(wish.said.items())).encode()).hexdigest()[:16]
            job = JobWish(ChannelJobKind.UPDATE, SubjectKind.LISTING, listing.id, f"{listing.id}:{said}", wish.said)
            asked = await request_job(session, viewer, channel, job, now=clock())
        return {"jobs": [str(asked.id)]}

    call = KeyedCall(_UPDATE, idempotency_key, {"listing_id": str(listing_id), **wish.said})
    answer = await once(db, clock, viewer, call, ask)
    return await _jobs(db, viewer, answer)


async def end_listings(
    db: Database, clock: Clock, viewer: Viewer, listing_ids: Sequence[UUID | None], *, idempotency_key: str | None
) -> ListingJobs:
    """Asks for a job for each listing that is offered, which ends it at its channel; needs SELL.

    The refusals are NOT_FOUND, CONFLICT for one that is not offered, and those of its channel; the others are ended.
    """
    require(viewer, Permission.SELL)
    if not 1 <= len(listing_ids) <= MOST_AT_ONCE:
        message = f"One call ends 1 to {MOST_AT_ONCE} listings."
        raise Refused(UserErrorCode.INVALID, message, field="listing_ids")

    async def ask() -> Answer:
        async with db.write(viewer) as session:
            asked = await _ask_to_end(session, viewer, listing_ids, clock)
        return {"jobs": [str(each.id) for each in asked.jobs], "refusals": [_kept(each) for each in asked.refusals]}

    call = KeyedCall(_END, idempotency_key, {"listing_ids": [str(each) for each in listing_ids]})
    answer = await once(db, clock, viewer, call, ask)
    return ListingJobs(await _jobs(db, viewer, answer), [_refusal(each) for each in answer["refusals"]])


async def link_listing(
    db: Database, clock: Clock, viewer: Viewer, listing_id: UUID | None, product_id: UUID | None, *, is_unlinked: bool
) -> ChannelListing:
    """Says which product a listing belongs to, or that it belongs to none; needs SELL.

    One that a person unlinked is not linked again by its SKU. Raises Refused: NOT_FOUND, CONFLICT for a deleted product
    and for one that the channel offers already in this market, QUOTA_EXCEEDED for a frozen product.
    """
    require(viewer, Permission.SELL)
    async with db.write(viewer) as session:
        product = None if is_unlinked or product_id is None else await product_for_update(session, product_id)
        listing = await listing_for_update(session, listing_id) if listing_id else None
        if listing is None:
            raise Refused(UserErrorCode.NOT_FOUND, _MISSING, field="listing_id")
        if not is_unlinked:
            product = changeable(product, field="product_id")
        if listing.status is ListingStatus.PENDING:
            message = "This listing is being published: wait until that has ended."
            raise Refused(UserErrorCode.CONFLICT, message, field="listing_id")
        before, after = listing.product_id, None if product is None else product.id
        if before != after:
            if after is not None and await is_offered_beside(session, listing, after):
                message = "The channel has another listing of this product in the same market: unlink that one first."
                raise Refused(UserErrorCode.CONFLICT, message, field="product_id")
            link(session, viewer, listing, after, clock)
            await take_back_links(session, [] if after is None else [listing.id])
            await renew_drift(session, ids=[listing.id])
            await session.refresh(listing)
            await notify_changes(session, "LISTING", [listing.id])
            if listing.url is not None:
                await find_links_anew(session)
    return listing


def link(session: WriteSession, viewer: Viewer, listing: ChannelListing, product_id: UUID | None, clock: Clock) -> None:
    """Links a locked listing, with the entry in the audit log; the caller has seen that it may."""
    before = listing.product_id
    values = {"product_id": product_id, "is_unlinked": product_id is None, "version": listing.version + 1}
    listing.sqlmodel_update(values | {"updated_at": clock()})
    session.add(listing)
    record(
        session,
        viewer,
        action="listing.linked" if product_id else "listing.unlinked",
        target_type="Listing",
        target_id=listing.id,
        before={"product_id": str(before) if before else None},
        after={"product_id": str(product_id) if product_id else None},
    )


async def is_offered_beside(session: WriteSession, listing: ChannelListing, product_id: UUID) -> bool:
    """Whether the listing's channel has another listing of the product in its market."""
    kept = (*OFFERED, ListingStatus.DRAFT, ListingStatus.FAILED)
    return listing.status in kept and any(
        (each.channel_id, each.market) == (listing.channel_id, listing.market) and each.id != listing.id
        for each in await listings_of_products(session, [product_id], kept)
    )


async def _ask_to_end(
    session: WriteSession, viewer: Viewer, listing_ids: Sequence[UUID | None], clock: Clock
) -> ListingJobs:
    known = await listings_there(session, [each for each in listing_ids if each is not None])
    channels = {each.id: each for each in await _locked_channels(session, [each.channel_id for each in known])}
    rows = {each.id: each for each in await listings_for_update(session, [each.id for each in known])}
    asked, now = ListingJobs(), clock()
    for listing_id in dict.fromkeys(listing_ids):
        listing = rows.get(listing_id) if listing_id else None
        channel = None if listing is None else channels.get(listing.channel_id)
        fault = _fault(listing, channel, ChannelAbility.END, (ListingStatus.LIVE, ListingStatus.SOLD))
        if fault is not None or listing is None or channel is None:
            fault = fault or Refused(UserErrorCode.NOT_FOUND, _MISSING)
            place = listing_ids.index(listing_id)
            asked.refusals.append(Refused(fault.user_code, fault.message, field="listing_ids", place=place))
            continue
        wish = JobWish(ChannelJobKind.END, SubjectKind.LISTING, listing.id)
        asked.jobs.append(await request_job(session, viewer, channel, wish, now=now))
    return asked


def _fault(
    listing: ChannelListing | None,
    channel: Channel | None,
    ability: ChannelAbility,
    statuses: Sequence[ListingStatus],
) -> Refused | None:
    """Why no job of this kind may be asked for of the listing."""
    if listing is None or channel is None:
        return Refused(UserErrorCode.NOT_FOUND, _MISSING)
    if ability not in ABILITIES.get(channel.kind, ()):
        return Refused(UserErrorCode.NOT_SUPPORTED, f"This cannot be done at {channel.kind.shown}.")
    if listing.status not in statuses:
        return Refused(UserErrorCode.CONFLICT, f"This listing is {listing.status.value}: it is not offered.")
    try:
        refuse_closed_channel(channel, field="channel_id")
    except Refused as refused:
        return refused
    return None


def _refuse_change(
    marketplace: Marketplace | None, listing: ChannelListing, products: Sequence[Product], wish: OfferWish
) -> None:
    """Raises Refused INVALID for each value that is to change and cannot; of what stays nothing is said."""
    draft = changed_draft(listing, wish)
    problems = [problem for product in products for problem in product_problems(product, draft)]
    if marketplace is not None:
        problems += marketplace.problems_of(draft)
    first_of = {each.field: each for each in reversed(problems) if each.field in wish.said}
    faults = [Refused(UserErrorCode.INVALID, each.message, field=each.field) for each in first_of.values()]
    if faults:
        first, *first.others = faults
        raise first


async def _locked_channels(session: WriteSession, ids: Sequence[UUID]) -> list[Channel]:
    """In the order of their ids, before any listing is locked."""
    found = [await channel_for_update(session, each) for each in sorted({*ids})]
    return [each for each in found if each is not None]


async def _known(db: Database, viewer: Viewer, listing_id: UUID | None) -> ChannelListing:
    async with db.read(viewer) as session:
        found = await listings_by_ids(session, [listing_id] if listing_id else [])
    if not found:
        raise Refused(UserErrorCode.NOT_FOUND, _MISSING, field="listing_id")
    return found[0]


async def _jobs(db: Database, viewer: Viewer, answer: Answer) -> list[ChannelJob]:
    ids = [UUID(each) for each in answer["jobs"]]
    async with db.read(viewer) as session:
        found = {each.id: each for each in await channel_jobs_by_ids(session, ids)}
    return [found[each] for each in ids if each in found]


def _kept(refused: Refused) -> dict[str, Any]:
    return {"code": refused.user_code.value, "message": refused.message, "place": refused.place}


def _refusal(kept: Mapping[str, Any]) -> Refused:
    return Refused(UserErrorCode(kept["code"]), kept["message"], field="listing_ids", place=kept["place"])

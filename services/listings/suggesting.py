"""Suggestions: what was found and nobody but a person decides; they are listed, decided and expire."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import groupby
from operator import itemgetter
from typing import Any
from uuid import UUID

from analytics.clock import Clock
from auth.permissions import Permission, require
from auth.viewer import Viewer
from errors import Refused, UserErrorCode
from models.acting import TenantScope
from models.audit.entry import record
from models.channel_jobs.job import ChannelJob, ChannelJobKind, SubjectKind
from models.channels.channel import channel_for_update
from models.database import Database, WriteSession
from models.keyset import KeysetPage, Window
from models.listener import notify_changes
from models.listings.listing import ListingStatus
from models.listings.reading import listing_for_update, listings_there, renew_drift
from models.listings.suggestion import (
    Suggestion,
    SuggestionKind,
    SuggestionStatus,
    count_suggestions,
    expire_suggestions,
    expired_suggestions,
    list_suggestions,
    suggestions_for_update,
)
from models.products.product import ProductStatus, product_for_update
from services.channel_jobs.requests import JobWish, refuse_closed_channel, request_job
from services.channel_jobs.suggesting import take_back_links
from services.listings.changing import is_offered_beside, link
from services.products.locking import changeable
from services.products.statuses import give_status, take_off_sale, why_not

MOST_AT_ONCE = 200
_BATCH = 500
_MISSING = "There is no such suggestion."


@dataclass(slots=True)
class Decisions:
    """What was decided, the jobs that follow from it, and why the rest was not, each of the parameter `ids`."""

    suggestions: list[Suggestion] = field(default_factory=list)
    jobs: list[ChannelJob] = field(default_factory=list)
    refusals: list[Refused] = field(default_factory=list)


async def suggestions(db: Database, viewer: Viewer, status: SuggestionStatus, window: Window) -> KeysetPage[Suggestion]:
    """One page, the newest first; needs READ. Raises BadInput for a cursor of another list."""
    require(viewer, Permission.READ)
    async with db.read(viewer) as session:
        return await list_suggestions(session, status, window)


async def number_of_suggestions(db: Database, viewer: Viewer, status: SuggestionStatus) -> int:
    """How many are in the state; needs READ."""
    require(viewer, Permission.READ)
    async with db.read(viewer) as session:
        return await count_suggestions(session, status)


async def decide_suggestions(
    db: Database, clock: Clock, viewer: Viewer, ids: Sequence[UUID | None], *, accept: bool
) -> Decisions:
    """Accepts or rejects suggestions, each for itself; needs SELL, and EDIT_CATALOG for what changes a product.

    Refusals: NOT_FOUND; CONFLICT for one that is decided or expired, or can no longer be done; those of channels and
    products. Raises Refused INVALID for none, or more than MOST_AT_ONCE.
    """
    require(viewer, Permission.SELL)
    if not 1 <= len(ids) <= MOST_AT_ONCE:
        raise Refused(UserErrorCode.INVALID, f"One call decides 1 to {MOST_AT_ONCE} suggestions.", field="ids")
    done = Decisions()
    for suggestion_id in dict.fromkeys(ids):
        try:
            await _decide(db, clock, viewer, suggestion_id, done, accept=accept)
        except Refused as refused:
            place = ids.index(suggestion_id)
            done.refusals.append(Refused(refused.user_code, refused.message, field="ids", place=place))
    return done


async def expire_old_suggestions(db: Database, clock: Clock) -> int:
    """Closes what nobody has decided within a week; answers how many, over all tenants."""
    async with db.sweep(reason="find suggestions that nobody decides any more") as session:
        found = await expired_suggestions(session, clock(), most=_BATCH)
    done = 0
    for tenant_id, listed in groupby(sorted(found), itemgetter(0)):
        async with db.write(TenantScope(tenant_id)) as session:
            ended = await expire_suggestions(session, [suggestion_id for _, suggestion_id in listed])
            await notify_changes(session, "SUGGESTION", ended)
            done += len(ended)
    return done


async def _decide(
    db: Database, clock: Clock, viewer: Viewer, suggestion_id: UUID | None, done: Decisions, *, accept: bool
) -> None:
    now = clock()
    async with db.write(viewer) as session:
        # Locked after its listing, channel and product: these are locked in the order that everybody keeps.
        [seen] = await _seen(session, suggestion_id)
        jobs = await _carry_out(session, viewer, seen, clock) if accept and _is_open(seen, now) else []
        [kept] = await suggestions_for_update(session, [seen.id])
        if not _is_open(kept, now):
            message = f"This suggestion is {kept.status.value}: it cannot be decided any more."
            raise Refused(UserErrorCode.CONFLICT, message)
        kept.status = SuggestionStatus.ACCEPTED if accept else SuggestionStatus.REJECTED
        kept.decided_by_user_id, kept.decided_at = viewer.user_id, now
        session.add(kept)
        record(
            session,
            viewer,
            action="suggestion.accepted" if accept else "suggestion.rejected",
            target_type="Suggestion",
            target_id=kept.id,
            after={"kind": kept.kind.value},
        )
        await notify_changes(session, "SUGGESTION", [kept.id])
    done.suggestions.append(kept)
    done.jobs += jobs


async def _carry_out(session: WriteSession, viewer: Viewer, seen: Suggestion, clock: Clock) -> list[ChannelJob]:
    """Does what is suggested, or asks for the jobs that do it."""
    match seen.kind:
        case SuggestionKind.END_LISTING:
            return [await _end(session, viewer, seen, clock)]
        case SuggestionKind.LINK_LISTING:
            await _link(session, viewer, seen, clock)
            return []
        case SuggestionKind.MARK_SOLD:
            return await _set_status(session, viewer, seen, ProductStatus.SOLD, clock)
        case SuggestionKind.ARCHIVE_PRODUCT:
            return await _set_status(session, viewer, seen, ProductStatus.ARCHIVED, clock)


async def _end(session: WriteSession, viewer: Viewer, seen: Suggestion, clock: Clock) -> ChannelJob:
    listed = await listings_there(session, [seen.listing_id] if seen.listing_id else [])
    channel = await channel_for_update(session, listed[0].channel_id) if listed else None
    if channel is None or listed[0].status not in (ListingStatus.LIVE, ListingStatus.SOLD):
        raise Refused(UserErrorCode.CONFLICT, "The listing is not offered any more.")
    refuse_closed_channel(channel, field="ids")
    wish = JobWish(ChannelJobKind.END, SubjectKind.LISTING, listed[0].id)
    return await request_job(session, viewer, channel, wish, now=clock())


async def _link(session: WriteSession, viewer: Viewer, seen: Suggestion, clock: Clock) -> None:
    product = await product_for_update(session, seen.product_id) if seen.product_id else None
    product = changeable(product, field="ids")
    listing = await listing_for_update(session, seen.listing_id) if seen.listing_id else None
    if listing is None or listing.product_id is not None or await is_offered_beside(session, listing, product.id):
        raise Refused(UserErrorCode.CONFLICT, "The listing belongs to a product by now, or another one of it is there.")
    link(session, viewer, listing, product.id, clock)
    await take_back_links(session, [listing.id], but=seen.id)
    await renew_drift(session, ids=[listing.id])
    await notify_changes(session, "LISTING", [listing.id])


async def _set_status(
    session: WriteSession, viewer: Viewer, seen: Suggestion, status: ProductStatus, clock: Clock
) -> list[ChannelJob]:
    require(viewer, Permission.EDIT_CATALOG)
    product = await product_for_update(session, seen.product_id) if seen.product_id else None
    product = changeable(product, field="ids")
    reason = why_not(product, status)
    if reason is not None:
        raise Refused(UserErrorCode.CONFLICT, reason)
    give_status(session, viewer, product, status, now=clock())
    return await take_off_sale(session, viewer, [product], now=clock())


async def _seen(session: WriteSession, suggestion_id: UUID | None) -> Sequence[Any]:
    found = None if suggestion_id is None else await session.get(Suggestion, (session.tenant_id, suggestion_id))
    if found is None:
        raise Refused(UserErrorCode.NOT_FOUND, _MISSING)
    return [found]


def _is_open(suggestion: Suggestion, now: datetime) -> bool:
    return suggestion.status is SuggestionStatus.OPEN and suggestion.expires_at > now

"""Reading channels anew: what each can be read by, when somebody asks, and by itself every so many minutes."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any, Protocol
from uuid import UUID

from analytics.clock import Clock
from auth.permissions import Permission, require
from auth.viewer import Viewer
from errors import Refused, UserErrorCode
from models.acting import Acting, TenantScope
from models.audit.actor import ActorKind
from models.channel_jobs.job import ChannelJob, ChannelJobKind
from models.channels.abilities import ABILITIES, ChannelAbility
from models.channels.channel import Channel, ChannelKind, ChannelStatus, channel_for_update
from models.channels.due import channels_to_sync, claim_channel_to_sync
from models.database import Database, WriteSession
from services.channel_jobs.pacing import calls_left, paced
from services.channel_jobs.requests import JobWish, refuse_closed_channel, request_job
from services.tools import HasClock, HasDb, HasVendors

# In the payload of SYNC_LISTINGS.
MIGRATE = "migrate"
MOST_MIGRATED = 200
# No order of a marketplace is older that anybody still reads.
EARLIEST = datetime(2000, 1, 1, tzinfo=UTC)
_MIGRATES = (ChannelKind.EBAY,)
_LISTING_ID = re.compile("[0-9]{1,20}")
# What is read of a channel that can do so.
SYNCS: Mapping[ChannelAbility, ChannelJobKind] = {
    ChannelAbility.LISTINGS: ChannelJobKind.SYNC_LISTINGS,
    ChannelAbility.ORDERS: ChannelJobKind.SYNC_ORDERS,
    ChannelAbility.CASES: ChannelJobKind.SYNC_CASES,
    ChannelAbility.MESSAGES: ChannelJobKind.SYNC_CONVERSATIONS,
}


@dataclass(frozen=True, slots=True)
class SyncWish:
    """What is to be read: of `kinds`, or of all that the channel has; `since`: orders that changed since then.

    `migrate` are the channel's own ids of listings that its older interfaces made, to be taken over before.
    """

    kinds: Sequence[ChannelJobKind] | None = None
    since: datetime | None = None
    migrate: Sequence[str] = ()

    def job(self, kind: ChannelJobKind) -> JobWish:
        payload: dict[str, Any] = {} if self.since is None else {"since": self.since.isoformat()}
        if not self.migrate:
            return JobWish(kind, payload=payload)
        named = sorted({*self.migrate})
        # A reading that is under way does not stand for it.
        sameness = f"{MIGRATE}:{sha256(' '.join(named).encode()).hexdigest()[:16]}"
        return JobWish(kind, sameness=sameness, payload={**payload, MIGRATE: named})


def syncs_of(kind: ChannelKind) -> tuple[ChannelJobKind, ...]:
    """What can be read of channels of this kind; nothing of a shop, whose orders are pushed."""
    if kind is ChannelKind.SHOP:
        return ()
    return tuple(SYNCS[ability] for ability in ABILITIES.get(kind, ()) if ability in SYNCS)


async def sync_channel(
    db: Database, clock: Clock, viewer: Viewer, channel_id: UUID | None, wish: SyncWish
) -> list[ChannelJob]:
    """Asks for a reading of each kind; one that is under way is answered instead. Needs SELL.

    Raises Refused: NOT_FOUND, NOT_SUPPORTED for what the channel cannot, INVALID, FORBIDDEN for a disconnected channel,
    QUOTA_EXCEEDED for a frozen one.
    """
    require(viewer, Permission.SELL)
    now = clock()
    async with db.write(viewer) as session:
        channel = None if channel_id is None else await channel_for_update(session, channel_id)
        if channel is None:
            raise Refused(UserErrorCode.NOT_FOUND, "There is no such channel.", field="channel_id")
        refuse_closed_channel(channel, field="channel_id")
        kinds = _checked(channel, wish, now)
        return await _ask(session, viewer, channel, replace(wish, kinds=kinds), now=now)


class TickTools(HasDb, HasClock, HasVendors, Protocol):
    """What has channels read by themselves: marketplaces know how many calls they leave."""


async def tick_channels(tools: TickTools) -> int:
    """Asks for readings of every channel that is due, and sets when it is due again; answers how many jobs there are.

    No job waits on the queue for its time. Channels of a marketplace whose calls would not last are due later.
    """
    db, clock = tools.db, tools.clock
    async with db.sweep(reason="find channels to read") as session:
        due = await channels_to_sync(session, clock())
    left = await calls_left(db, clock, tools.vendors.selling) if due else {}
    asked = 0
    for tenant_id, channel_id in due:
        async with db.write(TenantScope(tenant_id)) as session:
            asked += await _tick(session, channel_id, left, now=clock())
    return asked


async def _tick(
    session: WriteSession, channel_id: UUID, left: Mapping[ChannelKind, tuple[int, int]], *, now: datetime
) -> int:
    channel = await claim_channel_to_sync(session, channel_id, now)
    if channel is None or channel.sync_every_minutes is None or channel.next_sync_at is None:
        return 0
    # The clock of the worker that ticked before may be ahead of ours: a time never goes back.
    pause = timedelta(minutes=channel.sync_every_minutes)
    if channel.kind in left:
        left_today, channels = left[channel.kind]
        pause = paced(pause, left_today=left_today, channels=channels)
    channel.next_sync_at = max(now, channel.next_sync_at) + pause
    session.add(channel)
    if channel.status is not ChannelStatus.CONNECTED or channel.frozen_at is not None:
        return 0
    actor, wish = TenantScope(channel.tenant_id), SyncWish(syncs_of(channel.kind))
    return len(await _ask(session, actor, channel, wish, now=now, by=ActorKind.SCHEDULE))


async def _ask(
    session: WriteSession,
    actor: Acting,
    channel: Channel,
    wish: SyncWish,
    *,
    now: datetime,
    by: ActorKind | None = None,
) -> list[ChannelJob]:
    return [
        await request_job(session, actor, channel, wish.job(kind), now=now, by=by)
        for kind in dict.fromkeys(wish.kinds or ())
    ]


def _checked(channel: Channel, wish: SyncWish, now: datetime) -> Sequence[ChannelJobKind]:
    possible = syncs_of(channel.kind)
    if channel.kind is ChannelKind.SHOP or not (possible or wish.kinds):
        message = f"Adgraph does not read {channel.kind.shown}: its orders are pushed or imported."
        raise Refused(UserErrorCode.NOT_SUPPORTED, message, field="channel_id")
    if wish.since is not None and wish.since > now:
        raise Refused(UserErrorCode.INVALID, "This moment is in the future.", field="since")
    if wish.since is not None and wish.since < EARLIEST:
        raise Refused(UserErrorCode.INVALID, f"Nothing of before {EARLIEST.year} is read.", field="since")
    if wish.migrate:
        return _checked_migration(channel, wish)
    kinds = possible if wish.kinds is None else tuple(dict.fromkeys(wish.kinds))
    if not kinds:
        raise Refused(UserErrorCode.INVALID, "Name what is to be read, or leave the kinds out.", field="kinds")
    for kind in kinds:
        if kind not in (*possible, ChannelJobKind.CHECK):
            can = ", ".join((*possible, ChannelJobKind.CHECK))
            raise Refused(UserErrorCode.NOT_SUPPORTED, f"{kind} cannot be asked for here, only {can}.", field="kinds")
    return kinds


def _checked_migration(channel: Channel, wish: SyncWish) -> Sequence[ChannelJobKind]:
    if channel.kind not in _MIGRATES:
        message = f"The listings of {channel.kind.shown} need not be taken over."
        raise Refused(UserErrorCode.NOT_SUPPORTED, message, field="migrate")
    if len(wish.migrate) > MOST_MIGRATED or not all(_LISTING_ID.fullmatch(each) for each in wish.migrate):
        message = f"Name 1 to {MOST_MIGRATED} item numbers of eBay, each of digits alone."
        raise Refused(UserErrorCode.INVALID, message, field="migrate")
    if wish.kinds is not None and tuple(wish.kinds) != (ChannelJobKind.SYNC_LISTINGS,):
        message = "What is taken over is read by SYNC_LISTINGS: leave the kinds out, or name it alone."
        raise Refused(UserErrorCode.INVALID, message, field="kinds")
    return (ChannelJobKind.SYNC_LISTINGS,)

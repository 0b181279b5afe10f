"""Whether a job may call its marketplace now: one rule for all workers and tenants, which share what they know.

A marketplace counts the calls of the whole installation, by parts of its API. What one job meets is stored, and jobs of
all channels that need the same part wait without a call. While a part is short, channels take turns: a job waits where
its channel has run more jobs than another one that waits as well. What people asked for and what follows a sale goes
before what schedules and messages ask for.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from types import MappingProxyType
from uuid import UUID

import structlog

from analytics.clock import Clock
from integrations.errors import Throttled
from models.acting import TenantScope
from models.audit.actor import ActorKind
from models.cases.case import OrderCaseKind
from models.cases.reading import order_cases_by_ids
from models.channel_jobs.job import ChannelJob, ChannelJobKind
from models.channel_jobs.job_queries import channel_job_by_id
from models.channels.calls import forget_calls
from models.channels.channel import Channel, ChannelKind, channels_by_ids
from models.channels.throttle import (
    WHOLE_MARKETPLACE,
    ChannelThrottle,
    forget_channel_throttles,
    keep_channel_throttle,
    throttles_of_marketplace,
)
from models.channels.turn import forget_channel_turns, take_channel_turn, want_turn
from models.database import Database, ReadSession, WriteSession
from services.channel_jobs import states

_log = structlog.get_logger(__name__)

# A job looks again after this time, whatever longer wait the marketplace names.
LONGEST_WAIT_S = 3600
# How long after the end of a limit its part counts as short, and after how long a job looks whether it is its turn.
SHORT_FOR = timedelta(minutes=15)
TURN_S = 30
# A job that waits for an instant comes a little later; until then its channel counts as one that waits.
_WANTS_FOR = timedelta(seconds=60)
_LIMITED = "The marketplace's calls for this installation are used up for a while."
_TURNS = "The marketplace's calls for this installation are short: other channels go first for a moment."
_APP, _APP_AREA = "app", "app:"
# What nobody waits for: the next reading brings the same.
_BY_ITSELF = (ActorKind.SCHEDULE, ActorKind.WEBHOOK)

_INVENTORY, _FULFILMENT = frozenset({"sell.inventory"}), frozenset({"sell.fulfillment"})
# Returns, cancellations and inquiries are asked for at one address, and so are orders' cancellations; disputes are part
# of the Fulfillment API.
_GRAPHQL = frozenset({"graphql"})
# The parts of the API without which a kind of job does nothing, or does not come to its end. A kind that is not listed
# waits for no part but the whole; it meets other limits itself.
_AREAS: Mapping[ChannelKind, Mapping[ChannelJobKind, frozenset[str]]] = MappingProxyType(
    {
        ChannelKind.EBAY: {
            ChannelJobKind.CHECK: frozenset({"commerce.identity", "sell.account"}) | _INVENTORY,
            ChannelJobKind.SYNC_LISTINGS: _INVENTORY,
            ChannelJobKind.PUBLISH: _INVENTORY,
            ChannelJobKind.UPDATE: _INVENTORY,
            ChannelJobKind.END: _INVENTORY,
            ChannelJobKind.SYNC_ORDERS: _FULFILMENT,
            ChannelJobKind.SHIP: _FULFILMENT,
            ChannelJobKind.REFUND: _FULFILMENT,
            ChannelJobKind.CANCEL: _FULFILMENT | _GRAPHQL,
            ChannelJobKind.SYNC_CASES: _FULFILMENT | _GRAPHQL,
            ChannelJobKind.CASE_ACTION: _GRAPHQL,
        }
    }
)
# Where an answer to cases of these kinds needs other parts than to the rest.
_AREAS_OF_CASES: Mapping[tuple[ChannelKind, OrderCaseKind], frozenset[str]] = MappingProxyType(
    {(ChannelKind.EBAY, OrderCaseKind.DISPUTE): _FULFILMENT}
)


@dataclass(frozen=True, slots=True)
class HeldBack:
    """Why a job may not call now, in words, and when it looks again."""

    reason: str
    until: datetime


async def hold_of(db: Database, scope: TenantScope, job_id: UUID, *, now: datetime) -> HeldBack | None:
    """Why the job may not run now; None when it may. Of a short part, it takes its channel's turn."""
    async with db.read(scope) as session:
        job = await channel_job_by_id(session, job_id)
        channels = [] if job is None else await channels_by_ids(session, [job.channel_id])
        if job is None or not channels or job.status in states.FINISHED:
            return None
        [channel] = channels
        limits = await throttles_of_marketplace(session, channel.kind)
        areas = await _areas(session, job, channel.kind) if limits else frozenset()
    until = max((limit.blocked_until for limit in limits if limit.area in areas), default=now - SHORT_FOR)
    if until <= now - SHORT_FOR:
        return None
    return await _turn(db, channel, job, blocked_until=until, now=now)


async def keep_limit(session: WriteSession, channel: Channel, error: Throttled, *, now: datetime) -> datetime:
    """Stores a limit that all channels share, in the caller's transaction; answers until when to wait."""
    until = now + timedelta(seconds=min(max(error.retry_after_s, 1), LONGEST_WAIT_S))
    if error.scope == _APP or error.scope.startswith(_APP_AREA):
        area = WHOLE_MARKETPLACE if error.scope == _APP else error.scope.removeprefix(_APP_AREA)
        await keep_channel_throttle(session, ChannelThrottle(kind=channel.kind, area=area, blocked_until=until))
        _log.warning("marketplace_throttles", kind=channel.kind, area=area or None, until=until.isoformat())
    return until


async def forget_old_channel_limits(db: Database, clock: Clock) -> int:
    """Deletes limits and turns that ended more than a day ago, and numbers of calls that old; answers how many."""
    before = clock() - timedelta(days=1)
    async with db.sweep(reason="forget old limits of marketplaces") as session:
        forgotten = await forget_channel_throttles(session, before=before)
        forgotten += await forget_calls(session, before=before)
        return forgotten + await forget_channel_turns(session, before=before)


async def _areas(session: ReadSession, job: ChannelJob, marketplace: ChannelKind) -> frozenset[str]:
    """The limits that hold the job."""
    areas = _AREAS.get(marketplace, {}).get(job.kind, frozenset())
    if job.kind is ChannelJobKind.CASE_ACTION and job.subject_id is not None:
        for case in await order_cases_by_ids(session, [job.subject_id]):
            areas = _AREAS_OF_CASES.get((marketplace, case.kind), areas)
    return areas | {WHOLE_MARKETPLACE}


async def _turn(
    db: Database, channel: Channel, job: ChannelJob, *, blocked_until: datetime, now: datetime
) -> HeldBack | None:
    """Until the limit ends, else until it is the channel's turn; None when it is."""
    is_urgent = job.requested_by_kind not in _BY_ITSELF
    wanted_until = max(blocked_until, now + timedelta(seconds=TURN_S)) + _WANTS_FOR
    # Comparing channels needs the rows of all tenants, which only the system role reads.
    async with db.sweep(reason="take turns on a marketplace") as session:
        ahead = await want_turn(session, channel, now=now, until=wanted_until, is_urgent=is_urgent)
        if blocked_until > now:
            return HeldBack(_LIMITED, blocked_until)
        if ahead > 0:
            return HeldBack(_TURNS, now + timedelta(seconds=TURN_S))
        await take_channel_turn(session, channel, now=now)
    return None

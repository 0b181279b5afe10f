"""Enforces the plan's quotas in the transaction that makes what they count, and shows how much of them is used.

Things that exist are counted under a lock of the tenant; things of a day by a counter that one statement raises. Either
way, of many requests at the limit only as many pass as there is room for.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from auth.limits.buckets import Charge
from auth.permissions import Permission, require
from auth.viewer import Viewer
from errors import Refused, UserErrorCode
from models.billing.usage_counter import (
    count_connected_accounts,
    count_memberships,
    count_use,
    forget_counters_before,
    hold_quotas,
    oldest_stored_day,
    uncount_use,
    used_on,
)
from models.database import ReadSession, WriteSession
from models.tenants.invitation import count_open_invitations
from services.billing.entitlements import Entitlement, entitlement_of
from services.billing.plans import QuotaKind
from services.toolbox import Toolbox

# Counters of days long past answer no question any more.
COUNTERS_KEPT = timedelta(days=60)
_EXISTING = (QuotaKind.AD_ACCOUNTS, QuotaKind.MEMBERS)
_PER_DAY = (QuotaKind.REFRESHES_PER_DAY, QuotaKind.EXPORTS_PER_DAY)
_WORDS = {
    QuotaKind.AD_ACCOUNTS: "ad accounts",
    QuotaKind.MEMBERS: "members and open invitations",
    QuotaKind.REFRESHES_PER_DAY: "refreshes a day",
    QuotaKind.EXPORTS_PER_DAY: "exports a day",
}


@dataclass(frozen=True, slots=True)
class QuotaUsage:
    kind: QuotaKind
    limit: int | None
    used: int
    resets_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Room:
    """What the plan leaves of a quota while the session that asked holds it."""

    kind: QuotaKind
    limit: int | None
    used: int

    def take(self, more: int = 1) -> None:
        """Raises Refused QUOTA_EXCEEDED unless `more` fit; what is there already is never refused."""
        if more > 0 and self.limit is not None and self.used + more > self.limit:
            raise Refused(
                UserErrorCode.QUOTA_EXCEEDED,
                f"The plan allows {self.limit} {_WORDS[self.kind]}, and {self.used} are used: "
                "remove some or choose a larger plan.",
            )


async def hold_room(tools: Toolbox, session: WriteSession, kind: QuotaKind) -> Room:
    """The room for more of `kind`, which nobody else can take before the session ends; call it first of all locks.

    Raises Refused QUOTA_EXCEEDED while a payment is overdue beyond its grace.
    """
    await hold_quotas(session)
    allowed = await writable_entitlement(tools, session)
    return Room(kind, allowed.limit(kind), await _count(session, kind, tools.clock()))


async def check_room(tools: Toolbox, session: WriteSession, room: Room) -> None:
    """Raises Refused QUOTA_EXCEEDED when what was made in the session since `hold_room` did not fit."""
    await session.flush()
    room.take(await _count(session, room.kind, tools.clock()) - room.used)


async def hold_seat(tools: Toolbox, session: WriteSession) -> None:
    """Room for a member who was invited: open invitations of others do not stand in the way. Raises as hold_room."""
    await hold_quotas(session)
    allowed = await writable_entitlement(tools, session)
    Room(QuotaKind.MEMBERS, allowed.limit(QuotaKind.MEMBERS), await count_memberships(session)).take()


async def _count(session: ReadSession | WriteSession, kind: QuotaKind, now: datetime) -> int:
    """A seat is a member, or an invitation that can still be accepted."""
    if kind is QuotaKind.AD_ACCOUNTS:
        return await count_connected_accounts(session)
    return await count_memberships(session) + await count_open_invitations(session, now=now)


async def spend(tools: Toolbox, session: WriteSession, allowed: Entitlement, kind: QuotaKind) -> None:
    """Counts one more that is made today; raises Refused QUOTA_EXCEEDED beyond the limit."""
    now, limit = tools.clock(), allowed.limit(kind)
    if await count_use(session, kind.value, day=_day(now), limit=limit) is None:
        raise Refused(
            UserErrorCode.QUOTA_EXCEEDED,
            f"The plan allows {limit} {_WORDS[kind]}: wait until midnight UTC or choose a larger plan.",
            retry_after_s=int((_midnight(now) - now).total_seconds()) + 1,
        )


async def give_back(tools: Toolbox, session: WriteSession, kind: QuotaKind) -> None:
    """Takes back what `spend` counted in this session."""
    await uncount_use(session, kind.value, day=_day(tools.clock()))


async def writable_entitlement(tools: Toolbox, session: ReadSession | WriteSession) -> Entitlement:
    """What the tenant may do; raises Refused QUOTA_EXCEEDED while that is reading alone."""
    allowed = await entitlement_of(tools, session)
    if allowed.is_read_only:
        raise Refused(
            UserErrorCode.QUOTA_EXCEEDED,
            "A payment is overdue, so the team can only read until it is paid: open the billing portal.",
        )
    return allowed


async def usage(tools: Toolbox, viewer: Viewer, points: Charge) -> list[QuotaUsage]:
    """How much of each quota is used now, `points` saying where the tenant's cost points are counted; needs READ."""
    require(viewer, Permission.READ)
    now = tools.clock()
    async with tools.db.read(viewer) as session:
        allowed = await entitlement_of(tools, session)
        counted = {kind: await _count(session, kind, now) for kind in _EXISTING}
        today = await used_on(session, _day(now))
        oldest = await oldest_stored_day(session)
    counted |= {kind: today.get(kind.value, 0) for kind in _PER_DAY}
    counted[QuotaKind.HISTORY_MONTHS] = _months(oldest, _day(now))
    left = await tools.limiter.allowance(points)
    counted[QuotaKind.COST_POINTS_PER_MINUTE] = left.limit - left.remaining
    resets = dict.fromkeys(_PER_DAY, _midnight(now)) | {QuotaKind.COST_POINTS_PER_MINUTE: left.reset_at}
    return [QuotaUsage(kind, allowed.limit(kind), counted[kind], resets.get(kind)) for kind in QuotaKind]


async def forget_old_counters(tools: Toolbox) -> int:
    """Over all tenants; answers how many."""
    async with tools.db.system(reason="forget old usage counters") as session:
        return await forget_counters_before(session, _day(tools.clock() - COUNTERS_KEPT))


def _day(now: datetime) -> date:
    return now.astimezone(UTC).date()


def _midnight(now: datetime) -> datetime:
    return datetime.combine(_day(now) + timedelta(days=1), time(), UTC)


def _months(oldest: date | None, today: date) -> int:
    """Begun months from the oldest stored day until today."""
    if oldest is None:
        return 0
    whole = (today.year - oldest.year) * 12 + today.month - oldest.month
    return whole + (today.day > oldest.day)

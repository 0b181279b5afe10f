"""Enforces the quotas of the price plan in the transaction that creates what they count, and shows how much is used.

Things that exist are counted under a lock of the tenant's row; things of a day by a counter that one statement raises.
Either way, of many requests at the limit only as many pass as there is room for.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Protocol

from analytics.clock import Clock
from auth.limits.buckets import Charge
from auth.permissions import Permission, require
from auth.viewer import Viewer
from errors import NotFound, Refused, UserErrorCode
from models.billing.usage_counter import (
    count_channels,
    count_connected_accounts,
    count_memberships,
    count_products,
    count_use,
    forget_counters_before,
    lock_quotas,
    oldest_stored_day,
    uncount_use,
    used_on,
)
from models.database import Database, ReadSession, WriteSession
from models.tenants.invitation import count_open_invitations
from models.tenants.tenant import NO_TENANT
from services.billing.entitlements import Entitlement, entitlement_of
from services.billing.plans import QuotaKind
from services.tools import Billing, HasClock, HasDb, HasLimiter, HasVendors

# Nobody reads the counters of past days; they are deleted after this time.
COUNTERS_KEPT = timedelta(days=60)
# Things that exist are counted where they are stored, so that deleting one gives its room back.
_EXISTING = (QuotaKind.AD_ACCOUNTS, QuotaKind.MEMBERS, QuotaKind.CHANNELS, QuotaKind.PRODUCTS)
# What is created in a day is counted by a counter: it is used up for that day, whatever becomes of it.
_PER_DAY = (QuotaKind.REFRESHES_PER_DAY, QuotaKind.EXPORTS_PER_DAY)
_WORDS = {
    QuotaKind.AD_ACCOUNTS: "ad accounts",
    QuotaKind.MEMBERS: "members and open invitations",
    QuotaKind.REFRESHES_PER_DAY: "refreshes a day",
    QuotaKind.EXPORTS_PER_DAY: "exports a day",
    QuotaKind.CHANNELS: "selling channels",
    QuotaKind.PRODUCTS: "products",
}


class UsageTools(HasDb, HasClock, HasLimiter, HasVendors, Protocol):
    """What counts how much a tenant uses: the limiter counts cost points, and without Stripe all have the FREE plan."""


@dataclass(frozen=True, slots=True)
class QuotaUsage:
    """How much of a quota is used; a limit of None means unlimited, `resets_at` is None for things that exist."""

    kind: QuotaKind
    limit: int | None
    used: int
    resets_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Room:
    """What the price plan leaves of a quota, as long as the session that locked it lasts."""

    kind: QuotaKind
    limit: int | None
    used: int

    def take(self, more: int = 1) -> None:
        """Raises Refused QUOTA_EXCEEDED unless `more` things fit.

        A tenant may be above its limit, after it chose a smaller price plan: that alone is never refused.
        """
        if more > 0 and self.limit is not None and self.used + more > self.limit:
            raise Refused(
                UserErrorCode.QUOTA_EXCEEDED,
                f"The plan allows {self.limit} {_WORDS[self.kind]}, and {self.used} are used: "
                "remove some or choose a larger plan.",
            )


async def lock_room(clock: Clock, billing: Billing | None, session: WriteSession, kind: QuotaKind) -> Room:
    """The room for more of `kind`, which nobody else can take before the session ends.

    To be called before any other lock is taken: every transaction that needs the tenant's lock takes it first, so that
    none waits for another in a circle. Raises Refused QUOTA_EXCEEDED while a payment is overdue beyond its grace, and
    NotFound when the tenant was deleted.
    """
    if not await lock_quotas(session):
        raise NotFound(NO_TENANT)
    allowed = await writable_entitlement(clock, billing, session)
    return Room(kind, allowed.limit(kind), await _load_count(session, kind, clock()))


async def check_room(clock: Clock, session: WriteSession, room: Room) -> None:
    """Raises Refused QUOTA_EXCEEDED when what the session has created since `lock_room` does not fit."""
    # The count is a statement, which sees only what was sent to Postgres.
    await session.flush()
    # The difference is what the session has added; connecting an account that is connected already adds none.
    room.take(await _load_count(session, room.kind, clock()) - room.used)


async def lock_seat(clock: Clock, billing: Billing | None, session: WriteSession) -> None:
    """Makes sure that there is room for a member who accepts an invitation; raises Refused as lock_room does.

    Only members count here: the seats of other open invitations must not keep an invited person out.
    """
    await lock_quotas(session)
    allowed = await writable_entitlement(clock, billing, session)
    Room(QuotaKind.MEMBERS, allowed.limit(QuotaKind.MEMBERS), await count_memberships(session)).take()


async def _load_count(session: ReadSession | WriteSession, kind: QuotaKind, now: datetime) -> int:
    """How many things of the kind exist. A member has a seat, and so has an invitation that can still be accepted."""
    if kind is QuotaKind.AD_ACCOUNTS:
        return await count_connected_accounts(session)
    if kind is QuotaKind.CHANNELS:
        return await count_channels(session)
    if kind is QuotaKind.PRODUCTS:
        return await count_products(session)
    return await count_memberships(session) + await count_open_invitations(session, now=now)


async def spend(clock: Clock, session: WriteSession, allowed: Entitlement, kind: QuotaKind) -> None:
    """Counts one more thing of today, by UTC; raises Refused QUOTA_EXCEEDED, and counts nothing, at the limit."""
    # Counted in the transaction of what it is for: if that fails, nothing was used up.
    now, limit = clock(), allowed.limit(kind)
    if await count_use(session, kind.value, day=_day(now), limit=limit) is None:
        raise Refused(
            UserErrorCode.QUOTA_EXCEEDED,
            f"The plan allows {limit} {_WORDS[kind]}: wait until midnight UTC or choose a larger plan.",
            # Rounded up: a client that comes back exactly then must meet the new day.
            retry_after_s=int((_midnight(now) - now).total_seconds()) + 1,
        )


async def give_back(clock: Clock, session: WriteSession, kind: QuotaKind) -> None:
    """Undoes what `spend` counted in this session."""
    await uncount_use(session, kind.value, day=_day(clock()))


async def writable_entitlement(
    clock: Clock, billing: Billing | None, session: ReadSession | WriteSession
) -> Entitlement:
    """What the tenant may use; raises Refused QUOTA_EXCEEDED while an overdue payment leaves it reading alone."""
    allowed = await entitlement_of(clock, billing, session)
    if allowed.is_read_only:
        raise Refused(
            UserErrorCode.QUOTA_EXCEEDED,
            "A payment is overdue, so the team can only read until it is paid: open the billing portal.",
        )
    return allowed


async def usage(tools: UsageTools, viewer: Viewer, points: Charge) -> list[QuotaUsage]:
    """How much of each quota is used now; needs READ. `points` names the counter of the tenant's cost points."""
    require(viewer, Permission.READ)
    now = tools.clock()
    async with tools.db.read(viewer) as session:
        allowed = await entitlement_of(tools.clock, tools.vendors.billing, session)
        counted = {kind: await _load_count(session, kind, now) for kind in _EXISTING}
        today = await used_on(session, _day(now))
        oldest = await oldest_stored_day(session)
    counted |= {kind: today.get(kind.value, 0) for kind in _PER_DAY}
    counted[QuotaKind.HISTORY_MONTHS] = _months(oldest, _day(now))
    # After the session, so that no connection is held while Redis is asked.
    left = await tools.limiter.allowance(points)
    counted[QuotaKind.COST_POINTS_PER_MINUTE] = left.limit - left.remaining
    resets = dict.fromkeys(_PER_DAY, _midnight(now)) | {QuotaKind.COST_POINTS_PER_MINUTE: left.reset_at}
    return [QuotaUsage(kind, allowed.limit(kind), counted[kind], resets.get(kind)) for kind in QuotaKind]


async def forget_old_counters(db: Database, clock: Clock) -> int:
    """Deletes the counters of days long past, over all tenants; answers how many."""
    async with db.sweep(reason="forget old usage counters") as session:
        return await forget_counters_before(session, _day(clock() - COUNTERS_KEPT))


def _day(now: datetime) -> date:
    return now.astimezone(UTC).date()


def _midnight(now: datetime) -> datetime:
    return datetime.combine(_day(now) + timedelta(days=1), time(), UTC)


def _months(oldest: date | None, today: date) -> int:
    """How many months, the last one begun, lie between the oldest stored day and today."""
    if oldest is None:
        return 0
    # From the day of the month, not from its first: 15 January to 15 March are two months, to 16 March three.
    whole = (today.year - oldest.year) * 12 + today.month - oldest.month
    return whole + (today.day > oldest.day)

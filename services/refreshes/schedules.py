"""Refreshes by schedule: setting the schedule of an account, and the tick that queues what is due.

The next time of an account is in its row, so that any number of workers may tick: the worker that locks a due account
moves it on to its next time and queues its jobs in the same transaction: one of the ad-days, and behind it one for each
set of breakdowns that was ever read of the account, since the platform restates parts with the whole.
"""

from collections.abc import Awaitable, Callable, Collection
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from uuid import UUID

import structlog

from analytics.clock import Clock
from analytics.meta.breakdowns import COMBINATIONS, set_name
from analytics.periods import AskedDays, day_end, local_day
from auth.permissions import Permission, require
from auth.viewer import Viewer
from errors import DatabaseUnavailable, Refused, UserErrorCode
from models.acting import TenantScope
from models.ads.ad_account import AdAccount, ad_account_for_update
from models.audit.entry import record
from models.database import Database, WriteSession
from models.insights.days import sets_read
from models.refreshes.job import RefreshTrigger
from models.refreshes.job_queries import active_refresh_jobs_of_accounts, breakdowns_asked_since
from models.refreshes.schedule import claim_due_account, due_accounts
from services.account_access import DISCONNECTED, NoAccess, access_of
from services.refreshes.ranges import look_back
from services.refreshes.requests import insert_refresh_job
from services.tools import Billing

_log = structlog.get_logger(__name__)

LONGEST_PERIOD_HOURS = 168
LONGEST_LOOK_BACK_DAYS = 90
_HOUR_S = 3600
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class ScheduleWish:
    """What somebody wants an account's schedule to be."""

    is_enabled: bool
    every_hours: int
    lookback_days: int


async def set_refresh_schedule(
    db: Database, clock: Clock, viewer: Viewer, ad_account_id: UUID | None, wish: ScheduleWish
) -> AdAccount:
    """Sets or ends the schedule of an account; needs REFRESH. The same schedule again keeps the account's times.

    Raises Refused: INVALID, NOT_FOUND, FORBIDDEN for an account that is disconnected.
    """
    require(viewer, Permission.REFRESH)
    _check(wish)
    async with db.write(viewer) as session:
        account = await ad_account_for_update(session, ad_account_id) if ad_account_id else None
        if account is None:
            raise Refused(UserErrorCode.NOT_FOUND, "There is no such ad account.", field="ad_account_id")
        if wish.is_enabled and account.disconnected_at is not None:
            raise DISCONNECTED.refused(field="ad_account_id")
        before = _shown(account)
        account.refresh_every_hours = wish.every_hours if wish.is_enabled else None
        account.lookback_days = wish.lookback_days
        account.next_refresh_at = next_refresh(account, clock())
        if _shown(account) != before:
            record(
                session,
                viewer,
                action="ad_account.scheduled",
                target_type="AdAccount",
                target_id=account.id,
                before=before,
                after=_shown(account),
            )
    return account


def next_refresh(account: AdAccount, after: datetime) -> datetime | None:
    """The account's next time after an instant; None when it has no schedule."""
    hours = account.refresh_every_hours
    return None if hours is None else next_time(account.id, hours, after)


def next_time(account_id: UUID, every_hours: int, after: datetime) -> datetime:
    """The next time of an account after an instant; times are one period apart, from a start that the id decides.

    So accounts are spread over the period, and each keeps its own time of day for good.
    """
    period = timedelta(hours=every_hours)
    start = _EPOCH + timedelta(seconds=account_id.int % (every_hours * _HOUR_S))
    return start + ((after - start) // period + 1) * period


async def tick_schedules(db: Database, clock: Clock, billing: Billing | None) -> int:
    """Queues the refreshes of every account whose time has come; answers how many it queued.

    A time that passed while no worker ran is made up for once, whatever the number of periods.
    """
    async with db.sweep(reason="find due refreshes") as session:
        due = await due_accounts(session, clock())
    return sum([await _tick(db, clock, billing, tenant_id, account_id) for tenant_id, account_id in due])


async def _tick(db: Database, clock: Clock, billing: Billing | None, tenant_id: UUID, account_id: UUID) -> int:
    """Queues one account's refreshes; answers how many.

    A fault of one account does not keep the others from being queued. Its transaction is undone by the fault, so the
    account is moved on by another one: else every tick would meet the fault again.
    """
    try:
        async with db.write(TenantScope(tenant_id)) as session:
            return await _queue(clock, billing, session, account_id)
    except DatabaseUnavailable:
        raise
    except Refused as refusal:
        reason, about = refusal.user_code.value, refusal.field
        _log.info("scheduled_refresh_skipped", ad_account_id=str(account_id), reason=reason, about=about)
    except Exception:  # noqa: BLE001 - whatever is wrong with one account, the log says so
        _log.exception("scheduled_refresh_failed", ad_account_id=str(account_id))
    async with db.write(TenantScope(tenant_id)) as session:
        await _claim(clock, session, account_id)
    return 0


async def _claim(clock: Clock, session: WriteSession, account_id: UUID) -> AdAccount | None:
    """The account, moved on to its next time; None when it is due no more."""
    now = clock()
    account = await claim_due_account(session, account_id, now)
    if account is None or account.next_refresh_at is None:
        return None
    # The clock of the worker that ticked before may be ahead of ours: a time never goes back.
    account.next_refresh_at = next_refresh(account, max(now, account.next_refresh_at))
    return account


async def _queue(clock: Clock, billing: Billing | None, session: WriteSession, account_id: UUID) -> int:
    account = await _claim(clock, session, account_id)
    if account is None:
        return 0
    skipped = await _load_reason_to_skip(session, account)
    if skipped is not None:
        _log.info("scheduled_refresh_skipped", ad_account_id=str(account_id), reason=skipped)
        return 0
    insert = partial(
        insert_refresh_job,
        clock,
        billing,
        session,
        TenantScope(account.tenant_id),
        ad_account=account,
        trigger=RefreshTrigger.SCHEDULED,
    )
    active = {tuple(job.breakdowns) for job in await active_refresh_jobs_of_accounts(session, [account_id])}
    if () in active:
        # It reads the same days.
        _log.info("scheduled_refresh_skipped", ad_account_id=str(account_id), reason="a refresh is under way")
        queued = 0
    else:
        await insert()
        queued = 1
    return queued + await _queue_parts(clock, session, account, insert, active)


async def _queue_parts(
    clock: Clock,
    session: WriteSession,
    account: AdAccount,
    insert: Callable[..., Awaitable[object]],
    active: Collection[tuple[str, ...]],
) -> int:
    """Queues a refresh by each set of breakdowns that was ever read; answers how many.

    Once a day is enough, however often the ad-days are read, since in parts a day has many times their rows. The
    refreshes of an account run in the order of the queue, so these come behind its ad-days.
    """
    zone = account.time_zone
    today = local_day(clock(), zone)
    # Without a range an account that was never refreshed as a whole would be read from its beginning.
    days = look_back(today, account.lookback_days).days
    midnight = day_end(today - timedelta(days=1), zone)
    left_out = {*active, *await breakdowns_asked_since(session, account.id, midnight, days=days)}
    read = await sets_read(session, account.id)
    queued = 0
    for parts in (known for known in COMBINATIONS if set_name(known) in read and known not in left_out):
        try:
            await insert(days=AskedDays(days.start, days.end), breakdowns=parts)
        except Refused as refusal:
            # The ad-days stay queued; these parts come with the account's next time.
            reason, account_id = refusal.user_code.value, str(account.id)
            _log.info("scheduled_parts_skipped", ad_account_id=account_id, breakdowns=set_name(parts), reason=reason)
            break
        queued += 1
    return queued


async def _load_reason_to_skip(session: WriteSession, account: AdAccount) -> str | None:
    """Why a due account is not refreshed now; None when it is. One without access could only fail."""
    if account.frozen_at is not None:
        return "frozen by the plan"
    return "no access" if isinstance(await access_of(session, account), NoAccess) else None


def _check(wish: ScheduleWish) -> None:
    limits = (
        ("every_hours", "The hours between two refreshes", wish.every_hours, LONGEST_PERIOD_HOURS),
        ("lookback_days", "The days to read back", wish.lookback_days, LONGEST_LOOK_BACK_DAYS),
    )
    for field, name, value, most in limits:
        if not 1 <= value <= most:
            raise Refused(UserErrorCode.INVALID, f"{name} must be 1 to {most}, not {value}.", field=field)


def _shown(account: AdAccount) -> dict[str, int | None]:
    return {"every_hours": account.refresh_every_hours, "lookback_days": account.lookback_days}

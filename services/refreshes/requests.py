"""Requesting a refresh: whether it is allowed, which days it reads, its row and its place on the queue.

How a refresh runs is in services/ingestion/lifecycle.py.
"""

from collections.abc import Sequence
from datetime import date
from uuid import UUID

from analytics.clock import Clock
from analytics.enums import Breakdown
from analytics.meta.breakdowns import OFFERED, combination_of
from analytics.meta.rules import breakdown_warnings
from analytics.periods import AskedRange, RangeFault, local_day
from auth.permissions import Permission, require
from auth.viewer import Viewer
from errors import Refused, UserErrorCode
from models.acting import Acting
from models.ads.ad_account import AdAccount
from models.audit.actor import ActorKind
from models.audit.entry import kind_of, record
from models.database import Database, WriteSession
from models.ids import new_id
from models.refreshes.job import RefreshJob, RefreshTrigger
from models.refreshes.job_queries import active_twin, insert_unless_active
from services.account_access import NoAccess, access_of
from services.billing.entitlements import Entitlement
from services.billing.freezing import refuse_frozen
from services.billing.plans import QuotaKind
from services.billing.quotas import give_back, spend, writable_entitlement
from services.refreshes.cancelling import end_if_cancelling
from services.refreshes.queueing import enqueue_refresh
from services.refreshes.ranges import PlannedRange, all_history, look_back, readable_range
from services.tools import Billing


async def request_refresh(
    db: Database,
    clock: Clock,
    billing: Billing | None,
    viewer: Viewer,
    *,
    ad_account_id: UUID | None,
    days: AskedRange | None = None,
    breakdowns: Sequence[Breakdown] = (),
) -> RefreshJob:
    """Queues a refresh, or answers the same one that is not finished yet; needs REFRESH.

    Without days: the account's look-back up to today, or all history until a refresh has succeeded. With breakdowns
    it reads the ad-days in these parts alone. Raises Refused: NOT_FOUND, INVALID for the range or the breakdowns,
    FORBIDDEN for an account that is disconnected, ACCESS_TOKEN_INVALID for its grant, QUOTA_EXCEEDED.
    """
    require(viewer, Permission.REFRESH)
    async with db.write(viewer) as session:
        account = await session.get(AdAccount, (viewer.tenant_id, ad_account_id)) if ad_account_id else None
        if account is None:
            raise Refused(UserErrorCode.NOT_FOUND, "There is no such ad account.", field="ad_account_id")
        await check_access(session, account)
        return await insert_refresh_job(
            clock,
            billing,
            session,
            viewer,
            ad_account=account,
            trigger=RefreshTrigger.MANUAL,
            days=days,
            breakdowns=breakdowns,
        )


async def insert_refresh_job(
    clock: Clock,
    billing: Billing | None,
    session: WriteSession,
    actor: Acting,
    *,
    ad_account: AdAccount,
    trigger: RefreshTrigger,
    days: AskedRange | None = None,
    breakdowns: Sequence[Breakdown] = (),
) -> RefreshJob:
    """Inserts the job's row and queues it, in the caller's transaction; checks what is asked for, not who asks.

    Where a refresh of the same range and breakdowns is not finished, it is answered instead, and counts for no quota.
    Raises Refused: INVALID, QUOTA_EXCEEDED, CONFLICT.
    """
    now, today = clock(), local_day(clock(), ad_account.time_zone)
    allowed = await writable_entitlement(clock, billing, session)
    planned = _planned(ad_account, days, today, months=allowed.limit(QuotaKind.HISTORY_MONTHS))
    parts = combination(breakdowns)
    job = RefreshJob(
        tenant_id=ad_account.tenant_id,
        id=new_id(),
        ad_account_id=ad_account.id,
        trigger=trigger,
        requested_by_kind=ActorKind.SCHEDULE if trigger is RefreshTrigger.SCHEDULED else kind_of(actor),
        requested_by_user_id=actor.user_id,
        requested_by_api_key_id=actor.api_key_id,
        range_start=planned.days.start,
        range_end=planned.days.end,
        breakdowns=[*parts],
        days_total=planned.days.days,
        warnings=[*planned.warnings, *breakdown_warnings(parts)],
        queued_at=now,
    )
    stored = await _insert_counted(clock, session, allowed, job)
    if stored is None:
        return await _load_same_refresh(session, job)
    await enqueue_refresh(session, stored)
    _note(session, actor, stored)
    return stored


async def _insert_counted(
    clock: Clock, session: WriteSession, allowed: Entitlement, job: RefreshJob
) -> RefreshJob | None:
    """Counts and inserts the job; None, and nothing counted, when the same refresh is under way.

    One that was cancelled is not under way, though its worker has not heard of it, or is gone: it ends now, and gives
    way to the new one. The counter is locked before the row. A request that has locked the counter, for several
    refreshes at once, would else wait for the row of another request that waits for the counter. Raises Refused
    QUOTA_EXCEEDED.
    """
    kind = QuotaKind.REFRESHES_PER_DAY
    try:
        await spend(clock, session, allowed, kind)
    except Refused:
        # Asking again for what is under way is no error, even when the day's refreshes are used up.
        twin = await active_twin(session, job)
        if twin is None or twin.cancel_requested_at is not None:
            raise
        return None
    stored = await insert_unless_active(session, job)
    if stored is None:
        twin = await active_twin(session, job)
        if twin and twin.cancel_requested_at and await end_if_cancelling(session, twin.id, now=clock()):
            stored = await insert_unless_active(session, job)
    if stored is None:
        await give_back(clock, session, kind)
    return stored


def _note(session: WriteSession, actor: Acting, job: RefreshJob) -> None:
    after = {"ad_account_id": str(job.ad_account_id), "from": str(job.range_start), "to": str(job.range_end)}
    record(
        session,
        actor,
        action="refresh.requested",
        target_type="RefreshJob",
        target_id=job.id,
        after=after,
        kind=job.requested_by_kind,
    )


async def _load_same_refresh(session: WriteSession, job: RefreshJob) -> RefreshJob:
    """The refresh that kept `job` from being inserted; it may have finished in this moment."""
    found = await active_twin(session, job)
    if found is None:
        raise Refused(UserErrorCode.CONFLICT, "The same refresh was under way and has just ended: ask again.")
    return found


async def check_access(session: WriteSession, account: AdAccount, *, field: str = "ad_account_id") -> None:
    """Raises Refused FORBIDDEN for a disconnected account, QUOTA_EXCEEDED for a frozen one, ACCESS_TOKEN_INVALID for
    one whose grant has ended.
    """
    refuse_frozen(account, field=field)
    access = await access_of(session, account)
    if isinstance(access, NoAccess):
        raise access.refused(field=field)


def _planned(account: AdAccount, asked: AskedRange | None, today: date, *, months: int | None) -> PlannedRange:
    """The days to read; raises Refused INVALID for a range of which nothing can be read."""
    if asked is None:
        is_first = account.last_refreshed_at is None
        return all_history(today, months) if is_first else look_back(today, account.lookback_days)
    planned = readable_range(asked, today, months)
    if isinstance(planned, RangeFault):
        raise Refused(UserErrorCode.INVALID, planned.message, field="days")
    return planned


def combination(asked: Sequence[Breakdown]) -> tuple[Breakdown, ...]:
    """The breakdowns in the order of their combination; raises Refused INVALID where the platform offers none."""
    found = combination_of(asked) if asked else ()
    if found is None:
        raise Refused(UserErrorCode.INVALID, f"{OFFERED}.", field="breakdowns")
    return found

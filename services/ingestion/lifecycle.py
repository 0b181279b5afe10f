"""One run of a refresh job: claims the job, fetches and stores, and records how the run ended.

The worker passes ids only; everything else is read here.
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import partial
from typing import Protocol
from uuid import UUID

import structlog

from analytics.clock import Clock
from analytics.enums import Breakdown
from analytics.periods import DateRange, local_day, settled_through
from auth.permissions import Permission
from auth.token_cipher import TokenCipher
from errors import DatabaseUnavailable
from integrations.errors import AccessRevoked, NotReady, Throttled, Unavailable
from models.acting import TenantScope
from models.ads.ad_account import AdAccount, ad_account_for_update, raise_data_version
from models.connections.access_grant import AccessGrant
from models.database import Database, WriteSession
from models.ids import new_id
from models.insights.day_marks import settle_days
from models.refreshes.fenced_writes import Fence, beat, completed_slices
from models.refreshes.job import RefreshJob, RefreshStatus, RefreshTrigger
from models.refreshes.job_queries import FINISHED, refresh_job_by_id, refresh_job_for_update
from services.account_access import NoAccess, access_of, token_of
from services.datasets.queueing import renew_datasets
from services.ingestion.entities.listing import sync_entities
from services.ingestion.entities.storing import fetch_and_store_account
from services.ingestion.insight_pipeline import fetch_and_store_insights
from services.ingestion.oddities import Oddities
from services.ingestion.progress import Counts, Reporter, RunCancelled, RunLost
from services.ingestion.reach import fetch_and_store_people
from services.ingestion.run import Run
from services.ingestion.slice_plan import SlicePlan, missing_ranges
from services.ingestion.throttling import Hold, OnHold, Pacer
from services.ingestion.totals import check_totals
from services.patience import patiently
from services.queued.askers import load_permissions_of_asker
from services.refreshes import states
from services.refreshes.behind_grants import end_grant, is_token_replaced
from services.refreshes.failures import ASKER_LEFT, WORKER_LOST, RefreshFailure, failure_of, failure_without
from services.refreshes.queueing import enqueue_refresh
from services.tools import HasCipher, HasClock, HasDb, HasVendors

_log = structlog.get_logger(__name__)

_CONNECTED_AGAIN = "The account was connected again; the refresh goes on with the new access."
_AWAY_TEXT = "The platform does not answer at the moment; the refresh goes on by itself when it does."


class RunTools(HasDb, HasClock, HasCipher, HasVendors, Protocol):
    """What runs a job: the grant's token is stored encrypted, and the account's platform is among the vendors."""


# What a run writes about its job at the end, in a transaction that has locked the row.
Change = Callable[[WriteSession, Run, RefreshJob], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class ClaimedJob:
    """A job that this run has claimed, and what the run needs of it, as it was at that moment.

    `done` are the days that earlier runs of this attempt have stored.
    """

    fence: Fence
    job: RefreshJob
    account: AdAccount
    grant: AccessGrant
    token: str
    done: list[DateRange]
    # The run before this one did not record its end, since its worker died.
    broke_off: bool


async def run_refresh(tools: RunTools, *, tenant_id: UUID, job_id: UUID, is_last_try: bool = False) -> None:
    """Runs the job until it has ended or waits; does nothing when there is nothing to do.

    Being cancelled hands the job back, or ends it when somebody asked for that; CancelledError goes on to the caller.
    Raises DatabaseUnavailable when Postgres stays away: then the row still says RUNNING, and the queue tries again.
    Before the run has begun, it raises NodeUnavailable at once: the worker has other tenants' jobs to run.
    """
    scope, run_id = TenantScope(tenant_id), new_id()
    if await patiently(partial(_put_off_if_held, tools.db, tools.clock, scope, job_id), waits_for_nodes=False):
        return
    claim = await patiently(
        partial(_claim, tools, scope, job_id, run_id=run_id, is_last_try=is_last_try), waits_for_nodes=False
    )
    if claim is None:
        return
    run = _run_of(tools, scope, claim)
    log = _log.bind(tenant_id=str(tenant_id), refresh_job_id=str(job_id), attempt=claim.job.attempt)
    log.info("refresh_started", days=run.days.days, days_stored=run.counts.days_done)
    try:
        async with run.reporter:
            await _fetch_and_store(run, claim.done)
        await _store_end(run, _succeed)
    except RunLost:
        log.info("refresh_lost")
        return
    except RunCancelled:
        await _store_end(run, _cancel)
    except asyncio.CancelledError:
        await _store_end(run, _hand_back)
        raise
    except (OnHold, Throttled, Unavailable) as held:
        await _store_end(run, await _put_off_by(run, held))
    except DatabaseUnavailable:
        # Nothing can be stored now. The queue runs the job again, and the row still says RUNNING until then.
        raise
    except Exception as error:  # the edge of a job: whatever happened, the row says so
        log.warning("refresh_failed", error=type(error).__name__, exc_info=True)
        await _store_end(run, partial(_fail, error=error))
    log.info("refresh_ended", rows=run.counts.rows_fetched, api_calls=run.counts.api_calls)


async def _put_off_if_held(db: Database, clock: Clock, scope: TenantScope, job_id: UUID) -> bool:
    """Whether the platform's limits hold the job before it has begun: then it waits without being claimed."""
    async with db.read(scope) as session:
        job = await refresh_job_by_id(session, job_id)
        if job is None or job.status in FINISHED:
            return False
        account = await session.get_one(AdAccount, (job.tenant_id, job.ad_account_id))
    hold = await Pacer(db, clock, account).look()
    if hold is None:
        return False
    async with db.write(scope) as session:
        job = await refresh_job_for_update(session, job_id)
        if job is None or job.status in FINISHED or job.cancel_requested_at is not None:
            return False
        await _put_off(session, job, hold)
    return True


async def _claim(
    tools: RunTools, scope: TenantScope, job_id: UUID, *, run_id: UUID, is_last_try: bool
) -> ClaimedJob | None:
    """Makes the job this run's, whoever ran it before; None when there is nothing to run."""
    now = tools.clock()
    async with tools.db.write(scope) as session:
        job = await refresh_job_for_update(session, job_id)
        if job is None or job.status in FINISHED:
            return None
        account = await session.get_one(AdAccount, (job.tenant_id, job.ad_account_id))
        # Every run that ends by itself takes its id out of the row (see states.py).
        access, broke_off = await _load_access(tools.cipher, session, job, account), job.run_id is not None
        failure = WORKER_LOST if is_last_try else access if isinstance(access, RefreshFailure) else None
        if job.cancel_requested_at is not None:
            await states.finish(session, job, RefreshStatus.CANCELLED, now=now)
        elif failure is not None:
            await states.finish(session, job, RefreshStatus.FAILED, now=now, failure=failure)
        else:
            await states.begin(session, job, run_id=run_id, now=now)
            await beat(session, job.id)
        if isinstance(access, RefreshFailure) or job.status is not RefreshStatus.RUNNING:
            return None
        done = [DateRange(*days) for days in await completed_slices(session, job.id)]
    return ClaimedJob(Fence(job.tenant_id, job.id, job.attempt, run_id), job, account, *access, done, broke_off)


async def _load_access(
    cipher: TokenCipher, session: WriteSession, job: RefreshJob, account: AdAccount
) -> tuple[AccessGrant, str] | RefreshFailure:
    """The grant and the token to read the account with, or why it may not be read now.

    Grant and permissions may have changed since the request, so they are checked again.
    """
    access = await access_of(session, account)
    if isinstance(access, NoAccess):
        return failure_without(access)
    allowed = await load_permissions_of_asker(session, job) if job.trigger is RefreshTrigger.MANUAL else None
    # The operator and the system may do everything.
    if allowed is not None and Permission.REFRESH not in allowed:
        return ASKER_LEFT
    try:
        return access, token_of(cipher, access)
    except AccessRevoked as error:
        return failure_of(error)


def _run_of(tools: RunTools, scope: TenantScope, claim: ClaimedJob) -> Run:
    job = claim.job
    counts = Counts(job.days_total, job.days_done, job.rows_fetched, job.api_calls)
    source = tools.vendors.ads[claim.account.platform].account_session(claim.token)
    return Run(
        db=tools.db,
        clock=tools.clock,
        scope=scope,
        fence=claim.fence,
        account=claim.account,
        grant=claim.grant,
        days=DateRange(job.range_start, job.range_end),
        source=source,
        pacer=Pacer(tools.db, tools.clock, claim.account, source),
        counts=counts,
        reporter=Reporter(tools.db, claim.fence, counts),
        started_at=tools.clock(),
        breakdowns=tuple(Breakdown(each) for each in job.breakdowns),
        earlier_calls=job.api_calls,
        earlier_broke_off=claim.broke_off,
        warnings=list(job.warnings),
        gaps=list(job.gaps),
        oddities=Oddities(source.insight_fields),
    )


async def _fetch_and_store(run: Run, done: list[DateRange]) -> None:
    await fetch_and_store_account(run)
    known = await sync_entities(run)
    run.counts.has_entities = True
    await fetch_and_store_insights(run, known, SlicePlan(missing_ranges(run.days, done)))
    if not run.breakdowns:
        await check_totals(run)
        await fetch_and_store_people(run, known)
    # Stores the usage that the last answers told, for the next run. A hold that is found here is ignored: this run is
    # done.
    await run.pacer.look()


async def _store_end(run: Run, change: Change) -> None:
    """The run's last write: `change` and the counts; nothing is written when the job belongs to another run by now."""

    async def once() -> None:
        async with run.db.write(run.scope) as session:
            # The account is locked before its job, in the order in which storing days and disconnecting lock them.
            await ad_account_for_update(session, run.account.id)
            job = await refresh_job_for_update(session, run.fence.job_id)
            if job is None or not run.fence.owns(job):
                return
            counts = run.counts
            # The row has the counts of the last progress report, which may be half a second or an outage old.
            job.rows_fetched = max(job.rows_fetched, counts.rows_fetched)
            job.api_calls = max(job.api_calls, counts.api_calls)
            job.warnings, job.gaps = run.told(), run.gaps
            if job.cancel_requested_at is not None:
                await _cancel(session, run, job)
            else:
                await change(session, run, job)

    await patiently(once)


async def _succeed(session: WriteSession, run: Run, job: RefreshJob) -> None:
    """The job has read everything; days of the account that have become old enough are final from now on."""
    now = run.clock()
    await states.finish(session, job, RefreshStatus.SUCCEEDED, now=now)
    # Days that the platform calls too old were left out with a warning. They are no longer counted, so that a job that
    # has succeeded shows all of its days as done.
    job.days_total = job.days_done
    account = await session.get_one(AdAccount, (job.tenant_id, job.ad_account_id))
    if not run.breakdowns:
        account.last_refreshed_at = now  # parts by breakdowns renew no ad-days
    zone = account.time_zone
    through = settled_through(local_day(now, zone))
    await settle_days(session, account.id, through=through, time_zone=zone, breakdown_set=run.breakdown_set)
    await raise_data_version(session, [account.id])
    await renew_datasets(session, [account.id])


async def _cancel(session: WriteSession, run: Run, job: RefreshJob) -> None:
    await states.finish(session, job, RefreshStatus.CANCELLED, now=run.clock())


async def _hand_back(session: WriteSession, _run: Run, job: RefreshJob) -> None:
    """The worker stops: the job is queued again, and counts as alive from this moment on."""
    await states.hand_back(session, job)
    await beat(session, job.id)


async def _put_off_by(run: Run, held: OnHold | Throttled | Unavailable) -> Change:
    """How the run ends that may not call, or to which the platform does not answer."""
    if isinstance(held, Unavailable):
        return partial(_wait_out, error=held)
    hold = held.hold if isinstance(held, OnHold) else await run.pacer.refused(held)
    return partial(_wait, hold=hold)


async def _wait(session: WriteSession, _run: Run, job: RefreshJob, *, hold: Hold) -> None:
    """The platform's limits hold the job: it waits until they may let it go on."""
    await _put_off(session, job, hold)


async def _wait_out(session: WriteSession, run: Run, job: RefreshJob, *, error: Unavailable) -> None:
    """The platform does not answer: the job waits, each time for longer, and fails after its last pause."""
    until = states.after_outage(job, now=run.clock())
    if until is None:
        await _fail(session, run, job, error=error)
        return
    reason = error.message if isinstance(error, NotReady) else _AWAY_TEXT
    await _put_off(session, job, Hold(reason, until))


async def _put_off(session: WriteSession, job: RefreshJob, hold: Hold) -> None:
    """The job waits without a worker. The queue brings it back, with its account's lock and within the same attempt."""
    await states.wait(session, job, reason=hold.reason, until=hold.until)
    await enqueue_refresh(session, job, not_before=hold.until)


async def _fail(session: WriteSession, run: Run, job: RefreshJob, *, error: Exception) -> None:
    """The job fails by an error; where the platform has ended the grant, its other refreshes end as well.

    Where somebody has connected again during the run, the job goes on with the new token instead.
    """
    now = run.clock()
    if isinstance(error, AccessRevoked) and await is_token_replaced(session, run.grant):
        await _put_off(session, job, Hold(_CONNECTED_AGAIN, now))
        return
    await states.finish(session, job, RefreshStatus.FAILED, now=now, failure=failure_of(error))
    if isinstance(error, AccessRevoked):
        # The grant's other refreshes would be refused as well, one after the other.
        await end_grant(session, run.grant, reason=error.reason, now=now)

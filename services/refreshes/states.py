"""The states of a refresh job and the moves between them; the caller has locked the row.

No other module changes the status or the version of a job, so that each change is announced to its subscribers.

QUEUED -> RUNNING -> SUCCEEDED | FAILED | CANCELLED; QUEUED | RUNNING -> WAITING (the platform throttles, or is away)
-> RUNNING; RUNNING -> QUEUED (its worker stops); QUEUED | WAITING -> CANCELLED; FAILED | CANCELLED -> QUEUED as the
next attempt.
"""

from datetime import datetime, timedelta
from uuid import UUID

from models.database import WriteSession
from models.listener import notify_refresh_job
from models.refreshes.job import RefreshJob, RefreshStatus
from services.refreshes.failures import RefreshFailure

# How long the job waits while the platform does not answer: each time longer, and from the beginning again once a slice
# is stored. After the last pause, about an hour in all, the job fails.
_OUTAGE_PAUSES = tuple(timedelta(minutes=minutes) for minutes in (1, 2, 5, 10, 20, 30))


async def begin(session: WriteSession, job: RefreshJob, *, run_id: UUID, now: datetime) -> None:
    """A run claims the job; a run that had claimed it before can write no more, since `run_id` is another one."""
    job.status = RefreshStatus.RUNNING
    job.run_id = run_id
    job.started_at = job.started_at or now
    job.wait_reason = job.resumes_at = None
    await announce(session, job)


async def wait(session: WriteSession, job: RefreshJob, *, reason: str, until: datetime) -> None:
    """The run ends without a worker until then; the next run continues in the same attempt."""
    job.status = RefreshStatus.WAITING
    job.run_id = None
    job.wait_reason, job.resumes_at = reason, until
    await announce(session, job)


async def ask_to_cancel(session: WriteSession, job: RefreshJob, *, now: datetime) -> None:
    """Asks a running job to end, which it does as soon as its worker learns of it; any other job ends here."""
    job.cancel_requested_at = job.cancel_requested_at or now
    if job.status is RefreshStatus.RUNNING:
        await announce(session, job)
    else:
        await finish(session, job, RefreshStatus.CANCELLED, now=now)


def after_outage(job: RefreshJob, *, now: datetime) -> datetime | None:
    """When a job to which the platform did not answer asks again; None when it has asked often enough."""
    if job.outages >= len(_OUTAGE_PAUSES):
        return None
    job.outages += 1
    return now + _OUTAGE_PAUSES[job.outages - 1]


async def hand_back(session: WriteSession, job: RefreshJob) -> None:
    """Queues a job whose worker stops; the next one continues after the stored slices, in the same attempt."""
    job.status = RefreshStatus.QUEUED
    job.run_id = None
    await announce(session, job)


async def finish(
    session: WriteSession,
    job: RefreshJob,
    status: RefreshStatus,
    *,
    now: datetime,
    failure: RefreshFailure | None = None,
) -> None:
    """Ends the job for good, or until somebody retries it; `failure` is what it shows when it has FAILED."""
    job.status = status
    job.run_id = None
    job.finished_at = now
    job.wait_reason = job.resumes_at = None
    if status is RefreshStatus.SUCCEEDED:
        job.progress = 1.0
    if failure is not None:
        job.error_code, job.error_message, job.error_retryable = failure.code, failure.message, failure.retryable
    await announce(session, job)


async def try_again(session: WriteSession, job: RefreshJob, *, now: datetime) -> None:
    """Queues the next attempt, which begins with nothing done: the platform may have restated days by now."""
    job.status = RefreshStatus.QUEUED
    job.attempt += 1
    job.progress = 0.0
    job.days_done = job.rows_fetched = job.rows_stored = job.rows_removed = job.api_calls = job.outages = 0
    job.error_code = job.error_message = job.error_retryable = None
    job.gaps = []
    job.queued_at = now
    job.started_at = job.finished_at = job.cancel_requested_at = job.heartbeat_at = None
    await announce(session, job)


async def announce(session: WriteSession, job: RefreshJob) -> None:
    """Raises the job's version, and wakes its subscribers when the caller's transaction commits."""
    job.version += 1
    await notify_refresh_job(session, tenant_id=job.tenant_id, job_id=job.id, version=job.version)

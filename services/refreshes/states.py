"""The states of a refresh job and the moves between them; pure, the caller holds the row and stores it.

QUEUED -> RUNNING -> SUCCEEDED | FAILED | CANCELLED; QUEUED | RUNNING -> WAITING (the platform throttles, or is away)
-> RUNNING; RUNNING -> QUEUED (its worker stops); QUEUED | WAITING -> CANCELLED; FAILED | CANCELLED -> QUEUED as the
next attempt.
"""

from datetime import datetime, timedelta
from uuid import UUID

from models.refreshes.job import RefreshJob, RefreshStatus
from services.refreshes.failures import RefreshFailure

# How long a platform that does not answer is left alone, once after the other, until a slice is stored.
_OUTAGE_PAUSES = tuple(timedelta(minutes=minutes) for minutes in (1, 2, 5, 10, 20, 30))


def begin(job: RefreshJob, *, run_id: UUID, now: datetime) -> None:
    """A run claims the job; whoever held it before may write no more."""
    job.status = RefreshStatus.RUNNING
    job.run_id = run_id
    job.started_at = job.started_at or now
    job.wait_reason = job.resumes_at = None
    job.version += 1


def wait(job: RefreshJob, *, reason: str, until: datetime) -> None:
    job.status = RefreshStatus.WAITING
    job.run_id = None
    job.wait_reason, job.resumes_at = reason, until
    job.version += 1


def after_outage(job: RefreshJob, *, now: datetime) -> datetime | None:
    """When a job that met no answer looks again; None when it has looked often enough."""
    if job.outages >= len(_OUTAGE_PAUSES):
        return None
    job.outages += 1
    return now + _OUTAGE_PAUSES[job.outages - 1]


def hand_back(job: RefreshJob) -> None:
    """The worker stops; the next one goes on after the slices that are stored, in the same attempt."""
    job.status = RefreshStatus.QUEUED
    job.run_id = None
    job.version += 1


def finish(job: RefreshJob, status: RefreshStatus, *, now: datetime, failure: RefreshFailure | None = None) -> None:
    job.status = status
    job.run_id = None
    job.finished_at = now
    job.wait_reason = job.resumes_at = None
    if status is RefreshStatus.SUCCEEDED:
        job.progress = 1.0
    if failure is not None:
        job.error_code, job.error_message, job.error_retryable = failure.code, failure.message, failure.retryable
    job.version += 1


def try_again(job: RefreshJob, *, now: datetime) -> None:
    """The next attempt begins with nothing done: what the last one read may have been restated since."""
    job.status = RefreshStatus.QUEUED
    job.attempt += 1
    job.progress = 0.0
    job.days_done = job.rows_fetched = job.rows_stored = job.rows_removed = job.api_calls = job.outages = 0
    job.error_code = job.error_message = job.error_retryable = None
    job.gaps = []
    job.queued_at = now
    job.started_at = job.finished_at = job.cancel_requested_at = job.heartbeat_at = None
    job.version += 1

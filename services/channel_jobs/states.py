"""The states of a channel job and the moves between them; the caller has locked the row.

No other module changes the status or the version of a job. QUEUED -> RUNNING -> SUCCEEDED | FAILED | CANCELLED;
QUEUED | RUNNING -> WAITING (throttled, the marketplace is away, somebody has to do something) -> QUEUED; RUNNING ->
UNCERTAIN (a step may have been done) -> QUEUED | SUCCEEDED | FAILED; FAILED | CANCELLED -> QUEUED as the next attempt.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from models.channel_jobs.job import ChannelJob, ChannelJobKind, ChannelJobStatus
from models.database import WriteSession
from models.listener import notify_changes
from models.listings.reading import give_up_publishing
from models.relay.step import drop_steps
from services.channel_jobs.failures import ChannelJobFailure, with_unknown_end

S = ChannelJobStatus
FOLLOWERS: Mapping[S, frozenset[S]] = {
    S.QUEUED: frozenset({S.RUNNING, S.WAITING, S.FAILED, S.CANCELLED}),
    S.RUNNING: frozenset({S.QUEUED, S.WAITING, S.UNCERTAIN, S.SUCCEEDED, S.FAILED, S.CANCELLED}),
    S.WAITING: frozenset({S.QUEUED, S.WAITING, S.FAILED, S.CANCELLED}),
    S.UNCERTAIN: frozenset({S.QUEUED, S.SUCCEEDED, S.FAILED}),
    S.SUCCEEDED: frozenset(),
    S.FAILED: frozenset({S.QUEUED}),
    S.CANCELLED: frozenset({S.QUEUED}),
}
FINISHED = (S.SUCCEEDED, S.FAILED, S.CANCELLED)
# How often a job asks a marketplace that does not answer, and how long it waits in between: 1, 2, 4, 8 and 15 minutes.
MOST_TRIES = 6
_LONGEST_PAUSE_MINUTES = 15
# In the memo of a job: the step that was begun and may have been done, and the step in which the job is.
UNSAFE, STEP = "unsafe", "step"
# In the memo of a job: what must not be done twice is surely done, and the job has only to store it.
DONE = "done"
# In the memo of a job: how much of it is done is counted in steps of a browser extension, since its work tells nothing.
BY_STEPS = "by_steps"
# In the memo of a job: how many bytes the answers have that are kept for it.
ANSWERED = "answered"
# In the payload: what is sent along, such as a picture. Of a job that has ended it is None.
FILE = "file"
_CANCELLED = "Publishing was cancelled."
LOOKS_FIRST = "It is not known whether the marketplace has done the last step: Adgraph looks before it goes on."


class ImpossibleMove(Exception):
    """A fault of ours: no job comes from the one state to the other."""


def is_unsafe(job: ChannelJob) -> bool:
    """Whether a step was begun that cannot be taken back, and nobody knows yet how it ended."""
    return UNSAFE in job.memo


async def begin(session: WriteSession, job: ChannelJob, *, run_id: UUID, now: datetime) -> None:
    """A run claims the job; a run that had claimed it before can write no more, since `run_id` is another one."""
    if job.status is not S.QUEUED:
        _move(job, S.QUEUED)
    _move(job, S.RUNNING)
    job.run_id = run_id
    job.started_at = job.started_at or now
    await announce(session, job)


async def wait(session: WriteSession, job: ChannelJob, *, reason: str, until: datetime | None) -> None:
    """The job waits without a worker: until then, or until somebody has done what `reason` says."""
    _move(job, S.WAITING)
    job.wait_reason, job.resumes_at = reason, until
    await announce(session, job)


async def doubt(session: WriteSession, job: ChannelJob, *, until: datetime) -> None:
    """The run ends within a step that the marketplace may have done; the next one looks first."""
    _move(job, S.UNCERTAIN)
    job.wait_reason, job.resumes_at = LOOKS_FIRST, until
    await announce(session, job)


async def requeue(session: WriteSession, job: ChannelJob) -> None:
    """A job whose worker stops, or whose wait is over, is queued again within the same attempt."""
    _move(job, S.QUEUED)
    await announce(session, job)


async def ask_to_cancel(session: WriteSession, job: ChannelJob, *, now: datetime) -> None:
    """Asks a running job to end, which it does before its next step; any other job ends here."""
    job.cancel_requested_at = job.cancel_requested_at or now
    if job.status is S.RUNNING:
        await announce(session, job)
    else:
        await finish(session, job, S.CANCELLED, now=now)


async def withdraw_cancelling(session: WriteSession, job: ChannelJob) -> None:
    """The same was asked for again before the job has ended: it goes on as if nobody had cancelled it."""
    job.cancel_requested_at = None
    await announce(session, job)


async def finish(session: WriteSession, job: ChannelJob, status: ChannelJobStatus, *, now: datetime) -> None:
    """The job has SUCCEEDED or is CANCELLED."""
    _move(job, status)
    job.finished_at = now
    if status is S.SUCCEEDED:
        job.memo = _without(job.memo, UNSAFE, STEP, DONE, BY_STEPS, ANSWERED)
        # Whoever cancelled it came too late.
        job.cancel_requested_at = None
    else:
        await _give_up(session, job, _CANCELLED, now)
    await _drop_what_was_kept(session, job)
    await announce(session, job)


async def fail(session: WriteSession, job: ChannelJob, failure: ChannelJobFailure, *, now: datetime) -> None:
    _move(job, S.FAILED)
    told = with_unknown_end(failure) if is_unsafe(job) else failure
    job.finished_at = now
    job.error_code, job.error_message, job.error_retryable = told.code, told.message, told.retryable
    await _give_up(session, job, told.message, now)
    await _drop_what_was_kept(session, job)
    await announce(session, job)


async def try_again(session: WriteSession, job: ChannelJob, *, now: datetime) -> None:
    """Queues the next attempt, which begins with nothing done; what may have been done already is looked up first."""
    _move(job, S.QUEUED)
    job.attempt += 1
    job.done, job.total, job.outages, job.problems = 0, None, 0, []
    job.memo = {UNSAFE: job.memo[UNSAFE]} if is_unsafe(job) else {}
    job.error_code = job.error_message = job.error_retryable = None
    job.queued_at = now
    job.started_at = job.finished_at = job.cancel_requested_at = None
    await announce(session, job)


def after_outage(job: ChannelJob, *, now: datetime) -> datetime | None:
    """When a job to which the marketplace did not answer asks again; None when it has asked often enough."""
    job.outages += 1
    if job.outages >= MOST_TRIES:
        return None
    return now + timedelta(minutes=min(2 ** (job.outages - 1), _LONGEST_PAUSE_MINUTES))


async def announce(session: WriteSession, job: ChannelJob) -> None:
    """Raises the job's version, and wakes its subscribers when the caller's transaction commits."""
    job.version += 1
    session.add(job)
    await session.flush()
    await notify_changes(session, "CHANNEL_JOB", [job.id])


async def _give_up(session: WriteSession, job: ChannelJob, reason: str, now: datetime) -> None:
    """However the job ends, what it was to publish does not stay PENDING."""
    if job.kind is not ChannelJobKind.PUBLISH or job.subject_id is None:
        return
    if await give_up_publishing(session, job.subject_id, reason=reason, now=now):
        await notify_changes(session, "LISTING", [job.subject_id])


def lacks_file(job: ChannelJob) -> bool:
    """Whether what was to be sent along is gone, since an earlier attempt has ended."""
    return FILE in job.payload and job.payload[FILE] is None


async def _drop_what_was_kept(session: WriteSession, job: ChannelJob) -> None:
    """A file is large, and it and answers may tell of buyers: they are not kept for an attempt that may never come."""
    await drop_steps(session, job.id)
    if FILE in job.payload:
        job.payload = {**job.payload, FILE: None}


def _move(job: ChannelJob, status: ChannelJobStatus) -> None:
    if status not in FOLLOWERS[job.status]:
        raise ImpossibleMove(f"{job.status} to {status}")
    job.status = status
    job.run_id = job.wait_reason = job.resumes_at = None


def _without(memo: dict[str, Any], *names: str) -> dict[str, Any]:
    return {name: value for name, value in memo.items() if name not in names}

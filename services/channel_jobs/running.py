"""One run of a channel job: claims it, does its work, and records how the run ended.

The worker passes ids only; everything else is read here. No transaction is open over a call to the marketplace.
"""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime
from functools import partial
from typing import Any
from uuid import UUID

import structlog

from errors import DatabaseUnavailable
from integrations.errors import AccessRevoked, Barred, Throttled, Unavailable
from integrations.selling.marketplace import SellerSession
from integrations.vinted.relay import StepsWanted
from models.acting import TenantScope
from models.channel_jobs.fenced_writes import ChannelFence, beat_channel_job
from models.channel_jobs.job import ChannelJob, ChannelJobKind, ChannelJobStatus
from models.channel_jobs.job_queries import channel_job_for_update
from models.channels.access import access_of_channel
from models.channels.channel import ChannelIssue, ChannelStatus, channel_for_update
from models.database import WriteSession
from models.ids import new_id
from models.listener import notify_changes
from models.relay.step import drop_open_steps, has_open_steps
from services.channel_access import give_up, note_ended_token
from services.channel_jobs import states
from services.channel_jobs.admission import admit, lock_with_channel, settle
from services.channel_jobs.failures import NO_WORK, WORKER_LOST, ChannelJobFailure, failure_of
from services.channel_jobs.pacing import keep_what_was_told
from services.channel_jobs.queueing import enqueue_channel_job
from services.channel_jobs.relaying import hand_over
from services.channel_jobs.throttling import HeldBack, hold_of, keep_limit
from services.channel_jobs.work import ChannelJobTools, ChannelRun, JobCancelled, JobLost, Work, Workshop
from services.patience import patiently

_log = structlog.get_logger(__name__)

_AWAY = "The marketplace does not answer at the moment; the job goes on by itself when it does."
_ACCESS_ENDED = "The access ended in the middle of the job; it goes on with a new one."
_CONNECTED_AGAIN = "The channel was connected again; the job goes on with the new access."

# What a run writes about its job at the end, in a transaction that has locked the channel and the row.
Change = Callable[[WriteSession, ChannelRun, ChannelJob], Awaitable[None]]


async def run_channel_job(
    tools: ChannelJobTools, shop: Workshop, *, tenant_id: UUID, job_id: UUID, is_last_try: bool = False
) -> None:
    """Runs the job until it has ended or waits; does nothing when there is nothing to do.

    Being cancelled hands the job back; CancelledError goes on to the caller. Raises DatabaseUnavailable when Postgres
    stays away: then the row still says RUNNING, and the queue tries again. Before the run has begun, it raises
    NodeUnavailable at once: the worker has other tenants' jobs to run.
    """
    scope, run_id = TenantScope(tenant_id), new_id()
    claim = partial(_claim, tools, scope, job_id, run_id=run_id, is_last_try=is_last_try)
    run = await patiently(claim, waits_for_nodes=False)
    if run is None:
        return
    log = _log.bind(tenant_id=str(tenant_id), channel_job_id=str(job_id), kind=run.job.kind, attempt=run.job.attempt)
    log.info("channel_job_started")
    try:
        await _work(run, shop)
    except JobLost:
        log.info("channel_job_lost")
        return
    except JobCancelled:
        await _store_end(run, _cancel)
    except StepsWanted as wanted:
        await _store_end(run, partial(hand_over, wishes=wanted.wishes))
    except asyncio.CancelledError:
        await _store_end(run, _hand_back)
        raise
    except DatabaseUnavailable:
        # Nothing can be stored now. The queue runs the job again, and the row still says RUNNING until then.
        raise
    except Exception as error:  # the edge of a job: whatever happened, the row says so
        log.warning("channel_job_broke_off", error=type(error).__name__, exc_info=True)
        await _store_end(run, partial(_break_off, error=error))
    await keep_what_was_told(tools.db, tools.vendors.selling, run.channel.kind)
    log.info("channel_job_ended", done=run.done, problems=len(run.problems))


async def _claim(
    tools: ChannelJobTools, scope: TenantScope, job_id: UUID, *, run_id: UUID, is_last_try: bool
) -> ChannelRun | None:
    """Makes the job this run's, whoever ran it before; None when there is nothing to run."""
    now = tools.clock()
    hold = await hold_of(tools.db, scope, job_id, now=now)
    async with tools.db.write(scope) as session:
        found = await lock_with_channel(session, job_id)
        if found is None or found[0].status in states.FINISHED:
            return None
        job, channel = found
        if job.status is ChannelJobStatus.RUNNING and await has_open_steps(session, job.id):
            # The browser extension does it, or a lease is to be ended first (services/relay).
            return None
        verdict = await admit(session, job, channel, now=now)
        if verdict is not None:
            await settle(session, job, verdict, now=now)
            return None
        if hold is not None:
            await _hold_back(session, job, hold)
            return None
        # Every run that ends by itself takes its id out of the row (see states.py).
        if is_last_try and job.run_id is not None:
            await states.fail(session, job, WORKER_LOST, now=now)
            return None
        if channel.kind in tools.vendors.relayed:
            # What the run needs it asks for again.
            await drop_open_steps(session, job.id)
        await states.begin(session, job, run_id=run_id, now=now)
        await beat_channel_job(session, job.id)
    fence = ChannelFence(job.tenant_id, job.id, job.attempt, run_id)
    return ChannelRun(
        tools,
        fence,
        job,
        channel,
        looks_first=states.is_unsafe(job),
        problems=[*job.problems],
        memo={**job.memo},
        done=job.done,
        total=job.total,
    )


async def _work(run: ChannelRun, shop: Workshop) -> None:
    work = shop.by_kind.get(run.job.kind)
    if work is None:
        await _store_end(run, partial(_fail, failure=NO_WORK))
        return
    async with run:
        async with run.writing() as session:
            loaded = await work.load(session, run)
        run.market = await _open_market(run, shop)
        done = await work.do(run, loaded)
    await _store_end(run, partial(_succeed, work=work, done=done))


async def _open_market(run: ChannelRun, shop: Workshop) -> SellerSession:
    run.token_of = await _token_stored_at(run)
    market = await shop.open_market(run)
    run.token_of = await _token_stored_at(run)
    return market


async def _token_stored_at(run: ChannelRun) -> datetime | None:
    async with run.tools.db.read(run.scope) as session:
        access = await access_of_channel(session, run.channel.id)
    return None if access is None else access.stored_at


async def _store_end(run: ChannelRun, change: Change) -> None:
    """The run's last write: `change` and the counts; nothing is written when the job belongs to another run by now."""

    async def once() -> None:
        async with run.tools.db.write(run.scope) as session:
            await channel_for_update(session, run.channel.id)
            job = await channel_job_for_update(session, run.fence.job_id)
            if job is None or not run.fence.owns(job):
                return
            if run.done > run.job.done:
                # The marketplace has answered something since: what was away before has come back.
                job.outages = 0
            job.done, job.total, job.problems, job.memo = run.done, run.total, [*run.problems], {**run.memo}
            await change(session, run, job)

    await patiently(once)


async def _succeed(session: WriteSession, run: ChannelRun, job: ChannelJob, *, work: Work[Any, Any], done: Any) -> None:
    await work.store(session, run, done)
    await states.finish(session, job, ChannelJobStatus.SUCCEEDED, now=run.tools.clock())


async def _cancel(session: WriteSession, run: ChannelRun, job: ChannelJob) -> None:
    if job.cancel_requested_at is None:
        # The same was asked for again after the run had heard of it: the next run goes on.
        await states.requeue(session, job)
        await beat_channel_job(session, job.id)
        await enqueue_channel_job(session, job)
        return
    await states.finish(session, job, ChannelJobStatus.CANCELLED, now=run.tools.clock())


async def _hand_back(session: WriteSession, run: ChannelRun, job: ChannelJob) -> None:
    """The worker stops: the queue gives the job to another one at once, and it counts as alive from this moment on."""
    if run.is_unsafe:
        await states.doubt(session, job, until=run.tools.clock())
    else:
        await states.requeue(session, job)
    await beat_channel_job(session, job.id)


async def _break_off(session: WriteSession, run: ChannelRun, job: ChannelJob, *, error: Exception) -> None:
    """How the run ends that an error has ended."""
    now = run.tools.clock()
    if job.cancel_requested_at is not None and not run.is_unsafe:
        await states.finish(session, job, ChannelJobStatus.CANCELLED, now=now)
    elif isinstance(error, AccessRevoked) and error.is_expired and (until := states.after_outage(job, now=now)):
        await note_ended_token(session, run.channel.id, known_at=run.token_of or now, now=now)
        await _put_off(session, job, reason=_ACCESS_ENDED, until=now if job.outages == 1 else until)
    elif isinstance(error, AccessRevoked | Barred):
        await _need_attention(session, run, job, error=error)
    elif isinstance(error, Throttled):
        until = await keep_limit(session, run.channel, error, now=now)
        await _put_off(session, job, reason=error.message, until=until)
    elif isinstance(error, Unavailable) or run.is_unsafe:
        await _wait_out(session, run, job, error=error)
    else:
        await _fail(session, run, job, failure=failure_of(error, job.payload))


async def _need_attention(
    session: WriteSession, run: ChannelRun, job: ChannelJob, *, error: AccessRevoked | Barred
) -> None:
    """The channel waits for somebody, and the job with it; where that has happened meanwhile, the job goes on."""
    now = run.tools.clock()
    if isinstance(error, Barred):
        await _bar(session, run.channel.id, error, now=now)
        if job.kind is ChannelJobKind.CHECK:
            # Whoever has done what is asked for asks for another one.
            await _fail(session, run, job, failure=failure_of(error))
            return
    elif not await give_up(
        session, run.scope, run.channel.id, reason=error.reason, known_at=run.token_of or now, now=now
    ):
        await _put_off(session, job, reason=_CONNECTED_AGAIN, until=now)
        return
    await states.wait(session, job, reason=error.message, until=None)


async def _bar(session: WriteSession, channel_id: UUID, error: Barred, *, now: datetime) -> None:
    """The marketplace refuses every call of the seller, and more calls would do harm."""
    channel = await channel_for_update(session, channel_id)
    is_ours = channel is not None and channel.status is not ChannelStatus.DISCONNECTED
    # Whoever has to consent anew is not told anything else.
    if channel is not None and is_ours and channel.issue is not ChannelIssue.REAUTHORIZE:
        issue = ChannelIssue(error.bar.value)
        channel.status, channel.issue, channel.reason = ChannelStatus.ATTENTION, issue, error.message
        channel.version, channel.updated_at = channel.version + 1, now
        session.add(channel)
        await notify_changes(session, "CHANNEL", [channel.id])


async def _wait_out(session: WriteSession, run: ChannelRun, job: ChannelJob, *, error: Exception) -> None:
    """The marketplace does not answer: the job waits, each time for longer, and fails after its last pause."""
    until = states.after_outage(job, now=run.tools.clock())
    if until is None:
        await _fail(session, run, job, failure=failure_of(error))
    elif run.is_unsafe:
        await _doubt(session, run, job, until=until)
    else:
        await _put_off(session, job, reason=_AWAY, until=until)


async def _doubt(session: WriteSession, _run: ChannelRun, job: ChannelJob, *, until: datetime) -> None:
    await states.doubt(session, job, until=until)
    await enqueue_channel_job(session, job, not_before=until)


async def _hold_back(session: WriteSession, job: ChannelJob, hold: HeldBack) -> None:
    """The job waits before its run has begun; after a doubtful step it looks first, whenever it comes."""
    if job.status is ChannelJobStatus.UNCERTAIN:
        await states.requeue(session, job)
    await _put_off(session, job, reason=hold.reason, until=hold.until)


async def _put_off(session: WriteSession, job: ChannelJob, *, reason: str, until: datetime) -> None:
    """The job waits without a worker. The queue brings it back, with its channel's lock and in the same attempt."""
    await states.wait(session, job, reason=reason, until=until)
    await enqueue_channel_job(session, job, not_before=until)


async def _fail(session: WriteSession, run: ChannelRun, job: ChannelJob, *, failure: ChannelJobFailure) -> None:
    await states.fail(session, job, failure, now=run.tools.clock())

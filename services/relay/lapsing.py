"""Leases that ended without a word: the job goes on, or waits until it can be seen what the extension has done."""

from datetime import datetime, timedelta

import structlog

from models.acting import TenantScope
from models.channel_jobs.job import ChannelJob, ChannelJobErrorCode, ChannelJobStatus
from models.database import WriteSession
from models.relay.agent import ended_leases
from models.relay.step import RelayStepState, drop_open_steps, steps_without_results
from services.channel_jobs import states
from services.channel_jobs.failures import ChannelJobFailure
from services.channel_jobs.queueing import enqueue_channel_job
from services.relay.leases import RelayDesk, RelayTools, job_of_lease, lock_desk, seen_until
from services.tools import RelayRules

_log = structlog.get_logger(__name__)

_LONGEST_PAUSE_S = 900
_STOPPED = "The browser extension stopped in the middle of the job, which goes on by itself when the extension does."
STOPPED_TOO_OFTEN = ChannelJobFailure(
    ChannelJobErrorCode.CHANNEL_UNAVAILABLE,
    "The browser extension stopped several times in the middle of this job: see in your browser whether it works, "
    "then try again.",
    retryable=True,
)


async def lapse_leases(tools: RelayTools) -> int:
    """Takes jobs back whose lease is over, of all tenants; answers how many."""
    async with tools.db.sweep(reason="take back what browser extensions have left") as session:
        found = await ended_leases(session, tools.clock())
    lapsed = 0
    for tenant_id, channel_id in found:
        async with tools.db.write(TenantScope(tenant_id)) as session:
            desk = await lock_desk(session, channel_id)
            lapsed += desk is not None and await lapse_if_over(session, tools.relay, desk, now=tools.clock())
    return lapsed


async def lapse_if_over(session: WriteSession, rules: RelayRules, desk: RelayDesk, *, now: datetime) -> bool:
    """Takes the job back where the lease is over; whoever shows the lease from then on changes nothing."""
    agent = desk.agent
    if agent.lease_ends_at is None or agent.lease_ends_at > now:
        return False
    ended_at, job = agent.lease_ends_at, await job_of_lease(session, agent)
    agent.lease_id = agent.lease_ends_at = None
    session.add(agent)
    if job is not None:
        _log.info("relay_lease_lapsed", channel_id=str(agent.id), channel_job_id=str(job.id))
        await _take_back(session, job, seen_at=seen_until(rules, ended_at), now=now)
    return True


async def _take_back(session: WriteSession, job: ChannelJob, *, seen_at: datetime, now: datetime) -> None:
    steps = await steps_without_results(session, job.id)
    begun = [step for step in steps if step.state is RelayStepState.STARTED]
    doubtful = [step for step in begun if step.is_unsafe]
    for step in begun:
        step.state = RelayStepState.UNKNOWN if step.is_unsafe else RelayStepState.WANTED
        step.ended_at = now if step.is_unsafe else None
    for step in steps:
        if step.state is RelayStepState.WANTED:
            step.lease_id = step.place = None
    if doubtful:
        await drop_open_steps(session, job.id)
        await states.doubt(session, job, until=seen_at)
        await enqueue_channel_job(session, job, not_before=seen_at)
    elif job.cancel_requested_at is not None and not states.is_unsafe(job):
        await states.finish(session, job, ChannelJobStatus.CANCELLED, now=now)
    else:
        await _put_back(session, job, now=now)


async def _put_back(session: WriteSession, job: ChannelJob, *, now: datetime) -> None:
    """The extension gets the job again, each time later, until it has left it too often."""
    job.outages += 1
    if job.outages >= states.MOST_TRIES:
        await states.fail(session, job, STOPPED_TOO_OFTEN, now=now)
    else:
        until = now + timedelta(seconds=min(2**job.outages, _LONGEST_PAUSE_S))
        await states.wait(session, job, reason=_STOPPED, until=until)

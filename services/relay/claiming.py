"""The browser extension asks for work: it gets the oldest job of its channel that waits for it, as a lease."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from errors import Refused, UserErrorCode
from integrations.vinted.relay import RelayOperation
from models.channel_jobs.fenced_writes import beat_channel_job
from models.channel_jobs.job import ChannelJob, ChannelJobKind, ChannelJobStatus
from models.channel_jobs.job_queries import channel_job_for_update
from models.channels.channel import ChannelStatus
from models.database import WriteSession
from models.ids import new_id
from models.relay.step import RelayStep, RelayStepState, jobs_with_wanted_steps, steps_without_results
from models.relay.waiting import has_job_of_workers, unsafe_job_of
from services.channel_jobs import states
from services.channel_jobs.admission import admit, settle
from services.relay.attention import note_outdated, note_seen
from services.relay.lapsing import lapse_if_over
from services.relay.leases import (
    CALL_TIMEOUT_S,
    HEARTBEAT_S,
    LEASE_S,
    MOST_STEPS,
    RelayCaller,
    RelayDesk,
    RelayTools,
    job_of_lease,
    lock_desk,
    renew_lease,
)
from services.relay.versions import refuse_outdated

# When the extension asks again: a worker is at a job of the channel, there is nothing to do, it is to be updated.
SOON_S, IDLE_S, OUTDATED_S = 2, 60, 3600
# The oldest jobs that are looked at for one that may be done.
_MOST_LOOKED_AT = 50


@dataclass(frozen=True, slots=True)
class LeasedStep:
    """One step; `index` is its place in the lease."""

    index: int
    operation: RelayOperation
    arguments: Mapping[str, Any]
    is_unsafe: bool


@dataclass(frozen=True, slots=True)
class RelayLease:
    """A job for the extension. `expires_in` are the seconds from when it asked, so no clocks are compared."""

    id: UUID
    kind: ChannelJobKind
    attempt: int
    steps: Sequence[LeasedStep]
    spacing_ms: int
    expires_in: int = LEASE_S
    heartbeat_seconds: int = HEARTBEAT_S
    call_timeout_seconds: int = CALL_TIMEOUT_S


@dataclass(frozen=True, slots=True)
class ClaimedWork:
    """What the extension gets; `retry_after_s` says when asking again makes sense, `problem` why there is nothing."""

    lease: RelayLease | None
    retry_after_s: int
    problem: Refused | None = None


async def claim(tools: RelayTools, agent: RelayCaller, *, version: str, protocol: int) -> ClaimedWork:
    """A job for the extension, if there is one that may be done. Raises Refused INVALID for what is no version."""
    problem = None
    try:
        refuse_outdated(tools.relay, version, protocol)
    except Refused as refused:
        if refused.user_code is not UserErrorCode.AGENT_OUTDATED:
            raise
        problem = refused
    async with tools.db.write(agent) as session:
        desk, now = await lock_desk(session, agent.channel_id), tools.clock()
        if desk is None or desk.channel.status is ChannelStatus.DISCONNECTED:
            return ClaimedWork(None, IDLE_S)
        await lapse_if_over(session, tools.relay, desk, now=now)
        if problem is not None:
            await note_outdated(session, desk, version=version, reason=problem.message, now=now)
            return ClaimedWork(None, OUTDATED_S, problem)
        await note_seen(session, desk, version=version, now=now)
        if await job_of_lease(session, desk.agent) is not None and desk.agent.lease_ends_at is not None:
            return ClaimedWork(None, _seconds(desk.agent.lease_ends_at - now))
        return await _hand_out(session, tools, desk, now=now)


async def _hand_out(session: WriteSession, tools: RelayTools, desk: RelayDesk, *, now: datetime) -> ClaimedWork:
    channel_id, later = desk.channel.id, timedelta(seconds=IDLE_S)
    unsafe_id = await unsafe_job_of(session, channel_id)
    for job_id in await jobs_with_wanted_steps(session, channel_id, most=_MOST_LOOKED_AT):
        job = await channel_job_for_update(session, job_id)
        # After a step that may have been done nothing else is done before it is known whether it was, but for what
        # finds out that the channel is well again.
        is_free = job is not None and (unsafe_id in (None, job.id) or job.kind is ChannelJobKind.CHECK)
        if job is None or not is_free or not await _may_run(session, desk, job, now=now):
            continue
        steps = _next_steps(await steps_without_results(session, job.id))
        pause = _pause(desk, job, steps, now=now)
        if steps and pause <= timedelta(0):
            return ClaimedWork(await _lease(session, tools, desk, job, steps, now=now), 0)
        later = min(later, pause)
    if await has_job_of_workers(session, channel_id):
        later = min(later, timedelta(seconds=SOON_S))
    return ClaimedWork(None, _seconds(later))


async def _may_run(session: WriteSession, desk: RelayDesk, job: ChannelJob, *, now: datetime) -> bool:
    if job.status not in (ChannelJobStatus.QUEUED, ChannelJobStatus.WAITING):
        return False
    verdict = await admit(session, job, desk.channel, now=now)
    if verdict is not None:
        await settle(session, job, verdict, now=now)
    return verdict is None


def _next_steps(steps: Sequence[RelayStep]) -> list[RelayStep]:
    """What is done next, in the order in which it was asked for: a step that must not be done twice is alone."""
    wanted = [step for step in steps if step.state is RelayStepState.WANTED]
    first_unsafe = next((at for at, step in enumerate(wanted) if step.is_unsafe), len(wanted))
    return wanted[: max(1, first_unsafe)][:MOST_STEPS]


def _pause(desk: RelayDesk, job: ChannelJob, steps: Sequence[RelayStep], *, now: datetime) -> timedelta:
    """How long the job still waits."""
    begins_at = [job.resumes_at]
    if any(step.operation == RelayOperation.CREATE_ITEM for step in steps):
        begins_at.append(desk.agent.next_create_at)
    return max((each - now for each in begins_at if each is not None), default=timedelta(0))


async def _lease(
    session: WriteSession,
    tools: RelayTools,
    desk: RelayDesk,
    job: ChannelJob,
    steps: Sequence[RelayStep],
    *,
    now: datetime,
) -> RelayLease:
    lease_id, agent = new_id(), desk.agent
    agent.lease_id, agent.lease_job_id = lease_id, job.id
    renew_lease(agent, now=now)
    session.add(agent)
    for place, step in enumerate(steps):
        step.lease_id, step.place = lease_id, place
    await states.begin(session, job, run_id=lease_id, now=now)
    await beat_channel_job(session, job.id)
    leased = [
        LeasedStep(place, RelayOperation(step.operation), step.arguments, step.is_unsafe)
        for place, step in enumerate(steps)
    ]
    return RelayLease(lease_id, job.kind, job.attempt, leased, tools.relay.spacing_ms)


def _seconds(rest: timedelta) -> int:
    return max(1, math.ceil(rest.total_seconds()))

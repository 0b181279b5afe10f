"""The browser extension says how a step goes. What is said for a lease that it no longer has changes nothing."""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any
from uuid import UUID

import structlog

from errors import Refused, UserErrorCode
from integrations.vinted.relay import RelayErrorCode, RelayOperation
from models.channel_jobs.fenced_writes import beat_channel_job
from models.channel_jobs.job import ChannelJob, ChannelJobStatus
from models.database import WriteSession
from models.listener import ring_relay
from models.relay.agent import RelayAgent
from models.relay.step import RelayStep, RelayStepState, drop_open_steps, step_of_lease, steps_without_results
from services.channel_jobs import states
from services.channel_jobs.queueing import enqueue_channel_job
from services.channel_jobs.relaying import count_steps, has_doubt, to_worker
from services.relay.lapsing import lapse_if_over
from services.relay.leases import (
    CREATE_PAUSE_S,
    LEASE_S,
    RelayCaller,
    RelayDesk,
    RelayTools,
    close_lease,
    job_of_lease,
    lock_desk,
    renew_lease,
    seen_until,
)

_log = structlog.get_logger(__name__)

MOST_BYTES = 1024 * 1024
# Each run of a job reads all of its answers.
MOST_BYTES_OF_JOB = 32 * MOST_BYTES
_LONGEST_MESSAGE = 500
_LONGEST_PAUSE_S = 86_400
_BEGUN = {
    RelayOperation.CREATE_ITEM: "Making the item",
    RelayOperation.SEND_MESSAGE: "Sending the message",
}
# A step comes from the states on the left to the one that is said.
_BEFORE: Mapping[RelayStepState, tuple[RelayStepState, ...]] = {
    RelayStepState.STARTED: (RelayStepState.WANTED,),
    RelayStepState.DONE: (RelayStepState.WANTED, RelayStepState.STARTED),
    RelayStepState.FAILED: (RelayStepState.WANTED, RelayStepState.STARTED),
}


class ReportedState(StrEnum):
    """STARTED: the step is begun when the answer says that the report was accepted."""

    STARTED = "STARTED"
    DONE = "DONE"
    FAILED = "FAILED"


@dataclass(frozen=True, slots=True)
class RelayReport:
    """What the extension says of the step at place `index` of its lease; whatever came of it is the site's word."""

    lease_id: UUID
    index: int
    state: ReportedState
    result: Any = field(default=None, repr=False)
    error: RelayErrorCode | None = None
    message: str | None = None
    http_status: int | None = None
    retry_after_s: int | None = None


@dataclass(frozen=True, slots=True)
class Reported:
    """`accepted` false: the lease is over. `stop`: the job is to end. `expires_in` is counted as that of a lease."""

    accepted: bool
    stop: bool = False
    expires_in: int | None = None


_TOO_MUCH = "Adgraph keeps at most 32 MiB of answers for one job."
_REFUSED = Reported(accepted=False)
_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")


async def report(tools: RelayTools, agent: RelayCaller, told: RelayReport) -> Reported:
    """Takes over what is said. Raises Refused INVALID for a result that is no object, or larger than 1 MiB."""
    result, size = _checked_result(told)
    async with tools.db.write(agent) as session:
        desk, now = await lock_desk(session, agent.channel_id), tools.clock()
        if desk is None:
            return _REFUSED
        desk.agent.seen_at = now
        session.add(desk.agent)
        step = await step_of_lease(session, told.lease_id, told.index)
        if desk.agent.lease_id != told.lease_id or desk.agent.lease_ends_at is None:
            return _repeated(desk.agent, told, step)
        job = await job_of_lease(session, desk.agent)
        if job is None or step is None or step.job_id != job.id:
            return _repeated(desk.agent, told, step)
        if told.state is ReportedState.STARTED and await lapse_if_over(session, tools.relay, desk, now=now):
            return _refused(told, "over")
        lease = _Lease(session, tools, desk, job, now)
        told = lease.within_room(step, told, size)
        if step.state.value != told.state.value and not _follows(step, told):
            return _refused(told, step.state)
        return await lease.take(step, told, result)


@dataclass(frozen=True, slots=True)
class _Lease:
    """A living lease, whose channel, extension and job are locked."""

    session: WriteSession
    tools: RelayTools
    desk: RelayDesk
    job: ChannelJob
    now: datetime

    def within_room(self, step: RelayStep, told: RelayReport, size: int) -> RelayReport:
        """The report, as one of a failure where the job's answers are too large together; an item made is kept."""
        if told.state is not ReportedState.DONE or step.state is RelayStepState.DONE:
            return told
        kept = self.job.memo.get(states.ANSWERED, 0) + size
        if kept > MOST_BYTES_OF_JOB and not step.is_unsafe:
            return replace(told, state=ReportedState.FAILED, error=RelayErrorCode.INVALID, message=_TOO_MUCH)
        self.job.memo = {**self.job.memo, states.ANSWERED: kept}
        return told

    async def take(self, step: RelayStep, told: RelayReport, result: dict[str, Any] | None) -> Reported:
        is_new = step.state.value != told.state.value
        if told.state is ReportedState.STARTED:
            if self.job.cancel_requested_at is not None and is_new and not states.is_unsafe(self.job):
                return await self._stop(accepted=False)
            if is_new:
                self._start(step)
        elif is_new:
            self._end(step, told, result)
            await self.session.flush()
            if told.state is ReportedState.FAILED:
                return await self._fail(step)
            if self.job.cancel_requested_at is not None and not states.is_unsafe(self.job):
                return await self._stop(accepted=True)
        return await self._go_on()

    def _start(self, step: RelayStep) -> None:
        step.state, step.started_at = RelayStepState.STARTED, self.now
        if step.is_unsafe:
            self.job.memo = {**self.job.memo, states.UNSAFE: _BEGUN[RelayOperation(step.operation)]}
        if step.operation == RelayOperation.CREATE_ITEM:
            self.desk.agent.next_create_at = self.now + timedelta(seconds=CREATE_PAUSE_S)

    def _end(self, step: RelayStep, told: RelayReport, result: dict[str, Any] | None) -> None:
        step.state, step.ended_at = RelayStepState(told.state.value), self.now
        if told.state is ReportedState.DONE:
            step.result = result
            self.job.outages = 0
            if step.is_unsafe:
                # Whoever has cancelled it came too late, and so does whoever cancels it now.
                self.job.cancel_requested_at = None
                self.job.memo = {**self.job.memo, states.DONE: True}
        else:
            step.error = told.error or RelayErrorCode.INVALID
            step.message = _storable(told.message or "")[:_LONGEST_MESSAGE] or None
            step.http_status = _within(told.http_status, 999)
            step.retry_after_s = _within(told.retry_after_s, _LONGEST_PAUSE_S)

    async def _go_on(self) -> Reported:
        """Renews the lease; when its last step is done, the job goes on to a worker, or waits with what is left."""
        session, job, agent = self.session, self.job, self.desk.agent
        steps = await steps_without_results(session, job.id)
        await self._note_progress(steps)
        mine = [step for step in steps if step.lease_id == agent.lease_id]
        if any(step.state in (RelayStepState.WANTED, RelayStepState.STARTED) for step in mine):
            renew_lease(agent, now=self.now)
            session.add(agent)
            await states.announce(session, job)
            await beat_channel_job(session, job.id)
            return Reported(accepted=True, stop=job.cancel_requested_at is not None, expires_in=LEASE_S)
        close_lease(agent)
        session.add(agent)
        if any(step.state is RelayStepState.WANTED for step in steps):
            await states.requeue(session, job)
            await beat_channel_job(session, job.id)
            await ring_relay(session, job.channel_id)
        else:
            await to_worker(session, job)
        return Reported(accepted=True, expires_in=0)

    async def _fail(self, step: RelayStep) -> Reported:
        """A worker says what the failure means; where the step may have been done, not before that can be seen."""
        session, job = self.session, self.job
        close_lease(self.desk.agent)
        session.add(self.desk.agent)
        await drop_open_steps(session, job.id)
        await self._note_progress(await steps_without_results(session, job.id))
        if step.is_unsafe and states.is_unsafe(job):
            until = seen_until(self.tools.relay, self.now)
            await states.doubt(session, job, until=until)
            await enqueue_channel_job(session, job, not_before=until)
        elif job.cancel_requested_at is not None and not states.is_unsafe(job):
            await states.finish(session, job, ChannelJobStatus.CANCELLED, now=self.now)
        else:
            await to_worker(session, job)
        return Reported(accepted=True, stop=job.cancel_requested_at is not None, expires_in=0)

    async def _stop(self, *, accepted: bool) -> Reported:
        close_lease(self.desk.agent)
        self.session.add(self.desk.agent)
        await states.finish(self.session, self.job, ChannelJobStatus.CANCELLED, now=self.now)
        return Reported(accepted, stop=True, expires_in=0)

    async def _note_progress(self, steps: Sequence[RelayStep]) -> None:
        if states.is_unsafe(self.job) and not has_doubt(steps):
            self.job.memo = {name: value for name, value in self.job.memo.items() if name != states.UNSAFE}
        if states.BY_STEPS in self.job.memo:
            count_steps(self.job, steps)


def _follows(step: RelayStep, told: RelayReport) -> bool:
    """Whether the step may come to this state; one that must not be done twice is begun before it is done."""
    was_begun = step.state is RelayStepState.STARTED or not step.is_unsafe
    return step.state in _BEFORE[RelayStepState(told.state.value)] and (
        was_begun or told.state is not ReportedState.DONE
    )


def _repeated(agent: RelayAgent, told: RelayReport, step: RelayStep | None) -> Reported:
    """The answer to what is said of a lease that is closed: what was accepted once is accepted again.

    The steps of a job that has ended are gone: then the lease is the last one, and was closed by what it said.
    """
    was_last = step is None and agent.lease_id == told.lease_id and agent.lease_ends_at is None
    was_said = step is not None and step.state.value == told.state.value
    if was_said or (was_last and told.state is not ReportedState.STARTED):
        return Reported(accepted=True, expires_in=0)
    return _refused(told, "superseded")


def _refused(told: RelayReport, why: str) -> Reported:
    _log.warning("relay_report_refused", lease_id=str(told.lease_id), step=told.index, state=told.state.value, why=why)
    return _REFUSED


def _checked_result(told: RelayReport) -> tuple[dict[str, Any] | None, int]:
    """The result as it can be stored, and how large it is; None of a step that is not done."""
    if told.state is not ReportedState.DONE:
        return None, 0
    if not isinstance(told.result, Mapping):
        raise _odd("The result of a step that is done is an object.")
    try:
        size = len(json.dumps(told.result, allow_nan=False))
        if size > MOST_BYTES:
            raise _odd("A result has at most 1 MiB: report FAILED, INVALID.")
        return {_storable(name): _storable(value) for name, value in told.result.items()}, size
    except (ValueError, TypeError, RecursionError) as error:
        raise _odd("The result holds what cannot be stored.") from error


def _storable(value: Any) -> Any:
    """Without what Postgres does not store in a text: NUL and halves of surrogate pairs."""
    if isinstance(value, str):
        return _UNSTORABLE.sub("", value)
    if isinstance(value, Mapping):
        return {_storable(name): _storable(each) for name, each in value.items()}
    return [_storable(each) for each in value] if isinstance(value, list) else value


def _within(number: int | None, most: int) -> int | None:
    return None if number is None else max(0, min(number, most))


def _odd(message: str) -> Refused:
    return Refused(UserErrorCode.INVALID, message, field="result")

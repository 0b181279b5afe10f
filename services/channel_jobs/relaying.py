"""What a run asks the channel's browser extension for, and how the job goes to the extension when answers are missing.

A job with steps that are not answered is the extension's: no job of the queue is there for it, and no worker runs it.
Who hands its steps out and takes the answers is services/relay; a worker then runs the job again from its beginning.
"""

from collections.abc import Sequence
from itertools import islice

from integrations.vinted.relay import RelayErrorCode, RelayOperation, StepAnswer, StepsWanted, StepWish
from models.channel_jobs.fenced_writes import beat_channel_job
from models.channel_jobs.job import ChannelJob, ChannelJobStatus
from models.database import WriteSession
from models.listener import ring_relay
from models.relay.step import RelayStep, RelayStepState, drop_steps, steps_of, steps_without_results
from services.channel_jobs import states
from services.channel_jobs.queueing import enqueue_channel_job
from services.channel_jobs.work import ChannelRun

# So many steps are handed over at once: a list that a site tells may be of any length, and the next run asks for more.
MOST_WANTED = 1_000
_ENDED = (RelayStepState.DONE, RelayStepState.FAILED, RelayStepState.UNKNOWN)


class StepsOfRun:
    """The port `RelayCalls` for one run of a job, over the answers that are kept with the job."""

    def __init__(self, run: ChannelRun) -> None:
        self._run = run

    async def answers(self, wishes: Sequence[StepWish]) -> Sequence[StepAnswer]:
        """See the port; raises JobLost, too."""
        # Not a reading session, which may be of a copy of the database that is a little behind.
        async with self._run.writing() as session:
            steps = {step.key: step for step in await steps_of(session, self._run.fence.job_id)}
            ended = [_ended(steps.get(wish.key)) for wish in wishes]
            for step in ended:
                if step is not None and not _answer_of(step).is_kept(RelayOperation(step.operation)):
                    await drop_steps(session, self._run.fence.job_id, [step.key])
                    first = ended.index(None) if None in ended[: ended.index(step)] else ended.index(step)
                    return [*map(_answer_of, filter(None, ended[:first])), _answer_of(step)]
        wanted = [wish for wish, step in zip(wishes, ended, strict=True) if step is None]
        if wanted:
            raise StepsWanted(wanted)
        return [_answer_of(step) for step in ended if step is not None]


async def hand_over(session: WriteSession, run: ChannelRun, job: ChannelJob, *, wishes: Sequence[StepWish]) -> None:
    """The run ends until these steps are answered; the caller has locked the channel and the job."""
    known = await steps_without_results(session, job.id)
    # Work that asks for such a step again has looked before.
    is_doubtful = has_doubt(known) and not any(wish.is_unsafe for wish in wishes)
    memo = {name: value for name, value in job.memo.items() if name not in (states.UNSAFE, states.BY_STEPS)}
    if is_doubtful:
        memo[states.UNSAFE] = job.memo.get(states.UNSAFE, states.LOOKS_FIRST)
    if job.cancel_requested_at is not None and not is_doubtful:
        job.memo = memo
        await states.finish(session, job, ChannelJobStatus.CANCELLED, now=run.tools.clock())
        return
    await _want(session, job, known, wishes)
    if not run.has_told:
        memo[states.BY_STEPS] = True
        count_steps(job, await steps_without_results(session, job.id))
    job.memo = memo
    await states.requeue(session, job)
    await beat_channel_job(session, job.id)
    await ring_relay(session, job.channel_id)


async def to_worker(session: WriteSession, job: ChannelJob) -> None:
    """A job that the extension has done its part of is queued for a worker; the caller has locked both."""
    await states.requeue(session, job)
    await beat_channel_job(session, job.id)
    await enqueue_channel_job(session, job)


def has_doubt(steps: Sequence[RelayStep]) -> bool:
    """Whether the site may have done the last step that must not be done twice, as far as anybody knows."""
    unsafe = [step for step in steps if step.is_unsafe]
    if not unsafe:
        return False
    last = max(unsafe, key=lambda step: step.number)
    return last.state is RelayStepState.STARTED or (last.state in _ENDED and _is_unclear(last))


def count_steps(job: ChannelJob, steps: Sequence[RelayStep]) -> None:
    """How much of the job is done, of the steps that are known."""
    job.done, job.total = sum(step.state in _ENDED for step in steps), len(steps)


async def _want(session: WriteSession, job: ChannelJob, known: Sequence[RelayStep], wishes: Sequence[StepWish]) -> None:
    """Stores the steps that have no answer; others that an earlier run wanted are not done any more."""
    for step in known:
        if step.state not in _ENDED:
            await session.delete(step)
    await session.flush()
    answered = {step.key for step in known if step.state in _ENDED}
    after = max((step.number for step in known), default=0)
    new = {wish.key: wish for wish in wishes if wish.key not in answered}
    for number, wish in enumerate(islice(new.values(), MOST_WANTED), after + 1):
        session.add(
            RelayStep(
                tenant_id=job.tenant_id,
                job_id=job.id,
                key=wish.key,
                number=number,
                operation=wish.operation,
                arguments={**wish.arguments},
                is_unsafe=wish.is_unsafe,
            )
        )
    await session.flush()


def _ended(step: RelayStep | None) -> RelayStep | None:
    return step if step is not None and step.state in _ENDED else None


def _is_unclear(step: RelayStep) -> bool:
    error = None if step.error is None else RelayErrorCode(step.error)
    return StepAnswer(error=error, is_unknown=step.state is RelayStepState.UNKNOWN).is_unclear


def _answer_of(step: RelayStep) -> StepAnswer:
    return StepAnswer(
        result=step.result,
        error=None if step.error is None else RelayErrorCode(step.error),
        message=step.message,
        http_status=step.http_status,
        retry_after_s=step.retry_after_s,
        started_at=step.started_at,
        is_unknown=step.state is RelayStepState.UNKNOWN,
        arguments=step.arguments,
    )

"""A model of channel jobs: workers, people and a marketplace do anything at any moment, and what must hold then."""

import asyncio
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import Enum, auto
from uuid import UUID

from hypothesis import strategies as some
from sqlalchemy import text
from sqlmodel import col, select

from integrations.errors import AccessRevoked, Barred, Rejected, Throttled, Unavailable
from jobs.retries import MOST_ATTEMPTS
from models.channel_jobs.job import ChannelJob, ChannelJobKind, ChannelJobStatus
from models.channels.channel import Channel, ChannelStatus
from services.channel_jobs.of_channels import end_jobs, resume_jobs, tend_channel_jobs
from services.channel_jobs.requests import JobWish
from services.channel_jobs.running import run_channel_job
from services.channel_jobs.states import FINISHED
from services.channel_jobs.sweep import sweep_channel_jobs
from services.channel_jobs.work import ChannelRun, Workshop
from services.toolbox import Toolbox
from tests.worlds.channel_jobs import ChannelJobWorld, cancel, channel_job_world, opened, seller

S = ChannelJobStatus
MOST_ROUNDS = 60


class Killed(BaseException):
    """The process of a worker is gone: nothing runs any more, not even what tidies up."""


class Blow(Enum):
    """What ends a run, or a call of it."""

    NONE = auto()
    KILL = auto()
    STOP = auto()
    FAULT = auto()
    AWAY = auto()
    THROTTLED = auto()
    REVOKED = auto()
    BARRED = auto()
    REJECTED = auto()


class Deed(Enum):
    """What others do between two steps of workers."""

    CANCEL = auto()
    AGAIN = auto()
    DISCONNECT = auto()
    RECONNECT = auto()
    LOSE_QUEUE = auto()
    RESCUE = auto()
    TEND = auto()
    HOURS = auto()
    BACK = auto()
    WORK = auto()


@dataclass(frozen=True, slots=True)
class Step:
    """A worker takes the next job; at `moment` of its run `meanwhile` happens, and then the blow.

    The moments: before the step that must not be done twice, within it but before the marketplace has done it, within
    it after that, and after it.
    """

    moment: int
    blow: Blow
    meanwhile: tuple[Deed, ...]


# Where the marketplace has done the step, it does not say that it has not.
_SAYS_NOT_DONE = (Blow.THROTTLED, Blow.REVOKED, Blow.BARRED, Blow.REJECTED)
_ERRORS = {
    Blow.KILL: Killed(),
    Blow.STOP: asyncio.CancelledError(),
    Blow.FAULT: ZeroDivisionError(),
    Blow.AWAY: Unavailable("away"),
    Blow.THROTTLED: Throttled("used up", retry_after_s=120, scope="app:sell.fulfillment"),
    Blow.REVOKED: AccessRevoked("Connect again."),
    Blow.BARRED: Barred("Barred."),
    Blow.REJECTED: Rejected("no"),
}


_TAKE = text("""
    update procrastinate_jobs set status = 'doing' where id = (
        select id from procrastinate_jobs queued
        where queueing_lock = any(:ids) and status = 'todo' and (scheduled_at is null or scheduled_at <= :now)
          and not exists (
            select from procrastinate_jobs other where other.lock = queued.lock and other.status = 'doing'
          )
        order by id limit 1
    ) returning id, queueing_lock, attempts
""")


def histories() -> some.SearchStrategy[list[Step | Deed]]:
    deeds = some.sampled_from([deed for deed in Deed if deed is not Deed.DISCONNECT] * 3 + [Deed.DISCONNECT])
    steps = some.builds(
        Step, some.integers(0, 3), some.sampled_from(Blow), some.lists(deeds, max_size=2).map(tuple)
    ).filter(lambda step: step.moment != 2 or step.blow not in _SAYS_NOT_DONE)
    return some.lists(steps | steps | deeds, min_size=1, max_size=8)


@dataclass
class Model:
    """Two channels of a team with two parcels and one. `sent` is what the marketplace did, by job."""

    world: ChannelJobWorld
    jobs: list[ChannelJob] = field(default_factory=list)
    script: list[Step] = field(default_factory=list)
    sent: Counter[UUID] = field(default_factory=Counter)
    running: set[UUID] = field(default_factory=set)
    # What was asked for, and not cancelled by anybody since.
    wanted: set[UUID] = field(default_factory=set)
    # Jobs of the queue that a live worker has.
    live: set[int] = field(default_factory=set)

    async def live_through(self, history: Sequence[Step | Deed]) -> None:
        for event in history:
            if isinstance(event, Step):
                self.script = [event]
                await self._work()
            else:
                await self._do(event)
            await self._holds()
        self.script = []
        await self._come_to_rest()
        for job in await self._rows():
            waits = job.status is S.WAITING and job.resumes_at is None and job.wait_reason
            assert job.status in FINISHED or waits, (job.status, job.wait_reason)
        await self._do(Deed.RECONNECT)
        await self._come_to_rest()
        await self._holds()
        for job in await self._rows():
            assert job.status in FINISHED, (job.status, job.wait_reason)
            assert job.status is not S.CANCELLED or job.id not in self.wanted, "cancelled for nobody"
            assert job.status is not S.SUCCEEDED or self.sent[job.id] == 1
            assert job.status is not S.FAILED or (job.error_code and job.error_message)

    async def ask(self, parcel: str, channel: Channel) -> None:
        """Somebody asks for a parcel, maybe again."""
        job = await self.world.asked(JobWish(ChannelJobKind.SHIP, sameness=parcel), channel)
        if (await self.world.seen_channel()).status is not ChannelStatus.DISCONNECTED:
            self.wanted.add(job.id)
        if job.id not in {each.id for each in self.jobs}:
            self.jobs.append(job)

    # What the workers do.

    async def load(self, _session: object, _run: ChannelRun) -> None:
        return None

    async def do(self, run: ChannelRun, _loaded: None) -> None:
        job_id = run.job.id
        assert job_id not in self.running, "two runs at once"
        self.running.add(job_id)
        step = self.script.pop() if self.script else Step(0, Blow.NONE, ())
        try:
            await self._send(run, step)
        finally:
            self.running.discard(job_id)

    async def store(self, _session: object, _run: ChannelRun, _done: None) -> None:
        return None

    async def _send(self, run: ChannelRun, step: Step) -> None:
        await self._strike(step, 0)
        if not run.memo.get("sent") and not (run.looks_first and self.sent[run.job.id]):
            async with run.unsafe("Sending the parcel"):
                await self._strike(step, 1)
                self.sent[run.job.id] += 1
                await self._strike(step, 2)
            await run.remember({"sent": True})
        await self._strike(step, 3)

    async def _strike(self, step: Step, moment: int) -> None:
        if step.moment != moment:
            return
        for deed in step.meanwhile:
            await self._do(deed)
        if step.blow in _ERRORS:
            raise _ERRORS[step.blow]

    async def _work(self) -> bool:
        """A worker takes the next due job of the queue, as the queue does: one of a lock at a time."""
        taken = await self._take()
        if taken is None:
            return False
        queue_id, job_id, attempts = taken
        self.live.add(queue_id)
        outcome: str | None = "succeeded"
        try:
            await run_channel_job(
                self.world.tools, self._shop, tenant_id=self.world.team.tenant_id, job_id=UUID(job_id),
                is_last_try=attempts >= MOST_ATTEMPTS,
            )  # fmt: skip
        except Killed:
            outcome = None
        except asyncio.CancelledError:
            outcome = "todo"
        finally:
            self.live.discard(queue_id)
        if outcome is not None:
            await self._mark(queue_id, outcome)
        return True

    async def _take(self) -> tuple[int, str, int] | None:
        async with self.world.tools.db.write(self.world.team.viewer) as session:
            values = {"ids": self._ids, "now": self.world.clock()}
            row = (await (await session.connection()).execute(_TAKE, values)).one_or_none()
        return None if row is None else (row[0], row[1], row[2])

    async def _mark(self, queue_id: int, status: str) -> None:
        await self.world.change(
            "update procrastinate_jobs set status = cast(:status as procrastinate_job_status), attempts = attempts + 1"
            " where id = :id and status = 'doing'",
            status=status,
            id=queue_id,
        )

    # What others do.

    async def _do(self, deed: Deed) -> None:
        world = self.world
        match deed:
            case Deed.CANCEL:
                await self._cancel_one()
            case Deed.AGAIN:
                await self.ask("first", world.channel)
            case Deed.DISCONNECT:
                await self._disconnect()
            case Deed.RECONNECT:
                await self._reconnect()
            case Deed.LOSE_QUEUE:
                await world.change(
                    "delete from procrastinate_jobs where queueing_lock = any(:ids) and not id = any(:live)",
                    ids=self._ids, live=[*self.live],
                )  # fmt: skip
            case Deed.RESCUE:
                await self._rescue()
            case Deed.TEND:
                await tend_channel_jobs(world.tools.db, world.clock)
            case Deed.HOURS | Deed.BACK:
                world.clock.move(hours=9 if deed is Deed.HOURS else -1 / 6)
            case Deed.WORK:
                await self._work()

    async def _cancel_one(self) -> None:
        for job in await self._rows():
            if job.status not in (*FINISHED, S.UNCERTAIN):
                self.wanted.discard(job.id)
                await cancel(self.world, job)
                return

    async def _disconnect(self) -> None:
        world = self.world
        self.wanted.clear()
        async with world.tools.db.write(world.team.viewer) as session:
            await end_jobs(session, world.channel.id, now=world.clock())
        await world.disconnect()

    async def _reconnect(self) -> None:
        world = self.world
        await world.token(world.clock())
        for channel_id in {job.channel_id for job in self.jobs}:
            await world.change(
                "update channel set status = 'CONNECTED', issue = null, reason = null, disconnected_at = null"
                " where tenant_id = :tenant and id = :id",
                id=channel_id,
            )
            async with world.tools.db.write(world.team.viewer) as session:
                await resume_jobs(session, channel_id)

    async def _rescue(self) -> None:
        """What dead workers had goes back on the queue, and what the queue has lost as well."""
        await self.world.change(
            "update procrastinate_jobs set status = 'todo', attempts = attempts + 1"
            " where queueing_lock = any(:ids) and status = 'doing' and not id = any(:live)",
            ids=self._ids, live=[*self.live],
        )  # fmt: skip
        await self.world.change(
            "update channel_job set heartbeat_at = null where tenant_id = :tenant and not id = any(:running)",
            running=[*self.running],
        )
        await sweep_channel_jobs(self.world.tools.db, self.world.clock)

    async def _come_to_rest(self) -> None:
        """Workers, rescue and chores go on until nothing changes, by a clock that goes on as well."""
        for _ in range(MOST_ROUNDS):
            if all(job.status in FINISHED for job in await self._rows()):
                return
            await self._rescue()
            await self._do(Deed.TEND)
            while await self._work():
                pass
            rows = await self._rows()
            due = [job.resumes_at for job in rows if job.resumes_at and job.status not in FINISHED]
            is_queued = any(job.status in (S.QUEUED, S.RUNNING) for job in rows)
            if not due and not is_queued:
                return
            self.world.clock.now = max([self.world.clock.now, *sorted(due)[:1]])
        raise AssertionError([(job.status, job.wait_reason, job.resumes_at) for job in await self._rows()])

    # What must hold.

    async def _holds(self) -> None:
        for job in await self._rows():
            assert self.sent[job.id] <= 1, "the marketplace was asked twice"
            assert job.status is not S.WAITING or job.wait_reason
            assert (job.status is S.RUNNING) == (job.run_id is not None)
            assert (job.status in FINISHED) == (job.finished_at is not None)

    @property
    def _shop(self) -> Workshop:
        return Workshop({ChannelJobKind.SHIP: self}, opened)

    @property
    def _ids(self) -> list[str]:
        return [str(job.id) for job in self.jobs]

    async def _rows(self) -> list[ChannelJob]:
        mine = select(ChannelJob).where(ChannelJob.tenant_id == self.world.team.tenant_id)
        async with self.world.tools.db.read(self.world.team.viewer) as session:
            return list((await session.exec(mine.order_by(col(ChannelJob.id)))).all())


async def channel_job_model(tools: Toolbox) -> Model:
    world = await channel_job_world(tools)
    model = Model(world)
    other = await seller(world.team)
    for channel, parcel in ((world.channel, "first"), (world.channel, "second"), (other, "first")):
        await model.ask(parcel, channel)
    return model

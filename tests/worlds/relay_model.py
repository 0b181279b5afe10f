"""A model of work by a browser extension: it and workers are cut off at any moment, and what must hold then.

The site makes and lists items late. Whatever happens, no item is made twice, none that a job tells of is missing, and
every job ends.
"""

import asyncio
import operator
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from decimal import Decimal
from enum import Enum, auto
from uuid import UUID

from hypothesis import strategies as some

from errors import Refused
from integrations.selling.records import ListingDraft, RemoteListing
from integrations.vinted.publishing import publish
from integrations.vinted.relay import RelayOperation, StepWish
from integrations.vinted.steps import Steps
from models.channel_jobs.job import ChannelJob, ChannelJobKind, ChannelJobStatus
from services.channel_jobs.relaying import StepsOfRun
from services.channel_jobs.requests import JobWish
from services.channel_jobs.states import FINISHED
from services.channel_jobs.work import ChannelRun, Workshop
from services.relay.attention import tell_of_missing_agents
from services.relay.lapsing import lapse_leases
from services.toolbox import Toolbox
from tests.worlds.channel_job_model import Deed, Killed, Model
from tests.worlds.channel_jobs import opened
from tests.worlds.relay import RelayWorld, relay_world
from tests.worlds.relay_agent import Fate, Lot, ModelAgent
from tests.worlds.relay_site import SlowSite

S = ChannelJobStatus
TITLES = ("A warm coat", "A felt hat")
MOST_VISITS = 200
# What sleeping and waiting is cut into: others go on in between.
_TICK_S, _MOST_TICKS = 20, 6
# The extension asks by an alarm.
_ALARM_S = 60
_MINUTES_S = 180
_READ = [StepWish(RelayOperation.GET_ITEM, {"id": f"{at}"}, f"item-{at}") for at in range(3)]


class Event(Enum):
    """What happens beside the extension's visits."""

    WORK = auto()
    KILL_WORKER = auto()
    STOP_WORKER = auto()
    MINUTES = auto()
    CANCEL = auto()
    LOSE_QUEUE = auto()
    RESCUE = auto()
    TEND = auto()
    RECONNECT = auto()


@dataclass(frozen=True, slots=True)
class Visit:
    """The extension asks for work; `lots` are of the steps that it finds."""

    lots: tuple[Lot, ...] = ()


# Workers ask for the first steps of all jobs, and the extension does those of the first one: it looks whether there is
# an item, and sends a picture. While it goes on, so do workers.
TO_THE_ITEM: list[Visit | Event] = [*[Event.WORK] * 3, Visit(), Visit()]


def histories() -> some.SearchStrategy[list[Visit | Event]]:
    fates = some.sampled_from([Fate.FINE] * 4 + [*Fate])
    dozes, pauses = some.sampled_from([0, 0, 0, 25, 70, 130]), some.sampled_from([0, 0, 0, 60, 90, 100])
    lots = some.builds(Lot, fates, some.integers(0, 30), dozes, pauses)
    visits = some.builds(Visit, some.lists(lots, min_size=1, max_size=3).map(tuple))
    events = some.sampled_from([Event.WORK] * 4 + [*Event])
    # Most begin where it matters most.
    begun = some.sampled_from([TO_THE_ITEM, TO_THE_ITEM, []])
    return some.builds(operator.add, begun, some.lists(visits | events, min_size=1, max_size=12))


@dataclass(kw_only=True)
class RelayModel(Model):
    """A channel with items to be made and a list to be read. `made` is the item that a job found, by job."""

    world: RelayWorld
    site: SlowSite
    heeds_deadline: bool = True
    blow: BaseException | None = None
    made: dict[UUID, str | None] = field(default_factory=dict)

    async def live_with_visits(self, history: Sequence[Visit | Event]) -> None:
        for event in history:
            await (self._visit(event.lots) if isinstance(event, Visit) else self._happen(event))
            await self._holds()
        await self._rest()
        await self._do(Deed.RECONNECT)
        await self._rest()
        await self._holds()
        for job in await self._rows():
            assert job.status in FINISHED, (job.kind, job.status, job.wait_reason)
            assert job.status is not S.FAILED or (job.error_code and job.error_message)
            assert await self.world.steps(job) == [], "answers are kept"
            self._tells_the_truth(job)

    def _tells_the_truth(self, job: ChannelJob) -> None:
        """What people are told of an item that was to be made is so at the site."""
        there = self.site.named(_title_of(job))
        match job.status:
            case S.SUCCEEDED if job.kind is ChannelJobKind.PUBLISH:
                assert there == [self.made[job.id]], "an item is lost"
            case S.CANCELLED:
                assert there == [], "an item was made that is said to be cancelled"
            case S.FAILED:
                assert there == [] or "not known" in str(job.error_message), "an item was made, and nobody is told"

    # The work of the jobs.

    async def do(self, run: ChannelRun, _loaded: None) -> None:
        if self.blow is not None:
            raise self.blow
        steps = Steps(StepsOfRun(run))
        if run.job.kind is ChannelJobKind.PUBLISH:
            found: RemoteListing = await publish(steps, _draft(_title_of(run.job)), "vinted.fr", run.tell)
            self.made[run.job.id] = found.external_id
        else:
            await steps.results(_READ)

    @property
    def _shop(self) -> Workshop:
        return Workshop({ChannelJobKind.PUBLISH: self, ChannelJobKind.SYNC_LISTINGS: self}, opened)

    # What happens.

    async def _visit(self, lots: Sequence[Lot] = ()) -> bool:
        return await ModelAgent(self.world, self.site, self._pass, self.heeds_deadline, [*lots]).visit()

    async def _happen(self, event: Event) -> None:
        match event:
            case Event.KILL_WORKER | Event.STOP_WORKER:
                self.blow = Killed() if event is Event.KILL_WORKER else asyncio.CancelledError()
                await self._work()
                self.blow = None
            case Event.MINUTES:
                await self._pass(_MINUTES_S)
            case _:
                await self._do(Deed[event.name])

    async def _cancel_one(self) -> None:
        # What is done, or is being looked up, cannot be cancelled.
        with suppress(Refused):
            await super()._cancel_one()

    async def _pass(self, seconds: float) -> None:
        """Time goes by, and workers and chores go on in it."""
        ticks = min(-(-int(seconds) // _TICK_S), _MOST_TICKS)
        for _ in range(ticks):
            self.world.clock.move(seconds=seconds / ticks)
            await lapse_leases(self.world.tools)
            await self._work()
            await self._holds()

    async def _rest(self) -> None:
        """An extension to which nothing happens, workers and chores go on until every job has ended or waits."""
        for _ in range(MOST_VISITS):
            waits = [job.status is S.WAITING and job.resumes_at is None for job in await self._rows()]
            ended = [job.status in FINISHED for job in await self._rows()]
            if all(wait or end for wait, end in zip(waits, ended, strict=True)):
                return
            await tell_of_missing_agents(self.world.tools)
            await lapse_leases(self.world.tools)
            while await self._work():
                pass
            if not await self._visit():
                await self._do(Deed.RESCUE)
                await self._do(Deed.TEND)
                self.world.clock.move(seconds=_ALARM_S)
        raise AssertionError([(job.kind, job.status, job.wait_reason) for job in await self._rows()])

    # What must hold.

    async def _holds(self) -> None:
        await super()._holds()
        for job in await self._rows():
            assert len(self.site.named(_title_of(job))) <= 1, "an item was made twice"


async def relay_model(
    tools: Toolbox, *, delay_s: float = 60, grace_s: int = 60, heeds_deadline: bool = True
) -> RelayModel:
    """`delay_s` is the site's, until an item is listed, and `grace_s` what the server takes it for."""
    world = await relay_world(tools, listing_delay_s=grace_s)
    model = RelayModel(world=world, site=SlowSite(world.clock, delay_s), heeds_deadline=heeds_deadline)
    for title in TITLES:
        wish = JobWish(ChannelJobKind.PUBLISH, sameness=title, payload={"title": title})
        model.jobs.append(await world.asked(wish))
    model.jobs.append(await world.asked(JobWish(ChannelJobKind.SYNC_LISTINGS)))
    return model


def _title_of(job: ChannelJob) -> str:
    return str(job.payload.get("title"))


def _draft(title: str) -> ListingDraft:
    return ListingDraft(
        sku=title.rsplit(maxsplit=1)[-1],
        market="vinted.fr",
        title=title,
        description="Worn twice.",
        price=Decimal("12.50"),
        currency="EUR",
        quantity=1,
        category_id="5",
        condition="2",
        aspects={},
        image_urls=["https://adgraph.test/files/1.jpg"],
        policies={},
    )

"""Limits that all channels of a marketplace share: who waits, for how long, and who goes on."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest

from integrations.errors import Throttled
from models.cases.case import OrderCase, OrderCaseKind, OrderCaseStatus
from models.channel_jobs.job import ChannelJob, ChannelJobKind, ChannelJobStatus, SubjectKind
from models.ids import new_id
from services.channel_jobs.requests import JobWish
from services.channel_jobs.throttling import LONGEST_WAIT_S
from services.channel_jobs.work import ChannelRun
from tests.worlds.ads import NOON, entity_world
from tests.worlds.channel_jobs import SHIP, ChannelJobWorld, cancel, seller

S = ChannelJobStatus
PUBLISH = JobWish(ChannelJobKind.PUBLISH)
CASE = JobWish(ChannelJobKind.CASE_ACTION)
CHANNELS, JOBS_EACH, WORKERS = 10, 3, 2
CALLS_OF_A_WINDOW, WINDOW_S = 5, 60
# One call for each channel takes two windows.
SHARE = timedelta(seconds=WINDOW_S * CHANNELS / CALLS_OF_A_WINDOW)


def used_up(seconds: int, scope: str = "app:sell.fulfillment") -> Throttled:
    return Throttled("The calls are used up.", retry_after_s=seconds, scope=scope)


async def neighbour(world: ChannelJobWorld) -> ChannelJobWorld:
    """Another tenant with a channel of the same marketplace, at the same time."""
    team = await entity_world(world.tools.db)
    return replace(world, team=team, channel=await seller(team))


async def test_what_one_job_meets_holds_the_jobs_of_all_channels_that_need_the_same(world: ChannelJobWorld) -> None:
    """Jobs of another part of the API go on, and so do those whose parts nobody knows."""
    other = await neighbour(world)
    world.deed.steps = [used_up(300)]
    met, held = await world.run(await world.asked()), await other.run(await other.asked(SHIP))
    assert (met.status, held.status, world.deed.calls) == (S.WAITING, S.WAITING, 1)
    assert met.resumes_at == held.resumes_at == world.clock() + timedelta(seconds=300)
    assert (held.started_at, held.run_id, held.outages, held.attempt) == (None, None, 0, 1)
    assert "used up" in str(held.wait_reason)
    assert [(await other.run(await other.asked(wish))).status for wish in (PUBLISH, CASE)] == [S.SUCCEEDED] * 2
    world.clock.move(seconds=300)
    assert [(await other.run(held)).status, (await world.run(met)).status] == [S.SUCCEEDED] * 2
    assert world.deed.calls == 5


async def test_a_limit_of_all_calls_holds_every_job_and_an_hour_is_the_longest(world: ChannelJobWorld) -> None:
    other = await neighbour(world)
    world.deed.steps = [used_up(86_400, "app"), used_up(10, "app")]
    await world.run(await world.asked())
    held = await other.run(await other.asked(CASE))
    assert held.resumes_at == world.clock() + timedelta(seconds=LONGEST_WAIT_S)
    assert (await cancel(other, held)).status is S.CANCELLED


@pytest.mark.parametrize(
    ("area", "held"),
    [
        ("graphql", {"SYNC_CASES", "CANCEL", "CASE_ACTION of RETURN", "CASE_ACTION of INQUIRY"}),
        ("sell.fulfillment", {"SYNC_CASES", "CANCEL", "CASE_ACTION of DISPUTE"}),
        ("sell.inventory", set()),
    ],
)
async def test_cases_wait_for_the_parts_of_the_api_that_they_are_answered_by(
    world: ChannelJobWorld, area: str, held: set[str]
) -> None:
    cases = {kind: new_id() for kind in (OrderCaseKind.RETURN, OrderCaseKind.INQUIRY, OrderCaseKind.DISPUTE)}
    for kind, case_id in cases.items():
        values: dict[str, Any] = {"kind": kind, "external_id": kind.value, "opened_at": world.clock()}
        await world.team.keep(
            OrderCase(
                tenant_id=world.team.tenant_id,
                id=case_id,
                channel_id=world.channel.id,
                status=OrderCaseStatus.AWAITING_SELLER,
                **values,
            )
        )
    wishes = {kind.value: JobWish(kind) for kind in (ChannelJobKind.SYNC_CASES, ChannelJobKind.CANCEL)} | {
        f"CASE_ACTION of {kind.value}": JobWish(ChannelJobKind.CASE_ACTION, SubjectKind.CASE, case_id)
        for kind, case_id in cases.items()
    }
    world.deed.steps = [used_up(300, f"app:{area}")]
    await world.run(await world.asked())
    ran = {name: await world.run(await world.asked(wish)) for name, wish in wishes.items()}
    assert {name for name, job in ran.items() if job.status is S.WAITING} == held
    assert {job.status for job in ran.values()} <= {S.WAITING, S.SUCCEEDED}


async def test_a_limit_of_one_seller_is_nobody_elses(world: ChannelJobWorld) -> None:
    other = await neighbour(world)
    world.deed.steps = [used_up(300, "account")]
    assert (await world.run(await world.asked())).status is S.WAITING
    assert (await other.run(await other.asked())).status is S.SUCCEEDED


async def test_a_job_within_a_doubtful_step_is_held_too_and_looks_first_afterwards(world: ChannelJobWorld) -> None:
    async def in_doubt(run: ChannelRun) -> None:
        async with run.unsafe("Sending the parcel"):
            raise ValueError

    looked: list[bool] = []

    async def look(run: ChannelRun) -> None:
        looked.append(run.looks_first)

    world.deed.steps = [in_doubt, used_up(60)]
    doubtful = await world.run(await world.asked(SHIP))
    assert doubtful.status is S.UNCERTAIN
    await (other := await neighbour(world)).run(await other.asked())
    assert (await world.run(doubtful)).status is S.WAITING
    world.clock.move(seconds=60)
    world.deed.steps = [look]
    assert (await world.run(doubtful)).status is S.SUCCEEDED
    assert looked == [True]


@dataclass
class Counting:
    """A marketplace that takes so many calls of the whole installation in each minute."""

    world: ChannelJobWorld
    taken: dict[int, int] = field(default_factory=dict)
    served: list[tuple[datetime, ChannelJob]] = field(default_factory=list)
    refused: int = 0

    async def __call__(self, run: ChannelRun) -> None:
        passed = int((self.world.clock() - NOON).total_seconds())
        window, second = divmod(passed, WINDOW_S)
        await asyncio.sleep(0)
        if self.taken.get(window, 0) >= CALLS_OF_A_WINDOW:
            self.refused += 1
            raise used_up(WINDOW_S - second)
        self.taken[window] = self.taken.get(window, 0) + 1
        self.served.append((self.world.clock(), run.job))


async def work_off(world: ChannelJobWorld, jobs: Sequence[ChannelJob]) -> None:
    """Two workers, a second for each job: in the order of the queue, one job of a channel at a time."""
    queue = [*jobs]
    while queue:
        taken: dict[object, ChannelJob] = {}
        for job in queue:
            if len(taken) < WORKERS and (job.resumes_at or NOON) <= world.clock():
                taken.setdefault(job.channel_id, job)
        ids = {job.id for job in taken.values()}
        queue = [job for job in queue if job.id not in ids]
        ran = await asyncio.gather(*(world.run(job) for job in taken.values()))
        queue += [job for job in ran if job.finished_at is None]
        world.clock.move(seconds=1)


async def test_no_channel_waits_longer_than_twice_its_share(world: ChannelJobWorld) -> None:
    """The worst order: all jobs of a channel stand before those of the next."""
    teams = [world, await neighbour(world)]
    channels = [(teams[number % 2], await seller(teams[number % 2].team)) for number in range(CHANNELS)]
    jobs = [
        await team.asked(JobWish(ChannelJobKind.SHIP, sameness=str(number)), channel)
        for team, channel in channels
        for number in range(JOBS_EACH)
    ]
    market = Counting(world)
    world.deed.steps = [market] * 1000
    await work_off(world, jobs)
    assert len(market.served) == CHANNELS * JOBS_EACH
    for _, channel in channels:
        moments = [NOON, *(at for at, job in market.served if job.channel_id == channel.id)]
        assert max(after - before for before, after in pairwise(moments)) <= 2 * SHARE
    # Every limit is met once by each worker at most, and no job is held so long that calls stay unused.
    windows = max(market.taken) + 1
    assert market.refused <= WORKERS * windows
    assert windows <= 2 * CHANNELS * JOBS_EACH / CALLS_OF_A_WINDOW

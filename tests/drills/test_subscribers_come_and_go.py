"""Ten thousand subscribers who come and go leave no task, no session and no listener behind, and no memory."""

import asyncio
import gc
from collections.abc import AsyncIterator

import pytest

from services.toolbox import Toolbox
from tests.worlds.people import PeopleWorld, people_world
from tests.worlds.running_jobs import come_and_go, nothing_is_left, running_job
from tests.worlds.tenants import team_of

pytestmark = pytest.mark.drill

ROUNDS, EACH = 10, 1_000


@pytest.fixture
async def world(tools: Toolbox) -> AsyncIterator[PeopleWorld]:
    async with people_world(tools) as made:
        yield made


async def test_ten_thousand_leave_nothing_behind(world: PeopleWorld) -> None:
    team = await team_of(world)
    fence = await running_job(team)
    client = world.as_(team.owner)
    await come_and_go(client, fence, 100, at_once=10)
    tasks, objects = len(asyncio.all_tasks()), list[int]()
    for _ in range(ROUNDS):
        await come_and_go(client, fence, EACH, at_once=10)
        await nothing_is_left(world.tools, tasks)
        gc.collect()
        objects.append(len(gc.get_objects()))
    # Caches fill in the first rounds. What each of a thousand left behind would be a thousand objects a round.
    assert objects[-1] - objects[2] < EACH

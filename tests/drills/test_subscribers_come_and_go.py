"""Subscribers of one job who come and go in every way leave no task, no session and no listener behind.

test_many_subscribers.py has ten thousand of them, who come by both transports.
"""

import asyncio
import gc
from collections import Counter
from collections.abc import AsyncIterator

import pytest

from execution.pipeline import OperationRun
from execution.transport.sockets import SocketHandler
from models.listener import Watch
from resolvers.context import Context
from services.toolbox import Toolbox
from tests.worlds.people import PeopleWorld, people_world
from tests.worlds.running_jobs import come_and_go, nothing_is_left, running_job
from tests.worlds.tenants import team_of

pytestmark = pytest.mark.drill

ROUNDS, EACH = 2, 1_000
OF_A_SUBSCRIBER = (SocketHandler, Watch, OperationRun, Context)


@pytest.fixture
async def world(tools: Toolbox) -> AsyncIterator[PeopleWorld]:
    async with people_world(tools) as made:
        yield made


async def test_two_thousand_leave_nothing_behind(world: PeopleWorld) -> None:
    team = await team_of(world)
    fence = await running_job(team)
    client = world.as_(team.owner)
    await come_and_go(client, fence, 100, at_once=10)
    tasks = len(asyncio.all_tasks())
    for _ in range(ROUNDS):
        await come_and_go(client, fence, EACH, at_once=10)
        await nothing_is_left(world.tools, tasks)
        gc.collect()
        left = Counter(type(each).__name__ for each in gc.get_objects() if isinstance(each, OF_A_SUBSCRIBER))
        assert left == {}

"""What tests of money in several currencies begin with: a tenant, its owner's door, and the rates of two days."""

from collections.abc import AsyncIterator

import pytest

from embedded.postgres import DatabaseUrls
from services.toolbox import Toolbox
from tests.doors.in_process import Door
from tests.worlds.ads import EntityWorld
from tests.worlds.money import RATES, door_to, money_world
from tests.worlds.rates import rates_of_the_test, stored


@pytest.fixture
async def money_rates(postgres: DatabaseUrls, tools: Toolbox) -> AsyncIterator[None]:
    async with rates_of_the_test(postgres.migration):
        await stored(tools.db, RATES)
        yield


@pytest.fixture
async def entities(tools: Toolbox) -> EntityWorld:
    return await money_world(tools)


@pytest.fixture
def door(tools: Toolbox, entities: EntityWorld) -> Door:
    return door_to(tools, entities)

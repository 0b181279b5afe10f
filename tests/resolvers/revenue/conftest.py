"""What tests of revenue begin with: the golden store, with the rates of its two days."""

from collections.abc import AsyncIterator

import pytest

from embedded.postgres import DatabaseUrls
from services.toolbox import Toolbox
from tests.worlds.rates import rates_of_the_test, stored
from tests.worlds.revenue import GOLDEN_RATES, GoldenStore, golden_store


@pytest.fixture
async def rates(postgres: DatabaseUrls, tools: Toolbox) -> AsyncIterator[None]:
    async with rates_of_the_test(postgres.migration):
        await stored(tools.db, GOLDEN_RATES)
        yield


@pytest.fixture
async def golden(tools: Toolbox) -> GoldenStore:
    return await golden_store(tools)

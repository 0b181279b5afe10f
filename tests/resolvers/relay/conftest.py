"""The world of these tests."""

from collections.abc import AsyncIterator

import pytest

from services.toolbox import Toolbox
from tests.worlds.pairing import PairingWorld, pairing_world
from tests.worlds.people import people_world


@pytest.fixture
async def world(tools: Toolbox) -> AsyncIterator[PairingWorld]:
    async with people_world(tools) as people:
        yield await pairing_world(people)

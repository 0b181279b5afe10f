"""The world of tests of runs: one tenant, and a sandbox of its own as the platform."""

from collections.abc import AsyncIterator

import pytest

from services.toolbox import Toolbox
from tests.worlds.once import Once
from tests.worlds.refreshes import RefreshWorld, refresh_world


@pytest.fixture
async def world(tools: Toolbox) -> AsyncIterator[RefreshWorld]:
    async with refresh_world(tools) as made:
        yield made


@pytest.fixture(scope="module")
def once(tools: Toolbox) -> Once:
    """Refreshes that several tests of a module look at."""
    return Once(tools)

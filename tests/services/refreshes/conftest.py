"""The world of tests of refreshes: one tenant, and the sandbox as the platform."""

from collections.abc import AsyncIterator

import pytest

from services.toolbox import Toolbox
from tests.worlds.refreshes import RefreshWorld, refresh_world


@pytest.fixture
async def world(tools: Toolbox) -> AsyncIterator[RefreshWorld]:
    async with refresh_world(tools) as made:
        yield made

"""The channel and the extension of these tests."""

import pytest

from services.toolbox import Toolbox
from tests.worlds.relay import RelayWorld, relay_world


@pytest.fixture
async def world(tools: Toolbox) -> RelayWorld:
    return await relay_world(tools)

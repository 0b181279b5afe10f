"""The team and the channel of these tests."""

import pytest

from services.toolbox import Toolbox
from tests.worlds.channel_jobs import ChannelJobWorld, channel_job_world


@pytest.fixture
async def world(tools: Toolbox) -> ChannelJobWorld:
    return await channel_job_world(tools)

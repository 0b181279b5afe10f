"""The team, its channel and the marketplace of these tests."""

import pytest

from services.toolbox import Toolbox
from tests.worlds.conversations import ConversationWorld, conversation_world


@pytest.fixture
async def world(tools: Toolbox) -> ConversationWorld:
    return await conversation_world(tools)

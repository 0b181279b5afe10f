"""The team, its channel and the marketplace of these tests."""

from types import MappingProxyType

import pytest

from models.channels.abilities import ABILITIES, ChannelAbility
from models.channels.channel import ChannelKind
from services.conversations import sending
from services.toolbox import Toolbox
from tests.worlds.conversations import ConversationWorld, conversation_world


@pytest.fixture
async def world(tools: Toolbox) -> ConversationWorld:
    return await conversation_world(tools)


@pytest.fixture(autouse=True)
def messages(monkeypatch: pytest.MonkeyPatch) -> None:
    """No channel that can be connected has messages yet."""
    able = {**ABILITIES, ChannelKind.VINTED: (ChannelAbility.MESSAGES,)}
    monkeypatch.setattr(sending, "ABILITIES", MappingProxyType(able))

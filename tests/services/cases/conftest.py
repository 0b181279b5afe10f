"""The team and the channel of these tests, and eBay's stand-in."""

import pytest

from services.toolbox import Toolbox
from tests.integrations.ebay.conftest import ebay
from tests.worlds.cases import CaseWorld, case_world

__all__ = ["ebay"]


@pytest.fixture
async def world(tools: Toolbox) -> CaseWorld:
    return await case_world(tools)

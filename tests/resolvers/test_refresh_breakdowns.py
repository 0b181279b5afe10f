"""Breakdowns of refreshes through GraphQL text."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from resolvers.node_id import encode_id
from services.toolbox import Toolbox
from tests.doors.in_process import Answer, Door
from tests.worlds.refreshes import RefreshWorld, refresh_world

REFRESH = """mutation($input: RefreshInput!) { refreshAdAccount(input: $input) {
  refreshJob { id breakdowns } userErrors { code message field } } }"""


@pytest.fixture
async def world(tools: Toolbox) -> AsyncIterator[RefreshWorld]:
    async with refresh_world(tools) as mine:
        yield mine


async def refresh(world: RefreshWorld, **given: Any) -> Answer:
    account = await world.connected()
    asked = {"adAccountId": encode_id("AdAccount", account.id), "range": {"preset": "LAST_7_DAYS"}, **given}
    return await Door(world.tools, world.viewer).ask(REFRESH, input=asked)


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        ({}, []),
        ({"breakdowns": None}, []),
        ({"breakdowns": []}, []),
        ({"breakdowns": ["GENDER", "AGE"]}, ["AGE", "GENDER"]),
        ({"breakdowns": ["COUNTRY"]}, ["COUNTRY"]),
    ],
)
async def test_a_refresh_shows_its_breakdowns(world: RefreshWorld, given: dict[str, Any], shown: list[str]) -> None:
    answer = await refresh(world, **given)
    assert answer.codes == []
    assert answer.data["refreshAdAccount"]["refreshJob"]["breakdowns"] == shown


async def test_breakdowns_that_do_not_go_together_are_invalid(world: RefreshWorld) -> None:
    answer = await refresh(world, breakdowns=["REGION", "AGE"])
    payload = answer.data["refreshAdAccount"]
    [error] = payload["userErrors"]
    assert (payload["refreshJob"], error["code"], error["field"]) == (None, "INVALID", ["input", "breakdowns"])
    assert "COUNTRY with REGION" in error["message"]

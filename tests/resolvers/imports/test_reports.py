"""Importing with `@idempotent`: the call is known by what is in its file."""

from typing import Any

import pytest

from services.toolbox import Toolbox
from tests.doors.in_process import Door
from tests.worlds.imports import ImportWorld, import_world, line, report, upload

ONCE = """
mutation ($account: ID!, $file: Upload!, $key: String!) {
  importReport(adAccountId: $account, file: $file) @idempotent(key: $key) {
    rowsImported rowsSkipped problems { line message } notes userErrors { code message }
  }
}
"""


@pytest.fixture
async def world(tools: Toolbox) -> ImportWorld:
    return await import_world(tools)


async def once(world: ImportWorld, content: str, name: str) -> Any:
    door = Door(world.tools, world.insights.entities.viewer)
    answer = await door.ask(ONCE, account=world.account_id, file=upload(content, name), key="one")
    assert answer.codes == [], answer.messages
    return answer.data["importReport"]


async def test_a_call_is_repeated_for_the_same_file_whatever_it_is_called(world: ImportWorld) -> None:
    file = report(line("2026-11-01"), "rubbish")
    first = await once(world, file, "a.csv")
    assert (first["rowsImported"], len(first["problems"])) == (1, 1)
    version = await world.version()
    assert await once(world, file, "b.csv") == first
    other = await once(world, report(line("2026-11-02")), "a.csv")
    assert [each["code"] for each in other["userErrors"]] == ["CONFLICT"]
    assert await world.version() == version

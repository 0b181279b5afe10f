"""The cookbook against the data of the demo as they are on one day: each operation answers exactly what is printed."""

import json
from collections.abc import AsyncIterator
from decimal import Decimal
from typing import Any

import pytest

from embedded.postgres import DatabaseUrls
from resolvers.node_id import decode_id, encode_id
from sandbox.rates import history
from services.ingestion.lifecycle import run_refresh
from services.rates import read_and_store_rates
from services.toolbox import Toolbox
from tests.demo.printed import is_printed, layout, operations
from tests.doors.in_process import Door
from tests.processes import ROOT
from tests.sandbox.graph_client import TODAY
from tests.worlds.rates import rates_of_the_test
from tests.worlds.refreshes import RefreshWorld, refresh_world

COOKBOOK = ROOT / "docs" / "cookbook.md"
BLUEBIRD = "act_1002"
ACCOUNTS = (BLUEBIRD, "act_1001", "act_1003")


@pytest.fixture
async def world(tools: Toolbox, postgres: DatabaseUrls) -> AsyncIterator[RefreshWorld]:
    """With the rates that the stand-in publishes, and no others."""
    async with rates_of_the_test(postgres.migration), refresh_world(tools) as made:
        await read_and_store_rates(tools.db, made.tools.clock, history(TODAY).encode())
        yield made


async def refreshed_accounts(world: RefreshWorld) -> dict[str, str]:
    """Reads all that the demo's accounts have; their ids."""
    ids = {}
    for external_id in ACCOUNTS:
        account = await world.connected(external_id, last_refreshed_at=None)
        await world.refreshed(account, None)
        ids[external_id] = encode_id("AdAccount", account.id)
    return ids


def end_cursor(answer: Any) -> str | None:
    rows = (answer["data"].get("insights") or {}).get("rows") or {}
    cursor: str | None = rows.get("pageInfo", {}).get("endCursor")
    return cursor


async def run_ordered(world: RefreshWorld, answer: Any) -> None:
    """Runs the refreshes that an operation has ordered."""
    for job in (answer["data"].get("refreshAdAccounts") or {}).get("refreshJobs", []):
        job_id = decode_id(job["id"], "RefreshJob")
        assert job_id is not None
        await run_refresh(world.tools, tenant_id=world.entities.tenant_id, job_id=job_id)


def as_json(value: object) -> object:
    """Numbers are printed as numbers, however exact they are here; days and instants as texts."""
    return float(value) if isinstance(value, Decimal) else str(value)


async def answers(world: RefreshWorld, texts: list[str]) -> AsyncIterator[Any]:
    """The answer to each, as JSON; `$after` is the end of the page before."""
    door, variables = Door(world.tools, world.viewer), {"adAccountId": (await refreshed_accounts(world))[BLUEBIRD]}
    for text in texts:
        answer = await door.ask(text, **{name: value for name, value in variables.items() if f"${name}" in text})
        assert answer.codes == [], (text, answer.messages)
        found = json.loads(json.dumps({"data": answer.data}, default=as_json))
        await run_ordered(world, found)
        variables["after"] = end_cursor(found) or ""
        yield found


async def test_the_operations_answer_as_printed(world: RefreshWorld) -> None:
    printed = operations(COOKBOOK)
    assert len(printed) > 13
    places = iter(printed)
    async for found in answers(world, [operation.text for operation in printed]):
        operation = next(places)
        [expected] = operation.answers
        assert is_printed(found, expected), f"{operation.text}is answered\n{layout(found)}"

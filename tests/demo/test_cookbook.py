"""The cookbook against the data of the demo as they are on one day: each operation answers exactly what is printed."""

import asyncio
import json
import re
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from embedded.postgres import DatabaseUrls
from integrations.storage.local import LocalStorage
from resolvers.node_id import decode_id, encode_id
from sandbox.rates import history
from services.ad_links.finding import find_ad_links
from services.datasets.running import write_datasets
from services.exports.running import write_export
from services.ingestion.lifecycle import run_refresh
from services.installation.demo_shop.keeping import keep_demo_shop
from services.rates import read_and_store_rates
from services.toolbox import Toolbox
from tests.demo.chart_page import check_pictures
from tests.demo.conftest import Demo
from tests.demo.printed import Operation, is_printed, layout, operations
from tests.doors.in_process import Door
from tests.processes import ROOT
from tests.sandbox.graph_client import TODAY
from tests.worlds.imports import upload
from tests.worlds.pictures import picture, sent
from tests.worlds.rates import rates_of_the_test
from tests.worlds.refreshes import RefreshWorld, refresh_world

COOKBOOK = ROOT / "docs" / "cookbook.md"
BLUEBIRD = "act_1002"
ACCOUNTS = (BLUEBIRD, "act_1001", "act_1003")
PICTURE = picture("goldenrod", (1200, 900))
_DONE_S = 60
_PROGRESS = "subscription ($id: ID!) { refreshProgress(jobId: $id) { status } }"


@pytest.fixture
async def world(tools: Toolbox, postgres: DatabaseUrls, tmp_path: Path) -> AsyncIterator[RefreshWorld]:
    """With the rates that the stand-in publishes, and no others, and files of its own."""
    async with rates_of_the_test(postgres.migration), refresh_world(tools) as made:
        clock = made.tools.clock
        files = LocalStorage(tmp_path / "files", "http://127.0.0.1/files", [b"key of the links"], clock)
        made.tools = replace(made.tools, files=files, workspace=tmp_path / "work")
        await read_and_store_rates(tools.db, clock, history(TODAY).encode())
        yield made


async def refreshed_accounts(world: RefreshWorld) -> dict[str, str]:
    """Reads all that the demo's accounts have; their ids."""
    ids = {}
    for external_id in ACCOUNTS:
        account = await world.connected(external_id, last_refreshed_at=None)
        await world.refreshed(account, None)
        ids[external_id] = encode_id("AdAccount", account.id)
    return ids


async def opened_shop(world: RefreshWorld) -> None:
    """The demo's shop as a worker makes it, and the links of ads to what it sells."""
    assert await keep_demo_shop(world.tools, world.viewer)
    await find_ad_links(world.tools.db, world.tools.clock, world.entities.tenant_id)


def ordered(data: Any) -> Iterator[tuple[str, str]]:
    """The refreshes and exports that an operation has ordered: their types and ids."""
    for field in ("refreshAdAccount", "refreshAdAccounts"):
        payload = data.get(field) or {}
        for job in filter(None, [*payload.get("refreshJobs", []), payload.get("refreshJob")]):
            yield "RefreshJob", job["id"]
    if made := (data.get("exportInsights") or {}).get("export"):
        yield "Export", made["id"]


def remember(variables: dict[str, Any], data: Any) -> None:
    """What the next operations need of this answer."""
    rows = (data.get("insights") or {}).get("rows") or {}
    variables["after"] = rows.get("pageInfo", {}).get("endCursor") or ""
    if made := (data.get("exportInsights") or {}).get("export"):
        variables["exportId"] = made["id"]
    for field, name in (("channels", "channelId"), ("products", "productId")):
        if listed := (data.get(field) or {}).get("nodes"):
            variables[name] = listed[0]["id"]


def printed_report() -> str:
    """The file that the page prints."""
    [content] = re.findall(r"```csv\n(.*?)```", COOKBOOK.read_text(), re.DOTALL)
    return str(content)


def form_of(text: str, variables: dict[str, Any]) -> aiohttp.FormData:
    """The operation with the printed file at `$file`, or a picture at `$picture`, as a multipart request."""
    name, content = ("file", printed_report().encode()) if "$file" in text else ("picture", PICTURE)
    form = aiohttp.FormData()
    form.add_field("operations", json.dumps({"query": text, "variables": {**variables, name: None}}))
    form.add_field("map", json.dumps({"0": [f"variables.{name}"]}))
    form.add_field("0", content, filename="sent")
    return form


def used(variables: dict[str, Any], text: str) -> dict[str, Any]:
    return {name: value for name, value in variables.items() if f"${name}" in text}


async def renew_datasets(world: RefreshWorld, account_id: str) -> None:
    """What a worker does after a refresh and a change of naming."""
    row_id = decode_id(account_id, "AdAccount")
    assert row_id is not None
    await write_datasets(world.tools, tenant_id=world.entities.tenant_id, account_id=row_id)


async def run_ordered(world: RefreshWorld, data: Any) -> None:
    """What workers do."""
    tenant_id = world.entities.tenant_id
    for kind, node_id in ordered(data):
        row_id = decode_id(node_id, kind)
        assert row_id is not None
        if kind == "Export":
            await write_export(world.tools, tenant_id=tenant_id, export_id=row_id)
        else:
            await run_refresh(world.tools, tenant_id=tenant_id, job_id=row_id)


def as_json(value: object) -> object:
    """Numbers are printed as numbers, however exact they are here; days and instants as texts."""
    return float(value) if isinstance(value, Decimal) else str(value)


async def answers(world: RefreshWorld, account_id: str, texts: list[str]) -> AsyncIterator[Any]:
    """The answer to each, as JSON, or the last event; `$after` is the end of the page before."""
    door = Door(world.tools, world.viewer)
    variables: dict[str, Any] = {
        "adAccountId": account_id,
        "file": upload(printed_report()),
        "picture": sent(PICTURE),
    }
    for text in texts:
        given = used(variables, text)
        if "dataset(" in text:
            await renew_datasets(world, account_id)
        if text.startswith("subscription"):
            answer = [event async for event in door.watch(text, **given)][-1]
        else:
            answer = await door.ask(text, **given)
        assert answer.codes == [], (text, answer.messages)
        found = json.loads(json.dumps({"data": answer.data}, default=as_json))
        await run_ordered(world, found["data"])
        remember(variables, found["data"])
        yield found


async def test_the_operations_answer_as_printed(world: RefreshWorld) -> None:
    """With the pictures of docs/charts.md, since the accounts take ten seconds to read."""
    account_id = (await refreshed_accounts(world))[BLUEBIRD]
    await opened_shop(world)
    await check_pictures(Door(world.tools, world.viewer), account_id)
    printed = operations(COOKBOOK)
    assert len(printed) == COOKBOOK.read_text().count("```graphql") >= 35
    places = iter(printed)
    async for found in answers(world, account_id, [operation.text for operation in printed]):
        operation = next(places)
        [expected] = operation.answers
        assert is_printed(found, expected), f"{operation.text}is answered\n{layout(found)}"


def has_the_form(value: Any, printed: Any) -> bool:
    """Whether an answer of another day has the fields and kinds of values that are printed; anything may be null."""
    if value is None or printed is None:
        return True
    if isinstance(printed, dict):
        return (
            isinstance(value, dict)
            and list(value) == list(printed)
            and all(has_the_form(value[name], printed[name]) for name in printed)
            and len(value.get("userErrors", [])) == len(printed.get("userErrors", []))
        )
    if isinstance(printed, list):
        return isinstance(value, list) and (
            all(has_the_form(each, printed[0]) for each in value) if printed else not value
        )
    if isinstance(printed, int | float) and not isinstance(printed, bool):
        return isinstance(value, int | float) and not isinstance(value, bool)
    return type(value) is type(printed)


async def asked_over_http(demo: Demo, operation: Operation, variables: dict[str, Any]) -> Any:
    """The data of the answer, or of the last event; what was ordered is done."""
    given = used(variables, operation.text)
    if operation.text.startswith("subscription"):
        async with demo.owner.subscribe(operation.text, **given) as events:
            body = [event async for event in events][-1]
    elif "Upload!" in operation.text:
        body = (await demo.owner.send("POST", data=form_of(operation.text, given))).body
    else:
        body = (await demo.owner.ask(operation.text, **given)).body
    assert "errors" not in body, (operation.text, body["errors"])
    async with asyncio.timeout(_DONE_S):
        for node_id in (each for kind, each in ordered(body["data"]) if kind == "RefreshJob"):
            async with demo.owner.subscribe(_PROGRESS, id=node_id) as events:
                statuses = [event["data"]["refreshProgress"]["status"] async for event in events]
            assert statuses[-1] == "SUCCEEDED"
    return body["data"]


async def shop_is_open(demo: Demo) -> None:
    """Waits until the worker has made the demo's shop."""
    async with asyncio.timeout(_DONE_S):
        while True:
            if (
                await demo.owner.ask("{ orders(first: 1, filter: { placed: { preset: LAST_7_DAYS } }) { totalCount } }")
            ).data["orders"]["totalCount"]:
                return
            await asyncio.sleep(0.2)


@pytest.mark.drill
async def test_the_running_demo_answers_every_operation_in_the_printed_form(demo_with_shop: Demo) -> None:
    demo = demo_with_shop
    await shop_is_open(demo)
    named = (await demo.owner.ask("{ adAccounts { nodes { id externalId } } }")).data["adAccounts"]["nodes"]
    variables: dict[str, Any] = {"adAccountId": {each["externalId"]: each["id"] for each in named}[BLUEBIRD]}
    for operation in operations(COOKBOOK):
        data = await asked_over_http(demo, operation, variables)
        remember(variables, data)
        [expected] = operation.answers
        assert has_the_form(data, expected["data"]), f"{operation.text}is answered\n{layout(data)}"

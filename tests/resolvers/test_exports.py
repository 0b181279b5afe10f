"""Exports as clients ask for them: who may, how many, with what; the list; and the subscription that tells of them."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from analytics.enums import MetricUnit
from models.insights.custom_metric import CustomMetric
from models.tenants.membership import Role
from resolvers.node_id import encode_id
from services.toolbox import Toolbox
from tests.worlds.exports import ASK, RANGE, ExportWorld, csv_rows, export_world, json_rows
from tests.worlds.insights import insight_world

LIST = """
query ($first: Int, $after: String) { exports(first: $first, after: $after) {
  nodes { id status url } totalCount pageInfo { hasNextPage endCursor }
} }
"""
WATCH = "subscription ($id: ID!) { exportProgress(exportId: $id) { status progress version url rows } }"


@pytest.fixture
async def world(tools: Toolbox, tmp_path: Path) -> ExportWorld:
    return await export_world(tools, tmp_path)


async def test_a_viewer_sees_and_makes_none(world: ExportWorld) -> None:
    export_id = await world.ask()
    world.role = Role.VIEWER
    for text, given in (
        (ASK, {"input": {"range": RANGE}, "format": "CSV"}),
        (LIST, {}),
        ("query ($id: ID!) { node(id: $id) { id } }", {"id": export_id}),
    ):
        assert (await world.door.ask(text, **given)).codes == ["FORBIDDEN"]
    assert [each async for each in events(world, export_id)] == [["FORBIDDEN"]]


async def test_as_many_as_the_plan_allows_a_day_and_a_repeated_call_counts_once(world: ExportWorld) -> None:
    first = await world.ask(key="one")
    assert await world.ask(key="one") == first
    other = await world.asked("JSONL", key="one")
    assert [each["code"] for each in other["userErrors"]] == ["CONFLICT"]
    for _ in range(4):
        await world.ask()
    refused = await world.asked()
    assert [each["code"] for each in refused["userErrors"]] == ["QUOTA_EXCEEDED"]
    assert refused["userErrors"][0]["retryAfter"] > 0
    listed = (await world.door.ask(LIST, first=2)).data["exports"]
    assert (listed["totalCount"], len(listed["nodes"])) == (5, 2)
    rest = (await world.door.ask(LIST, after=listed["pageInfo"]["endCursor"])).data["exports"]["nodes"]
    assert [each["id"] for each in rest][-1] == first
    assert {each["url"] for each in rest} == {None}


@pytest.mark.parametrize(
    ("given", "code", "field"),
    [
        ({"adAccountIds": [encode_id("AdAccount", UUID(int=7))]}, "NOT_FOUND", ["input"]),
        ({"metrics": []}, "INVALID", ["metrics"]),
        ({"metrics": [{"custom": "nothing"}]}, "INVALID", None),
        ({"bom": True, "format_": "PARQUET"}, "INVALID", ["byteOrderMark"]),
        ({"range": {"between": {"from": "2026-11-02", "to": "2026-11-01"}}}, "INVALID", None),
        ({"adAccountIds": ["nonsense"]}, "INVALID", None),
        ({"key": ""}, "INVALID", ["idempotencyKey"]),
    ],
    ids=["account", "no metric", "custom", "mark", "range", "id", "key"],
)
async def test_what_is_wrong_with_the_question_is_told_and_counts_for_nothing(
    world: ExportWorld, given: dict[str, Any], code: str, field: list[str] | None
) -> None:
    found = await world.asked(**given)
    assert [each["code"] for each in found["userErrors"]] == [code]
    if field is not None:
        assert found["userErrors"][0]["field"] == field
    assert (await world.door.ask(LIST)).data["exports"]["totalCount"] == 0


async def test_a_file_has_the_custom_metrics_too_and_no_two_columns_of_one_name(world: ExportWorld) -> None:
    entities = world.insights.entities
    await entities.keep(
        *(
            CustomMetric(tenant_id=entities.tenant_id, key=key, name=key, formula="spend / 2", unit=MetricUnit.MONEY)
            for key in ("half", "name", "country")
        )
    )
    _, content = await world.made("JSONL", groupBy={"level": "CAMPAIGN"})
    [row, *_] = json_rows(content)
    assert list(row)[-3:] == ["metric.country", "half", "metric.name"]
    assert row["half"] == row["metric.name"] == row["spend"] / 2
    _, content = await world.made(groupBy={"level": "CAMPAIGN"}, metrics=[{"custom": "half"}, {"metric": "ROAS"}])
    assert list(csv_rows(content)[0])[-2:] == ["roas", "half"]


async def test_the_keys_and_ids_of_a_file_are_those_of_the_api(world: ExportWorld) -> None:
    _, content = await world.made(groupBy={"level": "AD"}, grain="MONTH")
    asked = {"range": RANGE, "groupBy": {"level": "AD"}, "grain": "MONTH"}
    query = """query ($input: InsightsInput!) { insights(input: $input) { rows(first: 1000) { nodes {
      key entity { id externalId name } period { start end } } } } }"""
    nodes = (await world.door.ask(query, input=asked)).data["insights"]["rows"]["nodes"]
    wanted = [
        (each["key"], each["entity"]["id"], each["entity"]["externalId"], each["entity"]["name"],
         each["period"]["start"], each["period"]["end"])
        for each in nodes
    ]  # fmt: skip
    names = ("key", "entityId", "externalId", "name", "periodStart", "periodEnd")
    assert [tuple(row[name] for name in names) for row in csv_rows(content)] == [
        tuple(str(each) for each in row) for row in wanted
    ]


async def test_ids_of_another_tenant_choose_nothing(world: ExportWorld) -> None:
    other = await insight_world(world.tools.db)
    _, content = await world.made(groupBy={"level": "AD"}, filter={"adIds": [encode_id("Ad", other.ads[0].id)]})
    assert csv_rows(content) == []


async def test_a_subscriber_hears_the_state_and_then_the_end(world: ExportWorld) -> None:
    export_id = await world.ask()
    async with asyncio.timeout(20), aclosing(events(world, export_id)) as heard:
        first = await anext(heard)
        assert (first["status"], first["url"]) == ("QUEUED", None)
        await world.write(export_id)
        seen = [first] + [each async for each in heard]
    assert seen[-1]["status"] == "SUCCEEDED"
    assert world.opened(seen[-1]["url"]) is not None
    assert [each["version"] for each in seen] == sorted({each["version"] for each in seen})
    # One that comes late hears the end alone.
    assert [each["status"] async for each in events(world, export_id)] == ["SUCCEEDED"]


async def test_whoever_watches_all_refreshes_hears_nothing_of_exports(world: ExportWorld) -> None:
    hub = world.tools.hub
    export_id = await world.ask()
    row = await world.row(export_id)
    assert row is not None
    async with hub.watch_tenant(row.tenant_id) as refreshes, hub.watch(row.id) as export:
        await refreshes.changed()
        await export.changed()
        await world.write(export_id)
        await export.changed()
        assert refreshes.heard == 0


async def events(world: ExportWorld, export_id: str) -> AsyncGenerator[Any, None]:
    """Each event of the subscription; the codes of its errors instead, where it has some."""
    async with aclosing(world.door.watch(WATCH, id=export_id)) as answers:
        async for answer in answers:
            yield answer.codes or answer.data["exportProgress"]

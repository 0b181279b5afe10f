"""Owns which insights questions the sandbox finds too heavy, and what makes them lighter."""

import json
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import aiohttp
import pytest

from sandbox.meta.trouble.limits import BrokenField, Heaviness
from sandbox.server import run_sandbox
from tests.sandbox.graph_client import ADMIN_TOKEN, CONFIG, Graph, Row

SINCE, UNTIL = date(2026, 11, 1), date(2026, 11, 10)
FIELDS = {"level": "ad", "time_increment": "1", "fields": "ad_id,impressions,actions,spend"}
PAGE_TOO_LARGE, TOO_MANY_ROWS = (500, 1, 99), (400, 100, 1487534)
TIMEOUT, LONG_TIMEOUT = (500, 2, 1504038), (400, 100, 1504018)


def days(since: date = SINCE, until: date = UNTIL) -> str:
    return json.dumps({"since": since.isoformat(), "until": until.isoformat()})


def asked(since: date = SINCE, until: date = UNTIL, **params: str) -> dict[str, str]:
    return FIELDS | {"time_range": days(since, until), "limit": "500"} | params


async def post(graph: Graph, **params: str) -> Row:
    status, body = await graph.call("act_1001/insights", "POST", **params)
    assert status == 200, body
    return await graph.get(str(body["report_run_id"]))


async def test_half_the_page_helps_against_the_page_budget(own_graph: Graph) -> None:
    undisturbed = await own_graph.all_rows("act_1001/insights", **asked())
    own_graph.server.admin.set_heaviness(Heaviness(page_budget=10 * 4 * 125))
    assert await own_graph.error("act_1001/insights", **asked()) == PAGE_TOO_LARGE
    assert await own_graph.error("act_1001/insights", **asked(limit="250")) == PAGE_TOO_LARGE
    assert await own_graph.all_rows("act_1001/insights", **asked(limit="125")) == undisturbed
    assert (await own_graph.get("act_1001/insights", **asked(until=SINCE)))["data"]
    assert (await own_graph.get("act_1001/insights", **asked(fields="ad_id")))["data"]
    run = await post(own_graph, **asked())
    assert await own_graph.all_rows(f"{run['id']}/insights") == undisturbed
    assert await own_graph.error(f"{run['id']}/insights", limit="2000") == PAGE_TOO_LARGE


async def test_fewer_days_or_ids_help_against_too_many_rows(own_graph: Graph) -> None:
    undisturbed = await own_graph.all_rows("act_1001/insights", **asked())
    own_graph.server.admin.set_heaviness(Heaviness(most_rows=100))
    assert await own_graph.error("act_1001/insights", **asked()) == TOO_MANY_ROWS
    status, body = await own_graph.call("act_1001/insights", "POST", **asked())
    assert (status, body["error"]["error_subcode"]) == (400, 1487534)
    by_day = [
        row
        for offset in range(10)
        for row in await own_graph.all_rows(
            "act_1001/insights", **asked(SINCE + timedelta(offset), SINCE + timedelta(offset))
        )
    ]
    assert by_day == undisturbed
    ids = sorted({row["ad_id"] for row in undisturbed})
    by_id = [row for first in range(0, len(ids), 10) for row in await rows_of(own_graph, ids[first : first + 10])]
    assert sorted(by_id, key=str) == sorted(undisturbed, key=str)


async def rows_of(graph: Graph, ids: list[str]) -> list[Row]:
    filtering = json.dumps([{"field": "ad.id", "operator": "IN", "value": ids}])
    return await graph.all_rows("act_1001/insights", **asked(filtering=filtering))


async def test_a_heavy_synchronous_call_times_out_and_a_run_does_not(own_graph: Graph) -> None:
    rows = len(await own_graph.all_rows("act_1001/ads", limit="100", effective_status='["ACTIVE"]'))
    own_graph.server.admin.set_heaviness(Heaviness(sync_rows=4 * rows))
    assert await own_graph.error("act_1001/insights", **asked()) == LONG_TIMEOUT
    assert await own_graph.error("act_1001/insights", **asked(until=SINCE + timedelta(4))) == TIMEOUT
    assert (await own_graph.get("act_1001/insights", **asked(until=SINCE)))["data"]
    assert (await post(own_graph, **asked()))["async_status"] == "Job Completed"


async def test_breakdowns_weigh_by_their_cells(own_graph: Graph) -> None:
    own_graph.server.admin.set_heaviness(Heaviness(most_rows=200))
    assert (await own_graph.get("act_1001/insights", **asked(until=SINCE)))["data"]
    assert await own_graph.error("act_1001/insights", **asked(until=SINCE, breakdowns="age")) == TOO_MANY_ROWS


async def test_a_run_can_be_too_large(http: aiohttp.ClientSession) -> None:
    async with run_sandbox(replace(CONFIG, heaviness=Heaviness(run_rows=100))) as server:
        graph = Graph(server, http)
        run = await post(graph, **asked())
        assert (run["async_status"], run["error_code"], run["error_subcode"]) == ("Job Failed", -3, 1504045)
        assert (await post(graph, **asked(until=SINCE)))["async_status"] == "Job Completed"


async def test_one_field_of_one_ad_on_one_day_can_be_broken(own_graph: Graph) -> None:
    undisturbed = await own_graph.all_rows("act_1001/insights", **asked())
    row = undisturbed[42]
    day = date.fromisoformat(row["date_start"])
    own_graph.server.admin.break_field(BrokenField("actions", row["ad_id"], day))
    for wrong in (asked(), asked(day, day, limit="1"), asked(day, day, fields="actions")):
        assert await own_graph.error("act_1001/insights", **wrong) == PAGE_TOO_LARGE
    assert await own_graph.error(f"{row['ad_id']}/insights", **asked(day, day)) == PAGE_TOO_LARGE
    run = await post(own_graph, **asked(day, day))
    assert (run["async_status"], run["error_code"]) == ("Job Failed", -2)
    others = [name for name in {other["ad_id"] for other in undisturbed} if name != row["ad_id"]]
    for right in (asked(fields="ad_id,impressions,spend"), asked(until=day - timedelta(1)), asked(level="account")):
        assert (await own_graph.get("act_1001/insights", **right))["data"]
    assert len(await rows_of(own_graph, others)) == len([r for r in undisturbed if r["ad_id"] != row["ad_id"]])


async def test_people_broken_down_for_old_days_come_ten_runs_a_day(own_graph: Graph) -> None:
    own_graph.server.admin.set_clock(datetime(2027, 12, 31, 12, tzinfo=UTC))
    old = FIELDS | {"time_range": days(), "breakdowns": "age", "fields": "reach"}
    seen = []
    for _ in range(11):
        run = await post(own_graph, **old)
        seen.append("reach" in (await own_graph.get(f"{run['id']}/insights"))["data"][0])
    assert seen == [True] * 10 + [False]
    assert "reach" not in (await own_graph.get("act_1001/insights", **old))["data"][0]


@pytest.mark.parametrize(
    ("path", "body"),
    [("heaviness", {"most_rows": 5}), ("broken-fields", {"field": "actions", "ad_id": "1", "day": "2026-11-01"})],
)
async def test_limits_are_set_over_http_and_end_with_a_reset(own_graph: Graph, path: str, body: dict[str, Any]) -> None:
    url = f"{own_graph.server.url}/_sandbox/{path}"
    async with own_graph.session.post(url, json=body, headers={"X-Sandbox-Token": ADMIN_TOKEN}) as answer:
        assert answer.status == 200
    sandbox = own_graph.server.admin.sandbox
    assert sandbox.heaviness.most_rows == body.get("most_rows")
    assert len(sandbox.broken_fields) == ("field" in body)
    own_graph.server.admin.reset()
    assert sandbox.heaviness == Heaviness()
    assert sandbox.broken_fields == []

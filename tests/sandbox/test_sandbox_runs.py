"""Owns how report runs progress, end, fail and are read."""

import json
from dataclasses import replace
from datetime import date, timedelta

import aiohttp
import pytest

from sandbox.meta.trouble.faults import FaultKind, FaultRule
from sandbox.server import run_sandbox
from tests.sandbox.graph_client import ADMIN_TOKEN, CONFIG, NOON, SYSTEM_USER, Graph, Row

DAYS = json.dumps({"since": "2026-11-01", "until": "2026-11-07"})
ASKED = {"level": "ad", "time_increment": "1", "fields": "ad_id,impressions,actions", "time_range": DAYS}
FETCH = "[0-9]*/insights"


async def start(graph: Graph, object_id: str = "act_1001", **params: str) -> str:
    status, body = await graph.call(f"{object_id}/insights", "POST", **(ASKED | params))
    assert status == 200, body
    assert body.keys() == {"report_run_id"}
    return str(body["report_run_id"])


async def poll(graph: Graph, run_id: str) -> tuple[str, int]:
    run = await graph.get(run_id)
    return run["async_status"], run["async_percent_completion"]


async def test_a_run_has_the_rows_of_the_synchronous_call(graph: Graph) -> None:
    run_id = await start(graph)
    run = await graph.get(run_id)
    assert (run["id"], run["account_id"], run["date_start"], run["date_stop"]) == (
        run_id,
        "1001",
        "2026-11-01",
        "2026-11-07",
    )
    assert (run["async_status"], run["async_percent_completion"]) == ("Job Completed", 100)
    assert await graph.all_rows(f"{run_id}/insights") == await graph.all_rows("act_1001/insights", **ASKED)


async def test_the_limit_of_the_post_holds_for_its_pages_unless_the_page_says_other(graph: Graph) -> None:
    run_id = await start(graph, limit="7")
    assert len((await graph.get(f"{run_id}/insights"))["data"]) == 7
    assert len((await graph.get(f"{run_id}/insights", limit="9"))["data"]) == 9
    rows: list[Row] = await graph.all_rows(f"{run_id}/insights", limit="50")
    assert len({(row["ad_id"], row["date_start"]) for row in rows}) == len(rows) > 100


async def test_runs_of_campaigns_ad_sets_and_ads(graph: Graph) -> None:
    rows = await graph.all_rows("act_1001/insights", **(ASKED | {"fields": "ad_id,adset_id,campaign_id"}))
    for name in ("campaign_id", "adset_id", "ad_id"):
        run_id = await start(graph, rows[0][name], fields=name)
        assert {row[name] for row in await graph.all_rows(f"{run_id}/insights")} == {rows[0][name]}


async def test_a_wrong_question_is_refused_when_it_is_posted(graph: Graph) -> None:
    status, body = await graph.call("act_1001/insights", "POST", fields="wish_bid")
    assert (status, body["error"]["code"]) == (400, 100)


async def test_a_form_body_asks_like_a_query(graph: Graph) -> None:
    url = f"{graph.server.url}/v26.0/act_1001/insights"
    form = ASKED | {"fields": '["ad_id","impressions","actions"]'}
    async with graph.session.post(url, params=graph.auth(), data=form) as answer:
        run_id = (await answer.json())["report_run_id"]
    assert await graph.all_rows(f"{run_id}/insights") == await graph.all_rows("act_1001/insights", **ASKED)


async def test_a_run_progresses_with_the_sandboxs_clock(own_graph: Graph) -> None:
    admin = own_graph.server.admin
    admin.set_run_seconds(100, 100)
    run_id = await start(own_graph)
    assert await poll(own_graph, run_id) == ("Job Not Started", 0)
    assert await own_graph.error(f"{run_id}/insights") == (400, 2601, 1815107)
    seen = []
    for seconds in (15, 40, 99, 100):
        admin.set_clock(NOON + timedelta(seconds=seconds))
        seen.append(await poll(own_graph, run_id))
    assert seen == [("Job Started", 0), ("Job Running", 40), ("Job Running", 99), ("Job Completed", 100)]
    assert (await own_graph.get(run_id, fields="time_completed,time_ref"))["time_completed"] > 0
    assert (await own_graph.get(f"{run_id}/insights"))["data"]


async def test_runs_can_live_by_scaled_real_seconds(http: aiohttp.ClientSession) -> None:
    config = replace(CONFIG, run_seconds=(60.0, 90.0), time_scale=1_000_000.0, has_numeric_run_ids=True)
    async with run_sandbox(config) as server:
        graph = Graph(server, http)
        _, body = await graph.call("act_1001/insights", "POST", **ASKED)
        assert isinstance(body["report_run_id"], int)
        assert await poll(graph, str(body["report_run_id"])) == ("Job Completed", 100)


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        (FaultKind.RUN_FAILED, ("Job Failed", 0)),
        (FaultKind.RUN_SKIPPED, ("Job Skipped", 0)),
        (FaultKind.RUN_STUCK_AT_0, ("Job Not Started", 0)),
        (FaultKind.RUN_STUCK_AT_99, ("Job Running", 99)),
    ],
)
async def test_a_run_can_end_badly(own_graph: Graph, kind: FaultKind, expected: tuple[str, int]) -> None:
    own_graph.server.admin.add_fault(FaultRule(kind, code=-3, subcode=1504045, message="Too large"))
    await own_graph.get("act_1001/insights")
    run_id = await start(own_graph)
    assert [await poll(own_graph, run_id) for _ in range(2)] == [expected] * 2
    assert await own_graph.error(f"{run_id}/insights") == (400, 2601, 1815107)
    assert await poll(own_graph, await start(own_graph)) == ("Job Completed", 100)
    run = await own_graph.get(run_id)
    told = (run.get("error_code"), run.get("error_subcode"), run.get("error_message"))
    assert told == ((-3, 1504045, "Too large") if kind is FaultKind.RUN_FAILED else (None, None, None))


async def test_before_version_25_a_failed_run_does_not_say_why(own_graph: Graph) -> None:
    own_graph.server.admin.add_fault(FaultRule(FaultKind.RUN_FAILED))
    run_id = await start(own_graph)
    async with own_graph.session.get(f"{own_graph.server.url}/v24.0/{run_id}", params=own_graph.auth()) as answer:
        assert "error_code" not in await answer.json()


async def test_a_hundred_percent_is_not_the_end_while_it_says_running(own_graph: Graph) -> None:
    own_graph.server.admin.add_fault(FaultRule(FaultKind.RUN_HUNDRED_BUT_RUNNING, count=2))
    run_id = await start(own_graph)
    assert await own_graph.error(f"{run_id}/insights") == (400, 2601, 1815107)
    seen = [await poll(own_graph, run_id) for _ in range(3)]
    assert seen == [("Job Running", 100), ("Job Running", 100), ("Job Completed", 100)]


async def test_a_completed_run_may_not_be_loadable_at_first(own_graph: Graph) -> None:
    own_graph.server.admin.add_fault(FaultRule(FaultKind.RUN_NOT_LOADABLE, count=2))
    run_id = await start(own_graph)
    assert await poll(own_graph, run_id) == ("Job Completed", 100)
    for _ in range(2):
        status, body = await own_graph.call(f"{run_id}/insights")
        assert (status, body["error"]["is_transient"]) == (400, True)
    assert (await own_graph.get(f"{run_id}/insights"))["data"]


async def test_a_run_may_be_unknown_right_after_its_creation(own_graph: Graph) -> None:
    own_graph.server.admin.add_fault(FaultRule(FaultKind.RUN_UNKNOWN_AT_FIRST))
    run_id = await start(own_graph)
    assert await own_graph.error(run_id) == (400, 100, 33)
    assert await poll(own_graph, run_id) == ("Job Completed", 100)


async def test_a_runs_fate_can_be_decided_over_http(own_graph: Graph) -> None:
    run_id = await start(own_graph)
    url = f"{own_graph.server.url}/_sandbox/runs"
    headers = {"X-Sandbox-Token": ADMIN_TOKEN}
    for path, body, status in (
        ("/doom", {"run_id": run_id, "fate": {"kind": "run_skipped"}}, 200),
        ("/doom", {"run_id": "12"}, 422),
        ("", {"shortest": 5, "longest": 9}, 200),
    ):
        async with own_graph.session.post(f"{url}{path}", json=body, headers=headers) as answer:
            assert answer.status == status
    assert await poll(own_graph, run_id) == ("Job Skipped", 0)
    assert await poll(own_graph, await start(own_graph)) == ("Job Not Started", 0)


async def test_a_run_is_gone_after_30_days_and_after_a_reset(own_graph: Graph) -> None:
    first, second = await start(own_graph), await start(own_graph)
    own_graph.server.admin.set_clock(NOON + timedelta(days=30, seconds=-1))
    assert await poll(own_graph, first) == ("Job Completed", 100)
    own_graph.server.admin.set_clock(NOON + timedelta(days=30))
    assert await own_graph.error(first) == (400, 100, 33)
    own_graph.server.admin.reset()
    assert await own_graph.error(second) == (400, 100, 33)


async def test_a_run_of_another_account_cannot_be_seen(graph: Graph) -> None:
    run_id = await start(graph, "act_1002")
    stranger = Graph(graph.server, graph.session, "SANDBOX-ONE-ACCOUNT")
    assert await stranger.error(run_id) == (400, 100, 33)
    assert await stranger.error(f"{run_id}/insights") == (400, 100, 33)


async def test_a_run_keeps_the_numbers_of_its_day(own_graph: Graph) -> None:
    day = date(2026, 11, 20)
    asked = {"time_range": json.dumps({"since": day.isoformat(), "until": day.isoformat()})}
    run_id = await start(own_graph, **asked)
    before = await own_graph.all_rows("act_1001/insights", **(ASKED | asked))
    own_graph.server.admin.set_clock(NOON + timedelta(days=20))
    assert await own_graph.all_rows(f"{run_id}/insights") == before
    assert await own_graph.all_rows("act_1001/insights", **(ASKED | asked)) != before


async def test_polls_and_fetches_are_calls_of_the_account(own_graph: Graph) -> None:
    run_id = await start(own_graph)
    await poll(own_graph, run_id)
    await own_graph.get(f"{run_id}/insights")
    calls = own_graph.server.admin.log()
    assert [(call.method, call.account_id) for call in calls] == [
        ("POST", "act_1001"),
        ("GET", "act_1001"),
        ("GET", "act_1001"),
    ]
    own_graph.server.admin.add_fault(FaultRule(FaultKind.ERROR, path=FETCH, method="GET", status=500))
    await start(own_graph)
    assert (await own_graph.error(f"{run_id}/insights"))[0] == 500
    assert SYSTEM_USER not in json.dumps([call.params for call in calls])

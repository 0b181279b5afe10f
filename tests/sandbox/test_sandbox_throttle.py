"""Owns how calls fill limits, what the usage headers say, and which error a full limit answers."""

import json
from dataclasses import replace
from datetime import timedelta
from typing import Any

import aiohttp
import pytest

from sandbox.meta.trouble.faults import FaultKind, FaultRule
from sandbox.meta.trouble.limits import LimitKind, Throttle, development_tier
from sandbox.server import run_sandbox
from tests.sandbox.graph_client import ADMIN_TOKEN, CONFIG, NOON, Graph

USAGE = ("x-app-usage", "x-ad-account-usage", "x-business-use-case-usage")
INSIGHTS_USAGE = (*USAGE, "x-fb-ads-insights-throttle", "x-fb-ads-insights-reach-throttle")
ACCOUNT = "act_1001"


async def headers(graph: Graph, path: str) -> dict[str, Any]:
    """The usage headers of an answer, good or bad."""
    async with graph.session.get(f"{graph.server.url}/v26.0/{path}", params=graph.auth()) as answer:
        return {
            name.lower(): json.loads(value) for name, value in answer.headers.items() if "-usage" in name.lower()
        } | {name.lower(): json.loads(value) for name, value in answer.headers.items() if "throttle" in name.lower()}


def business(found: dict[str, Any]) -> dict[str, Any]:
    entry: dict[str, Any] = found["x-business-use-case-usage"]["1001"][0]
    return entry


async def calls_until_refused(graph: Graph, path: str, *, at_most: int) -> tuple[int, tuple[int, int, int | None]]:
    for number in range(at_most):
        status, body = await graph.call(path)
        if status != 200:
            return number, (status, body["error"]["code"], body["error"].get("error_subcode"))
    raise AssertionError("never refused")


@pytest.mark.parametrize(("path", "names"), [("act_1001/ads", USAGE), ("act_1001/insights", INSIGHTS_USAGE)])
async def test_every_answer_says_how_full_the_limits_are(own_graph: Graph, path: str, names: tuple[str, ...]) -> None:
    for fault in (None, FaultRule(FaultKind.ERROR, status=500)):
        if fault:
            own_graph.server.admin.add_fault(fault)
        found = await headers(own_graph, path)
        assert found.keys() == {*names}
        assert found["x-ad-account-usage"]["acc_id_util_pct"] == business(found)["call_count"] == 0


async def test_an_undisturbed_sandbox_stays_far_below_its_limits(own_graph: Graph) -> None:
    for _ in range(120):
        await own_graph.get("me")
    found = await headers(own_graph, "act_1001/insights")
    assert found["x-app-usage"]["call_count"] == 2
    assert found["x-ad-account-usage"] == {
        "acc_id_util_pct": 2,
        "reset_time_duration": 0,
        "ads_api_access_tier": "standard_access",
    }


async def test_an_accounts_score_fills_blocks_and_decays(own_graph: Graph) -> None:
    admin = own_graph.server.admin
    admin.set_throttle(replace(development_tier(), insights_per_hour=10_000, management_per_hour=10_000))
    number, error = await calls_until_refused(own_graph, "act_1001/ads", at_most=100)
    assert (number, error) == (60, (400, 17, 2446079))
    found = await headers(own_graph, "act_1001/ads")
    assert found["x-ad-account-usage"] == {
        "acc_id_util_pct": 101,
        "reset_time_duration": 300,
        "ads_api_access_tier": "development_access",
    }
    assert (await own_graph.get("act_1002/ads"))["data"]
    admin.set_clock(NOON + timedelta(seconds=299))
    assert await own_graph.error("act_1001") == (400, 17, 2446079)
    admin.set_clock(NOON + timedelta(seconds=300))
    assert (await headers(own_graph, "act_1001"))["x-ad-account-usage"]["acc_id_util_pct"] == 3


async def test_a_score_decays_within_five_minutes(own_graph: Graph) -> None:
    own_graph.server.admin.set_throttle(development_tier())
    for _ in range(30):
        await own_graph.get("act_1001")
    own_graph.server.admin.set_clock(NOON + timedelta(seconds=150))
    found = await headers(own_graph, "act_1001")
    assert found["x-ad-account-usage"]["acc_id_util_pct"] == 1


async def test_the_other_error_of_the_same_limit(own_graph: Graph) -> None:
    own_graph.server.admin.set_throttle(Throttle(scale=9000, account_error=(613, 1487742)))
    await own_graph.get("act_1001")
    assert await own_graph.error("act_1001") == (400, 613, 1487742)


@pytest.mark.parametrize(
    ("path", "kind", "expected"),
    [
        ("act_1001/insights", "ads_insights", (400, 80000, 2446079)),
        ("act_1001/ads", "ads_management", (400, 80004, 2446079)),
    ],
)
async def test_business_use_cases_have_budgets_of_their_own(
    own_graph: Graph, path: str, kind: str, expected: tuple[int, int, int]
) -> None:
    active = await own_graph.all_rows("act_1001/ads", limit="100", effective_status='["ACTIVE"]')
    budget = 10 + len(active)
    own_graph.server.admin.set_throttle(
        Throttle(insights_per_hour=10, insights_per_active_ad=1, management_per_hour=10, management_per_active_ad=1)
    )
    number, error = await calls_until_refused(own_graph, path, at_most=200)
    assert (number, error) == (budget, expected)
    use = business(await headers(own_graph, path))
    assert (use["type"], use["estimated_time_to_regain_access"]) == (kind, 5)
    assert use["call_count"] == use["total_time"] == use["total_cputime"] >= 100
    other = "act_1001/ads" if kind == "ads_insights" else "act_1001/insights"
    assert (await own_graph.get(other))["data"]
    own_graph.server.admin.set_clock(NOON + timedelta(minutes=5))
    assert (await own_graph.get(path))["data"]


async def test_the_app_is_one_budget_for_all_accounts(own_graph: Graph) -> None:
    admin = own_graph.server.admin
    admin.set_throttle(Throttle(app_insights_per_hour=3, app_calls_per_hour=6))
    for account in ("act_1001", "act_1002", "act_1003"):
        await own_graph.get(f"{account}/insights")
    assert await own_graph.error("act_1002/insights") == (400, 4, 1504022)
    found = await headers(own_graph, "act_1003/insights")
    assert found["x-fb-ads-insights-throttle"]["app_id_util_pct"] >= 100
    await own_graph.get("act_1002")
    assert await own_graph.error("act_1002") == (400, 4, None)
    assert (await headers(own_graph, "me"))["x-app-usage"]["call_count"] >= 100


async def test_scale_divides_every_budget(http: aiohttp.ClientSession) -> None:
    async with run_sandbox(replace(CONFIG, throttle=Throttle(scale=900))) as server:
        number, error = await calls_until_refused(Graph(server, http), "act_1001", at_most=50)
        assert (number, error) == (10, (400, 17, 2446079))
        server.admin.reset()
        await Graph(server, http).get("act_1001")


def test_a_scale_that_divides_by_nothing_is_refused() -> None:
    with pytest.raises(ValueError, match="positive"):
        Throttle(scale=0)


async def test_refused_calls_cost_nothing_and_the_log_knows_the_cost(own_graph: Graph) -> None:
    own_graph.server.admin.set_throttle(Throttle(scale=9000))
    await own_graph.get("act_1001")
    await own_graph.error("act_1001")
    assert [call.cost for call in own_graph.server.admin.log()] == [1, 0]


@pytest.mark.parametrize(
    ("kind", "account", "path", "code"),
    [
        (LimitKind.ACCOUNT, ACCOUNT, "act_1001", 17),
        (LimitKind.INSIGHTS, ACCOUNT, "act_1001/insights", 80000),
        (LimitKind.MANAGEMENT, ACCOUNT, "act_1001/ads", 80004),
        (LimitKind.APP, None, "me", 4),
        (LimitKind.APP_INSIGHTS, None, "act_1002/insights", 4),
    ],
)
async def test_a_limit_can_be_blocked_by_hand(
    own_graph: Graph, kind: LimitKind, account: str | None, path: str, code: int
) -> None:
    body = {"kind": kind.value, "seconds": 90, "account": account}
    assert await post(own_graph, "block", body) == 200
    assert (await own_graph.error(path))[1] == code
    found = await headers(own_graph, path)
    assert "100" in json.dumps(found)
    if kind is LimitKind.INSIGHTS:
        assert business(found)["estimated_time_to_regain_access"] == 2
    own_graph.server.admin.set_clock(NOON + timedelta(seconds=90))
    await own_graph.get(path)


async def test_a_limit_can_be_filled_by_hand(own_graph: Graph) -> None:
    assert await post(own_graph, "fill", {"kind": "account", "percent": 80, "account": ACCOUNT}) == 200
    assert (await headers(own_graph, "act_1001"))["x-ad-account-usage"]["acc_id_util_pct"] == 80
    assert await post(own_graph, "fill", {"kind": "account", "percent": 80, "account": "act_5"}) == 422
    assert await post(own_graph, "block", {"kind": "app", "seconds": 80, "account": ACCOUNT}) == 422
    assert await post(own_graph, "throttle", {"throttle": None}) == 200
    assert (await headers(own_graph, "act_1001"))["x-ad-account-usage"]["acc_id_util_pct"] == 0


async def post(graph: Graph, path: str, body: dict[str, Any]) -> int:
    url = f"{graph.server.url}/_sandbox/{path}"
    async with graph.session.post(url, json=body, headers={"X-Sandbox-Token": ADMIN_TOKEN}) as answer:
        return answer.status


async def test_an_error_on_demand_says_when_calls_are_taken_again(own_graph: Graph) -> None:
    rule = FaultRule(FaultKind.ERROR, code=80000, subcode=2446079, regain_s=250)
    own_graph.server.admin.add_fault(rule)
    found = await headers(own_graph, "act_1001/insights")
    assert found["x-ad-account-usage"]["reset_time_duration"] == 250
    assert business(found)["estimated_time_to_regain_access"] == 5
    assert business(found)["call_count"] == 100


async def test_limits_can_live_by_scaled_real_seconds(http: aiohttp.ClientSession) -> None:
    async with run_sandbox(replace(CONFIG, throttle=Throttle(scale=9000), time_scale=1_000_000_000.0)) as server:
        for _ in range(5):
            await Graph(server, http).get("act_1001")

"""Owns when the sandbox's faults fire and which error they answer; must not spoil pages."""

from dataclasses import replace

import pytest

from sandbox.meta.trouble.faults import FaultKind, FaultRule
from tests.sandbox.graph_client import Graph

_ERRORS = {
    FaultKind.TOKEN_EXPIRED: (400, 190, 463),
    FaultKind.TOKEN_REVOKED: (400, 190, 458),
    FaultKind.SCOPE_MISSING: (403, 200, None),
    FaultKind.NOT_VISIBLE: (400, 100, 33),
    FaultKind.ERROR: (503, 2, 1504044),
}


@pytest.mark.parametrize("kind", _ERRORS)
async def test_a_fault_answers_its_error_once(own_graph: Graph, kind: FaultKind) -> None:
    own_graph.server.admin.add_fault(FaultRule(kind, code=2, subcode=1504044, status=503, is_transient=True))
    assert await own_graph.error("act_1001") == _ERRORS[kind]
    await own_graph.get("act_1001")


async def test_a_fault_can_last(own_graph: Graph) -> None:
    own_graph.server.admin.add_fault(FaultRule(FaultKind.TOKEN_EXPIRED, nth=3, times=None))
    await own_graph.get("me")
    await own_graph.get("me")
    for _ in range(3):
        assert await own_graph.error("me") == (400, 190, 463)
    own_graph.server.admin.clear_faults()
    await own_graph.get("me")


async def test_a_fault_hits_only_its_account_and_path(own_graph: Graph) -> None:
    own_graph.server.admin.add_fault(
        FaultRule(FaultKind.ERROR, path="*/campaigns", account="act_1002", times=None, status=500)
    )
    ads = await own_graph.get("act_1002/ads")
    await own_graph.get("act_1001/campaigns")
    await own_graph.get(f"{ads['data'][0]['id']}")
    assert await own_graph.error("act_1002/campaigns") == (500, 1, None)


async def test_rules_count_their_calls_each_on_its_own(own_graph: Graph) -> None:
    admin = own_graph.server.admin
    admin.add_fault(FaultRule(FaultKind.TOKEN_EXPIRED, path="me", nth=2))
    admin.add_fault(FaultRule(FaultKind.TOKEN_REVOKED, nth=3))
    await own_graph.get("me")
    assert await own_graph.error("me") == (400, 190, 463)
    assert await own_graph.error("me") == (400, 190, 458)
    assert [call.fault for call in admin.log()] == [None, "token_expired", "token_revoked"]


@pytest.mark.parametrize(("nth", "times"), [(0, 1), (1, 0)])
def test_a_fault_that_could_never_fire_is_refused(nth: int, times: int) -> None:
    with pytest.raises(ValueError, match="start at 1"):
        FaultRule(FaultKind.ERROR, nth=nth, times=times)


async def hits(graph: Graph, rule: FaultRule) -> list[int]:
    graph.server.admin.clear_faults()
    graph.server.admin.add_fault(rule)
    return [number for number in range(1, 101) if (await graph.call("me"))[0] != 200]


async def test_a_fault_can_fire_by_chance_the_same_for_a_seed(own_graph: Graph) -> None:
    rule = FaultRule(FaultKind.ERROR, times=None, probability=0.2, seed=3)
    first = await hits(own_graph, rule)
    assert 8 <= len(first) <= 32
    assert await hits(own_graph, rule) == first
    assert await hits(own_graph, replace(rule, seed=4)) != first
    assert await hits(own_graph, replace(rule, nth=11, times=50)) == [number for number in first if 11 <= number <= 60]


async def test_a_fault_can_wait_for_a_verb_and_for_parameters(own_graph: Graph) -> None:
    admin = own_graph.server.admin
    admin.add_fault(FaultRule(FaultKind.ERROR, method="DELETE", times=None))
    admin.add_fault(FaultRule(FaultKind.ERROR, params={"fields": "*actions*", "level": "ad"}, times=None, code=7))
    await own_graph.get("act_1001/insights", level="ad", fields="spend")
    await own_graph.get("act_1001/insights", fields="spend,actions")
    assert (await own_graph.error("act_1001/insights", level="ad", fields="spend,actions"))[1] == 7


async def test_errors_carry_usage_headers_and_a_trace(own_graph: Graph) -> None:
    url = f"{own_graph.server.url}/v26.0/act_1001/insights"
    async with own_graph.session.get(url) as answer:
        body = await answer.json()
        assert answer.status == 400
        assert {"x-app-usage", "x-ad-account-usage", "x-business-use-case-usage"} <= {*map(str.lower, answer.headers)}
        assert "x-fb-ads-insights-throttle" in answer.headers
    assert body["error"]["code"] == 2500
    assert body["error"]["fbtrace_id"]

"""Owns how the sandbox's lists are paged and spoiled; must not check numbers."""

import json
from datetime import date
from urllib.parse import parse_qs, urlsplit

import pytest

from sandbox.meta.trouble.faults import FaultKind, FaultRule
from tests.sandbox.graph_client import SYSTEM_USER, Graph, Row, proof

SINCE, UNTIL = date(2026, 11, 1), date(2026, 11, 14)
DAYS = json.dumps({"since": SINCE.isoformat(), "until": UNTIL.isoformat()})
BY_AD_AND_DAY = {"level": "ad", "time_increment": "1", "fields": "ad_id,impressions"}
PAGE = BY_AD_AND_DAY | {"time_range": DAYS, "limit": "50"}
ROWS_PATH = "act_1001/insights"


def key(row: Row) -> tuple[str, str]:
    return row["ad_id"], row["date_start"]


@pytest.mark.parametrize("limit", ["7", "50", "500"])
async def test_paging_covers_every_row_once(graph: Graph, limit: str) -> None:
    whole = await graph.insights("act_1001", SINCE, UNTIL, **BY_AD_AND_DAY, limit="5000")
    paged = await graph.insights("act_1001", SINCE, UNTIL, **BY_AD_AND_DAY, limit=limit)
    assert paged == whole
    assert len({key(row) for row in paged}) == len(paged) > 300


async def test_next_is_absolute_and_carries_every_parameter_and_the_token(graph: Graph) -> None:
    body = await graph.get(ROWS_PATH, **PAGE)
    following = urlsplit(body["paging"]["next"])
    params = {name: values[0] for name, values in parse_qs(following.query).items()}
    assert f"{following.scheme}://{following.netloc}" == graph.server.url
    assert PAGE.items() <= params.items()
    assert params["access_token"] == SYSTEM_USER
    assert params["after"] == body["paging"]["cursors"]["after"]


async def test_default_limit_is_25(graph: Graph) -> None:
    params = {name: value for name, value in PAGE.items() if name != "limit"}
    assert len((await graph.get(ROWS_PATH, **params))["data"]) == 25


async def test_a_page_that_ends_exactly_with_the_data_has_no_next(graph: Graph) -> None:
    campaigns = await graph.get("act_1001/campaigns", limit="5")
    assert len(campaigns["data"]) == 5
    assert "next" not in campaigns["paging"]


async def test_an_answer_without_rows_has_no_paging(graph: Graph) -> None:
    assert await graph.get("act_1001/customaudiences") == {"data": []}
    before_history = json.dumps({"since": "2025-01-01", "until": "2025-01-31"})
    assert await graph.get(ROWS_PATH, time_range=before_history) == {"data": []}


@pytest.mark.parametrize("after", ["no-cursor", "MTIz", "é"])
async def test_a_cursor_that_was_never_given_is_refused(graph: Graph, after: str) -> None:
    assert await graph.error(ROWS_PATH, **PAGE, after=after) == (400, 100, None)


async def test_a_cursor_of_another_query_is_refused(graph: Graph) -> None:
    body = await graph.get(ROWS_PATH, **PAGE)
    other = PAGE | {"fields": "ad_id,spend", "after": body["paging"]["cursors"]["after"]}
    assert await graph.error(ROWS_PATH, **other) == (400, 100, None)


async def test_a_page_beyond_the_limit_asks_for_less_data(graph: Graph) -> None:
    assert await graph.error(ROWS_PATH, **(PAGE | {"limit": "5001"})) == (500, 1, 99)


async def test_summary_counts_what_the_list_holds(graph: Graph) -> None:
    body = await graph.get("act_1001/ads", limit="2", summary="true")
    assert body["summary"]["total_count"] == len(await graph.all_rows("act_1001/ads"))


async def test_an_empty_page_with_next_loses_no_row(own_graph: Graph) -> None:
    undisturbed = await own_graph.all_rows(ROWS_PATH, **PAGE)
    own_graph.server.admin.add_fault(FaultRule(FaultKind.EMPTY_PAGE, path=ROWS_PATH, account="act_1001", nth=2))
    first = await own_graph.get(ROWS_PATH, **PAGE)
    empty = await own_graph.get(ROWS_PATH, **PAGE, after=first["paging"]["cursors"]["after"])
    assert empty["data"] == []
    assert empty["paging"]["cursors"]["after"] != first["paging"]["cursors"]["after"]
    own_graph.server.admin.clear_faults()
    own_graph.server.admin.add_fault(FaultRule(FaultKind.EMPTY_PAGE, path="*/insights", nth=2, times=3))
    assert await own_graph.all_rows(ROWS_PATH, **PAGE) == undisturbed


async def test_a_repeated_row_comes_again_on_the_next_page(own_graph: Graph) -> None:
    undisturbed = await own_graph.all_rows(ROWS_PATH, **PAGE)
    own_graph.server.admin.add_fault(FaultRule(FaultKind.REPEAT_ROW, path=ROWS_PATH, nth=2))
    spoiled = await own_graph.all_rows(ROWS_PATH, **PAGE)
    assert len(spoiled) == len(undisturbed) + 1
    assert spoiled[49] == spoiled[50]
    assert {key(row) for row in spoiled} == {key(row) for row in undisturbed}


async def test_a_list_can_lead_to_itself(own_graph: Graph) -> None:
    own_graph.server.admin.add_fault(FaultRule(FaultKind.SAME_PAGE, path=ROWS_PATH, times=None))
    first = await own_graph.get(ROWS_PATH, **PAGE)
    second = await own_graph.get(ROWS_PATH, **PAGE, after=first["paging"]["cursors"]["after"])
    assert second["data"] == first["data"]
    assert second["paging"]["next"] != first["paging"]["next"]
    own_graph.server.admin.clear_faults()
    third = await own_graph.get(ROWS_PATH, **PAGE, after=second["paging"]["cursors"]["after"])
    assert third["data"] == first["data"]


async def test_next_can_come_without_cursors(own_graph: Graph) -> None:
    undisturbed = await own_graph.all_rows(ROWS_PATH, **PAGE)
    own_graph.server.admin.add_fault(FaultRule(FaultKind.NO_CURSORS, times=None))
    assert (await own_graph.get(ROWS_PATH, **PAGE))["paging"].keys() == {"next"}
    assert await own_graph.all_rows(ROWS_PATH, **PAGE) == undisturbed
    assert await own_graph.get("me")


@pytest.mark.parametrize(
    ("kind", "status", "is_json_type"),
    [(FaultKind.TRUNCATED, 200, True), (FaultKind.NOT_JSON, 200, False), (FaultKind.HTML_503, 503, False)],
)
async def test_a_body_can_be_spoiled(own_graph: Graph, kind: FaultKind, status: int, *, is_json_type: bool) -> None:
    own_graph.server.admin.add_fault(FaultRule(kind, path="act_1001/ads"))
    url = f"{own_graph.server.url}/v26.0/act_1001/ads"
    params = {"access_token": SYSTEM_USER, "appsecret_proof": proof(SYSTEM_USER)}
    async with own_graph.session.get(url, params=params) as answer:
        assert answer.status == status
        assert answer.headers["content-type"].startswith("application/json") is is_json_type
        text = await answer.text()
    with pytest.raises(json.JSONDecodeError):
        json.loads(text)
    assert (await own_graph.get("act_1001/ads"))["data"]

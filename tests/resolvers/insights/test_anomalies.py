"""The query anomalies: days as stored, judged as plain loops judge them, and those that are not to be judged."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from math import cos, exp, log, sin
from typing import Any
from uuid import UUID

import pytest

from analytics.periods import DateRange
from models.insights.tables import GapKind
from resolvers.node_id import encode_id
from services.toolbox import Toolbox
from tests.analytics.trends.naive import one_step_ahead, score
from tests.doors.in_process import Door
from tests.worlds.insights import InsightWorld, insight_world, more_insights
from tests.worlds.trends import OfDay, ad_days, door_at

ASK = """query($input: AnomalyInput!, $first: Int, $after: String) {
  anomalies(input: $input, first: $first, after: $after) {
    totalCount pageInfo { hasNextPage hasPreviousPage endCursor } edges { cursor }
    nodes { entity { __typename id } day metric value expected score }
  }
}"""
LAST = date(2026, 11, 20)
WEEK = {"range": {"preset": "LAST_7_DAYS"}}
# The days before the range that are learnt from, and the seven of the range.
DAYS = DateRange(LAST - timedelta(days=90), LAST)
DOUBLED, STOPPED, BOUGHT_LESS = 86, 88, 90


def steady(number: int) -> dict[str, Any]:
    """Spend, impressions and purchases with the shape of a week, and some scatter that is the same each time."""
    week = 1 + 0.2 * sin((number % 7) * 0.9)
    spend = Decimal(str(round(100 * week * (1 + 0.08 * sin(number * 12.9)), 2)))
    bought = Decimal(round(20 * week * (1 + 0.1 * cos(number * 7.3))))
    return {"spend": spend, "impressions": 20_000 + 500 * (number % 5), "link_clicks": 200, "purchases": bought}


def eventful(number: int) -> Mapping[str, Any] | None:
    facts = steady(number)
    if number == DOUBLED:
        facts["spend"] *= 2
    if number == BOUGHT_LESS:
        facts["purchases"] = Decimal(1)
    return None if number == STOPPED else facts


async def world_of(tools: Toolbox, of_day: OfDay, **account: Any) -> InsightWorld:
    world = await insight_world(tools.db, store=False, **account)
    await world.store(DAYS, ad_days(world.ads[0], DAYS, of_day))
    return world


async def ask(door: Door, asked: dict[str, Any] | None = None, **page: Any) -> Any:
    answer = await door.ask(ASK, input=WEEK | (asked or {}), **page)
    assert answer.codes == []
    return answer.data["anomalies"]


async def found(door: Door, *metrics: str, **given: Any) -> list[tuple[int, str]]:
    nodes = (await ask(door, {"metrics": [*metrics], **given}))["nodes"]
    return sorted({((date.fromisoformat(each["day"]) - DAYS.start).days, each["metric"]) for each in nodes})


async def test_days_that_stand_out_are_told_with_what_was_expected(tools: Toolbox) -> None:
    world = await world_of(tools, eventful)
    found = await ask(door_at(tools, world), {"metrics": ["SPEND"]})
    spend = [float((eventful(number) or {"spend": 0})["spend"]) for number in range(91)]
    # A day of nothing counts as half of the least of eight weeks before.
    least = min(spend[STOPPED - 56 : STOPPED]) / 2
    logs = [log(each or least) for each in spend]
    expected = [
        {
            "entity": {"__typename": "AdAccount", "id": encode_id("AdAccount", world.account.id)},
            "day": str(DAYS.start + timedelta(days=number)),
            "metric": "SPEND",
            "value": spend[number],
            "expected": pytest.approx(exp(one_step_ahead(logs, number)[0]), rel=1e-5),
            "score": pytest.approx(score(logs, number), abs=1e-5),
        }
        for number in (STOPPED, DOUBLED)
    ]
    assert found["nodes"] == expected
    assert found["nodes"][0]["score"] < -3.5 < 3.5 < found["nodes"][1]["score"]


async def test_conversions_are_judged_once_they_are_three_days_old(tools: Toolbox) -> None:
    world = await world_of(tools, eventful)
    on_that_day = door_at(tools, world)
    assert (BOUGHT_LESS, "PURCHASES") not in await found(on_that_day, "PURCHASES", "CPA_PURCHASE")
    for day, is_judged in ((22, False), (23, True)):
        door = door_at(tools, world, datetime(2026, 11, day, 12, tzinfo=UTC))
        assert ((BOUGHT_LESS, "PURCHASES") in await found(door, "PURCHASES", "CPA_PURCHASE")) is is_judged


@pytest.mark.parametrize("unknown", ["gap", "part", "today"])
async def test_days_that_are_not_whole_are_neither_judged_nor_learnt_from(tools: Toolbox, unknown: str) -> None:
    world = await world_of(tools, steady)
    door = door_at(tools, world)
    assert await found(door, "SPEND") == []
    day = date(2026, 11, 21) if unknown == "today" else LAST - timedelta(days=2)
    odd = ad_days(world.ads[0], DateRange(day, day), lambda _: {"spend": Decimal(9_000), "impressions": 1})
    given: dict[str, Any] = {"gap": {"gaps": {day: GapKind.FIELD}}, "part": {}, "today": {}}[unknown]
    if unknown == "part":
        given = {"refreshed_at": datetime(2026, 11, 18, 22, 59, tzinfo=UTC)}  # a minute before midnight in Berlin
    await world.store(DateRange(day, day), odd, **given)
    between = {"range": {"between": {"from": "2026-11-10", "to": "2026-11-21"}}}
    assert await found(door, "SPEND", "CPM", **between) == []
    # The same day, read again when it is over.
    if unknown != "today":
        await world.store(DateRange(day, day), odd)
        assert next(number for number, _ in await found(door, "SPEND", **between)) == 88


async def test_a_campaign_that_does_not_deliver_is_not_judged_and_one_that_spends_more_is(tools: Toolbox) -> None:
    world = await insight_world(tools.db, store=False)
    # The first campaign's ads are the first four.
    rows = ad_days(world.ads[0], DAYS, lambda number: None if number >= 87 else steady(number))
    rows += ad_days(world.ads[1], DAYS, lambda number: None if number >= 87 else steady(number))
    rows += ad_days(
        world.ads[4], DAYS, lambda number: {**steady(number), **({"spend": Decimal(400)} if number == 89 else {})}
    )
    await world.store(DAYS, rows)
    door = door_at(tools, world)
    nodes = (await ask(door, {"level": "CAMPAIGN", "metrics": ["SPEND"]}))["nodes"]
    assert [(each["entity"]["id"], each["day"], each["value"]) for each in nodes] == [
        (encode_id("Campaign", world.campaigns[1].id), str(LAST - timedelta(days=1)), 400.0)
    ]
    assert 87 in [number for number, _ in await found(door, "SPEND")]  # the account spends less all the same


async def test_of_an_account_with_more_campaigns_the_largest_are_judged(
    tools: Toolbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("services.insights.trends.anomalies.MOST_CAMPAIGNS", 1)
    world = await insight_world(tools.db, store=False)
    other = await more_insights(world.entities, store=False)
    for each in (world, other):
        larger = lambda number: {**steady(number), "spend": steady(number)["spend"] * (6 if number == 88 else 2)}  # noqa: E731
        smaller = lambda number: {**steady(number), "spend": steady(number)["spend"] * (3 if number == 88 else 1)}  # noqa: E731
        rows = [*ad_days(each.ads[0], DAYS, smaller), *ad_days(each.ads[4], DAYS, larger)]
        await each.store(DAYS, rows)
    nodes = (await ask(door_at(tools, world), {"level": "CAMPAIGN", "metrics": ["SPEND"]}))["nodes"]
    largest = {encode_id("Campaign", each.campaigns[1].id) for each in (world, other)}
    assert {each["entity"]["id"] for each in nodes} == largest


async def test_amounts_before_a_change_of_currency_are_not_learnt_from(tools: Toolbox) -> None:
    """From 70 days before the last on, money is in yen: a hundred times as much is no anomaly, and ratios go on."""
    world = await insight_world(tools.db, store=False, currency="JPY")
    before = DateRange(DAYS.start, DAYS.start + timedelta(days=50))
    after = DateRange(DAYS.start + timedelta(days=51), LAST)
    await world.store(before, ad_days(world.ads[0], before, steady, "EUR"))
    yen = lambda number: {**steady(number + 51), "spend": steady(number + 51)["spend"] * 100}  # noqa: E731
    await world.store(after, ad_days(world.ads[0], after, yen, "JPY"))
    door = door_at(tools, world)
    range_ = {"range": {"between": {"from": str(after.start), "to": str(LAST)}}}
    assert await found(door, "SPEND", "CTR_LINK", **range_) == []


async def test_pages_hold_every_anomaly_once_in_order(tools: Toolbox) -> None:
    wild = {
        number: {**steady(number), "spend": steady(number)["spend"] * 4, "impressions": 90_000}
        for number in range(85, 91)
    }
    world = await world_of(tools, lambda number: wild.get(number) or steady(number))
    door = door_at(tools, world)
    whole = await ask(door)
    assert whole["totalCount"] == len(whole["nodes"]) > 5
    ordered = [(each["day"], abs(each["score"])) for each in whole["nodes"]]
    assert ordered == sorted(ordered, reverse=True)
    nodes: list[Any] = []
    after = None
    while not nodes or after is not None:
        page = await ask(door, first=2, after=after)
        nodes += page["nodes"]
        after = page["pageInfo"]["endCursor"] if page["pageInfo"]["hasNextPage"] else None
        assert len(page["edges"]) == len(page["nodes"])
    assert nodes == whole["nodes"]


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ({"level": "AD"}, "BAD_USER_INPUT"),
        ({"level": "TENANT"}, "BAD_USER_INPUT"),
        ({"metrics": ["SPEND"] * 21}, "BAD_USER_INPUT"),
        ({"range": {"preset": "LAST_180_DAYS"}}, "BAD_USER_INPUT"),
        ({"range": {"between": {"from": "2026-11-20", "to": "2026-11-01"}}}, "BAD_USER_INPUT"),
        ({"range": {"between": {"from": "1999-12-30", "to": "1999-12-31"}}}, "BAD_USER_INPUT"),
        ({"range": {"between": {"from": "2027-11-20", "to": "2027-11-21"}}}, "BAD_USER_INPUT"),
        ({"adAccountIds": [encode_id("AdAccount", UUID(int=7))]}, "NOT_FOUND"),
    ],
)
async def test_what_cannot_be_judged_is_refused(tools: Toolbox, given: dict[str, Any], code: str) -> None:
    world = await insight_world(tools.db, store=False)
    assert (await door_at(tools, world).ask(ASK, input=WEEK | given)).codes == [code]


async def test_nothing_stands_out_where_nothing_is_known(tools: Toolbox) -> None:
    world = await insight_world(tools.db, store=False)
    door = door_at(tools, world)
    asked: list[dict[str, Any]] = [{}, {"adAccountIds": []}, {"metrics": []}, {"level": "CAMPAIGN"}]
    for given in (*asked, {"range": {"preset": "TODAY"}}):
        assert (await ask(door, given))["totalCount"] == 0
    await world.store(DAYS, [])
    assert (await ask(door))["totalCount"] == 0


async def test_more_values_than_can_be_computed_are_refused(tools: Toolbox, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of one account and two metrics: the 84 days before the range, and its seven."""
    door = door_at(tools, await world_of(tools, steady))
    asked = {"metrics": ["SPEND", "CPM"]}
    monkeypatch.setattr("services.insights.trends.anomalies._MOST_VALUES", 91 * 2 - 1)
    assert (await door.ask(ASK, input=WEEK | asked)).codes == ["QUERY_TOO_COMPLEX"]
    monkeypatch.setattr("services.insights.trends.anomalies._MOST_VALUES", 91 * 2)
    assert (await ask(door, asked))["totalCount"] == 0

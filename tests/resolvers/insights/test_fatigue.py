"""The query creativeFatigue: what is stored of ads by day, judged as plain loops over the same days judge it."""

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from math import sin
from typing import Any

import pytest

from analytics.periods import DateRange
from models.insights.tables import GapKind
from resolvers.node_id import encode_id
from services.toolbox import Toolbox
from tests.analytics.trends.naive import Series, ctr_change
from tests.doors.in_process import Door
from tests.worlds.insights import InsightWorld, insight_world, more_insights
from tests.worlds.trends import OfDay, ad_days, door_at

ASK = """query($input: FatigueInput!, $first: Int, $after: String) {
  creativeFatigue(input: $input, first: $first, after: $after) {
    totalCount pageInfo { hasNextPage hasPreviousPage endCursor } edges { cursor }
    nodes { entity { __typename id name } state ctrChange hookRateChange frequencyChange since reasons }
  }
}"""
LAST = date(2026, 11, 20)
DAYS = DateRange(LAST - timedelta(days=27), LAST)
GAP, PART = DAYS.start + timedelta(days=9), DAYS.start + timedelta(days=15)
TODAY = DateRange(date(2026, 11, 21), date(2026, 11, 21))
# What no question may see: a day that was not read in full, a part of a day, today.
ABSURD = {"impressions": 900_000, "link_clicks": 900_000}


def delivering(rate: float, *, impressions: int = 4_000, fall: float = 0.0, **more: Any) -> OfDay:
    def of_day(number: int) -> Mapping[str, Any]:
        market = 1 + 0.3 * sin(number * 1.7)
        clicks = round(impressions * rate * market * (1 - fall) ** (number / 27) * (1 + 0.05 * sin(number * 9.1)))
        told = {name: of(number) for name, of in more.items()}
        return {"impressions": impressions, "link_clicks": clicks, **told}

    return of_day


def numbers(of_day: OfDay) -> tuple[list[float], list[float]]:
    """Impressions and clicks of the days that are known as a whole; nothing on the others."""
    known = [None if day in (GAP, PART) else of_day(number) for number, day in enumerate(DAYS.every_day())]
    told = [each or {"impressions": 0, "link_clicks": 0} for each in known]
    return [each["impressions"] for each in told], [each["link_clicks"] for each in told]


def summed(ads: Sequence[tuple[Series, Series]]) -> tuple[list[float], list[float]]:
    columns = ([sum(values) for values in zip(*(ad[place] for ad in ads), strict=True)] for place in (0, 1))
    return next(columns), next(columns)


# By the number of the ad: even ones show the first creative, odd ones the second, and the last one nobody knows what.
ADS: list[OfDay] = [
    delivering(0.010, fall=0.45, reach=lambda number: round(3_600 - 30 * number)),
    delivering(0.012, video_views_3s=lambda number: round(900 * 0.8 ** (number / 27))),
    delivering(0.011, fall=0.45),
    delivering(0.014, video_views_3s=lambda _: 800),
    delivering(0.013, impressions=900),
    delivering(0.009, impressions=6_000),
    lambda number: {"impressions": 4_000, "link_clicks": 50} if number < 6 else None,
    delivering(0.010, impressions=9_000, fall=0.5),
]


@pytest.fixture(scope="module")
async def world(tools: Toolbox) -> InsightWorld:
    """Only read from."""
    world = await insight_world(tools.db, store=False)
    rows = [row for ad, of_day in zip(world.ads, ADS, strict=True) for row in ad_days(ad, DAYS, of_day)]
    await world.store(DAYS, rows)
    for day in (GAP, PART, TODAY.start):
        odd = [row for ad in world.ads for row in ad_days(ad, DateRange(day, day), lambda _: ABSURD)]
        read_at = (
            datetime(2026, 11, PART.day, 20, tzinfo=UTC) if day == PART else datetime(2026, 11, 21, 11, tzinfo=UTC)
        )
        gaps = {GAP: GapKind.AGAIN} if day == GAP else {}
        await world.store(DateRange(day, day), odd, gaps=gaps, refreshed_at=read_at)
    return world


@pytest.fixture
def door(tools: Toolbox, world: InsightWorld) -> Door:
    return door_at(tools, world)


async def ask(door: Door, **given: Any) -> Any:
    answer = await door.ask(ASK, **{"input": {}} | given)
    assert answer.codes == []
    return answer.data["creativeFatigue"]


async def test_ads_are_judged_by_their_whole_days_against_the_others(door: Door, world: InsightWorld) -> None:
    found = await ask(door)
    assert found["totalCount"] == 8
    by_id = {each["entity"]["id"]: each for each in found["nodes"]}
    own = [numbers(of_day) for of_day in ADS]
    nodes = [by_id[encode_id("Ad", ad.id)] for ad in world.ads]
    states = ["FATIGUED", "HEALTHY", "FATIGUED", "HEALTHY", "NOT_ENOUGH_DATA", "HEALTHY", "NOT_ENOUGH_DATA", "FATIGUED"]
    assert [each["state"] for each in nodes] == states
    for number, node in enumerate(nodes):
        if number == 6:
            continue
        change, _, passed = ctr_change(own, number)
        assert node["ctrChange"] == pytest.approx(change, abs=1e-6)
        since = str(DAYS.start + timedelta(days=passed)) if node["state"] == "FATIGUED" else None
        assert node["since"] == since
    assert nodes[6]["reasons"] == ["It was shown on 6 whole days of the range: at least 7 are needed."]
    assert nodes[4]["reasons"][0].startswith("It had 900 impressions a day")
    # Worst first, then the deepest fall.
    places = ["FATIGUED", "WARNING", "HEALTHY", "NOT_ENOUGH_DATA"]
    ordered = [(places.index(each["state"]), each["ctrChange"] or 0.0) for each in found["nodes"]]
    assert ordered == sorted(ordered)


async def test_hooks_and_frequency_are_told_where_they_are_stored(door: Door, world: InsightWorld) -> None:
    by_name = {each["entity"]["name"]: each for each in (await ask(door))["nodes"]}
    nodes = [by_name[ad.name] for ad in world.ads]
    assert [number for number, each in enumerate(nodes) if each["hookRateChange"] is not None] == [1, 3]
    assert nodes[1]["hookRateChange"] < -0.15 < 0.15 < nodes[3]["hookRateChange"]
    assert [number for number, each in enumerate(nodes) if each["frequencyChange"] is not None] == [0]
    assert nodes[0]["frequencyChange"] == pytest.approx(3_600 / (3_600 - 30 * 27) - 1, abs=0.01)
    assert nodes[0]["reasons"][-1] == "Impressions per person and day rose by 29 %."


async def test_a_creative_is_judged_over_all_its_ads(door: Door, world: InsightWorld) -> None:
    found = await ask(door, input={"level": "CREATIVE"})
    own = [numbers(of_day) for of_day in ADS]
    creatives = [summed([own[0], own[2], own[4], own[6]]), summed([own[1], own[3], own[5]]), own[7]]
    assert [(each["entity"]["__typename"], each["entity"]["name"]) for each in found["nodes"]] == [
        ("Creative", world.creatives[0].name),
        ("Creative", world.creatives[1].name),
    ]
    for number, each in enumerate(found["nodes"]):
        assert each["ctrChange"] == pytest.approx(ctr_change(creatives, number)[0], abs=1e-6)
        assert each["frequencyChange"] is None
    assert [each["state"] for each in found["nodes"]] == ["FATIGUED", "HEALTHY"]


async def test_accounts_are_judged_apart_each_on_its_own_days(tools: Toolbox) -> None:
    """In Los Angeles it is still the 20th, which is not over; an ad of one account is no yardstick for another's."""
    world = await insight_world(tools.db, store=False, name="East")
    west = await more_insights(world.entities, store=False, time_zone="America/Los_Angeles", name="West")
    night = datetime(2026, 11, 21, 6, tzinfo=UTC)
    for each in (world, west):
        await each.store(DAYS, ad_days(each.ads[0], DAYS, delivering(0.01, fall=0.4)), refreshed_at=night)
    door = door_at(tools, world, night)
    [only] = (await ask(door, input={"adAccountIds": [encode_id("AdAccount", west.account.id)]}))["nodes"]
    assert only["entity"]["id"] == encode_id("Ad", west.ads[0].id)
    assert "in 27 days; the account's other ads deliver too little" in only["reasons"][0]
    both = (await ask(door))["nodes"]
    assert sorted(each["reasons"][0].split(";")[0][-10:] for each in both) == ["in 27 days", "in 28 days"]
    assert all("too few to explain it." in each["reasons"][1] for each in both)


async def test_pages_hold_every_finding_once(door: Door) -> None:
    whole = await ask(door)
    names, after, pages = [], None, 0
    while True:
        page = await ask(door, first=3, after=after)
        names += [each["entity"]["id"] for each in page["nodes"]]
        assert [edge["cursor"] for edge in page["edges"]][-1] == page["pageInfo"]["endCursor"]
        assert page["pageInfo"]["hasPreviousPage"] is (pages > 0)
        after, pages = page["pageInfo"]["endCursor"], pages + 1
        if not page["pageInfo"]["hasNextPage"]:
            break
    assert (names, pages) == ([each["entity"]["id"] for each in whole["nodes"]], 3)
    other = await door.ask(ASK, input={"level": "CREATIVE"}, after=after)
    assert (other.codes, other.data["creativeFatigue"]) == (["BAD_USER_INPUT"], None)


async def test_days_to_look_back_on_are_within_bounds_and_change_what_is_seen(door: Door, world: InsightWorld) -> None:
    for days in (13, 91, -1, 2**31 - 1):
        assert (await door.ask(ASK, input={"lookbackDays": days})).codes == ["BAD_USER_INPUT"]
    short = {each["entity"]["name"]: each for each in (await ask(door, input={"lookbackDays": 14}))["nodes"]}
    assert "in 14 days" in short[world.ads[0].name]["reasons"][0]
    assert (await ask(door, input={"lookbackDays": 90}))["totalCount"] == 8


async def test_nothing_is_found_where_nothing_is_known(tools: Toolbox) -> None:
    world = await insight_world(tools.db, store=False)
    door = door_at(tools, world)
    assert await ask(door) == {
        "totalCount": 0,
        "pageInfo": {"hasNextPage": False, "hasPreviousPage": False, "endCursor": None},
        "edges": [],
        "nodes": [],
    }
    assert (await ask(door, input={"adAccountIds": []}))["totalCount"] == 0
    unknown = await door.ask(ASK, input={"adAccountIds": [encode_id("AdAccount", world.ads[0].id)]})
    assert unknown.codes == ["NOT_FOUND"]


async def test_more_ad_days_than_can_be_computed_are_refused(door: Door, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("services.insights.trends.fatigue._MOST_AD_DAYS", 100)
    answer = await door.ask(ASK, input={})
    assert (answer.codes, answer.data["creativeFatigue"]) == (["QUERY_TOO_COMPLEX"], None)
    monkeypatch.setattr("services.insights.trends.fatigue._MOST_AD_DAYS", 26 * 7 + 6)
    assert (await ask(door))["totalCount"] == 8

"""Rows that have the same number in the sort key: they are in order of their ids, on one page or on several."""

import dataclasses
from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from analytics.periods import DateRange
from resolvers.node_id import encode_id
from services.toolbox import Toolbox
from tests.doors.in_process import Door
from tests.worlds.ads import NOON
from tests.worlds.insights import InsightWorld, insight_world

ASK = """
query Ask($input: InsightsInput!, $first: Int!, $after: String) {
  insights(input: $input) { rows(first: $first, after: $after) {
    nodes { entity { id } metrics { costPerLead ctrAll custom(key: "rate") { value } } }
    pageInfo { hasNextPage endCursor }
  } }
}
"""
SAVE = """
mutation { saveCustomMetric(input: {
  key: "rate", name: "Rate", formula: "clicksAll / impressions", unit: FRACTION
}) { userErrors { message } } }
"""
BEFORE, DAY = date(2026, 11, 9), date(2026, 11, 10)
# How many digits of a quotient Postgres computes by itself depends on how its operands begin: of 5004/5003 too few
# to find the nearest float.
EQUAL = [{"clicks_all": 5004 * times, "impressions": 5003 * times} for times in (2, 1, 3)]


class Ads:
    """Ads in the order of their ids, which have the facts that a test gives them, and no others."""

    def __init__(self, tools: Toolbox, world: InsightWorld) -> None:
        self.world = world
        self.ads = sorted(world.ads, key=lambda ad: ad.id)
        self.door = Door(dataclasses.replace(tools, clock=lambda: NOON), world.entities.viewer)

    @property
    def ids(self) -> list[str]:
        return [encode_id("Ad", ad.id) for ad in self.ads]

    async def have(self, day: date, *of_ads: dict[str, Any]) -> None:
        del self.ads[len(of_ads) :]
        days = DateRange(day, day)
        rows = self.world.random_rows(days, ads=self.ads)
        for row, facts in zip(rows, of_ads, strict=True):
            row.facts = dict.fromkeys(row.facts) | facts
        await self.world.store(days, rows)

    async def sorted(self, by: dict[str, Any], *, page: int = 50) -> Sequence[dict[str, Any]]:
        """All rows, page by page."""
        asked = {"range": {"between": {"from": str(DAY), "to": str(DAY)}}, "groupBy": {"level": "AD"}, "sort": [by]}
        found, after = list[dict[str, Any]](), None
        while True:
            given = asked | ({"compareTo": {"preset": "PREVIOUS_PERIOD"}} if "change" in by else {})
            answer = await self.door.ask(ASK, input=given, first=page, after=after)
            assert answer.messages == []
            rows = answer.data["insights"]["rows"]
            found += rows["nodes"]
            if not rows["pageInfo"]["hasNextPage"]:
                return found
            after = rows["pageInfo"]["endCursor"]


@pytest.fixture
async def ads(tools: Toolbox) -> Ads:
    return Ads(tools, await insight_world(tools.db, store=False))


def ids(rows: Sequence[dict[str, Any]]) -> list[str]:
    return [row["entity"]["id"] for row in rows]


@pytest.mark.parametrize("order", ["ASC", "DESC"])
@pytest.mark.parametrize("page", [1, 50])
async def test_money_is_equal_that_is_equal_to_the_millionth(ads: Ads, order: str, page: int) -> None:
    leads = ("3.000001", "3", "3.000002")
    await ads.have(DAY, *({"spend": 1, "leads": Decimal(number)} for number in leads))
    rows = await ads.sorted({"metric": {"of": {"metric": "COST_PER_LEAD"}, "order": order}}, page=page)
    assert {row["metrics"]["costPerLead"] for row in rows} == {Decimal("0.333333")}
    assert ids(rows) == ads.ids


@pytest.mark.parametrize("of", [{"metric": "CTR_ALL"}, {"custom": "rate"}])
@pytest.mark.parametrize("order", ["ASC", "DESC"])
async def test_ratios_of_equal_proportions_are_equal(ads: Ads, of: dict[str, str], order: str) -> None:
    await ads.have(DAY, *EQUAL)
    await ads.door.ask(SAVE)
    rows = await ads.sorted({"metric": {"of": of, "order": order}}, page=1)
    assert {float(row["metrics"]["ctrAll"]) for row in rows} == {5004 / 5003}
    assert {row["metrics"]["custom"]["value"] for row in rows} == {Decimal("1.00019988007196")}
    assert ids(rows) == ads.ids


@pytest.mark.parametrize("order", ["ASC", "DESC"])
async def test_equal_changes_of_ratios_are_equal(ads: Ads, order: str) -> None:
    """As floats 0.3 - 0.1 is less than 0.4 - 0.2."""
    for day, clicks in ((BEFORE, (2, 1, 3)), (DAY, (4, 3, 5))):
        await ads.have(day, *({"clicks_all": count, "impressions": 10} for count in clicks))
    rows = await ads.sorted({"change": {"of": {"metric": "CTR_ALL"}, "order": order}}, page=1)
    assert ids(rows) == ads.ids

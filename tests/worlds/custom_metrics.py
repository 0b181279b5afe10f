"""What the tests of custom metrics in answers share: metrics of a tenant's own, and what each is worth, in loops."""

import dataclasses
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from analytics.enums import MetricUnit
from models.insights.custom_metric import CustomMetric
from services.toolbox import Toolbox
from tests.doors.in_process import Door
from tests.worlds.ads import NOON
from tests.worlds.insights import FIRST, LAST, InsightWorld, naive_sums, same

WHOLE = {"range": {"between": {"from": str(FIRST), "to": str(LAST)}}}
# Each with what it is worth over the sums of a group, in loops of the test's own.
OWN: Mapping[str, tuple[str, str]] = {
    "profit": ("purchaseValue * 0.35 - spend", "MONEY"),
    "margin": ("profit / purchaseValue", "FRACTION"),
    "score": ("(margin + 0.1) * clicksAll / -impressions", "MULTIPLE"),
    "mine": ("purchaseValue / spend", "MULTIPLE"),
    "per": ("2 * saves / (comments - comments)", "COUNT"),
    "peopled": ("clicksAll / reach", "FRACTION"),
    "watched": ("avgWatchSeconds * 2", "SECONDS"),
    "seen": ("impressions", "COUNT"),
}
ROWS = """
query ($input: InsightsInput!, $first: Int = 1000, $after: String) {
  insights(input: $input) {
    rows(first: $first, after: $after) {
      nodes { key entity { id } period { start } metrics { ...Own } } pageInfo { endCursor hasNextPage }
      totalCount dataChanged
    }
    totals { ...Own }
    meta { dataVersion warnings { code metrics } }
  }
}
fragment Own on Metrics {
  roas spend impressions
  profit: custom(key: "profit") { key unit value nullReason }
  nothing: custom(key: "nothing") { value }
  values(of: [{custom: "margin"}, {metric: ROAS}, {custom: "score"}, {custom: "mine"}]) { key unit value nullReason }
}
"""


async def own(world: InsightWorld, metrics: Mapping[str, tuple[str, str]] = OWN) -> None:
    rows = [
        CustomMetric(tenant_id=world.entities.tenant_id, key=key, name=key, formula=formula, unit=MetricUnit(unit))
        for key, (formula, unit) in metrics.items()
    ]
    await world.entities.keep(*rows)


def door_of(tools: Toolbox, world: InsightWorld) -> Door:
    return Door(dataclasses.replace(tools, clock=lambda: NOON), world.entities.viewer)


def expected(rows: Any) -> dict[str, Decimal | None]:
    """The metrics over a group, written down once more."""
    sums = naive_sums(rows)
    value, spend, clicks, shown = (sums[name] for name in ("purchase_value", "spend", "clicks_all", "impressions"))
    profit = value * Decimal("0.35") - spend
    margin = profit / value
    score = (margin + Decimal("0.1")) * clicks / -shown if shown else None
    return {"profit": profit, "margin": margin, "score": score, "mine": value / spend}


def check(metrics: dict[str, Any], rows: Any) -> None:
    wanted = expected(rows)
    profit = metrics["profit"]
    assert (profit["key"], profit["unit"], profit["nullReason"]) == ("profit", "MONEY", None)
    assert metrics["nothing"] is None
    pairs = {each["key"]: each for each in metrics["values"]}
    assert [*pairs] == ["margin", "roas", "score", "mine"]
    assert [each["unit"] for each in pairs.values()] == ["FRACTION", "MULTIPLE", "MULTIPLE", "MULTIPLE"]
    assert same(profit["value"], wanted["profit"])
    for key in ("margin", "score", "mine"):
        assert same(pairs[key]["value"], wanted[key]), key
    assert abs(pairs["mine"]["value"] - Decimal(repr(metrics["roas"]))) < Decimal("1e-12")

"""Custom metrics told in one currency: money by each row's day, ratios of one currency as they are, never a part."""

from typing import Any

import pytest

from analytics.enums import MetricUnit
from models.insights.custom_metric import CustomMetric
from services.toolbox import Toolbox
from tests.doors.in_process import Door
from tests.worlds.ads import EntityWorld
from tests.worlds.money import FRIDAY, MONDAY, Paid, account_that_paid, money_world

pytestmark = pytest.mark.usefixtures("money_rates")
RANGE = {"range": {"between": {"from": "2026-11-01", "to": "2026-11-10"}}}
OWN = {
    "profit": ("purchaseValue * 0.5 - spend", MetricUnit.MONEY),
    "margin": ("profit / purchaseValue", MetricUnit.FRACTION),
    "seen": ("profit * 1000 / impressions", MetricUnit.MONEY),
}
ASK = """query ($input: InsightsInput!, $of: [MetricRefInput!]!) { insights(input: $input) {
  rows { nodes { metrics { values(of: $of) { key value nullReason } } } }
  totals { values(of: $of) { key value nullReason } } meta { warnings { code metrics } } } }"""
Pairs = dict[str, tuple[float | None, str | None]]


@pytest.fixture
async def entities(tools: Toolbox) -> EntityWorld:
    made = await money_world(tools)
    await made.keep(
        *(
            CustomMetric(tenant_id=made.tenant_id, key=key, name=key, formula=formula, unit=unit)
            for key, (formula, unit) in OWN.items()
        )
    )
    return made


async def asked(door: Door, currency: str, **more: Any) -> tuple[list[Pairs], Pairs, Any]:
    """Rows, totals and warnings."""
    given = {**RANGE, "groupBy": {"level": "AD_ACCOUNT"}, "currency": currency, **more}
    answer = await door.ask(ASK, input=given, of=[{"custom": key} for key in OWN])
    assert answer.codes == []
    found = answer.data["insights"]
    rows = [pairs(node["metrics"]) for node in found["rows"]["nodes"]]
    return rows, pairs(found["totals"]), found["meta"]["warnings"]


def pairs(metrics: Any) -> Pairs:
    told = {each["key"]: (each["value"], each["nullReason"]) for each in metrics["values"]}
    return {key: (None if value is None else float(value), reason) for key, (value, reason) in told.items()}


def of(value: float) -> Any:
    return (pytest.approx(value), None)


async def test_money_is_converted_by_day_and_a_ratio_of_one_currency_is_its_own(
    entities: EntityWorld, door: Door
) -> None:
    await account_that_paid(entities, "EUR", Paid(FRIDAY, "10", "70"))
    await account_that_paid(entities, "SEK", Paid(FRIDAY, "600", "3800"), Paid(MONDAY, "400", "1200"))
    by_profit = [{"metric": {"of": {"custom": "profit"}}}]
    rows, totals, _ = await asked(door, "USD", sort=by_profit)
    crowns = (1900 - 600) / 10 * 1.25 + (600 - 400) / 12.5 * 1.2
    assert rows == [
        {"profit": of(crowns), "margin": of(1500 / 5000), "seen": of(crowns / 2)},
        {"profit": of(31.25), "margin": of(25 / 70), "seen": of(31.25)},
    ]
    value = 70 * 1.25 + 3800 / 10 * 1.25 + 1200 / 12.5 * 1.2
    assert totals == {
        "profit": of(crowns + 31.25),
        "margin": of((crowns + 31.25) / value),
        "seen": of((crowns + 31.25) / 3),
    }
    in_crowns, _, _ = await asked(door, "SEK", sort=by_profit)
    assert [row["margin"] for row in in_crowns] == [row["margin"] for row in rows]
    above = {"where": {"of": {"custom": "profit"}, "gt": 100}}
    assert (await asked(door, "USD", sort=by_profit, having=above))[0] == rows[:1]


async def test_without_a_rate_money_has_no_value_and_a_ratio_of_one_currency_has(
    entities: EntityWorld, door: Door
) -> None:
    await account_that_paid(entities, "RUB", Paid(FRIDAY, "10", "40"), Paid(MONDAY, "10", "40"))
    none = (None, "NO_FX_RATE")
    [row], totals, warnings = await asked(door, "USD")
    assert row == totals == {"profit": none, "margin": of(20 / 80), "seen": none}
    assert [each["metrics"] for each in warnings if each["code"] == "NO_FX_RATE"] == [["profit", "seen"]]
    await account_that_paid(entities, "EUR", Paid(FRIDAY, "10", "70"))
    _, totals, _ = await asked(door, "USD")
    assert totals == dict.fromkeys(OWN, none)

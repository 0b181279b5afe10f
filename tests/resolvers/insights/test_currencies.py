"""Insights over several currencies: what would add two moneys is null, everything else is answered."""

import dataclasses
from datetime import date

import pytest

from analytics.enums import Metric
from analytics.periods import DateRange
from services.toolbox import Toolbox
from tests.resolvers.insights.test_questions import ASKED, MONEY, door_of, near
from tests.worlds.insights import InsightWorld, insight_world, more_insights, naive_metrics


@pytest.fixture
async def fresh(tools: Toolbox) -> InsightWorld:
    return await insight_world(tools.db)


MIXED = """
query($input: InsightsInput!) { insights(input: $input) {
  rows { nodes { metrics { ...Shown } } } totals { ...Shown } meta { currency } } }
fragment Shown on Metrics { currency spend roas clicksAll action(type: "link_click") { value costPer }
  values(of: [{metric: SPEND}, {metric: ROAS}, {metric: CLICKS_ALL}]) { value nullReason } }
"""


async def test_only_a_number_that_adds_several_currencies_is_mixed(fresh: InsightWorld, tools: Toolbox) -> None:
    second = await more_insights(fresh.entities, currency="SEK")
    asked = {**ASKED, "groupBy": {"level": "AD_ACCOUNT"}, "sort": [{"metric": {"of": {"metric": "ROAS"}}}]}
    answer = await door_of(tools, fresh).ask(MIXED, input=asked)
    assert answer.codes == []
    found = answer.data["insights"]
    rows = {row["metrics"]["currency"]: row["metrics"] for row in found["rows"]["nodes"]}
    assert rows.keys() == {"EUR", "SEK"}
    for world, currency in ((fresh, "EUR"), (second, "SEK")):
        mine = naive_metrics([row for row in world.rows if date(2026, 10, 14) <= row.day <= date(2026, 11, 10)])
        assert near(rows[currency]["spend"], mine[Metric.SPEND])
        assert near(rows[currency]["roas"], mine[Metric.ROAS])
    totals = found["totals"]
    assert found["meta"]["currency"] is totals["currency"] is totals["spend"] is totals["roas"] is None
    assert totals["clicksAll"] == sum(row["clicksAll"] for row in rows.values())
    assert [each["nullReason"] for each in totals["values"]] == ["MIXED_CURRENCY", "MIXED_CURRENCY", None]
    assert totals["action"] == {"value": None, "costPer": None}


async def test_an_account_without_rows_mixes_nothing(fresh: InsightWorld, tools: Toolbox) -> None:
    await more_insights(fresh.entities, store=False, currency="SEK")
    answer = await door_of(tools, fresh).ask(MONEY % "currency spend", input=ASKED)
    [row] = answer.data["insights"]["rows"]["nodes"]
    assert row["metrics"]["currency"] == "EUR"
    assert row["metrics"]["spend"] > 0


async def test_an_account_whose_currency_changed_does_not_add_two_moneys(fresh: InsightWorld, tools: Toolbox) -> None:
    day = date(2026, 11, 10)
    newer = [dataclasses.replace(row, currency="USD") for row in fresh.random_rows(DateRange(day, day))]
    await fresh.store(DateRange(day, day), newer)
    door = door_of(tools, fresh)
    found = (await door.ask(MIXED, input=ASKED)).data["insights"]
    assert found["meta"]["currency"] is found["totals"]["currency"] is found["totals"]["spend"] is None
    assert found["totals"]["clicksAll"] > 0
    daily = (await door.ask(MIXED, input={**ASKED, "grain": "DAY"})).data["insights"]["rows"]["nodes"]
    assert [row["metrics"]["currency"] for row in daily] == ["EUR"] * 27 + ["USD"]
    assert all(row["metrics"]["spend"] is not None for row in daily)
    ask = '{ adAccounts { nodes { metrics(range: {between: {from: "%s", to: "%s"}}) { currency spend clicksAll } } } }'
    [both] = (await door.ask(ask % ("2026-10-14", day))).data["adAccounts"]["nodes"]
    [last] = (await door.ask(ask % (day, day))).data["adAccounts"]["nodes"]
    assert (both["metrics"]["currency"], both["metrics"]["spend"]) == (None, None)
    assert (last["metrics"]["currency"], last["metrics"]["spend"] > 0) == ("USD", True)


async def test_a_ratio_over_all_accounts_is_not_compared_where_it_has_no_value(
    fresh: InsightWorld, tools: Toolbox
) -> None:
    await more_insights(fresh.entities, currency="SEK")
    earns = {"having": {"where": {"of": {"metric": "ROAS"}, "gt": 0}}}
    door, query = (
        door_of(tools, fresh),
        "query($input: InsightsInput!) { insights(input: $input) { rows { totalCount } } }",
    )
    assert (await door.ask(query, input={**ASKED, **earns})).codes == ["MIXED_CURRENCY"]
    by_account = {**ASKED, **earns, "groupBy": {"level": "AD_ACCOUNT"}}
    assert (await door.ask(query, input=by_account)).data["insights"]["rows"]["totalCount"] == 2

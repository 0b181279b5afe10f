"""Rows that Postgres writes as JSON: where it does, and that clients see no difference."""

from datetime import date
from decimal import Decimal

import pytest

from analytics.periods import DateRange
from services.toolbox import Toolbox
from tests.resolvers.insights.test_comparisons import Days, between
from tests.worlds.insights import insight_world
from tests.worlds.row_texts import by_objects, written

MARCH = DateRange(date(2026, 3, 1), date(2026, 3, 31))
LONG = "a" * 70
ROWS = "query($input: InsightsInput!) {{ insights(input: $input) {{ rows {{ {} nodes {{ {} }} }} }} }}"
CAMPAIGNS = {"range": between(MARCH.start, MARCH.end), "groupBy": {"level": "CAMPAIGN"}}


@pytest.fixture
async def days(tools: Toolbox) -> Days:
    found = Days(tools, await insight_world(tools.db))
    await found.spend(MARCH, "1.50", "0.000001")
    return found


@pytest.mark.parametrize(
    ("beside", "selected"),
    [
        ("", "metrics { spend impressions roas currency }"),
        ("pageInfo { endCursor startCursor hasNextPage }", "key period { start end } metrics { cpm ctrAll }"),
        ("totalCount dataChanged", f"{LONG}: key {LONG}b: entity {{ __typename id name {LONG}: externalId }}"),
        ("", "__typename entity { ... on Campaign { objective dailyBudget } ... on Ad { status } } metrics { spend }"),
        ("", "dimensions { country age } previous { spend } metrics { a: spend b: spend }"),
    ],
)
async def test_rows_as_json_are_equal_to_rows_as_objects(days: Days, beside: str, selected: str) -> None:
    asked = CAMPAIGNS | {"compareTo": {"preset": "PREVIOUS_PERIOD"}} if "previous" in selected else CAMPAIGNS
    with written() as noted:
        found = await days.door.ask(ROWS.format(beside, selected), input=asked)
    assert noted == [True]
    with by_objects():
        expected = await days.door.ask(ROWS.format(beside, selected), input=asked)
    assert found == expected
    assert found.data["insights"]["rows"]["nodes"]


@pytest.mark.parametrize(
    "selected",
    [
        "entity { ... on Campaign { tags { field } } }",
        'metrics { action(type: "x") { count } }',
        "change { of(metrics: []) { key } }",
    ],
)
async def test_what_has_to_be_resolved_is_not_asked_as_json(days: Days, selected: str) -> None:
    with written() as noted:
        found = await days.door.ask(ROWS.format("", selected), input=CAMPAIGNS)
    assert noted == []
    assert found.codes == []


async def test_a_number_of_more_than_15_digits_is_rounded_as_ever(days: Days) -> None:
    await days.spend(MARCH, "123456789012.123456")
    with written() as noted:
        found = await days.door.ask(ROWS.format("", "metrics { spend }"), input=CAMPAIGNS)
    assert noted == [False]
    spent = [row["metrics"]["spend"] for row in found.data["insights"]["rows"]["nodes"]]
    assert spent == [Decimal("3827160459375.83")] * 2

"""Rows that Postgres writes as JSON: where it does, and that clients see no difference."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from analytics.periods import DateRange
from models.ids import new_id
from models.insights.statements.row_texts import texts_statement
from services.toolbox import Toolbox
from tests.insights_truth.ways import told
from tests.resolvers.insights.test_comparisons import Days, between
from tests.worlds.ads import statements
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
    ("compared", "selected"),
    [
        (False, "key"),
        (False, "key a: entity { name } b: entity { ... on Campaign { objective } } period { start }"),
        (False, "entity @skip(if: true) { name } metrics { spend ... on Metrics @include(if: false) { roas } }"),
        (False, "previous { spend } metrics @include(if: false) { spend }"),
        (True, "previous { spend currency } entity { __typename }"),
    ],
)
async def test_an_answer_costs_what_came_however_it_is_made(days: Days, *, compared: bool, selected: str) -> None:
    """Of the three rows one is of a campaign that no list has brought, and two are new."""
    april = DateRange(date(2026, 4, 1), date(2026, 4, 1))
    [row, *_] = days.world.random_rows(april)
    await days.world.store(april, [replace(row, ad_id=new_id(), campaign_id=new_id())])
    asked = CAMPAIGNS | {"range": between(MARCH.end, april.end)}
    if compared:
        asked |= {"compareTo": between(date(2026, 3, 2), date(2026, 3, 2))}
    query, costs = ROWS.format("", selected), []
    for way in (written(), by_objects()):
        told_ = await told(days.door, query, {"input": asked}, way)
        assert len(told_.data["insights"]["rows"]["nodes"]) == 3
        costs.append(told_.cost)
    assert costs[0] == costs[1]


async def test_documents_that_differ_in_names_share_a_statement(days: Days) -> None:
    sent = set()
    for number in range(3):
        selected = f"k{number}: key e{number}: entity {{ __typename n{number}: name }} metrics {{ s{number}: spend }}"
        with written() as noted, statements(days.door.tools.db) as found:
            answer = await days.door.ask(ROWS.format("", selected), input=CAMPAIGNS)
        assert (noted, answer.codes) == ([True], [])
        assert [*answer.data["insights"]["rows"]["nodes"][0]] == [f"k{number}", f"e{number}", "metrics"]
        sent.add(next(text for text in found if "to_json" in text))
    [statement] = sent
    assert not any(name in statement for name in ("k0", "e0", "n0", "s0", "__typename", '"'))


async def test_what_a_statement_cannot_write_is_found_out_once(days: Days) -> None:
    asked = CAMPAIGNS | {"groupBy": {"level": "AD_ACCOUNT"}}
    query = ROWS.format("", "entity { ... on AdAccount { schedule { everyHours } } }")
    with written() as noted:
        assert (await days.door.ask(query, input=asked)).codes == []
        made = texts_statement.cache_info().misses
        assert (await days.door.ask(query, input=asked)).codes == []
    assert noted == [False, False]
    assert texts_statement.cache_info().misses == made


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

"""What a query selects of an answer decides what is computed, and nothing else: neither conversion nor cursors."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from embedded.postgres import DatabaseUrls
from services.toolbox import Toolbox
from tests.doors.in_process import Door
from tests.worlds.ads import EntityWorld
from tests.worlds.money import Paid, account_that_paid
from tests.worlds.rates import rate, rates_of_the_test, stored

BEFORE, DAY = "2026-11-08", "2026-11-09"
RANGE = {"range": {"between": {"from": DAY, "to": DAY}}}
COMPARED = {"compareTo": {"preset": "PREVIOUS_PERIOD"}}
SELECTED = "query ($input: InsightsInput!) { insights(input: $input) { %s } }"


@pytest.fixture(autouse=True)
async def _own_rates(postgres: DatabaseUrls, tools: Toolbox) -> AsyncIterator[None]:
    async with rates_of_the_test(postgres.migration):
        await stored(tools.db, [rate("USD", "2026-11-06", "1.25"), rate("SEK", "2026-11-06", "10")])
        yield


@pytest.mark.parametrize(
    ("selected", "expected"),
    [
        ("comparisonTotals { spend currency }", {"comparisonTotals": {"spend": 90, "currency": "EUR"}}),
        ("comparisonTotals { impressions currency }", {"comparisonTotals": {"impressions": 2000, "currency": "EUR"}}),
        ("rows { nodes { previous { spend } } }", {"rows": {"nodes": [{"previous": {"spend": 90}}]}}),
        ("totals { currency }", {"totals": {"currency": "EUR"}}),
    ],
)
async def test_what_is_converted_does_not_depend_on_what_else_is_read(
    entities: EntityWorld, door: Door, selected: str, expected: Any
) -> None:
    for currency, amount in (("USD", "100"), ("SEK", "100")):
        await account_that_paid(entities, currency, Paid(BEFORE, amount), Paid(DAY, amount))
    asked = {**RANGE, **COMPARED, "currency": "EUR"}
    answer = await door.ask(SELECTED % selected, input=asked)
    assert answer.codes == []
    assert answer.data["insights"] == expected


async def test_a_cursor_is_good_for_a_page_of_other_fields(entities: EntityWorld, door: Door) -> None:
    for currency in ("USD", "SEK"):
        await account_that_paid(entities, currency, Paid(DAY, "100"), Paid(DAY, "100", ad=4))
    asked = {**RANGE, "currency": "EUR", "groupBy": {"level": "CAMPAIGN"}}
    page = "rows(first: 2, after: $after) { nodes { key %s } pageInfo { endCursor } }"
    paged = SELECTED.replace("!)", "!, $after: String)")
    pages = [paged % (page % "metrics { spend }"), paged % (page % "")]
    for first, second in (pages, pages[::-1]):
        found, after = list[str](), None
        for query in (first, second):
            answer = await door.ask(query, input=asked, after=after)
            assert answer.codes == []
            rows = answer.data["insights"]["rows"]
            found += [node["key"] for node in rows["nodes"]]
            after = rows["pageInfo"]["endCursor"]
        assert len({*found}) == 4


async def test_rates_are_missed_only_where_money_is_read(entities: EntityWorld, door: Door) -> None:
    await account_that_paid(entities, "KES", Paid(DAY, "100"))
    asked = {**RANGE, "currency": "EUR"}
    for selected, expected in (("spend", ["NO_FX_RATE"]), ("impressions", [])):
        query = SELECTED % f"totals {{ {selected} }} meta {{ warnings {{ code }} }}"
        answer = await door.ask(query, input=asked)
        codes = [warning["code"] for warning in answer.data["insights"]["meta"]["warnings"]]
        assert [code for code in codes if code == "NO_FX_RATE"] == expected


@pytest.mark.parametrize(
    ("selected", "expected"),
    [
        ("totals { values(of: []) { key } }", {"values": []}),
        ("totals { __typename }", {"__typename": "Metrics"}),
        ('totals { custom(key: "nothing") { value } }', {"custom": None}),
        ("totals: comparisonTotals { spend }", None),
    ],
)
async def test_totals_of_which_no_metric_is_read_are_answered(door: Door, selected: str, expected: Any) -> None:
    for having in (None, {"where": {"of": {"metric": "SPEND"}, "gte": 0}}):
        answer = await door.ask(SELECTED % selected, input={**RANGE, "having": having})
        assert answer.codes == []
        assert answer.data["insights"] == {"totals": expected}


async def test_whoever_works_in_no_tenant_is_told_so_also_where_a_custom_metric_is_named(
    tools: Toolbox, entities: EntityWorld
) -> None:
    door = Door(tools, entities.as_role(None))
    unknown = {"having": {"where": {"of": {"custom": "profit"}, "gt": 1}}}
    for selected, asked in (
        ('totals { custom(key: "profit") { value } }', RANGE),
        ("totals { spend }", RANGE | unknown),
    ):
        assert (await door.ask(SELECTED % selected, input={**RANGE, **asked})).codes == ["FORBIDDEN"]

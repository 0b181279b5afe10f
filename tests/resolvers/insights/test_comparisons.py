"""Comparisons, conditions on metrics and empty periods through GraphQL text.

That the numbers are right is shown by tests/insights_truth for random questions; here stand the cases with a name.
"""

import dataclasses
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from analytics.periods import DateRange
from models.ids import new_id
from models.insights import rows as reading
from models.insights.day_swap import StoredInsight
from models.insights.rows import load_rows
from resolvers.node_id import encode_id
from services.insights import answers
from services.toolbox import Toolbox
from tests.doors.in_process import Door
from tests.worlds.ads import NOON
from tests.worlds.insights import InsightWorld, insight_world

ASK = """
query Ask($input: InsightsInput!, $first: Int, $after: String) {
  insights(input: $input) {
    rows(first: $first, after: $after) {
      nodes { key entity { id } period { start end } metrics { ...Shown } previous { ...Shown }
        change { of(metrics: [{metric: SPEND}, {metric: ROAS}]) { key absolute relative nullReason } } }
      totalCount dataChanged
      pageInfo { endCursor }
    }
    totals { ...Shown }
    comparisonTotals { ...Shown }
    meta { comparisonRange { start end } }
  }
}
fragment Shown on Metrics { spend impressions roas currency }
"""
SPEND = {"metric": "SPEND"}


def door_of(tools: Toolbox, world: InsightWorld) -> Door:
    return Door(dataclasses.replace(tools, clock=lambda: NOON), world.entities.viewer)


def between(first: date, last: date) -> dict[str, Any]:
    return {"between": {"from": first.isoformat(), "to": last.isoformat()}}


class Days:
    """An account whose ads spend what a test says; `ask` asks for rows by campaign unless told otherwise."""

    def __init__(self, tools: Toolbox, world: InsightWorld) -> None:
        self.world, self.door = world, door_of(tools, world)
        self.campaigns = [encode_id("Campaign", each.id) for each in world.campaigns]

    async def spend(self, days: DateRange, *amounts: str | None) -> None:
        """Stores a row of each campaign's first ad for each day; a single amount is that of both campaigns."""
        rows = []
        for day in days.every_day():
            fresh = self.world.random_rows(DateRange(day, day))
            for campaign, amount in zip(
                self.world.campaigns, amounts if len(amounts) > 1 else amounts * 2, strict=True
            ):
                if amount is not None:
                    row: StoredInsight = next(each for each in fresh if each.campaign_id == campaign.id)
                    row.facts = dict.fromkeys(row.facts) | {"spend": Decimal(amount), "impressions": 10}
                    rows.append(row)
        await self.world.store(days, rows)

    async def ask(self, *, first: int = 50, after: str | None = None, **asked: Any) -> Any:
        given = {"groupBy": {"level": "CAMPAIGN"}, **asked}
        answer = await self.door.ask(ASK, input=given, first=first, after=after)
        assert answer.codes == []
        return answer.data["insights"]

    async def refused(self, **asked: Any) -> str:
        answer = await self.door.ask(ASK, input={"groupBy": {"level": "CAMPAIGN"}, **asked})
        assert answer.codes == ["BAD_USER_INPUT"]
        return str(answer.messages[0])


@pytest.fixture
async def days(tools: Toolbox) -> Days:
    return Days(tools, await insight_world(tools.db, store=False))


MARCH, BEFORE = DateRange(date(2026, 3, 1), date(2026, 3, 31)), DateRange(date(2026, 1, 29), date(2026, 2, 28))
OF_MARCH = between(MARCH.start, MARCH.end)


async def test_a_month_is_compared_with_as_many_days_as_one_pair(days: Days) -> None:
    """1 to 31 March by month against 29 January to 28 February, which are parts of two months."""
    await days.spend(BEFORE, "2")
    await days.spend(MARCH, "3")
    found = await days.ask(range=OF_MARCH, grain="MONTH", compareTo={"preset": "PREVIOUS_PERIOD"})
    assert found["meta"]["comparisonRange"] == {"start": "2026-01-29", "end": "2026-02-28"}
    assert [row["period"] for row in found["rows"]["nodes"]] == [{"start": "2026-03-01", "end": "2026-03-31"}] * 2
    for row in found["rows"]["nodes"]:
        assert (row["metrics"]["spend"], row["previous"]["spend"]) == (93, 62)
        assert row["change"]["of"][0] == {"key": "spend", "absolute": 31, "relative": 0.5, "nullReason": None}
    assert (found["totals"]["spend"], found["comparisonTotals"]["spend"]) == (186, 124)


async def test_weeks_a_year_apart_have_their_pairs(days: Days) -> None:
    week = DateRange(date(2026, 3, 2), date(2026, 3, 15))
    await days.spend(DateRange(date(2025, 3, 1), date(2025, 3, 20)), "1")
    await days.spend(week, "2")
    found = await days.ask(range=between(week.start, week.end), grain="WEEK", compareTo={"preset": "PREVIOUS_YEAR"})
    spends = [
        (row["period"]["start"], row["metrics"]["spend"], row["previous"]["spend"]) for row in found["rows"]["nodes"]
    ]
    assert sorted(spends) == [("2026-03-02", 14, 7)] * 2 + [("2026-03-09", 14, 7)] * 2


async def test_rows_are_those_of_both_sides(days: Days) -> None:
    """A campaign that is new has no previous; one that has vanished is a row of empty metrics."""
    await days.spend(BEFORE, "2", None)
    await days.spend(MARCH, None, "3")
    found = await days.ask(range=OF_MARCH, compareTo={"preset": "PREVIOUS_PERIOD"})
    rows = {row["entity"]["id"]: row for row in found["rows"]["nodes"]}
    vanished, new = (rows[campaign] for campaign in days.campaigns)
    assert vanished["metrics"]["spend"] is None
    assert vanished["previous"]["spend"] == 62
    assert vanished["change"]["of"][0]["nullReason"] == "NOT_REPORTED"
    assert new["metrics"]["spend"] == 93
    assert new["previous"] is None
    assert new["change"]["of"][0]["nullReason"] == "NOT_REPORTED"
    assert found["rows"]["totalCount"] == 2
    assert (found["totals"]["spend"], found["comparisonTotals"]["spend"]) == (93, 62)
    # A condition on the numbers of now leaves the vanished one out, and totals follow.
    having = {"where": {"of": SPEND, "gte": 0}}
    found = await days.ask(range=OF_MARCH, compareTo={"preset": "PREVIOUS_PERIOD"}, having=having)
    assert [row["entity"]["id"] for row in found["rows"]["nodes"]] == [days.campaigns[1]]
    assert (found["totals"]["spend"], found["comparisonTotals"]["spend"]) == (93, None)


async def test_an_empty_past_hides_no_row(days: Days) -> None:
    await days.spend(MARCH, "3")
    found = await days.ask(range=OF_MARCH, compareTo={"preset": "PREVIOUS_YEAR"})
    assert [row["previous"] for row in found["rows"]["nodes"]] == [None, None]
    assert found["comparisonTotals"]["spend"] is None


async def test_rows_are_sorted_by_absolute_change_and_paged(days: Days) -> None:
    await days.spend(BEFORE, "10", "1")
    await days.spend(MARCH, "12", "2")
    asked: dict[str, Any] = {
        "range": OF_MARCH,
        "compareTo": {"preset": "PREVIOUS_PERIOD"},
        "sort": [{"change": {"of": SPEND, "order": "DESC"}}],
    }
    page = await days.ask(first=1, **asked)
    rest = await days.ask(first=1, after=page["rows"]["pageInfo"]["endCursor"], **asked)
    found = [each["rows"]["nodes"][0]["change"]["of"][0]["absolute"] for each in (page, rest)]
    assert found == [62, 31]


async def test_a_previous_value_of_zero_has_an_absolute_change_alone(days: Days) -> None:
    await days.spend(BEFORE, "0")
    await days.spend(MARCH, "3")
    found = await days.ask(range=OF_MARCH, compareTo={"preset": "PREVIOUS_PERIOD"})
    expected = {"key": "spend", "absolute": 93, "relative": None, "nullReason": "ZERO_DENOMINATOR"}
    assert [row["change"]["of"][0] for row in found["rows"]["nodes"]] == [expected] * 2


async def test_without_a_comparison_there_is_no_change(days: Days) -> None:
    await days.spend(MARCH, "3")
    found = await days.ask(range=OF_MARCH)
    assert [(row["previous"], row["change"]) for row in found["rows"]["nodes"]] == [(None, None)] * 2
    assert found["comparisonTotals"] is None
    assert found["meta"]["comparisonRange"] is None


async def test_periods_without_delivery_are_rows_without_numbers(days: Days) -> None:
    first = DateRange(date(2026, 3, 2), date(2026, 3, 6))
    for day, amounts in ((2, ("1", None)), (3, (None, "1")), (6, ("1", "1"))):
        await days.spend(DateRange(date(2026, 3, day), date(2026, 3, day)), *amounts)
    asked: dict[str, Any] = {"range": between(first.start, first.end), "grain": "DAY", "sort": [{"period": "ASC"}]}
    found = await days.ask(**asked, fillGaps=True)
    rows = [(row["entity"]["id"], row["period"]["start"], row["metrics"]["spend"]) for row in found["rows"]["nodes"]]
    for number, campaign in enumerate(days.campaigns):
        mine = [(start, spend) for of, start, spend in rows if of == campaign]
        expected = [1 if day.day in (2 + number, 6) else None for day in first.every_day()]
        assert mine == [(day.isoformat(), spend) for day, spend in zip(first.every_day(), expected, strict=True)]
    assert found["rows"]["totalCount"] == 10
    assert (await days.ask(**asked))["rows"]["totalCount"] == 4
    keys = list[str]()
    after = None
    for _ in range(4):
        page = await days.ask(**asked, fillGaps=True, first=3, after=after)
        keys += [row["key"] for row in page["rows"]["nodes"]]
        after = page["rows"]["pageInfo"]["endCursor"]
    assert keys == [row["key"] for row in found["rows"]["nodes"]]


async def test_a_period_that_is_left_out_is_an_empty_one_of_a_group_that_is_left(days: Days) -> None:
    for day, amounts in ((2, ("1", "1")), (3, ("5", "1"))):
        await days.spend(DateRange(date(2026, 3, day), date(2026, 3, day)), *amounts)
    found = await days.ask(
        range=between(date(2026, 3, 2), date(2026, 3, 4)),
        grain="DAY",
        fillGaps=True,
        having={"where": {"of": SPEND, "gt": 4}},
        sort=[{"period": "ASC"}],
    )
    rows = [(row["entity"]["id"], row["metrics"]["spend"]) for row in found["rows"]["nodes"]]
    assert rows == [(days.campaigns[0], spend) for spend in (None, 5, None)]
    assert (found["rows"]["totalCount"], found["totals"]["spend"]) == (3, 5)


async def test_a_metric_without_a_value_fails_each_comparison_and_meets_its_opposite(days: Days) -> None:
    await days.spend(MARCH, "0", "3")
    roas = {"metric": "ROAS"}  # null in both: nothing says what was bought
    for having, expected in (
        ({"where": {"of": roas, "lt": 5}}, 0),
        ({"not": {"where": {"of": roas, "lt": 5}}}, 2),
        ({"where": {"of": roas, "isNull": True}}, 2),
        ({"where": {"of": roas, "isNull": False}}, 0),
        ({"all": []}, 2),
        ({"any": []}, 0),
        ({"any": [{"where": {"of": SPEND, "gt": 0}}, {"where": {"of": SPEND, "lt": 0}}]}, 1),
        ({"where": {"of": SPEND, "gt": 0, "lte": 92.99}}, 0),
    ):
        assert (await days.ask(range=OF_MARCH, having=having))["rows"]["totalCount"] == expected, having


async def test_totals_are_of_the_groups_that_are_left_over(days: Days) -> None:
    await days.spend(MARCH, "1", "3")
    found = await days.ask(range=OF_MARCH, having={"where": {"of": SPEND, "gt": 31}}, first=1)
    assert found["totals"]["spend"] == 93
    assert found["totals"]["impressions"] == 310
    assert found["rows"]["totalCount"] == 1


async def test_a_name_that_is_not_known_is_not_the_name_that_is_excluded(tools: Toolbox) -> None:
    world = await insight_world(tools.db)
    lost = world.random_rows(DateRange(date(2026, 11, 20), date(2026, 11, 20)))[:1]
    lost[0].ad_id = new_id()  # an ad that no list had
    await world.store(DateRange(date(2026, 11, 20), date(2026, 11, 20)), lost)
    asked = {
        "range": between(date(2026, 11, 20), date(2026, 11, 20)),
        "groupBy": {"level": "AD"},
        "filter": {"not": {"name": {"contains": "Hook"}}},
    }
    answer = await door_of(tools, world).ask(ASK, input=asked)
    assert [row["entity"] for row in answer.data["insights"]["rows"]["nodes"]] == [None]


NESTED: dict[str, Any] = {"where": {"of": SPEND, "gt": 1}}
for _ in range(8):
    NESTED = {"not": NESTED}


@pytest.mark.parametrize(
    ("asked", "says"),
    [
        ({"having": NESTED}, "8 levels"),
        ({"having": {"where": {"of": SPEND}}}, "compares it with something"),
        ({"having": {"where": {"of": SPEND, "gt": 1e40}}}, "10 to the power of 30"),
        ({"having": {"where": {"of": {"metric": "REACH"}, "gt": 1}}, "groupBy": {"level": "AD_SET"}}, "people"),
        ({"compareTo": {"between": {"from": "2026-02-02", "to": "2026-02-01"}}}, "end before they begin"),
        ({"compareTo": {"between": {"from": "2026-02-01", "to": "2026-02-03"}}, "grain": "DAY"}, "31 days"),
        ({"fillGaps": True}, "choose a grain"),
        ({"sort": [{"change": {"of": SPEND}}]}, "compares with nothing"),
    ],
)
async def test_a_question_that_means_nothing_is_refused_in_words(days: Days, asked: dict[str, Any], says: str) -> None:
    assert says in await days.refused(range=OF_MARCH, **asked)


async def test_too_many_rows_are_refused_before_they_are_sorted(days: Days, monkeypatch: pytest.MonkeyPatch) -> None:
    await days.spend(MARCH, "1")
    monkeypatch.setattr(reading, "MOST_GROUPS", 40)
    monkeypatch.setattr("services.insights.questions.MOST_GROUPS", 40)
    door = days.door
    for asked, codes in (
        ({"grain": "DAY"}, ["QUERY_TOO_COMPLEX"]),
        ({"grain": "WEEK"}, []),
        ({"grain": "WEEK", "fillGaps": True}, []),
        ({"grain": "DAY", "fillGaps": True}, ["QUERY_TOO_COMPLEX"]),
    ):
        given = {"range": OF_MARCH, "groupBy": {"level": "CAMPAIGN"}, **asked}
        assert (await door.ask(ASK, input=given)).codes == codes, asked


async def test_a_page_after_a_refresh_goes_on_and_says_so(days: Days) -> None:
    await days.spend(MARCH, "1", "2")
    asked: dict[str, Any] = {"range": OF_MARCH, "sort": [{"metric": {"of": SPEND}}]}
    page = await days.ask(first=1, **asked)
    assert page["rows"]["dataChanged"] is False
    after = page["rows"]["pageInfo"]["endCursor"]
    assert (await days.ask(first=1, after=after, **asked))["rows"]["dataChanged"] is False
    await days.spend(DateRange(MARCH.start, MARCH.start), "1", "2")
    rest = await days.ask(first=1, after=after, **asked)
    assert rest["rows"]["dataChanged"] is True
    assert [row["entity"]["id"] for row in rest["rows"]["nodes"]] == days.campaigns[:1]


async def test_a_preset_that_has_moved_on_overnight_says_so(days: Days, tools: Toolbox) -> None:
    await days.spend(DateRange(date(2026, 11, 1), date(2026, 11, 23)), "1")
    asked = {"range": {"preset": "LAST_7_DAYS"}, "groupBy": {"level": "CAMPAIGN"}}
    page = (await days.door.ask(ASK, input=asked, first=1)).data["insights"]
    after = page["rows"]["pageInfo"]["endCursor"]
    tomorrow = dataclasses.replace(tools, clock=lambda: NOON + timedelta(days=1))
    rest = (await Door(tomorrow, days.world.entities.viewer).ask(ASK, input=asked, first=1, after=after)).data[
        "insights"
    ]
    assert rest["rows"]["dataChanged"] is True
    assert len(rest["rows"]["nodes"]) == 1


async def test_an_answer_is_of_one_moment_while_days_are_stored(days: Days, monkeypatch: pytest.MonkeyPatch) -> None:
    await days.spend(MARCH, "1")

    async def load_and_let_others_write(*args: Any, **options: Any) -> Any:
        found = await load_rows(*args, **options)
        await days.spend(MARCH, "1000")
        return found

    monkeypatch.setattr(answers, "load_rows", load_and_let_others_write)
    found = await days.ask(range=OF_MARCH)
    assert sum(row["metrics"]["spend"] for row in found["rows"]["nodes"]) == found["totals"]["spend"] == 62
    monkeypatch.undo()
    assert (await days.ask(range=OF_MARCH))["totals"]["spend"] == 62_000

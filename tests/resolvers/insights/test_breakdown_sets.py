"""From which set of breakdowns each account is read, and what the answer says of it: through GraphQL text."""

import dataclasses
from datetime import timedelta
from decimal import Decimal

import pytest

from analytics.enums import Breakdown
from analytics.periods import DateRange
from embedded.postgres import DatabaseUrls
from models.insights.tables import GapKind
from resolvers.node_id import encode_id
from services.toolbox import Toolbox
from tests.doors.in_process import Door
from tests.worlds.ads import NOON
from tests.worlds.insights import LAST, SETTLED, WHOLE, InsightWorld, insight_world, more_insights, naive_sums
from tests.worlds.parts import PartsWorld, asked, by, warned
from tests.worlds.rates import rate, rates_of_the_test, stored

COUNTRY, REGION, AGE, GENDER = Breakdown.COUNTRY, Breakdown.REGION, Breakdown.AGE, Breakdown.GENDER
ALL = {"range": {"between": {"from": str(WHOLE.start), "to": str(WHOLE.end)}}}
BY_COUNTRY = {**ALL, "groupBy": {"breakdowns": ["COUNTRY"]}}


@pytest.fixture
async def world(tools: Toolbox) -> InsightWorld:
    return await insight_world(tools.db, last_refreshed_at=NOON)


@pytest.fixture
def mine(world: InsightWorld) -> PartsWorld:
    return PartsWorld(world)


@pytest.fixture
def door(tools: Toolbox, world: InsightWorld) -> Door:
    return Door(dataclasses.replace(tools, clock=lambda: NOON), world.entities.viewer)


async def test_a_set_is_read_from_one_that_holds_it_where_that_has_more_days(mine: PartsWorld, door: Door) -> None:
    both = await mine.read(WHOLE, AGE, GENDER)
    rows = by(await asked(door, {**ALL, "groupBy": {"breakdowns": ["GENDER"]}}), "gender")
    for (gender,), metrics in rows.items():
        sums = naive_sums(part for part in both if part.values[1] == (gender or ""))
        assert Decimal(str(metrics["spend"])) == sums["spend"]
    # Of its own set fewer days were read; then as many.
    for days, set_read in ((DateRange(LAST - timedelta(days=9), LAST), (AGE, GENDER)), (WHOLE, (GENDER,))):
        own = await mine.read(days, GENDER)
        parts, place = (own, 0) if set_read == (GENDER,) else (both, 1)
        rows = by(await asked(door, {**ALL, "groupBy": {"breakdowns": ["GENDER"]}}), "gender")
        for (gender,), metrics in rows.items():
            sums = naive_sums(part for part in parts if part.values[place] == (gender or ""))
            assert Decimal(str(metrics["spend"])) == sums["spend"]


async def test_a_set_without_conversions_stands_in_only_where_nothing_else_was_read(
    mine: PartsWorld, door: Door
) -> None:
    await mine.read(WHOLE, COUNTRY, REGION)
    assert (await asked(door, BY_COUNTRY))["totals"]["purchases"] is None
    few = await mine.read(DateRange(LAST, LAST), COUNTRY)
    found = await asked(door, BY_COUNTRY)
    assert Decimal(str(found["totals"]["purchases"])) == naive_sums(few)["purchases"]
    assert "PARTIAL_RANGE" in warned(found)
    spend_alone = (
        "query($input: InsightsInput!) { insights(input: $input) { totals { spend } meta { warnings { code } } } }"
    )
    answer = (await door.ask(spend_alone, input=BY_COUNTRY)).data["insights"]
    assert Decimal(str(answer["totals"]["spend"])) == naive_sums(mine.world.rows)["spend"]
    assert [warning["code"] for warning in answer["meta"]["warnings"]] == ["NOT_SETTLED"]


async def test_two_accounts_are_read_from_different_sets_and_no_day_twice(mine: PartsWorld, door: Door) -> None:
    other = PartsWorld(await more_insights(mine.world.entities, name="Second"))
    mine_by_age = await mine.read(WHOLE, AGE)
    await mine.read(DateRange(LAST, LAST), AGE, GENDER)
    theirs = await other.read(WHOLE, AGE, GENDER)
    await other.read(DateRange(LAST, LAST), AGE)
    found = await asked(door, {**ALL, "groupBy": {"breakdowns": ["AGE"]}})
    for (age,), metrics in by(found, "age").items():
        sums = naive_sums(part for part in (*mine_by_age, *theirs) if part.values[0] == age)
        assert Decimal(str(metrics["spend"])) == sums["spend"]
    # GENDER stands in the first column of one set and in the second of the other.
    own = await mine.read(WHOLE, GENDER)
    found = await asked(door, {**ALL, "groupBy": {"level": "AD_ACCOUNT", "breakdowns": ["GENDER"]}})
    assert found["rows"]["totalCount"] == 6
    spends = {
        (row["entity"]["id"], row["dimensions"]["gender"] or ""): Decimal(str(row["metrics"]["spend"]))
        for row in found["rows"]["nodes"]
    }
    for world, parts, place in ((mine, own, 0), (other, theirs, 1)):
        for gender in ("female", "male", ""):
            sums = naive_sums(part for part in parts if part.values[place] == gender)
            assert spends[encode_id("AdAccount", world.account_id), gender] == sums["spend"]


async def test_warnings_are_those_of_the_set(mine: PartsWorld, door: Door) -> None:
    assert warned(await asked(door, BY_COUNTRY)) == ["NOT_ADDITIVE", "NOT_REFRESHED"]
    settled = DateRange(WHOLE.start, SETTLED)
    asked_settled = {**BY_COUNTRY, "range": {"between": {"from": str(settled.start), "to": str(settled.end)}}}
    await mine.read(settled, COUNTRY)
    found = await asked(door, asked_settled)
    assert (warned(found), found["meta"]["settledThrough"]) == (["NOT_ADDITIVE"], str(SETTLED))
    assert found["meta"]["dataAsOf"] == NOON.isoformat()
    assert warned(await asked(door, BY_COUNTRY)) == ["NOT_ADDITIVE", "PARTIAL_RANGE"]
    await mine.read(settled, COUNTRY, gaps={SETTLED: GapKind.REFUSED})
    assert warned(await asked(door, asked_settled)) == ["GAPS", "NOT_ADDITIVE"]
    await mine.read(WHOLE, COUNTRY, refreshed_at=NOON.replace(day=20, month=11, hour=8))
    found = await asked(door, BY_COUNTRY)
    assert warned(found) == ["NOT_ADDITIVE", "NOT_SETTLED", "PARTIAL_DAY"]
    # Other sets and the ad-days have warnings of their own.
    assert warned(await asked(door, {**ALL, "groupBy": {"breakdowns": ["AGE"]}})) == ["NOT_ADDITIVE", "NOT_REFRESHED"]


async def test_the_currencies_of_the_parts_decide(mine: PartsWorld, door: Door) -> None:
    days = DateRange(LAST - timedelta(days=1), LAST)
    mine.world.rows = [
        dataclasses.replace(row, currency="SEK") if row.day == days.start else row for row in mine.world.rows
    ]
    await mine.read(days, COUNTRY)
    given = {"range": {"between": {"from": str(days.start), "to": str(days.end)}}}
    found = await asked(door, {**given, "grain": "DAY", "groupBy": {"breakdowns": ["COUNTRY"]}})
    assert (found["meta"]["currency"], found["totals"]["spend"]) == (None, None)
    assert all(row["metrics"]["spend"] is not None for row in found["rows"]["nodes"])
    found = await asked(door, {**given, "grain": "DAY"})
    assert found["meta"]["currency"] == "EUR"


async def test_parts_of_two_currencies_are_converted_by_the_days_of_their_rows(
    mine: PartsWorld, door: Door, postgres: DatabaseUrls
) -> None:
    days = DateRange(LAST - timedelta(days=1), LAST)
    other = PartsWorld(await more_insights(mine.world.entities, name="Second", currency="SEK"))
    euros, crowns = await mine.read(days, AGE, GENDER), await other.read(days, GENDER)
    given = {
        "range": {"between": {"from": str(days.start), "to": str(days.end)}},
        "groupBy": {"breakdowns": ["GENDER"]},
        "currency": "EUR",
    }
    per_euro = {days.start: 10, days.end: 8}
    async with rates_of_the_test(postgres.migration):
        await stored(mine.world.db, [rate("SEK", str(day), str(rate_of_day)) for day, rate_of_day in per_euro.items()])
        found = await asked(door, given)
    for (gender,), metrics in by(found, "gender").items():
        own = naive_sums(part for part in euros if part.values[1] == (gender or ""))["spend"]
        for day, rate_of_day in per_euro.items():
            of_day = (part for part in crowns if (part.values[0], part.day) == (gender or "", day))
            own += naive_sums(of_day)["spend"] / rate_of_day
        assert abs(Decimal(str(metrics["spend"])) - own) < Decimal("0.00001")
    assert (found["meta"]["currency"], warned(found)) == ("EUR", ["NOT_ADDITIVE", "NOT_SETTLED"])

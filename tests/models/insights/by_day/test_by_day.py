"""Gaps of accounts, and the moments of ads against plain loops over the same days."""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest

from analytics.metrics.facts import FactValue
from analytics.periods import DateRange
from models.database import Database
from models.insights.by_day.gaps import gap_days
from models.insights.by_day.moments import CountedFacts, moments_of_ads
from models.insights.question import AccountDays
from models.insights.tables import GapKind
from tests.worlds.insights import FIRST, WHOLE, InsightWorld, grouped, insight_world, more_insights

RANGE = DateRange(FIRST + timedelta(days=3), FIRST + timedelta(days=30))
PURCHASES = CountedFacts("purchases", "link_clicks", "purchases")


@pytest.fixture(scope="module")
async def world(db: Database) -> InsightWorld:
    """Only read from."""
    return await insight_world(db)


async def test_gaps_are_those_of_each_account_within_its_days(db: Database) -> None:
    one = await insight_world(db, store=False)
    other = await more_insights(one.entities, store=False)
    third = await more_insights(one.entities)
    before, first, last = (FIRST + timedelta(days=offset) for offset in (2, 3, 30))
    await one.store(WHOLE, one.random_rows(WHOLE), gaps={before: GapKind.AGAIN, first: GapKind.FIELD})
    await other.store(WHOLE, [], gaps={last: GapKind.REFUSED, first: GapKind.AGAIN})
    spans = [AccountDays((one.account.id, third.account.id), RANGE), AccountDays((other.account.id,), RANGE)]
    async with db.read(one.entities.viewer) as session:
        found = await gap_days(session, spans)
    assert found == {one.account.id: {first}, other.account.id: {first, last}}


async def test_moments_are_sums_over_the_days_of_each_ad(db: Database, world: InsightWorld) -> None:
    async with db.read(world.entities.viewer) as session:
        found = await moments_of_ads(session, [AccountDays((world.account.id,), RANGE)], PURCHASES)
    expected = []
    rows = [row for row in world.rows if row.day in RANGE and row.facts["link_clicks"]]
    for days in grouped(rows, lambda row: row.ad_id).values():
        pairs = [(float(row.facts["purchases"] or 0), float(row.facts["link_clicks"] or 0)) for row in days]
        sums = [sum(column) for column in zip(*((y, x, y * y, y * x, x * x) for y, x in pairs), strict=True)]
        expected.append((len(days), *sums))
    assert len(found) == 8
    assert [each.outcomes for each in found] == sorted((each.outcomes for each in found), reverse=True)
    for each, wanted in zip(found, sorted(expected, key=lambda sums: -sums[1]), strict=True):
        told = (each.outcomes, each.exposures, each.outcomes_squared, each.product, each.exposures_squared)
        assert each.days == wanted[0]
        assert told == pytest.approx(wanted[1:])


async def test_an_ad_without_days_or_events_enough_says_nothing_of_ads(db: Database) -> None:
    world = await insight_world(db, store=False)
    clicks: dict[str, FactValue] = {"link_clicks": 10**15, "purchases": Decimal(2)}
    rows = [
        replace(row, facts={**row.facts, **clicks})
        for row in world.random_rows(DateRange(date(2026, 11, 1), date(2026, 11, 7)))
    ]
    enough, few_days, few_events, unread, also = world.ads[:5]
    stored = [row for row in rows if row.ad_id in {enough.id, few_events.id, unread.id, also.id}]
    stored += [row for row in rows if row.ad_id == few_days.id][:6]
    for place, row in enumerate(stored):
        if row.ad_id == few_events.id:
            stored[place] = replace(row, facts={**row.facts, "purchases": Decimal(1)})
        if row.ad_id == unread.id and row.day.day == 1:
            stored[place] = replace(row, facts={**row.facts, "purchases": None})
    await world.store(DateRange(date(2026, 11, 1), date(2026, 11, 7)), stored)
    spans = [AccountDays((world.account.id,), WHOLE)]
    async with db.read(world.entities.viewer) as session:
        [first, second] = await moments_of_ads(session, spans, PURCHASES)
        assert await moments_of_ads(session, spans, replace(PURCHASES, currency="USD")) == []
        assert len(await moments_of_ads(session, spans, replace(PURCHASES, currency="EUR"))) == 2
    assert (first.days, second.days) == (7, 7)
    assert first.exposures_squared == pytest.approx(7e30)

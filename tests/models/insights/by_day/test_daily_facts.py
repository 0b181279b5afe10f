"""Facts by entity and day against plain loops over the stored rows, the days that are known, the largest campaigns."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from analytics.enums import EntityLevel
from analytics.periods import DateRange
from models.database import Database
from models.insights.by_day.daily_facts import DailyFacts, daily_facts, largest_campaigns
from models.insights.by_day.known_days import known_days
from models.insights.day_swap import StoredInsight
from models.insights.question import AccountDays
from models.insights.tables import GapKind
from tests.worlds.insights import FIRST, LAST, InsightWorld, grouped, insight_world, more_insights, naive_sums

RANGE = DateRange(FIRST + timedelta(days=3), FIRST + timedelta(days=12))
FACTS = ("spend", "impressions", "video_views_3s", "reach")


@pytest.fixture(scope="module")
async def worlds(db: Database) -> tuple[InsightWorld, InsightWorld]:
    """Two accounts of one tenant; only read from."""
    one = await insight_world(db)
    return one, await more_insights(one.entities)


def keyed(found: list[DailyFacts]) -> dict[Any, Any]:
    """The facts by account, entity and day."""
    return {
        (each.ad_account_id, each.entity_id, day): tuple(
            each.values[name][place] for name in FACTS if name in each.values
        )
        for each in found
        for place, day in enumerate(each.days)
    }


def entity_of(world: InsightWorld, row: StoredInsight, level: EntityLevel) -> UUID | None:
    ids = {EntityLevel.AD_ACCOUNT: world.account.id, EntityLevel.CAMPAIGN: row.campaign_id, EntityLevel.AD: row.ad_id}
    return ids[level] if level in ids else world.creative_of(row.ad_id)


@pytest.mark.parametrize(
    "level", [each for each in EntityLevel if each not in (EntityLevel.TENANT, EntityLevel.AD_SET)]
)
async def test_each_entity_has_its_sums_of_each_day(
    db: Database, worlds: tuple[InsightWorld, InsightWorld], level: EntityLevel
) -> None:
    spans = [AccountDays((world.account.id,), RANGE) for world in worlds]
    async with db.read(worlds[0].entities.viewer) as session:
        found = await daily_facts(session, spans, level, FACTS)
    expected = {}
    for world in worlds:
        rows = [row for row in world.rows if row.day in RANGE]
        by_day: dict[Any, list[StoredInsight]] = {}
        for row in rows:
            by_day.setdefault((entity_of(world, row, level), row.day), []).append(row)
        for (entity_id, day), own in by_day.items():
            sums = naive_sums(own)
            told = tuple(None if sums[name] is None else float(sums[name]) for name in FACTS[:3])
            # People are those of single ads: nothing of them is ever added up.
            people = {EntityLevel.AD: (own[0].facts["reach"],), EntityLevel.CREATIVE: ()}.get(level, (None,))
            expected[(world.account.id, entity_id, day)] = (*told, *people)
    assert keyed(found) == expected
    assert {currency for each in found for currency in each.currencies} == {"EUR"}


async def test_only_the_named_campaigns_are_read(db: Database, worlds: tuple[InsightWorld, InsightWorld]) -> None:
    spans = [AccountDays(tuple(world.account.id for world in worlds), RANGE)]
    wanted = [world.campaigns[1].id for world in worlds]
    async with db.read(worlds[0].entities.viewer) as session:
        found = await daily_facts(session, spans, EntityLevel.CAMPAIGN, FACTS, campaign_ids=wanted)
        assert await daily_facts(session, spans, EntityLevel.CAMPAIGN, FACTS, campaign_ids=[]) == []
    assert {each.entity_id for each in found} == {*wanted}


async def test_days_are_known_once_they_were_read_in_full_after_their_end(db: Database) -> None:
    world = await insight_world(db, time_zone="America/Los_Angeles")
    unread = await more_insights(world.entities, store=False)
    gap, early, late = (FIRST + timedelta(days=offset) for offset in (4, 5, 6))
    for day, hour in ((early, 6), (late, 7)):  # midnight in Los Angeles is at 7 in UTC
        read_at = datetime(day.year, day.month, day.day + 1, hour, tzinfo=UTC)
        await world.store(DateRange(day, day), [], refreshed_at=read_at)
    await world.store(DateRange(gap, gap), [], gaps={gap: GapKind.FIELD})
    spans = [AccountDays((world.account.id, unread.account.id), RANGE)]
    async with db.read(world.entities.viewer) as session:
        found = await known_days(session, spans)
    assert found == {
        world.account.id: {day: 0 if day == late else 8 for day in RANGE.every_day() if day not in (gap, early)}
    }


async def test_the_largest_campaigns_are_those_of_each_account(
    db: Database, worlds: tuple[InsightWorld, InsightWorld]
) -> None:
    days = DateRange(LAST - timedelta(days=9), LAST)
    spans = [AccountDays(tuple(world.account.id for world in worlds), days)]
    async with db.read(worlds[0].entities.viewer) as session:
        found = [await largest_campaigns(session, spans, most) for most in (1, 2)]
    largest = set()
    for world in worlds:
        spent = grouped([row for row in world.rows if row.day in days], lambda row: row.campaign_id)
        largest.add(max(spent, key=lambda campaign: sum(float(row.facts["spend"] or 0) for row in spent[campaign])))
    assert set(found[0]) == largest
    assert set(found[1]) == {campaign.id for world in worlds for campaign in world.campaigns}

"""Questions against plain Python loops over the same rows."""

from collections.abc import Callable, Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest

from analytics.enums import EntityLevel, Metric, SortOrder, TimeGrain
from analytics.metrics.catalogue import MEASURES
from analytics.periods import DateRange, period_of, period_start
from errors import BadInput
from models.ads.campaign import DeliveryStatus
from models.database import Database
from models.insights.day_swap import StoredInsight
from models.insights.entities.points import EntityDays, points_by_entity
from models.insights.filter import InsightsFilter, check_filter
from models.insights.groups_shown import InsightsRow
from models.insights.metric_values import AskedMetrics
from models.insights.question import AccountDays, InsightsQuestion, RowKey, SortKey
from models.insights.rows import PageAsked, ShownMetrics, count_groups, load_rows, load_totals
from models.keyset import Window
from models.text_match import TextMatch
from tests.worlds.ads import statements
from tests.worlds.insights import InsightWorld, grouped, insight_world, naive_metrics, same

EVERYTHING = AskedMetrics(frozenset(Metric))
SPEND = AskedMetrics(frozenset({Metric.SPEND}))
ONLY_SPEND = ShownMetrics(SPEND)
ALL = Window(1000)
DAYS = DateRange(date(2026, 10, 14), date(2026, 11, 10))
PEOPLE = {metric for metric, measure in MEASURES.items() if measure.needs_people}


@pytest.fixture(scope="module")
async def world(db: Database) -> InsightWorld:
    return await insight_world(db)


def question(world: InsightWorld, **overrides: Any) -> InsightsQuestion:
    return InsightsQuestion((AccountDays((world.account.id,), DAYS),), "EUR", **overrides)


async def rows_of(world: InsightWorld, asked: InsightsQuestion, **options: Any) -> Sequence[InsightsRow]:
    shown, page = ShownMetrics(options.pop("metrics", EVERYTHING)), PageAsked(**{"window": ALL} | options)
    async with world.db.read(world.entities.viewer) as session:
        return (await load_rows(session, asked, shown, page)).rows


def entity_of(world: InsightWorld, level: EntityLevel) -> Callable[[StoredInsight], UUID | None]:
    return {
        EntityLevel.TENANT: lambda _: None,
        EntityLevel.AD_ACCOUNT: lambda _: world.account.id,
        EntityLevel.CAMPAIGN: lambda row: row.campaign_id,
        EntityLevel.AD_SET: lambda row: row.ad_set_id,
        EntityLevel.AD: lambda row: row.ad_id,
        EntityLevel.CREATIVE: lambda row: world.creative_of(row.ad_id),
    }[level]


@pytest.mark.parametrize("level", EntityLevel)
@pytest.mark.parametrize("grain", TimeGrain)
async def test_every_level_and_grain_is_what_loops_say(
    world: InsightWorld, level: EntityLevel, grain: TimeGrain
) -> None:
    about = entity_of(world, level)
    stored = [row for row in world.rows if row.day in DAYS]
    expected = {
        (entity, period_of(start, grain, DAYS)): naive_metrics(rows)
        for (entity, start), rows in grouped(
            stored, lambda row: (about(row), None if grain is TimeGrain.NONE else period_start(row.day, grain))
        ).items()
    }
    found = await rows_of(world, question(world, level=level, grain=grain))
    assert {(row.entity_id, row.period) for row in found} == expected.keys()
    has_people = level is EntityLevel.AD and grain is TimeGrain.DAY
    for row in found:
        for metric, value in expected[(row.entity_id, row.period)].items():
            wanted = value if has_people or metric not in PEOPLE else None
            assert same(getattr(row.metrics, metric.value.lower()), wanted), (metric, row)


async def test_values_are_of_exactly_the_types_that_the_api_prints(world: InsightWorld) -> None:
    metrics = (await rows_of(world, question(world)))[0].metrics
    for metric, measure in MEASURES.items():
        if metric not in PEOPLE:
            value = getattr(metrics, metric.value.lower())
            expected = int if measure.is_whole else Decimal if measure.unit in ("COUNT", "MONEY") else float
            assert type(value) is expected, metric


@pytest.mark.parametrize("level", [EntityLevel.TENANT, EntityLevel.CAMPAIGN, EntityLevel.AD])
async def test_totals_are_computed_from_sums_of_all_rows(world: InsightWorld, level: EntityLevel) -> None:
    expected = naive_metrics([row for row in world.rows if row.day in DAYS])
    async with world.db.read(world.entities.viewer) as session:
        totals = (
            await load_totals(session, question(world, level=level, grain=TimeGrain.DAY), ShownMetrics(EVERYTHING))
        ).now
    for metric, value in expected.items():
        assert same(getattr(totals, metric.value.lower()), None if metric in PEOPLE else value), metric


async def test_a_range_of_one_day_has_the_people_of_ads(world: InsightWorld) -> None:
    day = DateRange(DAYS.start, DAYS.start)
    asked = InsightsQuestion((AccountDays((world.account.id,), day),), "EUR", level=EntityLevel.AD)
    people = {row.ad_id: row.facts["reach"] for row in world.rows if row.day == DAYS.start}
    assert {row.entity_id: row.metrics.reach for row in await rows_of(world, asked)} == people  # type: ignore[attr-defined]  # set by name


def _by_ids(world: InsightWorld) -> dict[str, tuple[InsightsFilter, Callable[[StoredInsight], bool]]]:
    campaign, ad_set, ad, creative = world.campaigns[0].id, world.ad_sets[1].id, world.ads[2].id, world.creatives[0].id
    return {
        "campaign": (InsightsFilter(campaign_ids=(campaign,)), lambda row: row.campaign_id == campaign),
        "ad set": (InsightsFilter(ad_set_ids=(ad_set,)), lambda row: row.ad_set_id == ad_set),
        "ad": (InsightsFilter(ad_ids=(ad,)), lambda row: row.ad_id == ad),
        "creative": (InsightsFilter(creative_ids=(creative,)), lambda row: world.creative_of(row.ad_id) == creative),
        "not": (InsightsFilter(none_of=InsightsFilter(ad_ids=(ad,))), lambda row: row.ad_id != ad),
        "any": (
            InsightsFilter(any_of=(InsightsFilter(ad_ids=(ad,)), InsightsFilter(ad_set_ids=(ad_set,)))),
            lambda row: row.ad_id == ad or row.ad_set_id == ad_set,
        ),
        "all": (
            InsightsFilter(all_of=(InsightsFilter(campaign_ids=(campaign,)), InsightsFilter(ad_ids=(ad,)))),
            lambda row: row.campaign_id == campaign and row.ad_id == ad,
        ),
        "none of an empty list": (InsightsFilter(ad_ids=()), lambda _: False),
        "any of nothing": (InsightsFilter(any_of=()), lambda _: False),
        "all of nothing": (InsightsFilter(all_of=()), lambda _: True),
    }


@pytest.mark.parametrize(
    "name",
    [
        "campaign",
        "ad set",
        "ad",
        "creative",
        "not",
        "any",
        "all",
        "none of an empty list",
        "any of nothing",
        "all of nothing",
    ],
)
@pytest.mark.parametrize("level", EntityLevel)
async def test_filters_by_id_hold_at_every_level(world: InsightWorld, name: str, level: EntityLevel) -> None:
    wanted, holds = _by_ids(world)[name]
    about = entity_of(world, level)
    kept = [row for row in world.rows if row.day in DAYS and holds(row)]
    expected = {entity: naive_metrics(rows)[Metric.SPEND] for entity, rows in grouped(kept, about).items()}
    found = await rows_of(world, question(world, level=level, wanted=wanted), metrics=SPEND)
    assert {row.entity_id: row.metrics.spend for row in found} == expected  # type: ignore[attr-defined]  # set by name


async def test_names_are_matched_at_the_grouped_level_with_plain_wildcards(world: InsightWorld) -> None:
    wanted = InsightsFilter(name=TextMatch(contains="50%"))
    found = await rows_of(world, question(world, level=EntityLevel.CAMPAIGN, wanted=wanted))
    assert [row.entity_id for row in found] == [world.campaigns[1].id]
    ads = await rows_of(
        world, question(world, level=EntityLevel.AD, wanted=InsightsFilter(name=TextMatch(starts_with="HOOK")))
    )
    assert len(ads) == len(world.ad_sets)


async def test_status_is_matched_at_the_grouped_level(db: Database) -> None:
    world = await insight_world(db)
    paused = await world.entities.campaigns(world.account, "Paused", status=DeliveryStatus.PAUSED)
    row = world.random_rows(DateRange(DAYS.end, DAYS.end))[0]
    row.campaign_id = paused[0].id
    await world.store(DateRange(DAYS.end, DAYS.end), [row])
    wanted = InsightsFilter(status=(DeliveryStatus.PAUSED,))
    found = await rows_of(world, question(world, level=EntityLevel.CAMPAIGN, wanted=wanted))
    assert [row.entity_id for row in found] == [paused[0].id]


@pytest.mark.parametrize(
    ("wanted", "level"),
    [
        (InsightsFilter(name=TextMatch(eq="x")), EntityLevel.TENANT),
        (InsightsFilter(status=()), EntityLevel.AD_ACCOUNT),
        (InsightsFilter(any_of=(InsightsFilter(status=()),)), EntityLevel.CREATIVE),
    ],
)
def test_a_filter_that_means_nothing_at_the_level_is_refused(wanted: InsightsFilter, level: EntityLevel) -> None:
    with pytest.raises(BadInput, match="group by"):
        check_filter(wanted, level)


def test_a_filter_may_not_be_nested_without_end() -> None:
    wanted = InsightsFilter()
    for _ in range(20):
        wanted = InsightsFilter(none_of=wanted)
    with pytest.raises(BadInput, match="levels of parts"):
        check_filter(wanted, EntityLevel.CAMPAIGN)


SORTS = {
    "metric down": (SortKey(MEASURES[Metric.ROAS], SortOrder.DESC),),
    "metric with nulls up": (SortKey(MEASURES[Metric.HOOK_RATE], SortOrder.ASC),),
    "people": (SortKey(MEASURES[Metric.REACH], SortOrder.DESC),),
    "count": (SortKey(MEASURES[Metric.CLICKS_ALL], SortOrder.DESC), SortKey(MEASURES[Metric.SPEND], SortOrder.ASC)),
    "period down": (SortKey(RowKey.PERIOD, SortOrder.DESC),),
    "name": (SortKey(RowKey.NAME, SortOrder.ASC), SortKey(MEASURES[Metric.SPEND], SortOrder.DESC)),
    "nothing": (),
}


@pytest.mark.parametrize("name", SORTS)
async def test_pages_follow_each_other_without_gap_or_repetition(world: InsightWorld, name: str) -> None:
    asked, sort = question(world, level=EntityLevel.AD, grain=TimeGrain.WEEK), SORTS[name]
    expected = [row.key for row in await rows_of(world, asked, sort=sort)]
    found, after = list[str](), None
    async with world.db.read(world.entities.viewer) as session:
        while True:
            page = await load_rows(session, asked, ONLY_SPEND, PageAsked(Window(7, after), sort))
            found += [row.key for row in page.rows]
            if not page.has_next:
                break
            after = page.cursors[-1]
    assert len(set(expected)) == len(expected)
    assert found == expected


@pytest.mark.parametrize("order", SortOrder)
async def test_nulls_come_last_in_both_directions(world: InsightWorld, order: SortOrder) -> None:
    asked = question(world, level=EntityLevel.AD)
    sort = (SortKey(MEASURES[Metric.HOOK_RATE], order),)
    rates = [row.metrics.hook_rate for row in await rows_of(world, asked, sort=sort)]  # type: ignore[attr-defined]  # set by name
    known = [rate for rate in rates if rate is not None]
    assert known == sorted(known, reverse=order is SortOrder.DESC)
    assert rates == known + [None] * (len(rates) - len(known))
    assert None in rates


async def test_a_cursor_of_another_question_is_refused(world: InsightWorld) -> None:
    asked = question(world, level=EntityLevel.AD)
    async with world.db.read(world.entities.viewer) as session:
        cursor = (await load_rows(session, asked, ONLY_SPEND, PageAsked(Window(1)))).cursors[0]
        others = [
            question(world, level=EntityLevel.CAMPAIGN),
            question(world, level=EntityLevel.AD, grain=TimeGrain.DAY),
        ]
        for other in others:
            with pytest.raises(BadInput, match="cursor"):
                await load_rows(session, other, ONLY_SPEND, PageAsked(Window(1, cursor)))
        for broken in ("", "x", "é", cursor[:-3], "W10", "bnVsbA"):
            with pytest.raises(BadInput, match="cursor"):
                await load_rows(session, asked, ONLY_SPEND, PageAsked(Window(1, broken)))


async def test_a_preset_that_moves_on_overnight_keeps_its_cursors(world: InsightWorld) -> None:
    later = DateRange(DAYS.start + timedelta(days=1), DAYS.end + timedelta(days=1))
    asked = question(world, level=EntityLevel.AD)
    async with world.db.read(world.entities.viewer) as session:
        cursor = (await load_rows(session, asked, ONLY_SPEND, PageAsked(Window(1)))).cursors[0]
        tomorrow = InsightsQuestion((AccountDays((world.account.id,), later),), "EUR", level=EntityLevel.AD)
        assert (await load_rows(session, tomorrow, ONLY_SPEND, PageAsked(Window(1, cursor)))).rows


@pytest.mark.parametrize("level", EntityLevel)
async def test_the_number_of_rows_is_that_of_the_rows(world: InsightWorld, level: EntityLevel) -> None:
    asked = question(world, level=level, grain=TimeGrain.DAY)
    async with world.db.read(world.entities.viewer) as session:
        assert await count_groups(session, asked) == len(await rows_of(world, asked, metrics=SPEND))


async def test_only_what_is_selected_is_computed(world: InsightWorld) -> None:
    with statements(world.db) as sent:
        await rows_of(world, question(world, level=EntityLevel.CAMPAIGN), metrics=SPEND)
    assert len(sent) == 1
    assert "insight_campaign_day" in sent[0]
    assert "spend" in sent[0]
    assert "impressions" not in sent[0]
    assert "unique_insight" not in sent[0]


async def test_amounts_leave_postgres_without_trailing_zeros(world: InsightWorld) -> None:
    for row in await rows_of(
        world, question(world, level=EntityLevel.CAMPAIGN), metrics=AskedMetrics(frozenset({Metric.SPEND, Metric.CPM}))
    ):
        for value in (row.metrics.spend, row.metrics.cpm):  # type: ignore[attr-defined]  # set by name
            assert "." not in str(value) or not str(value).endswith("0")


async def test_another_tenant_sees_no_rows(db: Database, world: InsightWorld) -> None:
    other = await insight_world(db, store=False)
    async with db.read(other.entities.viewer) as session:
        assert (await load_rows(session, question(world, level=EntityLevel.AD), ONLY_SPEND, PageAsked(ALL))).rows == []
        totals = (await load_totals(session, question(world), ONLY_SPEND)).now
        assert totals.spend is None  # type: ignore[attr-defined]  # set by name


def _keys(world: InsightWorld, days: DateRange, grain: TimeGrain) -> list[EntityDays]:
    ids = {
        EntityLevel.AD_ACCOUNT: [world.account.id],
        EntityLevel.CAMPAIGN: [campaign.id for campaign in world.campaigns],
        EntityLevel.AD_SET: [ad_set.id for ad_set in world.ad_sets],
        EntityLevel.AD: [ad.id for ad in world.ads],
        EntityLevel.CREATIVE: [creative.id for creative in world.creatives],
    }
    return [
        EntityDays(level, world.account.id, entity, days, "EUR", EVERYTHING, grain)
        for level, entities in ids.items()
        for entity in entities
    ]


@pytest.mark.parametrize("grain", TimeGrain)
async def test_many_entities_with_several_ranges_are_what_loops_say(world: InsightWorld, grain: TimeGrain) -> None:
    ranges = [DAYS, DateRange(DAYS.start, DAYS.start), DateRange(date(2026, 9, 1), date(2026, 10, 3))]
    keys = [key for days in ranges for key in _keys(world, days, grain)]
    async with world.db.read(world.entities.viewer) as session:
        found = await points_by_entity(session, keys)
    for key, points in zip(keys, found, strict=True):
        about = entity_of(world, key.level)
        rows = [row for row in world.rows if row.day in key.days and about(row) == key.entity_id]
        periods = grouped(rows, lambda row: period_of(period_start(row.day, grain), grain, key.days))  # noqa: B023 - used at once
        assert [point.period for point in points] == sorted(periods)
        for point in points:
            _assert_metrics(point.metrics, naive_metrics(periods[point.period]), key)


def _assert_metrics(found: Any, expected: dict[Metric, Decimal | None], key: EntityDays) -> None:
    is_daily = key.grain is TimeGrain.DAY or (key.grain is TimeGrain.NONE and key.days.days == 1)
    has_people = key.level is EntityLevel.AD and is_daily
    for metric, value in expected.items():
        wanted = value if has_people or metric not in PEOPLE else None
        assert same(getattr(found, metric.value.lower()), wanted), (metric, key)


async def test_an_entity_without_rows_has_one_point_of_nulls_and_no_series(world: InsightWorld) -> None:
    before = DateRange(date(2026, 1, 1), date(2026, 1, 31))
    entity = (EntityLevel.AD, world.account.id, world.ads[0].id, before, "EUR", SPEND)
    async with world.db.read(world.entities.viewer) as session:
        whole, daily = await points_by_entity(session, [EntityDays(*entity), EntityDays(*entity, TimeGrain.DAY)])
    assert [(point.period, point.metrics.spend) for point in whole] == [(before, None)]  # type: ignore[attr-defined]  # set by name
    assert daily == []


async def test_any_number_of_entities_and_ranges_is_one_statement_per_level_and_grain(world: InsightWorld) -> None:
    ranges = [DAYS, DateRange(DAYS.start, DAYS.end - timedelta(days=3))]
    keys = [key for days in ranges for key in _keys(world, days, TimeGrain.NONE) if key.level is EntityLevel.AD]
    async with world.db.read(world.entities.viewer) as session:
        with statements(world.db) as sent:
            await points_by_entity(session, keys)
    assert len(sent) == 1

"""How an answer is read: in one session, with few statements."""

from collections.abc import AsyncIterator
from decimal import Decimal

import pytest
from sqlalchemy import text

from analytics.comparison import ComparisonPreset
from analytics.enums import EntityLevel, Metric, SortOrder, TimeGrain
from analytics.metrics.catalogue import MEASURES
from analytics.periods import AskedDays
from analytics.rates import PublishedRate
from auth.viewer import Viewer
from embedded.postgres import DatabaseUrls
from models.database import Database
from models.insights.having import Having, MetricCondition
from models.insights.metric_values import AskedMetrics
from models.insights.question import RowKey, SortKey
from models.insights.rows import ShownMetrics
from models.keyset import Window
from services.insights.answers import AskedParts, answer
from services.insights.request import InsightsRequest
from services.toolbox import Toolbox
from tests.worlds.ads import NOON, sessions, statements
from tests.worlds.insights import LAST, WHOLE, InsightWorld, insight_world
from tests.worlds.rates import rates_of_the_test, stored

SHOWN = AskedMetrics(frozenset({Metric.SPEND, Metric.ROAS, Metric.IMPRESSIONS}))
PEOPLE = AskedMetrics(frozenset({Metric.SPEND, Metric.REACH}))
DAYS = AskedDays(LAST.replace(day=1), LAST)
SPENT = Having(where=MetricCondition(MEASURES[Metric.SPEND], gte=Decimal(0)))
QUESTIONS = {
    "tenant": InsightsRequest(days=DAYS, shown=SHOWN),
    "campaigns": InsightsRequest(days=DAYS, shown=SHOWN, level=EntityLevel.CAMPAIGN),
    "ads by name, compared": InsightsRequest(
        days=DAYS,
        shown=SHOWN,
        level=EntityLevel.AD,
        having=SPENT,
        compare_to=ComparisonPreset.PREVIOUS_PERIOD,
        sort=(SortKey(RowKey.NAME, SortOrder.ASC),),
    ),
    "months": InsightsRequest(days=DAYS, shown=SHOWN, grain=TimeGrain.MONTH),
    "campaigns by day": InsightsRequest(days=DAYS, shown=SHOWN, level=EntityLevel.CAMPAIGN, grain=TimeGrain.DAY),
    "campaigns with people": InsightsRequest(days=DAYS, shown=PEOPLE, level=EntityLevel.CAMPAIGN),
    "another currency": InsightsRequest(days=DAYS, shown=SHOWN, level=EntityLevel.CAMPAIGN, currency="USD"),
}


@pytest.fixture(scope="module")
async def world(tools: Toolbox, postgres: DatabaseUrls) -> AsyncIterator[InsightWorld]:
    """Only read from; there is a rate for each of its days."""
    async with rates_of_the_test(postgres.migration):
        await stored(tools.db, [PublishedRate("USD", day, Decimal("1.16")) for day in WHOLE.every_day()])
        yield await insight_world(tools.db)


@pytest.mark.parametrize("name", QUESTIONS)
async def test_rows_totals_count_and_meta_are_at_most_five_statements_in_one_session(
    world: InsightWorld, name: str
) -> None:
    request = QUESTIONS[name]
    shown = ShownMetrics(request.shown, request.shown if request.compare_to is not None else AskedMetrics())
    parts = AskedParts(pages=(Window(first=2),), rows=shown, totals=shown, has_count=True, has_meta=True)
    with statements(world.db) as sent, sessions(world.db) as begun:
        found = await answer(world.db, world.entities.viewer, lambda _: (request, parts), now=NOON)
    assert None not in (found.count, found.totals, found.meta)
    assert len(begun) == 1
    assert len(sent) <= 5, "\n\n".join(sent)


async def plans_made(db: Database, viewer: Viewer) -> tuple[int, int, int]:
    """The connection that is next in turn, and how many plans it made of grouped periods: for values, and for any."""
    query = text("""
        select pg_backend_pid(), coalesce(sum(custom_plans), 0), coalesce(sum(generic_plans), 0)
        from pg_prepared_statements where statement ~ :part
    """)
    async with db.read(viewer) as session:
        [(pid, custom, generic)] = await (await session.connection()).execute(query, {"part": "period_start"})
    return pid, custom, generic


async def test_statements_are_planned_for_their_values_each_time(world: InsightWorld, postgres: DatabaseUrls) -> None:
    parts = AskedParts(pages=(Window(first=2),), rows=ShownMetrics(SHOWN))
    # Each connection has plans of its own, and the pool that all tests share has several.
    db, viewer = Database(postgres.runtime, system_url=postgres.system, pool_size=1), world.entities.viewer
    pid, custom, generic = await plans_made(db, viewer)
    for _ in range(8):
        await answer(db, viewer, lambda _: (QUESTIONS["months"], parts), now=NOON)
    # Postgres makes a plan for any values after five.
    assert await plans_made(db, viewer) == (pid, custom + 8, generic)
    await db.close()

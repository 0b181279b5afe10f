"""What the tests of insights share: a tenant with stored ad-days, and their sums in plain Python loops."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from random import Random
from typing import Any
from uuid import UUID

from sqlalchemy import text

from analytics.enums import AttributionWindow, Metric
from analytics.metrics.catalogue import MEASURES
from analytics.metrics.explain import value_of
from analytics.metrics.facts import ADDITIVE_FACTS, BASE_FACTS, FactKind
from analytics.periods import DateRange
from models.ads.ad import Ad
from models.ads.ad_account import AdAccount
from models.ads.ad_set import AdSet
from models.ads.campaign import Campaign
from models.ads.creative import Creative
from models.database import Database
from models.insights.day_swap import DaySwap, SliceCounts, StagedRows, StoredInsight, replace_slice
from tests.worlds.ads import NOON, EntityWorld, entity_world

FIRST = date(2026, 10, 1)
LAST = date(2026, 11, 20)
SETTLED = date(2026, 10, 23)
WHOLE = DateRange(FIRST, LAST)


def some_facts(random: Random, *, is_video: bool = True) -> dict[str, Any]:
    """Every column; an ad-day now and then has no clicks, so that denominators are zero."""
    facts: dict[str, Any] = {}
    for fact in BASE_FACTS:
        for column in fact.columns:
            if fact.is_video and not is_video:
                facts[column] = None
            elif fact.kind is FactKind.COUNT:
                facts[column] = random.choice((0, random.randrange(10_000)))
            else:
                facts[column] = Decimal(random.randrange(1_000_000)) / 100
    return facts


@dataclass
class InsightWorld:
    """One account, two campaigns with two ad sets of two ads each; `rows` are what is stored."""

    entities: EntityWorld
    account: AdAccount
    campaigns: list[Campaign]
    ad_sets: list[AdSet]
    ads: list[Ad]
    creatives: list[Creative]
    rows: list[StoredInsight] = field(default_factory=list)

    @property
    def db(self) -> Database:
        return self.entities.db

    async def store(self, days: DateRange, rows: Sequence[StoredInsight], **overrides: Any) -> SliceCounts:
        given = {"refreshed_at": NOON, "settled_through": SETTLED} | overrides
        async with self.db.write(self.entities.viewer) as session:
            counts = await replace_slice(session, DaySwap(self.account.id, days, StagedRows(rows), **given))
        self.rows = [row for row in self.rows if row.day not in days] + list(rows)
        return counts

    def random_rows(self, days: DateRange, *, seed: int = 7, ads: Iterable[Ad] | None = None) -> list[StoredInsight]:
        random = Random(seed)
        found = []
        for offset in range(days.days):
            for number, ad in enumerate(ads or self.ads):
                facts = some_facts(random, is_video=number % 2 == 0)
                day = days.start + timedelta(days=offset)
                found.append(StoredInsight(day, ad.id, ad.ad_set_id, ad.campaign_id, self.account.currency, facts))
        return found

    def creative_of(self, ad_id: UUID) -> UUID | None:
        return next(ad.creative_id for ad in self.ads if ad.id == ad_id)

    async def fetch(self, query: str, **values: Any) -> list[dict[str, Any]]:
        """`:tenant` is this world's; a query of a distributed table names it."""
        bound = {"tenant": self.entities.tenant_id} | values
        async with self.db.read(self.entities.viewer) as session:
            answer = await (await session.connection()).execute(text(query), bound)
            return [dict(row) for row in answer.mappings()]


async def insight_world(db: Database, *, store: bool = True, **account: Any) -> InsightWorld:
    """A new tenant, with 51 stored days unless `store` is false; the last ad's creative is not known."""
    entities = await entity_world(db)
    return await more_insights(entities, store=store, **account)


async def more_insights(entities: EntityWorld, *, store: bool = True, **account: Any) -> InsightWorld:
    """The same in another account of the tenant."""
    mine = await entities.account(**account)
    campaigns = await entities.campaigns(mine, "Spring sale", "Autumn 50% off")
    ad_sets = [each for campaign in campaigns for each in await entities.ad_sets(campaign, "Broad", "Lookalike")]
    creatives = await entities.creatives(mine, "Video A", "Video B")
    ads = []
    for number, ad_set in enumerate(ad_sets):
        shown = [creatives[0].id, None if number == len(ad_sets) - 1 else creatives[1].id]
        for name, creative_id in zip(("Hook", "Still"), shown, strict=True):
            ads += await entities.ads(ad_set, f"{name} {number}", creative_id=creative_id)
    world = InsightWorld(entities, mine, campaigns, ad_sets, ads, creatives)
    if store:
        await world.store(WHOLE, world.random_rows(WHOLE))
    return world


def naive_sums(rows: Iterable[StoredInsight]) -> dict[str, Any]:
    """The sum of every additive column; None where no row has a value."""
    sums: dict[str, Any] = {column: None for fact in ADDITIVE_FACTS for column in fact.columns}
    for row in rows:
        for column, so_far in sums.items():
            value: Any = row.facts[column]
            if value is not None:
                sums[column] = value + (so_far or 0)
    return sums


def naive_metrics(
    rows: Sequence[StoredInsight], attribution: AttributionWindow = AttributionWindow.ACCOUNT_DEFAULT
) -> dict[Metric, Decimal | None]:
    """Every metric over the rows, people left out unless it is one row."""
    columns = naive_sums(rows)
    sums = {fact.name: columns[fact.column(attribution)] for fact in ADDITIVE_FACTS}
    if len(rows) == 1:
        sums |= {name: rows[0].facts[name] for name in ("reach", "unique_clicks")}
    return {metric: value_of(measure, sums) for metric, measure in MEASURES.items()}


def grouped(rows: Iterable[StoredInsight], key: Callable[[StoredInsight], Any]) -> dict[Any, list[StoredInsight]]:
    groups: dict[Any, list[StoredInsight]] = {}
    for row in rows:
        groups.setdefault(key(row), []).append(row)
    return groups


def same(found: Any, expected: Decimal | None) -> bool:
    """Equal to ten digits: the database divides with another precision than Python."""
    if found is None or expected is None:
        return found is None and expected is None
    return abs(Decimal(found) - expected) <= Decimal("1e-6") + abs(expected) * Decimal("1e-10")

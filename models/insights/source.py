"""Chooses the smallest table that can answer a question about insights, and joins what the question names."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Date, FromClause, Table, TableClause, Uuid, and_, cast, func, literal
from sqlalchemy.types import TIMESTAMP

from analytics.enums import EntityLevel, TimeGrain
from models.ads.ad import Ad
from models.ads.ad_account import AdAccount
from models.ads.ad_set import AdSet
from models.ads.campaign import Campaign
from models.ads.creative import Creative
from models.insights.filter import InsightsFilter
from models.insights.statement import TENANT
from models.insights.tables import insight, insight_account_day, insight_campaign_day

# The lengths of periods as arguments of make_interval: years, months and weeks.
_LENGTHS = {
    TimeGrain.WEEK: (0, 0, 1),
    TimeGrain.MONTH: (0, 1, 0),
    TimeGrain.QUARTER: (0, 3, 0),
    TimeGrain.YEAR: (1, 0, 0),
}
# Stands for "no entity", in rows of the tenant and of ads whose creative is not known.
NO_ENTITY = UUID(int=0)

ENTITY_TABLES: dict[EntityLevel, Table] = {
    level: row.__table__  # type: ignore[attr-defined]  # SQLModel declares it at run time
    for level, row in {
        EntityLevel.AD_ACCOUNT: AdAccount,
        EntityLevel.CAMPAIGN: Campaign,
        EntityLevel.AD_SET: AdSet,
        EntityLevel.AD: Ad,
        EntityLevel.CREATIVE: Creative,
    }.items()
}
_COLUMNS = {
    EntityLevel.AD_ACCOUNT: "ad_account_id",
    EntityLevel.CAMPAIGN: "campaign_id",
    EntityLevel.AD_SET: "ad_set_id",
    EntityLevel.AD: "ad_id",
}


@dataclass(frozen=True, slots=True)
class Source:
    """Where a question's rows come from.

    `facts` is the table whose columns are summed, `entity_id` the column that groups them, `tables` all that is read.
    """

    facts: TableClause
    tables: FromClause
    entity_id: ColumnElement[UUID]


def facts_table(level: EntityLevel, wanted: InsightsFilter | None = None, *, needs_raw: bool = False) -> Table:
    """The smallest table that has all columns which the level and the filter need.

    `needs_raw`: the raw lists are read, which only ad-days have.
    """
    if needs_raw or level in (EntityLevel.AD_SET, EntityLevel.AD, EntityLevel.CREATIVE) or (wanted and wanted.needs_ad):
        return insight
    if level is EntityLevel.CAMPAIGN or (wanted and wanted.needs_campaign):
        return insight_campaign_day
    return insight_account_day


def source_of(level: EntityLevel, wanted: InsightsFilter | None = None, *, needs_raw: bool = False) -> Source:
    facts = facts_table(level, wanted, needs_raw=needs_raw)
    tables: FromClause = facts
    if level is EntityLevel.TENANT:
        return Source(facts, tables, literal(NO_ENTITY, Uuid()))
    if level is not EntityLevel.CREATIVE:
        return Source(facts, tables, facts.c[_COLUMNS[level]])
    # Ad-days have no column for creatives: a creative's ads are those that use it now. Outer join: an ad may have no
    # creative, and its numbers form the group without an entity.
    ad = ENTITY_TABLES[EntityLevel.AD]
    same_ad = and_(ad.c.tenant_id == TENANT, ad.c.id == facts.c.ad_id)
    return Source(facts, tables.join(ad, same_ad, isouter=True), func.coalesce(ad.c.creative_id, NO_ENTITY))


def joined_entity(tables: FromClause, entity_id: ColumnElement[Any], level: EntityLevel) -> FromClause:
    """`tables` joined with the entities of the level, for their names and statuses."""
    entity = ENTITY_TABLES[level]
    return tables.join(entity, and_(entity.c.tenant_id == TENANT, entity.c.id == entity_id), isouter=True)


def period_start(day: ColumnElement[Any], grain: TimeGrain) -> ColumnElement[Any]:
    """The first day of the period that the day is in; weeks begin on Monday, in Postgres as in Python."""
    if grain is TimeGrain.DAY:
        return day
    # Cast to a timestamp without time zone: of a date Postgres makes midnight in the server's time zone.
    return cast(func.date_trunc(grain.value.lower(), cast(day, TIMESTAMP)), Date)


def period_within(
    start: ColumnElement[Any], grain: TimeGrain, *, first: ColumnElement[Any], last: ColumnElement[Any]
) -> tuple[ColumnElement[Any], ColumnElement[Any]]:
    """The first and the last day of the period that begins on `start`, cut to the range; for NONE the whole range."""
    if grain is TimeGrain.NONE:
        return first, last
    if grain is TimeGrain.DAY:
        return start, start
    end = cast(cast(start, TIMESTAMP) + func.make_interval(*_LENGTHS[grain]) - timedelta(days=1), Date)
    return func.greatest(start, first), func.least(end, last)

"""Reads the sums of facts by entity and day as arrays: one row an entity, for statistics over many days."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import Double, Subquery, cast, func, select

from analytics.enums import AttributionWindow, EntityLevel
from analytics.metrics.facts import ADDITIVE_FACTS, UNIQUE_FACTS
from models.columns import is_any
from models.database import ReadSession
from models.insights.question import AccountDays, may_have_people
from models.insights.spans import within
from models.insights.statements.fact_tables import facts_table
from models.insights.statements.groups import NO_ENTITY, TABLES, entity_column, sums_of
from models.insights.statements.plan import SumsPlan
from models.insights.statements.steps import joined_people
from models.insights.tables import insight_campaign_day
from models.thin.compiled import fetched

_ADDITIVE = tuple(fact.name for fact in ADDITIVE_FACTS)
_PEOPLE = tuple(fact.name for fact in UNIQUE_FACTS)


@dataclass(frozen=True, slots=True)
class DailyFacts:
    """The days of one entity that have rows, in no order, and on each of them the currency and each fact, by name.

    `entity_id` is None for ads whose creative is not known. A fact is None where it was not reported; as a float it has
    15 digits. People are there where they were counted by the day: of ads, campaigns and accounts.
    """

    ad_account_id: UUID
    entity_id: UUID | None
    days: Sequence[date]
    currencies: Sequence[str]
    values: Mapping[str, Sequence[float | None]]


async def daily_facts(
    session: ReadSession,
    spans: Sequence[AccountDays],
    level: EntityLevel,
    facts: Sequence[str],
    *,
    campaign_ids: Sequence[UUID] | None = None,
) -> list[DailyFacts]:
    """The facts of all entities of a level below the tenant that have rows within the spans, or of these campaigns."""
    people = [name for name in _PEOPLE if name in facts and may_have_people(level, is_daily=True)]
    names = [name for name in _ADDITIVE if name in facts]
    base = _by_day(spans, level, names, campaign_ids)
    if people:
        base = joined_people(base, level, days=(base.c.day, base.c.day))
    columns = [func.array_agg(cast(base.c[f"now_{name}"], Double)) for name in (*names, *people)]
    query = select(
        base.c.ad_account_id,
        base.c.entity_id,
        # All arrays of a row have one order: Postgres collects them in one pass.
        func.array_agg(base.c.day),
        func.array_agg(base.c.now_currency_high),
        *columns,
    ).group_by(base.c.ad_account_id, base.c.entity_id)
    found = await fetched(session, query)
    return [_daily(row, (*names, *people)) for row in found]


def _by_day(
    spans: Sequence[AccountDays], level: EntityLevel, names: Sequence[str], campaign_ids: Sequence[UUID] | None
) -> Subquery:
    facts: Any = TABLES[facts_table(level)]
    tables, entity_id = entity_column(facts, level)
    sums = sums_of(SumsPlan(tuple(names), AttributionWindow.ACCOUNT_DEFAULT, has_currency=True), facts)
    query = (
        select(facts.c.ad_account_id, entity_id.label("entity_id"), facts.c.day, *sums)
        .select_from(tables)
        .where(within(spans, facts))
        .group_by(facts.c.ad_account_id, entity_id, facts.c.day)
    )
    if campaign_ids is not None:
        query = query.where(is_any(facts.c.campaign_id, campaign_ids))
    return query.subquery("by_day")


def _daily(row: Any, names: Sequence[str]) -> DailyFacts:
    entity_id = None if row[1] == NO_ENTITY else row[1]
    return DailyFacts(row[0], entity_id, row[2], row[3], dict(zip(names, row[4:], strict=True)))


async def largest_campaigns(session: ReadSession, spans: Sequence[AccountDays], most: int) -> list[UUID]:
    """The campaigns that spent the most within the spans, so many of each account: amounts of one currency."""
    facts = insight_campaign_day.c
    place = func.row_number().over(
        partition_by=facts.ad_account_id,
        order_by=(func.coalesce(func.sum(facts.spend), 0).desc(), facts.campaign_id),
    )
    ranked = (
        select(facts.campaign_id, place.label("place"))
        .where(within(spans, insight_campaign_day))
        .group_by(facts.ad_account_id, facts.campaign_id)
        .subquery("ranked")
    )
    query = select(ranked.c.campaign_id).where(ranked.c.place <= most).order_by(ranked.c.campaign_id)
    return [row[0] for row in await fetched(session, query)]

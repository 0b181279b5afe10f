"""Reads the ad-days of an account as lines: all of them, each with names, tags, base facts and people; writes no file.

Postgres writes the lines, so that Python has nothing to do for a row but to move its bytes.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    Date,
    FromClause,
    Select,
    String,
    Text,
    Uuid,
    and_,
    bindparam,
    func,
    literal,
    or_,
    select,
)

from analytics.enums import EntityLevel, NamingLevel
from analytics.metrics.facts import BASE_FACTS, FACT_COLUMNS, UNIQUE_COLUMNS, FactKind
from analytics.periods import DateRange
from models.ads.entity_tag import EntityTag
from models.copying import Sink, copy_out
from models.database import ReadSession
from models.insights.statements.groups import ENTITY_TABLES
from models.insights.statements.lines import ColumnKind, LineColumn
from models.insights.tables import DayStatus, insight, insight_day, unique_insight
from models.splicing.texts import global_id
from models.thin.compiled import TENANT, compiled, fetched

Column = ColumnElement[Any]

# A row of Postgres has at most 1,664 columns.
MOST_TAG_FIELDS = 1_000
# What a row has the names of.
_PLACES = (EntityLevel.CAMPAIGN, EntityLevel.AD_SET, EntityLevel.AD, EntityLevel.CREATIVE)
_KINDS = {
    column: ColumnKind.WHOLE if fact.kind is FactKind.COUNT else ColumnKind.DECIMAL
    for fact in BASE_FACTS
    for column in fact.columns
}
DAY = LineColumn("day", ColumnKind.DATE)
_TAGS: Any = EntityTag.__table__  # type: ignore[attr-defined]  # SQLModel declares it at run time
_ACCOUNT, _FIRST, _LAST = (
    bindparam("ad_account_id", type_=Uuid()),
    bindparam("first_day", type_=Date()),
    bindparam("last_day", type_=Date()),
)


@dataclass(frozen=True, slots=True)
class StoredAdDays:
    """What is stored of an account's days up to the last one that was read, of `days` at most.

    `rows` are the numbers of ad-days from each of the first days that were asked for. `missing` are days that were
    never read, or not in full.
    """

    days: DateRange
    rows: tuple[int, ...]
    missing: tuple[date, ...]
    tag_fields: tuple[str, ...]


def ad_day_columns(tag_fields: Sequence[str]) -> tuple[LineColumn, ...]:
    """The columns of the lines, in their order."""
    return (
        DAY,
        *(
            LineColumn(f"{level.value.lower()}_{name}", ColumnKind.TEXT, is_free=name != "id")
            for level in _PLACES
            for name in ("id", "external_id", "name")
        ),
        *(LineColumn(f"tag.{field}", ColumnKind.TEXT, is_free=True) for field in tag_fields),
        LineColumn("currency", ColumnKind.TEXT),
        *(LineColumn(name, _KINDS[name]) for name in (*FACT_COLUMNS, *UNIQUE_COLUMNS)),
    )


async def stored_ad_days(session: ReadSession, account_id: UUID, lengths: Sequence[int]) -> StoredAdDays | None:
    """What is stored of the last days of the account, for each number of `lengths`; None while no day was read."""
    last = await _last_day(session, account_id)
    if last is None:
        return None
    firsts = [last - timedelta(days=length - 1) for length in lengths]
    days = DateRange(min(firsts), last)
    return StoredAdDays(
        days,
        await _counted(session, account_id, firsts, last),
        await _missing(session, account_id, days),
        await _tag_fields(session, account_id),
    )


async def copy_ad_days(
    session: ReadSession,
    account_id: UUID,
    stored: StoredAdDays,
    *,
    id_kinds: Mapping[EntityLevel, str],
    sink: Sink,
) -> int:
    """Hands the ad-days to `sink` as CSV without a line of names, sorted by day; answers how many these were.

    `id_kinds` are what stands before the ids of entities, in the ids that clients know.
    """
    statement = compiled(_ad_days(stored.tag_fields, id_kinds))
    given = {
        **statement.constants,
        TENANT.key: session.tenant_id,
        _ACCOUNT.key: account_id,
        _FIRST.key: stored.days.start,
        _LAST.key: stored.days.end,
    }
    return await copy_out(await session.driver(), statement.text, statement.values(given), sink=sink, format="csv")


async def _last_day(session: ReadSession, account_id: UUID) -> date | None:
    """The last day that was read; a day of which nothing could be read has no rows and is a gap."""
    day = insight_day.c
    was_read = or_(day.status != DayStatus.GAP, day.rows > 0)
    query = select(func.max(day.day)).where(_is_of(insight_day, account_id), was_read)
    found: date | None = (await fetched(session, query))[0][0]
    return found


async def _counted(session: ReadSession, account_id: UUID, firsts: Sequence[date], last: date) -> tuple[int, ...]:
    """How many ad-days there are from each of these days to the last one."""
    counts = [func.count().filter(insight.c.day >= first) for first in firsts]
    query = select(*counts).where(_is_of(insight, account_id), insight.c.day.between(min(firsts), last))
    return tuple((await fetched(session, query))[0])


async def _missing(session: ReadSession, account_id: UUID, days: DateRange) -> tuple[date, ...]:
    """The days that were never read, or not in full."""
    day = insight_day.c
    is_whole = and_(_is_of(insight_day, account_id), day.day.between(days.start, days.end), day.status != DayStatus.GAP)
    whole = {row[0] for row in await fetched(session, select(day.day).where(is_whole))}
    every = (days.start + timedelta(days=offset) for offset in range(days.days))
    return tuple(each for each in every if each not in whole)


async def _tag_fields(session: ReadSession, account_id: UUID) -> tuple[str, ...]:
    """The fields that ads of the account have, in an order that is the same on servers of any locale."""
    is_of_ads = and_(_is_of(_TAGS, account_id), _TAGS.c.level == NamingLevel.AD)
    found = await fetched(session, select(_TAGS.c.field).where(is_of_ads).group_by(_TAGS.c.field))
    return tuple(sorted(row[0] for row in found))


def _is_of(table: Any, account_id: UUID) -> Column:
    return and_(table.c.tenant_id == TENANT, table.c.ad_account_id == account_id)


def _ad_days(tag_fields: Sequence[str], id_kinds: Mapping[EntityLevel, str]) -> Select[Any]:
    """Each ad-day has a line, whether or not its ad, or what that is in, is known: all joins are outer ones."""
    tables, values = _with_names(id_kinds)
    shown = [func.to_char(insight.c.day, "YYYY-MM-DD", type_=String()), *values]
    if tag_fields:
        tags = _tags(tag_fields)
        tables = tables.join(tags, tags.c.entity_id == insight.c.ad_id, isouter=True)
        shown += [tags.c[f"tag_{place}"] for place in range(len(tag_fields))]
    people = unique_insight.c
    is_same = (
        people.tenant_id == TENANT,
        people.ad_account_id == insight.c.ad_account_id,
        people.level == EntityLevel.AD,
        people.period_start == insight.c.day,
        people.period_end == insight.c.day,
        people.entity_id == insight.c.ad_id,
    )
    tables = tables.join(unique_insight, and_(*is_same), isouter=True)
    shown.append(insight.c.currency)
    shown += [insight.c[name] for name in FACT_COLUMNS] + [people[name] for name in UNIQUE_COLUMNS]
    return (
        select(*(each.label(f"column_{place}") for place, each in enumerate(shown)))
        .select_from(tables)
        .where(insight.c.tenant_id == TENANT, insight.c.ad_account_id == _ACCOUNT)
        .where(insight.c.day.between(_FIRST, _LAST))
        # The same rows are always the same bytes, so that a file that has not changed is found to be the same.
        .order_by(insight.c.day, insight.c.ad_id)
    )


def _with_names(id_kinds: Mapping[EntityLevel, str]) -> tuple[FromClause, list[Column]]:
    """The ad-days beside what they are of, and its id, id at the platform and name at each level."""
    ads = ENTITY_TABLES[EntityLevel.AD]
    ids = {
        EntityLevel.CAMPAIGN: insight.c.campaign_id,
        EntityLevel.AD_SET: insight.c.ad_set_id,
        EntityLevel.AD: insight.c.ad_id,
        EntityLevel.CREATIVE: ads.c.creative_id,
    }
    tables: FromClause = insight
    for level in sorted(_PLACES, key=lambda each: each is EntityLevel.CREATIVE):  # a creative is found by the ad
        entity = ENTITY_TABLES[level]
        is_it = and_(entity.c.tenant_id == TENANT, entity.c.id == ids[level])
        tables = tables.join(entity, is_it, isouter=True)
    values: list[Column] = []
    for level in _PLACES:
        entity = ENTITY_TABLES[level]
        values += [global_id(literal(id_kinds[level], Text()), ids[level]), entity.c.external_id, entity.c.name]
    return tables, values


def _tags(fields: Sequence[str]) -> Any:
    """The values of each ad, a column for each field: worked out once for an ad, and not for each of its days."""
    tag = _TAGS.c
    columns = [
        func.max(tag.value).filter(tag.field == literal(field, String())).label(f"tag_{place}")
        for place, field in enumerate(fields)
    ]
    is_wanted = and_(tag.tenant_id == TENANT, tag.ad_account_id == _ACCOUNT, tag.level == NamingLevel.AD)
    return select(tag.entity_id, *columns).where(is_wanted).group_by(tag.entity_id).subquery("tags")

"""Reads what is known of the days of accounts: how many are stored, which are gaps, which may still change."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    Date,
    DateTime,
    FromClause,
    ScalarSelect,
    Subquery,
    Table,
    and_,
    cast,
    distinct,
    func,
    literal,
    or_,
    select,
)
from sqlmodel import col

from analytics.enums import EntityLevel, TimeGrain
from analytics.periods import DateRange, day_end
from models.ads.ad_account import AdAccount
from models.database import ReadSession, WriteSession
from models.insights.question import AccountDays, InsightsQuestion
from models.insights.spans import period_in, within
from models.insights.statements.groups import period_start
from models.insights.tables import (
    DayStatus,
    GapKind,
    breakdown_day,
    insight_account_day,
    insight_breakdown_account_day,
    insight_day,
    unique_period,
)
from models.thin.compiled import TENANT, fetched


@dataclass(frozen=True, slots=True)
class StoredDays:
    """How many of an account's requested days are stored, and how many of the stored ones are not final."""

    stored: int
    gaps: int
    provisional: int
    # Gaps of which nothing is stored.
    lost: int = 0
    # How many ad-days, or parts of them, these days have together.
    rows: int = 0
    last_day: date | None = None
    # When the day was read that was read last.
    refreshed_at: datetime | None = None
    # Days that were last read before the midnight that ended them; normally that is only today.
    partial: int = 0
    # The currencies of the rows, in order: several where the account's currency was changed.
    currencies: tuple[str, ...] = ()


async def stored_days(session: ReadSession, spans: Sequence[AccountDays]) -> dict[UUID, StoredDays]:
    """What is stored of the days of the spans, by account; an account without any stored day is left out."""
    found = await _stored(session, insight_day, spans)
    return {account_id: stored for (account_id,), stored in found.items()}


async def stored_parts(
    session: ReadSession, spans: Sequence[AccountDays], sets: Sequence[str]
) -> dict[tuple[UUID, str], StoredDays]:
    """The same of parts, by account and set of breakdowns."""
    return await _stored(session, breakdown_day, spans, sets)


async def _stored(
    session: ReadSession, table: Table, spans: Sequence[AccountDays], sets: Sequence[str] = ()
) -> dict[Any, StoredDays]:
    days = table.c
    keys = (days.ad_account_id, days.breakdown_set) if sets else (days.ad_account_id,)
    read = tuple(replace(span, breakdown_set=name) for span in spans for name in sets) or spans
    query = (
        select(
            *keys,
            func.count(),
            func.count().filter(days.status == DayStatus.GAP),
            func.count().filter(days.status == DayStatus.PROVISIONAL),
            func.count().filter(days.status == DayStatus.GAP, days.rows == 0),
            func.sum(days.rows),
            func.max(days.day),
            func.max(days.refreshed_at),
            _currencies_of(days, read),
            col(AdAccount.time_zone),
            # Only days that may be early are sent to Python, which are few: today, and days that were read on the day
            # itself. Both arrays have the same order: Postgres collects them in one pass over the group.
            func.array_agg(days.day).filter(may_be_early(days.refreshed_at, days.day)),
            func.array_agg(days.refreshed_at).filter(may_be_early(days.refreshed_at, days.day)),
        )
        .join_from(table, AdAccount, is_account_of(table))
        .where(within(read, table))
        .group_by(*keys, col(AdAccount.time_zone))
    )
    found = {}
    for row in await fetched(session, query):
        given = len(keys)
        stored, gaps, provisional, lost, rows, last_day, refreshed_at = row[given : given + 7]
        currencies, zone, early, read_at = row[given + 7 :]
        partial = sum(is_early(at, day, zone) for day, at in zip(early or (), read_at or (), strict=True))
        found[tuple(row[:given])] = StoredDays(
            stored, gaps, provisional, lost, rows, last_day, refreshed_at, partial, tuple(currencies or ())
        )
    return found


def _of_account(days: FromClause, ad_account_id: UUID) -> ColumnElement[bool]:
    """The condition that a row of `days` is of this account."""
    return and_(days.c.tenant_id == TENANT, days.c.ad_account_id == ad_account_id)


def _marks(ad_account_id: UUID, breakdown_set: str | None) -> tuple[Table, ColumnElement[bool]]:
    """The table that says what is known of an account's days, or of its parts by one set, and which rows do."""
    if breakdown_set is None:
        return insight_day, _of_account(insight_day, ad_account_id)
    is_of_set = breakdown_day.c.breakdown_set == breakdown_set
    return breakdown_day, and_(_of_account(breakdown_day, ad_account_id), is_of_set)


def is_account_of(rows: FromClause) -> ColumnElement[bool]:
    return and_(col(AdAccount.tenant_id) == TENANT, col(AdAccount.id) == rows.c.ad_account_id)


def may_be_early(read_at: ColumnElement[datetime], day: ColumnElement[date]) -> ColumnElement[bool]:
    """The condition that `is_early` may be true in some time zone; Python then judges by the account's zone.

    The midnight that ends a day comes at most 12 hours later than in UTC, so one day later is late enough for every
    zone. Postgres' tables of time zones are not used, since they may differ from Python's.
    """
    return read_at < func.timezone("UTC", cast(day + 2, DateTime()))


def is_early(read_at: datetime, day: date, time_zone: str) -> bool:
    """Whether the day was read before the midnight that ended it."""
    return read_at < day_end(day, time_zone)


def _currencies_of(days: Any, spans: Sequence[AccountDays]) -> ScalarSelect[Any]:
    """The currencies of an account's rows within the spans, as an array in order; of its parts by one set."""
    has_sets = "breakdown_set" in days
    rows = insight_breakdown_account_day if has_sets else insight_account_day
    same = [rows.c.breakdown_set == days.breakdown_set] if has_sets else []
    return (
        select(func.array_agg(distinct(rows.c.currency)))
        .where(rows.c.ad_account_id == days.ad_account_id, within(spans, rows), *same)
        .scalar_subquery()
    )


async def stored_currencies(session: ReadSession, spans: Sequence[AccountDays]) -> list[str]:
    """The currencies of all rows within the spans, in order; of parts where the spans have sets of breakdowns."""
    rows = insight_account_day if all(span.breakdown_set is None for span in spans) else insight_breakdown_account_day
    query = select(rows.c.currency).where(within(spans, rows)).distinct().order_by(rows.c.currency)
    return [row[0] for row in await fetched(session, query)]


async def gap_days(
    session: ReadSession, ad_account_id: UUID, *, since: date, breakdown_set: str | None = None
) -> list[tuple[date, GapKind]]:
    """The days from `since` on that were not read in full when they were last read, oldest first, with their kinds.

    With a set of breakdowns they are days of its parts.
    """
    table, is_of_account = _marks(ad_account_id, breakdown_set)
    column = table.c
    query = (
        # A gap of a release before the kinds has none: it is read once more, and then has one.
        select(column.day, func.coalesce(column.gap_kind, GapKind.AGAIN.value))
        .where(is_of_account, column.day >= since, column.status == DayStatus.GAP)
        .order_by(column.day)
    )
    return [(row[0], GapKind(row[1])) for row in await fetched(session, query)]


async def partial_days(
    session: ReadSession, ad_account_id: UUID, days: DateRange, *, now: datetime, breakdown_set: str | None = None
) -> list[date]:
    """The days that are over at `now` but were last read before they were over, oldest first.

    With a set of breakdowns they are days of its parts. Gaps are left out, since `gap_days` answers them; gaps of kind
    FIELD are not left out.
    """
    table, is_of_account = _marks(ad_account_id, breakdown_set)
    column = table.c
    query = (
        select(column.day, column.refreshed_at, col(AdAccount.time_zone))
        .join_from(table, AdAccount, is_account_of(table))
        .where(is_of_account, column.day.between(days.start, days.end))
        # Of a year of days hardly any passes this, so time zones are worked out for a handful of rows.
        .where(may_be_early(column.refreshed_at, column.day))
        .where(or_(column.status != DayStatus.GAP, column.gap_kind == GapKind.FIELD))
        .order_by(column.day)
    )
    rows = await fetched(session, query)
    return [day for day, read_at, zone in rows if is_early(read_at, day, zone) and day_end(day, zone) <= now]


async def sets_read(session: ReadSession | WriteSession, ad_account_id: UUID) -> set[str]:
    """The sets of breakdowns of which a day of the account was ever read, by name."""
    days = breakdown_day.c
    is_read = or_(days.status != DayStatus.GAP, days.rows > 0)
    query = select(days.breakdown_set).distinct().where(_of_account(breakdown_day, ad_account_id), is_read)
    return {row[0] for row in await fetched(session, query)}


@dataclass(frozen=True, slots=True)
class DaySpend:
    """The spend of all ads of a day, in the account's currency, how many have a row, and when they were read."""

    spend: Decimal
    rows: int
    refreshed_at: datetime
    is_settled: bool


async def spend_by_day(
    session: ReadSession | WriteSession, ad_account_id: UUID, days: DateRange
) -> dict[date, DaySpend]:
    """The spend of each day of which every ad's spend was read; a day without delivery has a spend of 0."""
    day, total = insight_day.c, insight_account_day.c
    same = (total.tenant_id == TENANT, total.ad_account_id == day.ad_account_id, total.day == day.day)
    query = (
        select(day.day, total.spend, day.rows, day.refreshed_at, day.status == DayStatus.SETTLED)
        .select_from(insight_day.outerjoin(insight_account_day, and_(*same)))
        .where(
            _of_account(insight_day, ad_account_id),
            day.day.between(days.start, days.end),
            # A gap of kind FIELD has all its ads. If the missing field is the spend, the account's sum of it is null.
            or_(day.status != DayStatus.GAP, day.gap_kind == GapKind.FIELD),
            # A day without ads has no row of sums, and spent nothing; beside ads, a null is a spend that nobody knows.
            or_(day.rows == 0, total.spend.is_not(None)),
        )
    )
    rows = await fetched(session, query)
    return {row[0]: DaySpend(row[1] if row[1] is not None else Decimal(0), *row[2:]) for row in rows}


async def days_without_people(
    session: ReadSession, ad_account_id: UUID, level: EntityLevel, days: DateRange
) -> list[date]:
    """Days with delivery whose people were not read, or were read before the day was over; oldest first.

    The last of `days` is today: it is not over, so people that were read of it count as read.
    """
    day, read = insight_day.c, unique_period.c
    same = (
        read.tenant_id == TENANT,
        read.ad_account_id == day.ad_account_id,
        read.level == level,
        read.period_start == day.day,
        read.period_end == day.day,
    )
    query = (
        select(day.day, read.refreshed_at, col(AdAccount.time_zone))
        .join_from(insight_day, AdAccount, is_account_of(insight_day))
        .outerjoin(unique_period, and_(*same))
        # Nobody saw an ad on a day without rows: it has no people to ask for.
        .where(_of_account(insight_day, ad_account_id), day.day.between(days.start, days.end), day.rows > 0)
        .where(or_(read.refreshed_at.is_(None), may_be_early(read.refreshed_at, day.day)))
        .order_by(day.day)
    )
    return [
        found
        for found, read_at, zone in await fetched(session, query)
        if read_at is None or (found != days.end and is_early(read_at, found, zone))
    ]


@dataclass(frozen=True, slots=True)
class StoredPeople:
    """What is known of people in the periods of a question, at its level.

    `are_missing`: those of some period with delivery were not read. `early`: accounts of which those of some period
    were read before the midnight that ended it.
    """

    are_missing: bool
    early: frozenset[UUID]


async def stored_people(session: ReadSession, question: InsightsQuestion) -> StoredPeople:
    """What is known of the people of accounts or campaigns, by the level of the question."""
    delivered, read = _delivered(question), unique_period.c
    is_candidate = may_be_early(read.refreshed_at, read.period_end)
    query = (
        select(
            delivered.c.ad_account_id,
            func.bool_or(read.ad_account_id.is_(None)),
            col(AdAccount.time_zone),
            # As in `stored_days`: both arrays have the same order.
            func.array_agg(read.period_end).filter(is_candidate),
            func.array_agg(read.refreshed_at).filter(is_candidate),
        )
        .select_from(delivered.join(unique_period, _is_of(delivered, question), isouter=True))
        .join(AdAccount, is_account_of(delivered))
        .group_by(delivered.c.ad_account_id, col(AdAccount.time_zone))
    )
    rows = await fetched(session, query)
    return StoredPeople(
        any(row[1] for row in rows),
        frozenset(
            account_id
            for account_id, _, zone, ends, read_at in rows
            if any(is_early(at, end, zone) for end, at in zip(ends or (), read_at or (), strict=True))
        ),
    )


def _delivered(question: InsightsQuestion) -> Subquery:
    """The question's periods in which an account had delivery, with `first_day` and `last_day` of each."""
    days = insight_day.c
    start = literal(None, Date()) if question.grain is TimeGrain.NONE else period_start(days.day, question.grain)
    first, last = period_in(question, start, account=days.ad_account_id)
    return (
        select(days.ad_account_id, first.label("first_day"), last.label("last_day"))
        .where(within(question.spans, insight_day), days.rows > 0)
        # Many days fall into one period, which is looked up once.
        .distinct()
        .subquery("delivered")
    )


def _is_of(delivered: Subquery, question: InsightsQuestion) -> ColumnElement[bool]:
    """The condition that people of the question's level were read for exactly such a period."""
    read = unique_period.c
    return and_(
        read.tenant_id == TENANT,
        read.ad_account_id == delivered.c.ad_account_id,
        read.level == question.level,
        # Both ends must be the same: people of a longer or a shorter period say nothing of those of this one.
        read.period_start == delivered.c.first_day,
        read.period_end == delivered.c.last_day,
    )

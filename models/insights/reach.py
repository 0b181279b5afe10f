"""Writes and reads deduplicated people of accounts and campaigns, which are stored for exact periods and never summed.

The people of ads are read with the ads' days and written by models/insights/day_swap.py.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, Date, any_, literal, select

from analytics.enums import EntityLevel
from analytics.metrics.facts import UNIQUE_COLUMNS
from analytics.periods import DateRange
from models.ads.ad_account import raise_data_version
from models.copying import storing
from models.database import ReadSession, WriteSession
from models.insights.day_swap import TOUCH_ACCOUNT
from models.insights.tables import unique_period
from models.thin.compiled import TENANT, fetched


@dataclass(frozen=True, slots=True)
class PeopleCount:
    """The people of one campaign, or of the account, in exactly this period; None where the platform gave no number."""

    entity_id: UUID
    period: DateRange
    reach: int | None
    unique_clicks: int | None


@dataclass(frozen=True, slots=True)
class PeopleRead:
    """All that the platform has for these periods at one level: an entity that is not in `counts` reached nobody."""

    ad_account_id: UUID
    level: EntityLevel
    periods: tuple[DateRange, ...]
    counts: tuple[PeopleCount, ...]
    # The instant before the first question was sent: an answer need not contain what happened later.
    refreshed_at: datetime
    # Periods with a part that a passing fault kept back, or that could not be read: what came is stored, but they count
    # as not read, so that they are asked for again.
    doubtful: Collection[DateRange] = ()


_COLUMNS = ", ".join(UNIQUE_COLUMNS)
_OF_LEVEL = "tenant_id = $1 and ad_account_id = $2 and level = $3"
_THESE = """
exists (
  select from unnest($4::date[], $5::date[]) as given (first_day, last_day)
  where given.first_day = period_start and given.last_day = period_end
)
"""
# Periods that are neither a single day nor a whole calendar month, nor among those given. A date becomes a timestamp
# without a time zone: otherwise it becomes midnight in the session's time zone, which shards refuse in a DELETE.
_MONTH = "date_trunc('month', period_start::timestamp)"
_PASSING = f"""
not {_THESE} and period_start < period_end and (
  period_start <> {_MONTH}::date or period_end <> ({_MONTH} + interval '1 month' - interval '1 day')::date
)
"""
_TABLES = ("unique_insight", "unique_period")
_INSERT = f"""
insert into unique_insight (tenant_id, ad_account_id, level, period_start, period_end, entity_id, {_COLUMNS})
select $1, $2, $3, * from unnest($4::date[], $5::date[], $6::uuid[], $7::bigint[], $8::bigint[])
"""  # noqa: S608 - columns of the catalogue
_MARK = """
insert into unique_period (tenant_id, ad_account_id, level, period_start, period_end, refreshed_at)
select $1, $2, $3, period_start, period_end, $6 from unnest($4::date[], $5::date[]) as t (period_start, period_end)
"""


async def replace_people(session: WriteSession, read: PeopleRead) -> None:
    """Replaces the people of these periods and notes when they were read; the account gets a new `data_version`."""
    driver = await session.driver()
    key = (session.tenant_id, read.ad_account_id, read.level.value)
    periods = _columns(read.periods)
    for table in _TABLES:
        await driver.execute(f"delete from {table} where {_OF_LEVEL} and {_THESE}", *key, *periods)  # noqa: S608 - see above
    people = [[getattr(each, name) for each in read.counts] for name in ("entity_id", "reach", "unique_clicks")]
    await driver.execute(storing(session, _INSERT), *key, *_columns([each.period for each in read.counts]), *people)
    whole = [period for period in read.periods if period not in read.doubtful]
    await driver.execute(storing(session, _MARK), *key, *_columns(whole), read.refreshed_at)
    await driver.execute(TOUCH_ACCOUNT, session.tenant_id, read.ad_account_id)


def _columns(periods: Sequence[DateRange]) -> tuple[list[date], list[date]]:
    return [period.start for period in periods], [period.end for period in periods]


async def forget_passing(
    session: WriteSession, ad_account_id: UUID, level: EntityLevel, *, but: Sequence[DateRange]
) -> None:
    """Deletes periods that ended with an earlier day, such as the last 7 days of last week, but not those in `but`.

    Single days and whole months stay.
    """
    driver = await session.driver()
    for table in _TABLES:
        statement = f"delete from {table} where {_OF_LEVEL} and {_PASSING}"  # noqa: S608 - see above
        await driver.execute(statement, session.tenant_id, ad_account_id, level.value, *_columns(but))
    await raise_data_version(session, [ad_account_id])


async def periods_read(
    session: ReadSession, ad_account_id: UUID, level: EntityLevel, periods: Sequence[DateRange]
) -> dict[DateRange, datetime]:
    """When each of the periods was last read; those that never were are left out."""
    column: Any = unique_period.c
    query = select(column.period_start, column.period_end, column.refreshed_at).where(
        column.tenant_id == TENANT,
        column.ad_account_id == ad_account_id,
        column.level == level,
        column.period_start == any_(literal([period.start for period in periods], ARRAY(Date()))),
    )
    found = {DateRange(row[0], row[1]): row[2] for row in await fetched(session, query)}
    return {period: found[period] for period in periods if period in found}

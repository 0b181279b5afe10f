"""Writes what is known of days: of an account's ad-days in `insight_day`, of its parts by one set in `breakdown_day`.

The rows that the marks are about are written in the same transaction. SQL is text here, since two tables share it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Protocol
from uuid import UUID

from analytics.periods import SETTLED_AFTER_DAYS, DateRange, local_day
from models.ads.ad_account import lock_contents, raise_data_version
from models.copying import storing
from models.database import WriteSession
from models.insights.tables import DayStatus, GapKind


class ReadDays(Protocol):
    """Whole days of an account as they were read; those up to `settled_through` are final.

    `gaps` are the days that were not read in full, each with its kind.
    """

    @property
    def ad_account_id(self) -> UUID: ...
    @property
    def days(self) -> DateRange: ...
    @property
    def refreshed_at(self) -> datetime: ...
    @property
    def settled_through(self) -> date: ...
    @property
    def gaps(self) -> Mapping[date, GapKind]: ...


@dataclass(frozen=True, slots=True)
class _Statements:
    clear: str
    days: str
    gaps: str
    unsettled: str
    settle: str


def _statements(table: str, stage: str, *, has_sets: bool = False) -> _Statements:
    """The texts for one table of marks; where it has sets of breakdowns, the set is the last value of each text."""
    key = "tenant_id, ad_account_id, day" + (", breakdown_set" if has_sets else "")

    def given(place: int) -> str:
        return f", ${place}" if has_sets else ""

    def account(place: int) -> str:
        return "tenant_id = $1 and ad_account_id = $2" + (f" and breakdown_set = ${place}" if has_sets else "")

    return _Statements(  # the names in these texts are of this module
        clear=f"delete from {table} where {account(5)} and day between $3 and $4",  # noqa: S608
        # One row per day, days without delivery included, with the number of its staged rows.
        days=f"""
insert into {table} ({key}, status, rows, refreshed_at, gap_kind)
select $1, $2, given.day::date{given(12)},
  case when gap.kind is not null then $7 when given.day::date <= $8 then $9 else $10 end, count(s.day), $11, gap.kind
from generate_series($3::date, $4::date, interval '1 day') as given (day)
left join unnest($5::date[], $6::text[]) as gap (day, kind) on gap.day = given.day::date
left join {stage} s on s.day = given.day::date
group by given.day, gap.kind
""",  # noqa: S608
        # Days of which nothing could be read: `rows` and `refreshed_at` of a day that is stored stay as they are.
        gaps=f"""
insert into {table} ({key}, status, rows, refreshed_at, gap_kind)
select $1, $2, day{given(7)}, $3, 0, $4, kind from unnest($5::date[], $6::text[]) as given (day, kind)
on conflict ({key}) do update set status = excluded.status, gap_kind = excluded.gap_kind
""",  # noqa: S608
        unsettled=f"select day, refreshed_at from {table} where {account(5)} and status = $3 and day <= $4",  # noqa: S608
        settle=f"update {table} set status = $3 where {account(5)} and day = any($4::date[])",  # noqa: S608
    )


_WHOLE = _statements("insight_day", "insight_stage")
_PARTS = _statements("breakdown_day", "breakdown_stage", has_sets=True)


def _of(breakdown_set: str | None) -> tuple[_Statements, tuple[str, ...]]:
    return (_WHOLE, ()) if breakdown_set is None else (_PARTS, (breakdown_set,))


async def mark_days(session: WriteSession, read: ReadDays, *, breakdown_set: str | None = None) -> None:
    """Replaces the marks of the days that were read; their rows are in the staging table of this transaction."""
    driver, (texts, parts) = await session.driver(), _of(breakdown_set)
    span = (session.tenant_id, read.ad_account_id, read.days.start, read.days.end)
    await driver.execute(texts.clear, *span, *parts)
    await driver.execute(
        storing(session, texts.days),
        *span,
        [*read.gaps],
        [kind.value for kind in read.gaps.values()],
        DayStatus.GAP.value,
        read.settled_through,
        DayStatus.SETTLED.value,
        DayStatus.PROVISIONAL.value,
        read.refreshed_at,
        *parts,
    )


async def mark_gaps(
    session: WriteSession,
    ad_account_id: UUID,
    days: Mapping[date, GapKind],
    *,
    refreshed_at: datetime,
    breakdown_set: str | None = None,
) -> None:
    """Gives days of which nothing could be read the status GAP; rows that are stored of these days stay."""
    if days:
        await lock_contents(session, ad_account_id)
        driver, (texts, parts) = await session.driver(), _of(breakdown_set)
        account, kinds = (session.tenant_id, ad_account_id), [kind.value for kind in days.values()]
        await driver.execute(texts.gaps, *account, DayStatus.GAP.value, refreshed_at, [*days], kinds, *parts)
        await raise_data_version(session, [ad_account_id])


async def settle_days(
    session: WriteSession, ad_account_id: UUID, *, through: date, time_zone: str, breakdown_set: str | None = None
) -> None:
    """Gives provisional days up to `through` the status SETTLED, unless they may have changed since they were read."""
    await lock_contents(session, ad_account_id)
    driver, (texts, parts) = await session.driver(), _of(breakdown_set)
    key = (session.tenant_id, ad_account_id)
    unsettled = await driver.fetch(texts.unsettled, *key, DayStatus.PROVISIONAL.value, through, *parts)
    # The platform restates a day for SETTLED_AFTER_DAYS: a day is final if it was last read on the last of these days,
    # or later.
    latest = timedelta(days=SETTLED_AFTER_DAYS - 1)
    days = [day for day, read_at in unsettled if local_day(read_at, time_zone) - day >= latest]
    if days:
        await driver.execute(texts.settle, *key, DayStatus.SETTLED.value, days, *parts)
        await raise_data_version(session, [ad_account_id])

"""Writes insights: whole days are swapped in one transaction, roll-ups included; decides no rule of refreshing.

Postgres refuses COPY into a table under row-level security. So rows are copied into a temporary table and inserted
from there, and the policy's WITH CHECK guards that insert. A function of the owner makes the temporary table, since
the runtime role may make none. SQL is text here: its columns come from the catalogue of facts.
"""

from collections.abc import AsyncIterator, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from operator import itemgetter
from uuid import UUID

from analytics.metrics.facts import FACT_COLUMNS, UNIQUE_COLUMNS, FactValue
from analytics.periods import DateRange
from models.ads.ad_account import lock_contents
from models.ads.entity_upsert import AdPlace
from models.copying import copy_in, escaped, storing
from models.database import WriteSession
from models.insights.day_marks import mark_days
from models.insights.months import forget_months
from models.insights.tables import GapKind


@dataclass(slots=True)
class StoredInsight:
    """One ad on one day. `facts` has every column of FACT_COLUMNS and UNIQUE_COLUMNS; the raw lists are JSON text.

    Where the row is a part of the ad's day, `values` are those of the breakdowns, in the order of their set.
    """

    day: date
    ad_id: UUID
    ad_set_id: UUID
    campaign_id: UUID
    currency: str
    facts: Mapping[str, FactValue]
    actions: str | None = None
    action_values: str | None = None
    values: tuple[str, ...] = ()


def ad_day_line(row: StoredInsight) -> str:
    """The row as a line of COPY, in the order of the staging table."""
    values = [
        row.day,
        row.ad_id.hex,
        row.ad_set_id.hex,
        row.campaign_id.hex,
        escaped(row.currency),
        *_facts(row.facts),
        escaped(row.actions),
        escaped(row.action_values),
    ]
    return "\t".join(["\\N" if value is None else str(value) for value in values]) + "\n"


class StagedRows:
    """Ad-days as lines of COPY's text format, which costs half the time of asyncpg's binary encoding of decimals.

    The lines are made page by page while rows are fetched, and meanwhile Postgres stores the slice before. They take a
    fifth of the memory of the rows.
    """

    __slots__ = ("_line", "count", "packed")

    def __init__(
        self, rows: Iterable[StoredInsight] = (), *, line: Callable[[StoredInsight], str] = ad_day_line
    ) -> None:
        self.packed: list[bytes] = []
        self.count = 0
        self._line = line
        self.add(rows)

    def add(self, rows: Iterable[StoredInsight]) -> None:
        lines = [self._line(row) for row in rows]
        self.packed.append("".join(lines).encode())
        self.count += len(lines)

    def take(self, others: "StagedRows") -> None:
        """Adds the rows of `others`, which must have been staged with the same `line` function."""
        self.packed += others.packed
        self.count += others.count

    def __len__(self) -> int:
        return self.count

    async def chunks(self) -> AsyncIterator[bytes]:
        for chunk in self.packed:
            yield chunk


@dataclass(frozen=True, slots=True)
class DaySwap:
    """Whole days of one account, as the platform has them now: rows of these days that are not in `rows` are deleted.

    No two rows share day and ad. Days up to `settled_through` become SETTLED. `gaps` are the days that were not read in
    full, each with its kind.
    """

    ad_account_id: UUID
    days: DateRange
    rows: StagedRows
    refreshed_at: datetime
    settled_through: date
    gaps: Mapping[date, GapKind] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class SliceCounts:
    """`stored` rows were written; `removed` rows were there before and the platform no longer reports them."""

    stored: int
    removed: int


# Tables of an account that a slice of ad-days does not touch.
_APART = (
    "unique_period",
    "insight_breakdown",
    "insight_breakdown_account_day",
    "breakdown_day",
    "insight_ad_month",
)
_KEYS = ("day", "ad_id", "ad_set_id", "campaign_id", "currency")
_RAW = ("actions", "action_values")
STAGED = (*_KEYS, *FACT_COLUMNS, *UNIQUE_COLUMNS, *_RAW)
_facts = itemgetter(*FACT_COLUMNS, *UNIQUE_COLUMNS)
_STORED = ", ".join((*_KEYS, *FACT_COLUMNS, *_RAW))
_FACTS = ", ".join(FACT_COLUMNS)
_SUMS = ", ".join(f"sum({column})" for column in FACT_COLUMNS)
_UNIQUES = ", ".join(UNIQUE_COLUMNS)
_ANY_UNIQUE = " or ".join(f"{column} is not null" for column in UNIQUE_COLUMNS)

# Deletes the days, and counts the deleted rows whose day and ad are not among the new ones.
_REMOVE = """
with gone as (
  delete from insight where tenant_id = $1 and ad_account_id = $2 and day between $3 and $4 returning day, ad_id
)
select count(*) from gone left join insight_stage using (day, ad_id) where insight_stage.ad_id is null
"""
INSERT_STAGED = f"""
insert into insight (tenant_id, ad_account_id, {_STORED})
select $1, $2, {_STORED} from insight_stage order by day, ad_id
"""  # noqa: S608 - see above
# The deduplicated people of ads, which are read with their days.
INSERT_STAGED_PEOPLE = f"""
insert into unique_insight (tenant_id, ad_account_id, level, period_start, period_end, entity_id, {_UNIQUES})
select $1, $2, 'AD', day, day, ad_id, {_UNIQUES} from insight_stage where {_ANY_UNIQUE} order by day, ad_id
"""  # noqa: S608 - see above
_FORGET_UNIQUE = """
delete from unique_insight
where tenant_id = $1 and ad_account_id = $2 and level = 'AD' and period_start between $3 and $4
  and period_end = period_start
"""
TOUCH_ACCOUNT = """
update ad_account set data_version = data_version + 1, (data_from, data_through) = (
  select min(day), max(day) from insight_account_day where tenant_id = $1 and ad_account_id = $2
) where tenant_id = $1 and id = $2
"""
# `is distinct from` leaves rows alone that are in place already, so that only the days of the others are summed anew.
_MOVE = """
update {table} set campaign_id = given.campaign_id, ad_set_id = given.ad_set_id
from unnest($3::uuid[], $4::uuid[], $5::uuid[]) as given (ad_id, ad_set_id, campaign_id)
where {table}.tenant_id = $1 and {table}.ad_account_id = $2 and {table}.ad_id = given.ad_id
  and ({table}.campaign_id, {table}.ad_set_id) is distinct from (given.campaign_id, given.ad_set_id)
returning {table}.day
"""


def sum_up_text(table: str, source: str, *, key: str) -> str:
    """The INSERT of a roll-up: the sums of `source` by day and `key`, a column name with a comma behind it, or ''."""
    return (
        f"insert into {table} (tenant_id, ad_account_id, day, {key}currency, {_FACTS})"  # noqa: S608 - names of this module
        f" select $1, $2, day, {key}currency, {_SUMS} from {source} group by day, {key}currency order by day"
    )


async def replace_slice(session: WriteSession, stored: DaySwap) -> SliceCounts:
    """Replaces what is stored of the slice's days by its rows, with roll-ups, status of days and people of ads.

    The account gets a new `data_version`. Answers how many rows were stored and removed.
    """
    await lock_contents(session, stored.ad_account_id)
    driver = await session.driver()
    account = (session.tenant_id, stored.ad_account_id)
    span = (*account, stored.days.start, stored.days.end)
    await driver.execute("select stage_insights()")
    await copy_in(driver, "insight_stage", chunks=stored.rows.chunks(), columns=STAGED)
    removed = await driver.fetchval(_REMOVE, *span)
    await driver.execute(storing(session, INSERT_STAGED), *account)
    for table, key in (("insight_campaign_day", "campaign_id, "), ("insight_account_day", "")):
        await driver.execute(_clear(table), *span)
        await driver.execute(storing(session, sum_up_text(table, "insight_stage", key=key)), *account)
    await driver.execute(_FORGET_UNIQUE, *span)
    await driver.execute(storing(session, INSERT_STAGED_PEOPLE), *account)
    await mark_days(session, stored)
    await driver.execute(TOUCH_ACCOUNT, *account)
    await forget_months(session, stored.ad_account_id, stored.days)
    return SliceCounts(stored=len(stored.rows), removed=removed)


def _clear(table: str) -> str:
    return f"delete from {table} where tenant_id = $1 and ad_account_id = $2 and day between $3 and $4"  # noqa: S608 - see above


async def move_ads(session: WriteSession, ad_account_id: UUID, places: Sequence[AdPlace]) -> None:
    """Moves stored rows to the campaign and ad set that their ads belong to now, and sums the affected days anew."""
    await lock_contents(session, ad_account_id)
    driver = await session.driver()
    account = (session.tenant_id, ad_account_id)
    given = [[getattr(place, name) for place in places] for name in ("ad_id", "ad_set_id", "campaign_id")]
    await driver.fetch(_MOVE.format(table="insight_breakdown"), *account, *given)
    moved = await driver.fetch(_MOVE.format(table="insight"), *account, *given)
    if not moved:
        return
    # The account's own roll-up does not change: an ad stays in its account.
    days = list({row["day"] for row in moved})
    source = "insight where tenant_id = $1 and ad_account_id = $2 and day = any($3)"
    await driver.execute(
        "delete from insight_campaign_day where tenant_id = $1 and ad_account_id = $2 and day = any($3)", *account, days
    )
    sum_up = sum_up_text("insight_campaign_day", source, key="campaign_id, ")
    await driver.execute(storing(session, sum_up), *account, days)
    await driver.execute(TOUCH_ACCOUNT, *account)
    await forget_months(session, ad_account_id, DateRange(min(days), max(days)))


async def delete_insights(session: WriteSession, ad_account_id: UUID) -> int:
    """Deletes every stored number of the account; answers how many ad-days there were."""
    driver = await session.driver()
    account = (session.tenant_id, ad_account_id)
    for table in ("insight_campaign_day", "insight_account_day", "insight_day", "unique_insight", *_APART):
        await driver.execute(f"delete from {table} where tenant_id = $1 and ad_account_id = $2", *account)  # noqa: S608 - see above
    status: str = await driver.execute("delete from insight where tenant_id = $1 and ad_account_id = $2", *account)
    await driver.execute(TOUCH_ACCOUNT, *account)
    return int(status.rpartition(" ")[2])

"""Stores ad-days of a file beside the others of their days, roll-ups included; decides nothing about the days.

As for a refresh the rows are copied into the staging table, then what is stored of their days is added to it, and the
days are swapped as a whole: so roll-ups are the sums of what is stored, however it came.
"""

from collections.abc import AsyncIterable, Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from analytics.metrics.facts import FACT_COLUMNS, UNIQUE_COLUMNS
from analytics.periods import DateRange
from models.ads.entity_upsert import AdPlace
from models.copying import copy_in, escaped, storing
from models.database import WriteSession
from models.insights.day_swap import INSERT_STAGED, INSERT_STAGED_PEOPLE, STAGED, TOUCH_ACCOUNT, sum_up_text
from models.insights.months import forget_months
from models.insights.tables import DayStatus


@dataclass(frozen=True, slots=True)
class DayMerge:
    """Rows of one account, none twice, as lines of `staged_line`; `days` are all days that they are of.

    Days up to `settled_through` are final.
    """

    ad_account_id: UUID
    days: Sequence[date]
    lines: AsyncIterable[bytes]
    imported_at: datetime
    settled_through: date


_VALUES = ("day", "ad_id", "ad_set_id", "campaign_id", "currency", *FACT_COLUMNS, *UNIQUE_COLUMNS)
_NAMES = ", ".join(_VALUES)
_STORED = f"""
with stored as materialized (
  select {", ".join(f"i.{name}" for name in _VALUES if name not in UNIQUE_COLUMNS)},
    {", ".join(f"u.{name}" for name in UNIQUE_COLUMNS)}, i.actions, i.action_values
  from insight i left join unique_insight u
    on u.tenant_id = $1 and u.ad_account_id = $2 and u.level = 'AD' and u.entity_id = i.ad_id
    and u.period_start = i.day and u.period_end = i.day
  where i.tenant_id = $1 and i.ad_account_id = $2 and i.day = any($3::date[])
)
"""  # noqa: S608 - columns of the catalogue
_IS_NEW = f"{_STORED} select exists (select {_NAMES} from insight_stage except select {_NAMES} from stored)"  # noqa: S608 - see above
_KEEP = f"""
{_STORED}
insert into insight_stage ({_NAMES}, actions, action_values)
select {", ".join(f"stored.{name}" for name in (*_VALUES, "actions", "action_values"))}
from stored left join insight_stage on insight_stage.day = stored.day and insight_stage.ad_id = stored.ad_id
where insight_stage.ad_id is null
"""  # noqa: S608 - see above
_OF_DAYS = "tenant_id = $1 and ad_account_id = $2 and day = any($3::date[])"
_FORGET_PEOPLE = """
delete from unique_insight
where tenant_id = $1 and ad_account_id = $2 and level = 'AD' and period_start = any($3::date[])
  and period_end = period_start
"""
# A day that a refresh has tried in vain, after an import, keeps its gap: it is read again.
_MARK = """
insert into insight_day (tenant_id, ad_account_id, day, status, rows, refreshed_at, imported_at)
select $1, $2, given.day, case when given.day <= $5 then $6 else $7 end, given.rows, $8, $8
from unnest($3::date[], $4::integer[]) as given (day, rows)
on conflict (tenant_id, ad_account_id, day) do update
set rows = excluded.rows, refreshed_at = excluded.refreshed_at, imported_at = excluded.imported_at
"""


def staged_line(facts: Sequence[str]) -> Callable[[date, AdPlace, str, Sequence[str]], str]:
    """Makes lines of COPY for rows with these facts alone: of a day, the ad's place, the currency and the values.

    Values are as COPY's text format writes them, in the order of `facts`. Conversions are by the default window.
    """
    places = {name: place for place, name in enumerate(facts)}
    columns = [places.get(name, len(facts)) for name in (*FACT_COLUMNS, *UNIQUE_COLUMNS)]

    def line(day: date, place: AdPlace, currency: str, values: Sequence[str]) -> str:
        told = (*values, "\\N")
        numbers = "\t".join([told[column] for column in columns])
        ids = f"{place.ad_id.hex}\t{place.ad_set_id.hex}\t{place.campaign_id.hex}"
        return f"{day}\t{ids}\t{escaped(currency)}\t{numbers}\t\\N\t\\N\n"

    return line


async def merge_days(session: WriteSession, merge: DayMerge) -> bool:
    """Stores the rows in place of those of the same ads and days; other ads of these days keep theirs.

    Answers whether anything has changed. If so, the account gets a new `data_version`. The account must be locked
    (`lock_contents`), and no day of these may have been read by a refresh.
    """
    driver = await session.driver()
    account = (session.tenant_id, merge.ad_account_id)
    days = (*account, list(merge.days))
    await driver.execute("select stage_insights()")
    await copy_in(driver, "insight_stage", chunks=merge.lines, columns=STAGED)
    if not await driver.fetchval(_IS_NEW, *days):
        return False
    await driver.execute(_KEEP, *days)
    await driver.execute(f"delete from insight where {_OF_DAYS}", *days)  # noqa: S608 - see above
    await driver.execute(storing(session, INSERT_STAGED), *account)
    for table, key in (("insight_campaign_day", "campaign_id, "), ("insight_account_day", "")):
        await driver.execute(f"delete from {table} where {_OF_DAYS}", *days)  # noqa: S608 - see above
        await driver.execute(storing(session, sum_up_text(table, "insight_stage", key=key)), *account)
    await driver.execute(_FORGET_PEOPLE, *days)
    await driver.execute(storing(session, INSERT_STAGED_PEOPLE), *account)
    await _mark(session, merge)
    await driver.execute(TOUCH_ACCOUNT, *account)
    await forget_months(session, merge.ad_account_id, DateRange(min(merge.days), max(merge.days)))
    return True


async def _mark(session: WriteSession, merge: DayMerge) -> None:
    driver = await session.driver()
    counted = await driver.fetch("select day, count(*)::integer from insight_stage group by day order by day")
    await driver.execute(
        _MARK,
        session.tenant_id,
        merge.ad_account_id,
        [row[0] for row in counted],
        [row[1] for row in counted],
        merge.settled_through,
        DayStatus.SETTLED.value,
        DayStatus.PROVISIONAL.value,
        merge.imported_at,
    )

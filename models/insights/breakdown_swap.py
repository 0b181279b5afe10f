"""Writes ad-days divided by breakdowns: whole days of one set of breakdowns are swapped in one transaction.

SQL is text here, since its columns come from the catalogue of facts.
"""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from operator import itemgetter

from analytics.metrics.facts import FACT_COLUMNS
from models.copying import copy_in, escaped, storing
from models.database import WriteSession
from models.insights.day_marks import mark_days
from models.insights.day_swap import TOUCH_ACCOUNT, DaySwap, SliceCounts, StoredInsight

_KEYS = ("day", "ad_id", "first_value", "second_value", "ad_set_id", "campaign_id", "currency")
_STAGED = (*_KEYS, *FACT_COLUMNS)
_STORED = ", ".join(_STAGED)
_facts = itemgetter(*FACT_COLUMNS)

# Counts the deleted parts that are not among the new ones: `campaign_id` is null where the join finds no staged row.
_REMOVE = """
with gone as (
  delete from insight_breakdown
  where tenant_id = $1 and ad_account_id = $2 and breakdown_set = $3 and day between $4 and $5
  returning day, ad_id, first_value, second_value
)
select count(*) from gone left join breakdown_stage s using (day, ad_id, first_value, second_value)
where s.campaign_id is null
"""
_INSERT = f"""
insert into insight_breakdown (tenant_id, ad_account_id, breakdown_set, {_STORED})
select $1, $2, $3, {_STORED} from breakdown_stage order by day, ad_id, first_value, second_value
"""  # noqa: S608 - see above
_CLEAR_SUMS = """
delete from insight_breakdown_account_day
where tenant_id = $1 and ad_account_id = $2 and breakdown_set = $3 and day between $4 and $5
"""
_SUM_KEYS = "day, first_value, second_value, currency"
_SUM_UP = f"""
insert into insight_breakdown_account_day
  (tenant_id, ad_account_id, breakdown_set, {_SUM_KEYS}, {", ".join(FACT_COLUMNS)})
select $1, $2, $3, {_SUM_KEYS}, {", ".join(f"sum({column})" for column in FACT_COLUMNS)} from breakdown_stage
group by {_SUM_KEYS} order by {_SUM_KEYS}
"""  # noqa: S608 - see above
# A day of which the spend of some part is unknown has no sum.
_SPEND = """
select day, sum(spend), count(*) from breakdown_stage group by day having count(spend) = count(*) order by day
"""


def part_line(row: StoredInsight) -> str:
    """A part of an ad's day as a line of COPY, in the order of the staging table."""
    # A set has one or two breakdowns; the second column is '' for a set of one.
    first, second = (*row.values, "", "")[:2]
    texts = (escaped(first), escaped(second))
    ids = (row.ad_set_id.hex, row.campaign_id.hex)
    values = (row.day, row.ad_id.hex, *texts, *ids, escaped(row.currency), *_facts(row.facts))
    return "\t".join(["\\N" if value is None else str(value) for value in values]) + "\n"


async def replace_parts(session: WriteSession, breakdown_set: str, stored: DaySwap) -> SliceCounts:
    """Replaces the stored parts of the slice's days, within this set of breakdowns, by the rows of the slice.

    `stored.rows` must have been staged with `part_line`. Their sums and what is known of the set's days are written
    too; the ad-days themselves and the status of their days stay as they are. The account gets a new `data_version`.
    """
    driver = await session.driver()
    key = (session.tenant_id, stored.ad_account_id, breakdown_set)
    await driver.execute("select stage_breakdowns()")
    await copy_in(driver, "breakdown_stage", chunks=stored.rows.chunks(), columns=_STAGED)
    days = (stored.days.start, stored.days.end)
    removed = await driver.fetchval(_REMOVE, *key, *days)
    await driver.execute(storing(session, _INSERT), *key)
    await driver.execute(_CLEAR_SUMS, *key, *days)
    await driver.execute(storing(session, _SUM_UP), *key)
    await mark_days(session, stored, breakdown_set=breakdown_set)
    await driver.execute(TOUCH_ACCOUNT, session.tenant_id, stored.ad_account_id)
    return SliceCounts(stored=len(stored.rows), removed=removed)


@dataclass(frozen=True, slots=True)
class PartSpend:
    """The spend of all parts of a day, in the account's currency, and how many parts they are."""

    spend: Decimal
    parts: int


async def staged_spend(session: WriteSession) -> dict[date, PartSpend]:
    """The spend of each day that has parts in the slice which this transaction has just stored."""
    driver = await session.driver()
    return {day: PartSpend(spend, parts) for day, spend, parts in await driver.fetch(_SPEND)}

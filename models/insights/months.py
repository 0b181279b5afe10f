"""Sums of ad-days over whole months, `insight_ad_month`: writes them, deletes those that no longer hold, finds them.

A month has either the sums of all its stored ad-days or no row. Whoever changes ad-days locks the account's row, then
deletes the sums of their months; whoever sums a month holds the same lock. So no sum can be of days that are gone.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from uuid import UUID

from sqlalchemy import ARRAY, Date, Uuid, bindparam, text
from sqlmodel import col, select

from analytics.enums import TimeGrain
from analytics.metrics.facts import FACT_COLUMNS
from analytics.periods import DateRange, period_end, period_start
from models.ads.ad_account import AdAccount
from models.copying import storing
from models.database import ReadSession, WriteSession
from models.insights.question import AccountDays, SummedMonths

MOST_DUE = 500
# Of whole months in a range: for fewer of them days are read alone, of which most are not settled then.
_FEWEST = 6

_IS_DUE = col(AdAccount.months_version) != col(AdAccount.data_version)
_FORGET = """
delete from insight_ad_month where tenant_id = $1 and ad_account_id = $2 and month between $3 and $4
"""
# The account's days, one row for each, tell which months there are. The last month before the bound comes first.
_NEXT = text("""
    select date_trunc('month', stored.day::timestamp)::date as month from insight_account_day stored
    where stored.tenant_id = :tenant_id and stored.ad_account_id = :ad_account_id and stored.day < :before
        and not exists (
            select from insight_ad_month summed
            where summed.tenant_id = :tenant_id and summed.ad_account_id = :ad_account_id
                and summed.month = date_trunc('month', stored.day::timestamp)::date
        )
    order by stored.day desc limit 1
""")
_FIND = text("""
    select given.account, given.month from unnest(:accounts, :months) as given (account, month)
    where exists (
        select from insight_ad_month summed
        where summed.tenant_id = :tenant_id and summed.ad_account_id = given.account and summed.month = given.month
    )
""").bindparams(bindparam("accounts", type_=ARRAY(Uuid())), bindparam("months", type_=ARRAY(Date())))
_KEYS = "ad_id, ad_set_id, campaign_id, currency"
_SUM_UP = f"""
insert into insight_ad_month (tenant_id, ad_account_id, month, {_KEYS}, {", ".join(FACT_COLUMNS)})
select tenant_id, ad_account_id, $3::date, {_KEYS}, {", ".join(f"sum({column})" for column in FACT_COLUMNS)}
from insight where tenant_id = $1 and ad_account_id = $2 and day >= $3::date and day < $3::date + interval '1 month'
group by tenant_id, ad_account_id, {_KEYS} order by ad_id
"""  # noqa: S608 - columns of the catalogue


async def forget_months(session: WriteSession, ad_account_id: UUID, days: DateRange) -> None:
    """Deletes the sums of the months that these days are in; the account's row must have been changed before."""
    driver = await session.driver()
    first = period_start(days.start, TimeGrain.MONTH)
    await driver.execute(_FORGET, session.tenant_id, ad_account_id, first, days.end)


async def accounts_to_sum(session: WriteSession) -> list[tuple[UUID, UUID]]:
    """Tenant and account of those that have changed since their months were summed; needs a session of the system role.

    At most MOST_DUE.
    """
    rows = await session.exec(select(AdAccount.tenant_id, AdAccount.id).where(_IS_DUE).limit(MOST_DUE))
    return [(tenant_id, account_id) for tenant_id, account_id in rows]


async def claim_account_to_sum(session: WriteSession, account_id: UUID) -> AdAccount | None:
    """The account, locked until the session ends; None when it is not due any more or somebody else has locked it."""
    is_it = (AdAccount.tenant_id == session.tenant_id, AdAccount.id == account_id)
    query = select(AdAccount).where(*is_it, _IS_DUE)
    return (await session.exec(query.with_for_update(skip_locked=True))).one_or_none()


async def sum_next_month(session: WriteSession, ad_account_id: UUID, *, before: date) -> date | None:
    """Sums the last month that ends before `before` and is not summed yet; answers it, None when there is none.

    The account must be locked, and `before` the first of a month.
    """
    connection = await session.connection()
    account = {"tenant_id": session.tenant_id, "ad_account_id": ad_account_id}
    month: date | None = (await connection.execute(_NEXT, account | {"before": before})).scalar_one_or_none()
    if month is not None:
        driver = await session.driver()
        await driver.execute(storing(session, _SUM_UP), session.tenant_id, ad_account_id, month)
    return month


async def summed_months(session: ReadSession, spans: Sequence[AccountDays]) -> SummedMonths | None:
    """Which whole months of the spans are summed, and which days are left; None where no month is worth a look."""
    if all(len(_months(span.days)) < _FEWEST for span in spans):
        return None
    wanted = [(account, month) for span in spans for account in span.ad_account_ids for month in _months(span.days)]
    values = {
        "tenant_id": session.tenant_id,
        "accounts": [account for account, _ in wanted],
        "months": [month for _, month in wanted],
    }
    rows = await (await session.connection()).execute(_FIND, values)
    found: defaultdict[UUID, set[date]] = defaultdict(set)
    for account, month in rows:
        found[account].add(month)
    if not found:
        return None
    return SummedMonths(
        tuple((account, month) for account, month in wanted if month in found[account]),
        tuple(
            (account, left)
            for span in spans
            for account in span.ad_account_ids
            for left in _left(span.days, sorted(found[account]))
        ),
    )


def _months(days: DateRange) -> list[date]:
    """The first days of the months that are in the range as a whole."""
    starts = [day for day in days.every_day() if day.day == 1]
    return [start for start in starts if period_end(start, TimeGrain.MONTH) in days]


def _left(days: DateRange, months: Sequence[date]) -> Iterator[DateRange]:
    """The ranges of days before, between and after these months, which are in order."""
    begins = days.start
    for month in months:
        if begins < month:
            yield DateRange(begins, month - timedelta(days=1))
        begins = period_end(month, TimeGrain.MONTH) + timedelta(days=1)
    if begins <= days.end:
        yield DateRange(begins, days.end)

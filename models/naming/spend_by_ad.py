"""Reads what each ad has spent, in one currency, whatever its account is in."""

from collections.abc import Sequence
from typing import NamedTuple
from uuid import UUID

from analytics.rates import EURO
from models.database import ReadSession
from models.insights.question import AccountDays

# Rates lie on the coordinator where tables are on shards, so they are read first. One euro is `per_eur` units.
_SPENT = f"""
    with rates as materialized (
        select currency, day, per_eur::float8 as per_eur from fx_rate
        where day between $5 and $6 and currency in (select distinct unnest($7::varchar[]))
    ), spent as (
        select insight.ad_id, insight.currency, insight.day, coalesce(insight.spend, 0)::float8 as spend
        from unnest($2::uuid[], $3::date[], $4::date[]) as read (ad_account_id, first, last)
        join insight on insight.tenant_id = $1 and insight.ad_account_id = read.ad_account_id
            and insight.day between read.first and read.last
    )
    select spent.ad_id, sum(case
            when spent.spend = 0 then 0
            when spent.currency = $8::varchar then spent.spend
            else coalesce(spent.spend / case spent.currency when '{EURO}' then 1 else source.per_eur end
                * case $8::varchar when '{EURO}' then 1 else target.per_eur end, 'NaN')
        end) as spend
    from spent
    left join rates source on source.currency = spent.currency and source.day = spent.day
    left join rates target on target.currency = $8::varchar and target.day = spent.day
    group by spent.ad_id
"""  # noqa: S608 - a currency of ours


class AdSpend(NamedTuple):
    """What an ad has spent; not a number where an exchange rate is missing."""

    ad_id: UUID
    spend: float


async def spend_by_ad(
    session: ReadSession, spans: Sequence[AccountDays], currencies: Sequence[str], *, into: str
) -> list[AdSpend]:
    """The ads that have delivered within the spans; `currencies` are those of the accounts."""
    read = [(account, span.days.start, span.days.end) for span in spans for account in span.ad_account_ids]
    if not read:
        return []
    columns = [list(each) for each in zip(*read, strict=True)]
    first, last = min(columns[1]), max(columns[2])
    values = [session.tenant_id, *columns, first, last, [*currencies, into], into]
    return [AdSpend(row[0], row[1]) for row in await session.fetch(_SPENT, values)]

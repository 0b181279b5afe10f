"""Fills our own insight tables on the server's side, in key order and with roll-ups, as years of refreshes would."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from uuid import UUID

import asyncpg

from auth.viewer import Viewer
from benchmarks.graph_pages import LAST_DAY
from benchmarks.world import new_owner
from models.ads.ad_account import AdAccount
from models.ids import new_id
from models.platform import Platform
from services.toolbox import Toolbox

ADS_PER_CAMPAIGN = 7
FACTS = ("spend", "impressions", "clicks_all", "link_clicks", "purchases", "purchase_value")
_CAMPAIGNS = """
insert into campaign (tenant_id, id, ad_account_id, platform, external_id, name, status, created_at, updated_at,
  last_seen_at)
select $1, md5($2::uuid::text || 'campaign' || n)::uuid, $2::uuid, 'META', md5($2::uuid::text || n), 'Campaign ' || n,
  'ACTIVE', now(), now(), now()
from generate_series(0, ($3 - 1) / $4) n
"""
# The numbers of an ad are even over its days: what is measured does not depend on them.
_ROWS = f"""
insert into insight (tenant_id, ad_account_id, day, ad_id, ad_set_id, campaign_id, currency, {", ".join(FACTS)})
select $1, $2, d.day, ad.id, ad.id, ad.campaign_id, 'EUR', round((1 + random() * 200)::numeric, 2),
  500 + (random() * 50000)::int, 10 + (random() * 900)::int, 5 + (random() * 500)::int, (random() * 20)::int,
  round((random() * 900)::numeric, 2)
from (select $3::date + n as day from generate_series(0, $4 - 1) n) d
cross join (
  select md5($2::uuid::text || 'ad' || n)::uuid as id, md5($2::uuid::text || 'campaign' || n / $6)::uuid as campaign_id
  from generate_series(0, $5 - 1) n
) ad
order by d.day, ad.id
"""


@dataclass(frozen=True, slots=True)
class Account:
    id: UUID
    ads: int


async def fill_tenant(
    tools: Toolbox, connection: asyncpg.Connection, *, sizes: Sequence[int], days: int
) -> tuple[Viewer, list[Account]]:
    """A new tenant with one account per size, which is its number of ads; `connection` is the runtime role's."""
    viewer = await new_owner(tools)
    accounts = [Account(new_id(), ads) for ads in sizes]
    async with tools.db.write(viewer) as session:
        session.add_all(_row(viewer, account) for account in accounts)
    first = LAST_DAY - timedelta(days=days - 1)
    async with connection.transaction():
        await connection.execute(f"set local app.tenant_id = '{viewer.tenant_id}'")
        for account in accounts:
            await _fill_account(connection, viewer.tenant_id, account, first=first, days=days)
        for table, key in (("insight_campaign_day", "campaign_id, "), ("insight_account_day", "")):
            await connection.execute(_sum_up(table, key), viewer.tenant_id)
    return viewer, accounts


async def _fill_account(
    connection: asyncpg.Connection, tenant_id: UUID | None, account: Account, *, first: date, days: int
) -> None:
    await connection.execute(_CAMPAIGNS, tenant_id, account.id, account.ads, ADS_PER_CAMPAIGN)
    await connection.execute(_ROWS, tenant_id, account.id, first, days, account.ads, ADS_PER_CAMPAIGN)


def _row(viewer: Viewer, account: Account) -> AdAccount:
    assert viewer.tenant_id is not None
    return AdAccount(
        tenant_id=viewer.tenant_id,
        id=account.id,
        platform=Platform.META,
        external_id=f"act_{account.id.int}",
        name="Benchmark",
        currency="EUR",
        time_zone="UTC",
    )


def _sum_up(table: str, key: str) -> str:
    sums = ", ".join(f"sum({fact})" for fact in FACTS)
    keys = f"tenant_id, ad_account_id, day, {key}currency"
    return (
        f"insert into {table} ({keys}, {', '.join(FACTS)}) select {keys}, {sums} from insight where tenant_id = $1"
        f" group by {keys} order by {keys}"
    )

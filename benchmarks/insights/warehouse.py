"""Fills our own insight tables as years of refreshes would: every fact, the raw lists, roll-ups, the status of days.

Some thousand ad-days are printed and read as a refresh does it; Postgres multiplies them by ads and days, in the order
of the key. The large tables are not logged, since durability is not measured.
"""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

import asyncpg

from analytics.metrics.facts import FACT_COLUMNS
from auth.viewer import Viewer
from benchmarks.graph_pages import LAST_DAY
from benchmarks.insights.printed import COLUMNS, printed_days
from benchmarks.world import Place, new_owner
from migrations.roles import RUNTIME
from models.ads.ad_account import AdAccount
from models.copying import copy_in
from models.ids import new_id
from models.platform import Platform
from services.insights.months import sum_months
from services.toolbox import Toolbox

ADS_PER_CAMPAIGN, ADS_PER_SET = 7, 4
# All accounts are in euros; there is a rate of each day for the other currency.
CURRENCY, CONVERTED_TO = "EUR", "USD"
# Days that were also read by country.
PART_DAYS = 60
_RATED_DAYS = 1_000
# Two fields that the ads' names have, with the number of their values; every ninth ad lacks the second.
TAGS = {"hook": 8, "format": 5}

_FACTS = ", ".join(FACT_COLUMNS)
_SUMS = ", ".join(f"sum({name})" for name in FACT_COLUMNS)
_COPIED = ", ".join(f"t.{name}" for name in FACT_COLUMNS)
_TEMPLATES = ("printed_day", "printed_part")
_UNLOGGED = (
    "insight",
    "insight_campaign_day",
    "insight_ad_month",
    "insight_breakdown",
    "insight_breakdown_account_day",
)
# The ads of account $2: their numbers from 0 on, and the ids of what they are in.
_ADS = f"""(
  select n, md5($2::uuid::text || 'ad' || n)::uuid as id,
    md5($2::uuid::text || 'campaign' || n / {ADS_PER_CAMPAIGN})::uuid as campaign_id,
    n / {ADS_PER_CAMPAIGN} || '-' || n % {ADS_PER_CAMPAIGN} / {ADS_PER_SET} as place
  from generate_series(0, $3::int - 1) n
)"""
_IN_SET = "md5($2::uuid::text || 'set' || place)::uuid"
_ENTITY = "tenant_id, ad_account_id, platform, status, created_at, updated_at, last_seen_at, id, external_id, name"
_NEW = "$1::uuid, $2::uuid, 'META', 'ACTIVE', now(), now(), now()"
_ENTITIES = (
    f"""insert into campaign ({_ENTITY})
    select distinct {_NEW}, campaign_id, campaign_id::text, 'Campaign ' || n / {ADS_PER_CAMPAIGN} from {_ADS} ad""",
    f"""insert into ad_set ({_ENTITY}, campaign_id)
    select distinct {_NEW}, {_IN_SET}, {_IN_SET}::text, 'Ad set ' || place, campaign_id from {_ADS} ad""",
    f"""insert into ad ({_ENTITY}, campaign_id, ad_set_id)
    select {_NEW}, id, id::text, 'Ad ' || n, campaign_id, {_IN_SET} from {_ADS} ad""",
)
_TAG = f"""insert into entity_tag (tenant_id, ad_account_id, entity_id, field, level, value, source)
select $1, $2, id, $4::text, 'AD', $4::text || ' ' || n % $5::int, 'PARSED'
from {_ADS} ad where $5::int > 5 or n % 9 > 0"""
# Which of the printed ad-days an ad has on a day: primes, so that neighbours differ in both directions.
_NUMBER = "((ad.n + 1) * 7919 + (day - date '2000-01-01') * 104729 + $6::int) % $7::int"
_DAYS = "(select $4::date + n as day from generate_series(0, $5::int - 1) n) d"
_ROWS = f"""insert into insight (tenant_id, ad_account_id, day, ad_id, ad_set_id, campaign_id, currency, {_FACTS},
  actions, action_values)
select $1, $2, day, id, {_IN_SET}, campaign_id, '{CURRENCY}', {_COPIED}, t.actions, t.action_values
from {_DAYS} cross join {_ADS} ad join printed_day t on t.number = {_NUMBER} order by day, id"""
_PARTS = f"""insert into insight_breakdown (tenant_id, ad_account_id, breakdown_set, day, ad_id, first_value,
  second_value, ad_set_id, campaign_id, currency, {_FACTS})
select $1, $2, 'COUNTRY', day, id, t.value, '', {_IN_SET}, campaign_id, '{CURRENCY}', {_COPIED}
from {_DAYS} cross join {_ADS} ad join printed_part t on t.number = {_NUMBER} order by day, id, t.value"""
_MARKED = "select $1::uuid, $2::uuid, day, 'SETTLED', count(*), now()"
_MARKS = (
    f"""insert into insight_day (tenant_id, ad_account_id, day, status, rows, refreshed_at)
    {_MARKED} from insight where tenant_id = $1 and ad_account_id = $2 group by day""",
    f"""insert into breakdown_day (tenant_id, ad_account_id, day, status, rows, refreshed_at, breakdown_set)
    {_MARKED}, 'COUNTRY' from insight_breakdown where tenant_id = $1 and ad_account_id = $2 group by day""",
)


@dataclass(frozen=True, slots=True)
class Account:
    id: UUID
    ads: int


def _sum_up(table: str, source: str, keys: str) -> str:
    keys = f"tenant_id, ad_account_id, day, {keys}"
    return (
        f"insert into {table} ({keys}, {_FACTS}) select {keys}, {_SUMS} from {source}"
        f" where tenant_id = $1 and ad_account_id = $2 group by {keys} order by {keys}"
    )


_ROLL_UPS = (
    _sum_up("insight_campaign_day", "insight", "campaign_id, currency"),
    _sum_up("insight_account_day", "insight_campaign_day", "currency"),
    _sum_up("insight_breakdown_account_day", "insight_breakdown", "breakdown_set, first_value, second_value, currency"),
)
_RATES = f"""insert into fx_rate (currency, day, per_eur, published_on, version)
select '{CONVERTED_TO}', day, 1.1 + n % 97 * 0.001, day, 1
from (select n, $1::date - n as day from generate_series(0, $2::int) n) d"""


class Warehouse:
    """Fills one tenant after the other; `connection` is the runtime role's, `owner` the owner's of the tables."""

    def __init__(
        self, tools: Toolbox, connection: asyncpg.Connection, owner: asyncpg.Connection, *, printed: int
    ) -> None:
        self.connection = connection
        self._tools, self._owner, self._printed = tools, owner, printed
        self._tenants = 0

    async def fill(
        self, *, sizes: Sequence[int], days: int, part_days: int = 0, owner: Viewer | None = None
    ) -> tuple[Viewer, list[Account]]:
        """The tenant of `owner`, or a new one, with one account per size, which is its number of ads.

        `part_days` are read by country too.
        """
        viewer = owner or await new_owner(self._tools)
        accounts = [Account(new_id(), ads) for ads in sizes]
        self._tenants += 1
        async with self._tools.db.write(viewer) as session:
            session.add_all(_row(viewer, account, days) for account in accounts)
        async with self.connection.transaction():
            await self.connection.execute(
                f"set local app.tenant_id = '{viewer.tenant_id}'; set local work_mem = '256MB'"
            )
            for account in accounts:
                await self._fill_account(viewer.tenant_id, account, days=days, part_days=part_days)
        return viewer, accounts

    async def settle(self) -> None:
        """Months that workers have summed, statistics and a visibility map, as after a while of rest."""
        while await sum_months(self._tools.db, self._tools.clock):
            pass
        await self._owner.execute("vacuum analyze")

    async def _fill_account(self, tenant_id: UUID | None, account: Account, *, days: int, part_days: int) -> None:
        send, key = self.connection.execute, (tenant_id, account.id)
        ads = (*key, account.ads)
        for statement in _ENTITIES:
            await send(statement, *ads)
        for field, values in TAGS.items():
            await send(_TAG, *ads, field, values)
        for statement, number in ((_ROWS, days), (_PARTS, part_days)):
            first = LAST_DAY - timedelta(days=number - 1)
            await send(statement, *ads, first, number, self._tenants * 31, self._printed)
        for statement in (*_ROLL_UPS, *_MARKS):
            await send(statement, *key)


@asynccontextmanager
async def warehouse(tools: Toolbox, place: Place) -> AsyncIterator[Warehouse]:
    """An empty one, over the benchmark's own Postgres."""
    owner = await asyncpg.connect(place.urls.migration)
    # Filling takes longer than any question of the product may.
    connection = await asyncpg.connect(place.urls.runtime, server_settings={"statement_timeout": "0"})
    try:
        printed = printed_days()
        for table in _UNLOGGED:
            await owner.execute(f"alter table {table} set unlogged")
        for table, lines in zip(_TEMPLATES, (printed.lines, printed.parts), strict=True):
            await owner.execute(
                f"create table {table} as select 0 as number, ''::text as value, {_FACTS}, actions, action_values"
                f" from insight with no data; grant select on {table} to {RUNTIME}"
            )
            await copy_in(owner, table, chunks=_chunks(lines), columns=COLUMNS)
            await owner.execute(f"create index on {table} (number); analyze {table}")
        await owner.execute(_RATES, LAST_DAY, _RATED_DAYS)
        yield Warehouse(tools, connection, owner, printed=printed.days)
    finally:
        await connection.close()
        await owner.close()


async def _chunks(lines: bytes) -> AsyncIterator[bytes]:
    yield lines


def _row(viewer: Viewer, account: Account, days: int) -> AdAccount:
    assert viewer.tenant_id is not None
    return AdAccount(
        tenant_id=viewer.tenant_id,
        id=account.id,
        platform=Platform.META,
        external_id=f"act_{account.id.int}",
        name="Benchmark",
        currency=CURRENCY,
        time_zone="UTC",
        data_from=LAST_DAY - timedelta(days=days - 1),
        data_through=LAST_DAY,
        data_version=1,
    )

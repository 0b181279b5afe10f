"""The floor of ingestion: pages over HTTP, decoded, copied into a temporary table and swapped in; nothing else.

aiohttp + msgspec + COPY, one stream, ten days a swap as the product does; no row-level security, no roll-ups, no
progress, and only the columns that every product of this kind would store.
"""

import json
from datetime import date, timedelta
from decimal import Decimal

import aiohttp
import asyncpg
import msgspec

from benchmarks.graph_pages import ACCOUNT, LAST_DAY

COLUMNS = (
    "day", "ad_id", "ad_set_id", "campaign_id", "currency", "spend", "impressions", "reach", "clicks", "unique_clicks",
    "link_clicks", "engagements", "actions", "action_values",
)  # fmt: skip
CREATE = """
drop table if exists floor_insight;
create table floor_insight (day date, ad_id bigint, ad_set_id bigint, campaign_id bigint, currency text, spend numeric,
  impressions bigint, reach bigint, clicks bigint, unique_clicks bigint, link_clicks bigint, engagements bigint,
  actions jsonb, action_values jsonb, primary key (day, ad_id));
"""


class Row(msgspec.Struct):
    date_start: str
    ad_id: str
    adset_id: str
    campaign_id: str
    account_currency: str
    spend: str
    impressions: str
    reach: str
    clicks: str
    unique_clicks: str
    inline_link_clicks: str
    inline_post_engagement: str
    actions: msgspec.Raw
    action_values: msgspec.Raw


class Page(msgspec.Struct):
    data: list[Row]
    paging: dict[str, object] = {}


decode = msgspec.json.Decoder(Page).decode


def record(row: Row) -> tuple[object, ...]:
    return (
        date.fromisoformat(row.date_start), int(row.ad_id), int(row.adset_id), int(row.campaign_id),
        row.account_currency, Decimal(row.spend), int(row.impressions), int(row.reach), int(row.clicks),
        int(row.unique_clicks), int(row.inline_link_clicks), int(row.inline_post_engagement),
        bytes(row.actions).decode(), bytes(row.action_values).decode(),
    )  # fmt: skip


async def fetch_slice(http: aiohttp.ClientSession, base: str, since: date, until: date) -> list[tuple[object, ...]]:
    span = json.dumps({"since": since.isoformat(), "until": until.isoformat()})
    url: str | None = f"{base}/v26.0/{ACCOUNT}/insights"
    params: dict[str, str] | None = {"time_range": span, "limit": "500", "level": "ad", "time_increment": "1"}
    rows: list[tuple[object, ...]] = []
    while url:
        async with http.get(url, params=params) as response:
            page = decode(await response.read())
        rows += map(record, page.data)
        url, params = page.paging.get("next"), None  # type: ignore[assignment]  # `next` is a string
    return rows


async def store_slice(db: asyncpg.Connection, rows: list[tuple[object, ...]], since: date, until: date) -> None:
    async with db.transaction():
        await db.execute("create temp table incoming (like floor_insight) on commit drop")
        await db.copy_records_to_table("incoming", records=rows, columns=COLUMNS)
        await db.execute("delete from floor_insight where day between $1 and $2", since, until)
        await db.execute("insert into floor_insight select * from incoming")


async def run(base: str, dsn: str, days: int) -> int:
    """Returns the number of rows stored; the caller times it."""
    db = await asyncpg.connect(dsn)
    try:
        await db.execute(CREATE)
        first = LAST_DAY - timedelta(days=days - 1)
        async with aiohttp.ClientSession() as http:
            while first <= LAST_DAY:
                last = min(first + timedelta(days=9), LAST_DAY)
                await store_slice(db, await fetch_slice(http, base, first, last), first, last)
                first = last + timedelta(days=1)
        return int(await db.fetchval("select count(*) from floor_insight"))
    finally:
        await db.close()

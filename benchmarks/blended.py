"""Sales beside spend: blended by day over a year, and the products of a month, beside DuckDB on the same rows.

`python -m benchmarks.blended [LINES]`: 200,000 by default, of a shop with 10,000 products, and five times as many
ad-days. DuckDB has orders, lines, refunds, links and ad-days in tables of its own, sorted by day, and the whole
machine; it makes the same sums. We read them under row-level security, and answer as the API does.
"""

import asyncio
import sys
import tempfile
from collections.abc import Awaitable, Callable
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import asyncpg
import duckdb
from sqlmodel import col, select

from analytics.enums import TimeGrain
from analytics.periods import AskedDays
from auth.viewer import Viewer
from benchmarks.costs import Costs
from benchmarks.graph_pages import LAST_DAY
from benchmarks.insights.warehouse import warehouse
from benchmarks.table import print_table
from benchmarks.world import NOON, own_postgres, run, toolbox
from models.keyset import Window
from models.orders.booked_sales import book_all_anew
from models.orders.order import SalesOrder
from models.orders.sums import LINE_SHARE, OF_ORDER, renew_order_sums
from services.revenue.blended import BlendedRequest, blended
from services.revenue.product_performance import PerformanceRequest, product_performance
from services.toolbox import Toolbox
from startup.collector import settle_collector

LINES, PRODUCTS, DAYS, SHORT, ROUNDS = 200_000, 10_000, 365, 30, 7
# For each line.
AD_DAYS = 5
# As in benchmarks/insights_sql.py.
SETTINGS = {"fsync": "off", "synchronous_commit": "off", "max_wal_size": "8GB", "shared_buffers": "2GB"}
FIRST = LAST_DAY - timedelta(days=DAYS - 1)
GOAL = 1.5
_AT_ONCE = 10_000
_CHANNEL = "md5('channel')::uuid"
# Ids in the order of time, as new ones are.
_MADE = f"""(
  select n, place, (lpad(to_hex(n), 12, '0') || left(md5('order' || n), 20))::uuid as order_id,
    1 + (n + place) % 3 as quantity, 5 + (n * 7919 + place * 131) % 9000 / 100.0 as price,
    (n * 104729 + place * 7) % {PRODUCTS} as product
  from generate_series(0, {{orders}} - 1::bigint) n cross join lateral generate_series(0, n % 4) place
) as made"""
# Orders of one to four lines, spread evenly; a quarter of them without fees, each twentieth refunded in part, each
# ninth line without a cost.
_ROWS = (
    f"""insert into channel (tenant_id, id, kind, name, status, ends_elsewhere_on_sale, included_tax_rate, version,
      created_at, updated_at)
    values ($1, {_CHANNEL}, 'SHOP', 'Shop', 'CONNECTED', true, 0.19, 1, now(), now())""",
    f"""insert into product (tenant_id, id, sku, title, description, currency, price, quantity, status, page_urls,
      version, created_at, updated_at)
    select $1, md5('product' || n)::uuid, 'SKU-' || n, 'Thing', '', 'EUR', 10, 1, 'PUBLISHED', array[]::text[], 1,
      now(), now()
    from generate_series(0, {PRODUCTS - 1}) n""",
    f"""insert into sales_order (tenant_id, id, channel_id, external_id, status, currency, placed_at, updated_at,
      subtotal, discount, shipping, tax, total, fees, stored_at)
    select $1, order_id, {_CHANNEL}, n::text, 'PAID', 'EUR', at, at, sum(quantity * price), 0, 4.9, 0,
      sum(quantity * price) + 4.9, case when n % 4 > 0 then 1.5 end, at
    from (select *, '{FIRST}'::timestamptz + n * interval '{DAYS} days' / {{orders}} as at from {_MADE}) as placed
    group by n, order_id, at order by n""",
    f"""insert into order_line (tenant_id, id, order_id, position, external_id, title, quantity, unit_price, discount,
      product_id, unit_cost, placed_at, share)
    select $1, (lpad(to_hex(n * 4 + line.place), 12, '0') || left(md5('line' || n), 20))::uuid, order_id, line.place,
      line.place::text, 'Thing', line.quantity, unit_price, 0, md5('product' || product)::uuid,
      case when (n + line.place) % 9 > 0 then unit_price * 0.4 end, placed_at, {LINE_SHARE}
    from (
      select made.*, sale.placed_at, price as unit_price, 0 as discount
      from {_MADE} join sales_order as sale on sale.tenant_id = $1 and sale.id = order_id
    ) as line {OF_ORDER} order by n, line.place""",
    """insert into order_refund (tenant_id, id, order_id, external_id, amount, refunded_at, is_settled)
    select $1, md5('refund' || external_id)::uuid, id, '1', 5, placed_at + interval '9 days', true
    from sales_order where tenant_id = $1 and external_id::int % 20 = 0""",
    """insert into ad_link (tenant_id, ad_id, product_id, ad_account_id, source, is_removed, created_at)
    select distinct $1::uuid, id, md5('product' || (hashtext(id::text) & 65535) * copy % {products})::uuid,
      ad_account_id, 'MANUAL', false, now()
    from ad cross join generate_series(1, 2) copy where tenant_id = $1 and (copy = 1 or hashtext(id::text) % 3 = 0)""",
)
_COPIED = {
    "orders": "select id, placed_at at time zone 'UTC' as moment, subtotal - discount + shipping as gross, fees"
    " from sales_order where tenant_id = '{tenant}' order by placed_at",
    "lines": "select order_id, quantity, quantity * unit_price - line.discount as value, product_id,"
    " quantity * unit_cost as cost from order_line as line join sales_order as sale on sale.id = order_id"
    " where line.tenant_id = '{tenant}' order by sale.placed_at",
    "refunds": "select order_id, amount, refunded_at at time zone 'UTC' as moment from order_refund"
    " where tenant_id = '{tenant}' order by refunded_at",
    "links": "select ad_id, product_id from ad_link where tenant_id = '{tenant}'",
    "ad_days": "select day, ad_id, spend from insight where tenant_id = '{tenant}' order by day, ad_id",
}
_OF_LINES = """
    select order_id, sum(quantity) as units, sum(cost) as cost,
        sum(value) filter (where cost is not null) / sum(value) as costed
    from lines group by order_id"""
_BY_DAY = f"""
    with part as ({_OF_LINES}), sold as (
        select moment::date as day, count(*) as orders, sum(units) as units, sum(gross) / 1.19 as gross,
            sum(fees) as fees, sum(cost) as cost, sum(gross * costed) filter (where fees is not null) / 1.19 as covered
        from orders join part on order_id = id group by day
    ), refunded as (
        select refunds.moment::date as day, sum(amount) / 1.19 as refunds,
            sum(amount * costed) filter (where fees is not null) / 1.19 as covered
        from refunds join orders on id = refunds.order_id join part on part.order_id = id group by 1
    ), spent as (select day, sum(spend) as spend from ad_days group by day)
    select day, orders, units, gross, coalesce(refunds, 0), fees, cost, spend from sold
    left join refunded using (day) full join spent using (day) where day between ? and ? order by day"""
_BY_PRODUCT = """
    with sale as (select * from orders where moment::date between $first and $last
        union select * from orders where id in (
            select order_id from refunds where moment::date between $first and $last
        )
    ), event as (
        select id, gross, 0 as refunded, true as is_sale from sale where moment::date between $first and $last
        union all select order_id, 0, amount, false from refunds where moment::date between $first and $last
    ), part as (
        select *, value / sum(value) over (partition by order_id) as share
        from lines where order_id in (select id from sale)
    ), sold as (
        select product_id, count(distinct event.id) filter (where is_sale) as orders,
            coalesce(sum(quantity) filter (where is_sale), 0) as units,
            sum((event.gross - refunded) * share) / 1.19 as net, sum(fees * share) filter (where is_sale) as fees,
            sum(cost) filter (where is_sale) as cost,
            sum((event.gross - refunded) * share) filter (where fees is not null and cost is not null) / 1.19 as covered
        from event join sale using (id) join part on order_id = id group by product_id
    ), by_ad as (
        select ad_id, sum(spend) as spend from ad_days where day between $first and $last group by ad_id
    ), weighed as (
        select ad_id, product_id, spend, coalesce(units, 0) as units, sum(coalesce(units, 0)) over (partition by ad_id)
            as total, count(*) over (partition by ad_id) as products
        from by_ad join links using (ad_id) left join sold using (product_id)
    ), spent as (
        select product_id, sum(case when total > 0 then spend * units / total else spend / products end) as spend
        from weighed group by product_id
    )
    select product_id, net, net - coalesce(fees, 0) - coalesce(cost, 0) - coalesce(spend, 0) as profit
    from sold full join spent using (product_id) where covered > 0 order by profit desc, product_id limit 50"""


async def main(lines: int) -> None:
    with own_postgres(SETTINGS) as place, tempfile.TemporaryDirectory(prefix="adgraph-bench-") as folder:
        async with toolbox(place) as tools, warehouse(tools, place) as made:
            viewer, _ = await made.fill(sizes=[lines * AD_DAYS // 2 // DAYS] * 2, days=DAYS)
            await _sell(made.connection, viewer, orders=lines * 2 // 5)
            await _book(tools, viewer, orders=lines * 2 // 5)
            await made.settle()
            beside = await _beside(made.connection, viewer, Path(folder))
            settle_collector()
            await _compare(tools, viewer, beside, Costs(place), lines)


async def _sell(connection: asyncpg.Connection, viewer: Viewer, *, orders: int) -> None:
    async with connection.transaction():
        await connection.execute(f"set local app.tenant_id = '{viewer.tenant_id}'")
        for statement in _ROWS:
            written = statement.format(orders=orders, products=PRODUCTS)
            await connection.execute(written, *([viewer.tenant_id] if "$1" in written else []))


async def _book(tools: Toolbox, viewer: Viewer, *, orders: int) -> None:
    """What is kept beside orders as they are stored; in their order, in which they would lie then."""
    query = select(SalesOrder.id).where(SalesOrder.tenant_id == viewer.tenant_id).order_by(col(SalesOrder.placed_at))
    async with tools.db.write(viewer) as session:
        ids = (await session.exec(query)).all()
        for start in range(0, orders, _AT_ONCE):
            await renew_order_sums(session, ids[start : start + _AT_ONCE])
        await book_all_anew(session, "UTC")


async def _beside(connection: asyncpg.Connection, viewer: Viewer, folder: Path) -> duckdb.DuckDBPyConnection:
    beside = duckdb.connect()
    for name, query in _COPIED.items():
        path = folder / f"{name}.csv"
        async with connection.transaction():
            await connection.execute(f"set local app.tenant_id = '{viewer.tenant_id}'")
            written = query.format(tenant=viewer.tenant_id)
            await connection.copy_from_query(written, output=path, format="csv", header=True)
        beside.execute(f"create table {name} as select * from read_csv('{path}')")
    return beside


async def _compare(tools: Toolbox, viewer: Viewer, beside: duckdb.DuckDBPyConnection, costs: Costs, lines: int) -> None:
    year = BlendedRequest(AskedDays(FIRST, LAST_DAY), TimeGrain.DAY, has_gaps=False, has_warnings=False)
    named = BlendedRequest(AskedDays(FIRST, LAST_DAY), TimeGrain.DAY)
    first = LAST_DAY - timedelta(days=SHORT - 1)
    month = PerformanceRequest(AskedDays(first, LAST_DAY), has_gaps=False)
    own: dict[str, Callable[[], Awaitable[Any]]] = {
        "blended by day over 365 days": lambda: blended(tools.db, viewer, year, now=NOON),
        "the same with gaps and warnings": lambda: blended(tools.db, viewer, named, now=NOON),
        "50 products of 30 days": lambda: product_performance(tools.db, viewer, month, Window(50), now=NOON),
    }
    theirs: dict[str, Callable[[], list[Any]]] = {
        "DuckDB: by day": lambda: beside.execute(_BY_DAY, [FIRST, LAST_DAY]).fetchall(),
        "DuckDB: by product": lambda: beside.execute(_BY_PRODUCT, {"first": first, "last": LAST_DAY}).fetchall(),
    }
    _check(await own["blended by day over 365 days"](), theirs["DuckDB: by day"]())
    products = await own["50 products of 30 days"]()
    # By exact profits, where ours are by those that are told: neighbours may change places.
    for row, (_, _, profit) in zip(products.rows, theirs["DuckDB: by product"](), strict=True):
        assert abs((row.profit or Decimal(0)) - Decimal(profit)) < Decimal("0.05"), (row.profit, profit)
    for _ in range(ROUNDS):
        for name, ask in own.items():
            await costs.of(name, ask())
        for name, query in theirs.items():
            await costs.of(name, asyncio.to_thread(query))
    ratios = [
        ratio
        for ours, of_duckdb in zip(("blended by day over 365 days", "50 products of 30 days"), theirs, strict=True)
        for ratio in costs.ratios(ours, of_duckdb, GOAL)
    ]
    print_table(f"{lines:,} lines of orders and {AD_DAYS * lines:,} ad-days", costs.readings(), ratios)


def _check(ours: Any, theirs: list[Any]) -> None:
    """Both make the same sums, to the cent of a day."""
    assert len(ours.rows) == len(theirs)
    for row, (day, orders, units, gross, refunds, *_, spend) in zip(ours.rows, theirs, strict=True):
        assert (row.period.start, row.orders, row.units) == (day, orders, units)
        for told, exact in ((row.gross_revenue, gross), (row.refunds, refunds), (row.spend, spend)):
            assert abs(told - Decimal(exact)) < Decimal("0.02"), (day, told, exact)


if __name__ == "__main__":
    run(main(int(sys.argv[1]) if len(sys.argv) > 1 else LINES))

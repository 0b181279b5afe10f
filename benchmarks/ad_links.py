"""Finding which ads advertise which products: 100,000 ads and 10,000 products, anew and where nothing has changed.

`python -m benchmarks.ad_links [ADS [PRODUCTS]]`. A third of the ads lead to a page of a product, a third have a SKU in
their names, and a third say nothing. Beside it is what a program would do first: for each ad all products, by plain
loops, measured with a hundredth of the ads.
"""

import sys
from time import perf_counter, process_time
from typing import Any

from sqlalchemy import text

from analytics.links.addresses import address_key
from auth.viewer import Viewer
from benchmarks.graphql.servers import postgres_cpu_s
from benchmarks.retagging import Gaps, fill
from benchmarks.table import Ratio, Reading, print_table
from benchmarks.world import new_owner, own_postgres, run, toolbox
from models.ads.ad_account import AdAccount
from models.database import Database
from models.ids import new_id
from models.platform import Platform
from services.ad_links.finding import find_ad_links
from services.toolbox import Toolbox
from startup.collector import settle_collector

ADS, PRODUCTS, GOAL_S = 100_000, 10_000, 30.0
_SHOP = "https://shop.example/things"
_PRODUCTS = text(f"""
    insert into product (tenant_id, id, sku, title, description, currency, price, quantity, status, page_urls, version,
      created_at, updated_at)
    select :tenant_id, gen_random_uuid(), 'SKU-' || n, 'Thing', '', 'EUR', 10, 1, 'PUBLISHED',
      array['{_SHOP}/' || n], 1, now(), now()
    from generate_series(0, :products - 1) n
""")
_ADS = text(f"""
    update ad set landing_urls = array[case when place % 3 = 0 then '{_SHOP}/' || place % :products
        else 'https://shop.example' end || '?utm_source=fb&fbclid=' || place],
      name = name || case when place % 3 = 1 then '_SKU-' || place % :products else '' end
    from (select id, row_number() over (order by id) as place from ad where tenant_id = :tenant_id) as numbered
    where ad.tenant_id = :tenant_id and ad.id = numbered.id
""")
_RENAMED = text("update product set sku = sku || '-x' where tenant_id = :tenant_id")
_NAIVE = "select name, landing_urls from ad where tenant_id = $1 order by id limit $2"


async def main(ads: int, products: int) -> None:
    settle_collector()
    with own_postgres() as place:
        async with toolbox(place) as tools:
            viewer = await new_owner(tools)
            await _prepare(tools, viewer, ads, products)
            readings, totals = list[Reading](), list[float]()
            for name in ("everything is new", "nothing has changed", "every SKU is another one"):
                if name.startswith("every SKU"):
                    await _send(tools.db, viewer, _RENAMED)
                gaps, began, own, postgres = Gaps(), perf_counter(), process_time(), postgres_cpu_s(place)
                links = await find_ad_links(tools.db, tools.clock, viewer.tenant_id or new_id())
                totals.append(perf_counter() - began)
                readings += [
                    Reading(f"{name}: {links:,} links changed", "s", [totals[-1]]),
                    Reading(name, "s of our CPU", [process_time() - own]),
                    Reading(name, "s of Postgres' CPU", [postgres_cpu_s(place) - postgres]),
                    Reading(name, "ms of our CPU, longest turn of the event loop", [gaps.end() * 1_000]),
                ]
            naive = await _naive(tools.db, viewer, ads // 100, products) * 100
    readings.append(Reading("plain loops, from a hundredth of the ads", "s", [naive]))
    goal = f"at most {GOAL_S:.0f}"
    print_table(
        f"links: {ads:,} ads, {products:,} products",
        readings,
        [
            Ratio("seconds at most", max(totals), goal, max(totals) <= GOAL_S),
            Ratio("plain loops by ours", naive / max(totals), "none", None),
        ],
    )


async def _prepare(tools: Toolbox, viewer: Viewer, ads: int, products: int) -> None:
    account = AdAccount(
        tenant_id=viewer.tenant_id or new_id(),
        platform=Platform.META,
        external_id="act_1",
        name="One",
        currency="EUR",
        time_zone="UTC",
        created_at=tools.clock(),
    )
    async with tools.db.write(viewer) as session:
        session.add(account)
    await fill(tools.db, viewer, account, ads)
    await _send(tools.db, viewer, _PRODUCTS, products=products)
    await _send(tools.db, viewer, _ADS, products=products)


async def _send(db: Database, viewer: Viewer, statement: Any, **values: int) -> None:
    async with db.write(viewer) as session:
        await (await session.connection()).execute(statement, {"tenant_id": viewer.tenant_id, **values})


async def _naive(db: Database, viewer: Viewer, ads: int, products: int) -> float:
    """Each ad with each product, where the addresses of products are written in one way beforehand."""
    known = [(f"sku-{n}-x", address_key(f"{_SHOP}/{n}")) for n in range(products)]
    async with db.read(viewer) as session:
        rows = await session.fetch(_NAIVE, [viewer.tenant_id, ads])
    began = perf_counter()
    for name, urls in rows:
        keys, lower = {address_key(url) for url in urls}, name.lower()
        _ = [sku for sku, page in known if page in keys] or [sku for sku, _ in known if sku in lower]
    return perf_counter() - began


if __name__ == "__main__":
    given = [int(each) for each in sys.argv[1:]]
    run(main(*[*given, *(ADS, PRODUCTS)[len(given) :]]))

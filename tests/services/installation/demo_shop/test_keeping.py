"""The demo's shop over a read ad account: made once, healed when it was cut short, left alone when it is somebody's."""

import dataclasses
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from analytics.clock import Clock
from integrations.storage.door import FileStorage
from integrations.storage.local import LocalStorage, link_key
from services.ad_links.finding import find_ad_links
from services.installation.demo_shop.catalogue import PRODUCTS
from services.installation.demo_shop.keeping import keep_demo_shop
from services.toolbox import Toolbox
from tests.doors.in_process import Door
from tests.worlds.refreshes import Killed, RefreshWorld, refresh_world

BLUEBIRD = "act_1002"
SHOP = """{
  channels(first: 5) { nodes { id name kind status settings { includedTaxRate } } }
  products(first: 50, order: SKU_ASC) {
    nodes {
      id sku status quantity cost version images { id width } attributes { kind } performance(range: %s) { spend }
    }
  }
  orders(first: 1) { totalCount }
}"""
RANGE = "{ preset: LAST_30_DAYS }"
FIGURES = "spend orders netRevenue fees cost profit coverage blendedRoas platformRevenue gaps { code count }"
REVENUE = f"""{{
  blended(input: {{ range: {RANGE} }}) {{ totals {{ currency {FIGURES} }} }}
  productPerformance(input: {{ range: {RANGE} }}, first: 30) {{ nodes {{ product {{ sku }} spend units profit }} }}
}}"""


@pytest.fixture
async def world(tools: Toolbox, tmp_path: Path) -> AsyncIterator[RefreshWorld]:
    async with refresh_world(tools) as made:
        files = LocalStorage(tmp_path / "files", "http://files.example/files", [link_key("a secret")], made.tools.clock)
        made.tools = dataclasses.replace(made.tools, files=files, workspace=tmp_path / "work")
        yield made


async def asked(world: RefreshWorld, query: str, **variables: Any) -> Any:
    answer = await Door(world.tools, world.viewer).ask(query, **variables)
    assert answer.codes == [], answer.messages
    return answer.data


async def counted(world: RefreshWorld, table: str) -> int:
    query = text(f"select count(*) from {table} where tenant_id = :id")
    async with world.tools.db.read(world.viewer) as session:
        found = await (await session.connection()).execute(query, {"id": world.entities.tenant_id})
        return int(found.scalar_one())


async def keep(world: RefreshWorld) -> bool:
    return await keep_demo_shop(world.tools, world.viewer)


@dataclass
class DyingStorage:
    """The process ends as it stores a file behind so many."""

    files: FileStorage
    left: int

    async def put(self, key: str, source: Path, *, media_type: str) -> None:
        if not self.left:
            raise Killed
        self.left -= 1
        await self.files.put(key, source, media_type=media_type)


@dataclass
class DyingClock:
    """The process ends as it asks for the time behind so many times, which is done for each order."""

    clock: Clock
    left: int

    def __call__(self) -> datetime:
        if not self.left:
            raise Killed
        self.left -= 1
        return self.clock()


async def killed(world: RefreshWorld, **tools: Any) -> None:
    with pytest.raises(Killed):
        await keep_demo_shop(dataclasses.replace(world.tools, **tools), world.viewer)


async def test_it_is_cut_short_healed_and_kept(world: RefreshWorld) -> None:
    """One test, since the ads take seconds to read: it begins before they are read, and is killed twice."""
    account = await world.connected(BLUEBIRD, last_refreshed_at=None)
    assert not await keep(world)
    assert (await counted(world, "channel"), await counted(world, "product")) == (0, 0)
    await world.refreshed(account, None)
    await killed(world, files=DyingStorage(world.tools.files, left=14))
    assert await counted(world, "product_image") == await counted(world, "product") - 1 == 3
    await killed(world, clock=DyingClock(world.tools.clock, left=900))
    assert (await counted(world, "product"), await counted(world, "product_image")) == (24, 24)
    assert 0 < await counted(world, "sales_order") < 1_000
    assert await keep(world)
    await find_ad_links(world.tools.db, world.tools.clock, world.entities.tenant_id)
    await check_what_is_shown(world)
    await check_that_it_stays(world)
    await check_the_days_after(world)


async def check_what_is_shown(world: RefreshWorld) -> None:
    shown = await asked(world, SHOP % RANGE)
    [channel] = shown["channels"]["nodes"]
    assert (channel["name"], channel["kind"], channel["status"]) == ("Bluebird Home", "SHOP", "CONNECTED")
    products = shown["products"]["nodes"]
    assert [each["sku"] for each in products] == [each.sku for each in PRODUCTS]
    assert {each["status"] for each in products[:-2]} == {"PUBLISHED"}
    assert {each["status"] for each in products[-2:]} == {"DRAFT"}
    assert all(each["quantity"] > 100 and len(each["attributes"]) == 4 for each in products)
    assert sum(each["cost"] is None for each in products) == 4
    assert [len(each["images"]) for each in products] == [1] * 24
    # The ads lead to pages of the shop, so that their links come by themselves.
    assert sum(each["performance"]["spend"] > 0 for each in products) >= 12
    revenue = await asked(world, REVENUE)
    [totals] = revenue["blended"]["totals"]
    assert totals["currency"] == "USD"
    # About what the platform claims, and less.
    assert 0.5 < totals["netRevenue"] / totals["platformRevenue"] < 1
    assert 0 < totals["coverage"] < 1
    assert totals["profit"] > 0
    gaps = [each["code"] for each in totals["gaps"]]
    assert gaps == ["COST_MISSING", "FEES_MISSING", "NOT_LINKED", "NOT_LINKED"]
    rows = {(each["product"] or {}).get("sku"): each for each in revenue["productPerformance"]["nodes"]}
    assert rows["BB-1010"]["profit"] < 0 < rows["BB-1006"]["profit"]
    assert rows[None]["spend"] > 0


async def check_that_it_stays(world: RefreshWorld) -> None:
    before = await asked(world, SHOP % RANGE), await counted(world, "audit_log")
    assert await keep(world)
    assert (await asked(world, SHOP % RANGE), await counted(world, "audit_log")) == before
    # What somebody deletes is not made again.
    product_id = before[0]["products"]["nodes"][0]["id"]
    await asked(world, "mutation ($id: ID!) { deleteProduct(id: $id) { ok } }", id=product_id)
    assert await keep(world)
    assert len((await asked(world, SHOP % RANGE))["products"]["nodes"]) == 23


async def check_the_days_after(world: RefreshWorld) -> None:
    """A later start has the orders of the days since, and what became of older ones."""
    before = await counted(world, "sales_order"), await counted(world, "order_refund")
    world.moved_by = timedelta(days=3)
    assert await keep(world)
    after = await counted(world, "sales_order"), await counted(world, "order_refund")
    assert before[0] + 15 <= after[0] <= before[0] + 40
    assert after[1] > before[1]


async def test_a_team_that_sells_already_gets_no_shop(world: RefreshWorld) -> None:
    await asked(
        world, 'mutation { createProduct(input: { title: "Own", currency: "EUR", price: 1 }) { product { id } } }'
    )
    assert await keep(world)
    assert (await counted(world, "channel"), await counted(world, "product")) == (0, 1)


@pytest.mark.parametrize(
    "change",
    ['updateChannel(id: $id, input: { name: "Mine" }) { channel { id } }', "disconnectChannel(id: $id) { ok }"],
)
async def test_a_shop_that_somebody_has_changed_is_left_alone(world: RefreshWorld, change: str) -> None:
    connected = 'mutation { connectChannel(input: { kind: SHOP, name: "Bluebird Home" }) { channel { id } } }'
    channel = (await asked(world, connected))["connectChannel"]["channel"]
    await asked(world, f"mutation ($id: ID!) {{ {change} }}", id=channel["id"])
    assert await keep(world)
    assert (await counted(world, "product"), await counted(world, "sales_order")) == (0, 0)

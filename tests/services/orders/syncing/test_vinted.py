"""SYNC_ORDERS at Vinted, whose list tells neither what changed nor when."""

from collections.abc import Mapping
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from sqlmodel import select

from integrations.vinted.relay import RelayErrorCode, RelayOperation, StepWish
from models.channel_jobs.job import ChannelJob, ChannelJobKind, ChannelJobStatus
from models.channel_jobs.retry import ChannelRetry
from models.listings.listing import ListingStatus
from models.orders.order import OrderStatus, SalesOrder
from models.orders.shipment import OrderShipment
from models.products.product import ProductStatus
from services.toolbox import Toolbox
from tests.stand_ins.relay import failed, price
from tests.worlds.relayed import RelayedWorld, relayed_world

S = ChannelJobStatus


@pytest.fixture
async def world(tools: Toolbox) -> RelayedWorld:
    return await relayed_world(tools)


def sell(world: RelayedWorld, order_id: str, item_id: str | None = None, **more: Any) -> dict[str, Any]:
    """A sale, in front of the list."""
    order = {
        "id": order_id,
        "status": "PAID",
        "placedAt": (world.site.now - timedelta(hours=1)).isoformat(),
        "item": [{"id": item_id or f"i{order_id}", "title": "Red dress", "price": price("12.50")}],
        "total": price("12.50"),
        "buyer": {"handle": "ada", "country": "FR"},
    }
    world.site.orders[order_id] = order | more
    world.site.order_rows.insert(0, {"id": order_id, "status": "The buyer has paid"})
    return world.site.orders[order_id]


async def synced(world: RelayedWorld) -> ChannelJob:
    world.move(minutes=20)
    return await world.synced(ChannelJobKind.SYNC_ORDERS)


async def rows(world: RelayedWorld, table: Any) -> list[Any]:
    async with world.tools.db.read(world.team.viewer) as session:
        return [*(await session.exec(select(table).where(table.tenant_id == world.team.tenant_id))).all()]


async def orders(world: RelayedWorld) -> Mapping[str, SalesOrder]:
    return {each.external_id: each for each in await rows(world, SalesOrder)}


def asked(world: RelayedWorld) -> list[str]:
    """Which orders were asked for since the last look."""
    found = [each.arguments["id"] for each in world.site.done if each.operation is RelayOperation.GET_ORDER]
    world.site.done.clear()
    return found


async def test_sales_are_stored_and_only_those_that_may_change_are_asked_for_again(world: RelayedWorld) -> None:
    for number in range(5):
        sell(world, str(number))
    assert (await synced(world)).status is S.SUCCEEDED
    found = await orders(world)
    assert {(each.status, each.fees, each.shipping, each.total) for each in found.values()} == {
        (OrderStatus.PAID, Decimal(0), Decimal(0), Decimal("12.50"))
    }
    assert len(asked(world)) == 5
    world.site.orders["1"]["status"] = "COMPLETED"
    world.site.orders["2"] |= {"status": "SHIPPED", "tracking": {"carrier": "DPD", "code": "AB12"}}
    before = {name: each.updated_at for name, each in found.items()}
    assert (await synced(world)).status is S.SUCCEEDED
    found = await orders(world)
    assert (found["1"].status, found["2"].status) == (OrderStatus.COMPLETED, OrderStatus.SHIPPED)
    assert [each.tracking_code for each in await rows(world, OrderShipment)] == ["AB12"]
    # What is as it was is no newer.
    assert {name for name, each in found.items() if each.updated_at != before[name]} == {"1", "2"}
    asked(world)
    sell(world, "5")
    await synced(world)
    assert sorted(asked(world)) == ["0", "2", "3", "4", "5"]


async def test_pages_with_holes_and_sales_between_two_pages_lose_no_order(world: RelayedWorld) -> None:
    world.site.per_page = 6
    for number in range(25):
        sell(world, str(number))
    gone = world.site.orders.pop("7")
    world.site.order_rows[3] = {"status": "Paid"}

    def more(number: int, wish: StepWish) -> None:
        if wish.operation is RelayOperation.LIST_ORDERS and number == 3:
            sell(world, "late")

    world.site.meanwhile = more
    job = await synced(world)
    assert job.status is S.SUCCEEDED
    hidden = "21"
    assert {str(number) for number in range(25)} - {"7", hidden} <= (await orders(world)).keys()
    assert [each.external_id for each in await rows(world, ChannelRetry)] == ["7"]
    assert len(job.problems) == 2
    # The next reading brings what this one could not.
    world.site.orders["7"] = gone
    world.site.order_rows[4] = {"id": hidden, "status": "Paid"}
    assert (await synced(world)).status is S.SUCCEEDED
    assert {"late", "7", hidden} <= (await orders(world)).keys()
    assert await rows(world, ChannelRetry) == []


async def test_an_odd_order_costs_no_other_one_and_is_asked_for_again(world: RelayedWorld) -> None:
    for number in range(3):
        sell(world, str(number))
    world.site.orders["1"]["total"] = None
    assert (await synced(world)).status is S.SUCCEEDED
    assert sorted(await orders(world)) == ["0", "2"]
    world.site.orders["1"]["total"] = price("12.50")
    assert (await synced(world)).status is S.SUCCEEDED
    assert sorted(await orders(world)) == ["0", "1", "2"]


@pytest.mark.parametrize("most", [1, 3])
async def test_a_reading_in_many_runs_stores_what_one_run_does(world: RelayedWorld, most: int) -> None:
    world.most = most
    for number in range(8):
        sell(world, str(number), refunds=[{"id": "r", "amount": price("1.00"), "at": world.site.now.isoformat()}])
    job = await synced(world)
    assert (job.status, len(await orders(world))) == (S.SUCCEEDED, 8)
    assert len(asked(world)) == 8
    channel = await world.seen_channel()
    assert channel.orders_synced_at is not None


async def test_a_challenge_in_the_middle_stops_the_reading_and_keeps_what_is_answered(world: RelayedWorld) -> None:
    for number in range(4):
        sell(world, str(number))
    world.relay.fates["order-1"] = failed(RelayErrorCode.CHALLENGE)
    job = await synced(world)
    assert job.status is S.WAITING
    assert (await world.synced(ChannelJobKind.CHECK)).status is S.SUCCEEDED
    assert (await world.worked(job)).status is S.SUCCEEDED
    assert sorted(asked(world)) == ["0", "1", "2", "3"]
    assert len(await orders(world)) == 4


async def test_a_sale_takes_the_piece_from_the_product(world: RelayedWorld) -> None:
    [job] = (await world.published(await world.goods())).jobs
    assert (await world.worked(job)).status is S.SUCCEEDED
    [listing] = await world.listings()
    world.site.items[0]["status"] = "SOLD"
    sell(world, "1", listing.external_id)
    assert (await synced(world)).status is S.SUCCEEDED
    product = await world.stored_product(listing)
    assert (product.quantity, product.status) == (0, ProductStatus.SOLD)
    assert (await world.synced(ChannelJobKind.SYNC_LISTINGS)).status is S.SUCCEEDED
    assert [each.status for each in await world.listings()] == [ListingStatus.SOLD]


async def test_what_changes_while_a_long_reading_goes_on_is_not_passed_over(world: RelayedWorld) -> None:
    """An order that is read half an hour after the list may tell of a change that is newer than the list."""

    def sold(order_id: str) -> None:
        sell(world, order_id, updatedAt=world.site.now.isoformat())
        world.site.order_rows[0]["updatedAt"] = world.site.now.isoformat()

    def once_the_list_is_read() -> None:
        if world.rounds == 1 and "2" not in world.site.orders:
            sold("2")
            world.move(minutes=30)
            world.site.orders["1"] |= {"status": "SHIPPED", "updatedAt": world.site.now.isoformat()}

    sold("1")
    world.between = once_the_list_is_read
    assert (await synced(world)).status is S.SUCCEEDED
    assert {name: each.status for name, each in (await orders(world)).items()} == {"1": OrderStatus.SHIPPED}
    assert (await synced(world)).status is S.SUCCEEDED
    assert set(await orders(world)) == {"1", "2"}

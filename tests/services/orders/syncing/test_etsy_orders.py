"""Orders of a shop at Etsy: what is stored is what the stand-in has, to the cent, whatever happens meanwhile."""

import random
from collections.abc import AsyncIterator
from decimal import Decimal
from typing import Any

import pytest
import pytest_asyncio
from sqlmodel import select

from models.audit.actor import ActorKind
from models.channel_jobs.job import ChannelJob, ChannelJobKind
from models.channel_jobs.retry import ChannelRetry
from models.channels.message import MessageSource, SellerMessage
from models.orders.line import OrderLine
from models.orders.order import SalesOrder
from models.orders.refund import OrderRefund
from models.orders.shipment import OrderShipment
from sandbox.etsy.receipts.shapes import shown_receipt
from services.channel_jobs.requests import JobWish, request_job
from services.channels.messages import handle_message
from services.toolbox import Toolbox
from tests.worlds.etsy import EtsyBase, EtsyWorld, etsy_base

SHIP = """mutation ($id: ID!, $code: String!, $key: String!) {
  shipOrder(input: { orderId: $id, carrier: "dhl", trackingCode: $code }, idempotencyKey: $key) {
    userErrors { code message } } }"""


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def base(tools: Toolbox, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[EtsyBase]:
    async with etsy_base(tools, tmp_path_factory.mktemp("files")) as made:
        yield made


@pytest_asyncio.fixture
async def world(base: EtsyBase) -> EtsyWorld:
    found = await base.world()
    found.role = found.role.ADMIN
    await found.connected()
    return found


async def sync(world: EtsyWorld) -> ChannelJob:
    # The last two minutes are left to the next reading.
    world.move(minutes=5)
    async with world.tools.db.write(world.team.viewer) as session:
        wish = JobWish(ChannelJobKind.SYNC_ORDERS)
        job = await request_job(session, world.team.viewer, world.channel, wish, now=world.tools.clock())
    return await world.run(job)


def _money(shown: dict[str, Any], name: str) -> Decimal:
    return Decimal(shown[name]["amount"]) / Decimal(shown[name]["divisor"])


def at_etsy(world: EtsyWorld) -> dict[str, tuple[Any, ...]]:
    """Of each receipt what we book, computed from what Etsy shows."""
    found = {}
    for receipt in world.at_etsy.receipts.made.values():
        shown = shown_receipt(world.server.sandbox, world.at_etsy, receipt)
        goods = _money(shown, "subtotal") + _money(shown, "discount_amt")
        shipping = _money(shown, "total_shipping_cost") + _money(shown, "gift_wrap_price")
        refunds = [_money({"refund": each["amount"]}, "refund") for each in shown["refunds"]]
        quantities = sum(line["quantity"] for line in shown["transactions"])
        amounts = (goods, _money(shown, "discount_amt"), shipping, _money(shown, "grandtotal"))
        is_cancelled = shown["status"].lower() == "canceled"
        found[str(shown["receipt_id"])] = (*amounts, is_cancelled, sorted(refunds), quantities)
    return found


async def stored(world: EtsyWorld) -> dict[str, tuple[Any, ...]]:
    lines, refunds = await world.rows(OrderLine), await world.rows(OrderRefund)
    return {
        order.external_id: (
            *(order.subtotal, order.discount, order.shipping, order.total),
            order.status.value == "CANCELLED",
            sorted(each.amount for each in refunds if each.order_id == order.id),
            sum(line.quantity for line in lines if line.order_id == order.id),
        )
        for order in await world.rows(SalesOrder)
    }


async def test_an_order_is_booked_as_etsy_has_it(world: EtsyWorld) -> None:
    receipt_id = world.sale(
        {"price": "59.50", "quantity": 2, "sku": "L"}, shipping="5.95", discount="4.00", tax="0", fees="12.00"
    )
    assert (await sync(world)).status.value == "SUCCEEDED"
    [order] = await world.rows(SalesOrder)
    assert (order.external_id, order.status.value, order.currency) == (receipt_id, "PAID", "EUR")
    assert (order.subtotal, order.discount, order.shipping, order.fees) == (119, 4, Decimal("5.95"), 12)
    assert await stored(world) == at_etsy(world)


@pytest.mark.parametrize("seed", range(2))
async def test_what_is_stored_is_what_etsy_has_to_the_cent(world: EtsyWorld, seed: int) -> None:
    """Sales while pages are read, holes, refunds, cancellations, moved receipts, and one that never parses."""
    dice = random.Random(seed)
    world.control("receipts/generate", count=150, step_s=120)
    known = [*world.at_etsy.receipts.made][::10]
    bad = int(world.sale())
    world.control("receipts/spoil", receipt_id=bad, fields={"grandtotal": "never"})
    world.control("receipts/paging", moves_each_page=dice.randint(0, 3), sales_each_page=dice.randint(0, 2))
    hole = dice.choice(known)
    world.control("receipts/hole", receipt_id=hole)
    for _ in range(3):
        price = f"{dice.randint(1, 99)}.{dice.randint(0, 99):02d}"
        known.append(
            int(world.sale({"price": price, "quantity": dice.randint(1, 3)}, shipping="4.90", discount="0.50"))
        )
        world.control("receipts/refund", receipt_id=dice.choice(known), amount="0.50")
        world.control("receipts/cancel", receipt_id=known.pop(dice.randrange(len(known))))
        world.move(minutes=15)
        assert (await sync(world)).status.value == "SUCCEEDED"
    world.at_etsy.receipts.holes.clear()
    world.control("receipts/paging", moves_each_page=0, sales_each_page=0)
    for receipt in world.at_etsy.receipts.made.values():
        receipt.updated_s = world.server.sandbox.now_s
    for _ in range(2):
        world.move(hours=1)
        await sync(world)
    wanted, found = at_etsy_without(world, bad), await stored(world)
    assert {key: (found.get(key), value) for key, value in wanted.items() if found.get(key) != value} == {}
    assert len(found) == len(wanted)
    assert [each.external_id for each in await world.rows(ChannelRetry)] == [str(bad)]


def at_etsy_without(world: EtsyWorld, bad: int) -> dict[str, tuple[Any, ...]]:
    kept = world.at_etsy.receipts.made.pop(bad)
    try:
        return at_etsy(world)
    finally:
        world.at_etsy.receipts.made[bad] = kept


async def test_an_older_copy_of_an_order_changes_nothing(world: EtsyWorld) -> None:
    receipt_id = int(world.sale({"price": "20.00"}))
    await sync(world)
    world.move(minutes=20)
    now_s = world.server.sandbox.now_s
    world.control("receipts/cancel", receipt_id=receipt_id)
    await sync(world)
    receipt = world.at_etsy.receipts.made[receipt_id]
    receipt.is_canceled, receipt.updated_s = False, now_s - 60
    await sync(world)
    [order] = await world.rows(SalesOrder)
    assert order.status.value == "CANCELLED"


async def test_a_parcel_is_told_once_however_often_somebody_asks(world: EtsyWorld) -> None:
    receipt_id = int(world.sale({"price": "20.00"}))
    await sync(world)
    [order] = await world.rows(SalesOrder)
    node = (await world.told("{ orders { nodes { id } } }"))["orders"]["nodes"][0]["id"]
    for key in ("one", "two"):
        answer = (await world.told(SHIP, id=node, code="00340434161094042557", key=key))["shipOrder"]
        assert [each["code"] for each in answer["userErrors"]] == []
        await world.run_all()
    receipt = world.at_etsy.receipts.made[receipt_id]
    assert len(receipt.parcels) == 1
    assert [each.tracking_code for each in await world.rows(OrderShipment)] == ["00340434161094042557"]
    [order] = await world.rows(SalesOrder)
    assert order.status.value == "SHIPPED"


@pytest.mark.parametrize("deed", ["refundOrder", "cancelOrder"])
async def test_what_etsy_has_no_call_for_is_refused_in_words_before_anything_is_queued(
    world: EtsyWorld, deed: str
) -> None:
    world.sale({"price": "20.00"})
    await sync(world)
    node = (await world.told("{ orders { nodes { id } } }"))["orders"]["nodes"][0]["id"]
    before = len(await world.jobs())
    wish = {"orderId": node, "reason": "OUT_OF_STOCK"} | ({"amount": 1} if deed == "refundOrder" else {})
    asked = f'{deed}(input: $input, idempotencyKey: "k") {{ userErrors {{ code message }} }}'
    query = f"mutation ($input: {deed[0].upper()}{deed[1:]}Input!) {{ {asked} }}"
    found = (await world.told(query, input=wish))[deed]["userErrors"]
    told = "Adgraph cannot do this at Etsy: do it there. The order is read again afterwards."
    assert [(each["code"], each["message"]) for each in found] == [("NOT_SUPPORTED", told)]
    assert len(await world.jobs()) == before


async def test_a_sale_is_told_by_a_signed_message_and_read_at_once(world: EtsyWorld) -> None:
    """The stand-in signs and sends it to our address over HTTP; the queue is run by hand."""
    receipt_id = world.sale({"price": "20.00"})
    await world.server.sandbox.courier.settle()
    world.move(minutes=5)
    async with world.tools.db.read(None) as session:
        query = select(SellerMessage).where(SellerMessage.source == MessageSource.ETSY)
        told = [each for each in await session.exec(query) if each.about.get("user_id") == world.channel.external_id]
    for message in told:
        await handle_message(world.tools, MessageSource.ETSY, message.message_id)
    [woken] = [each for each in await world.jobs() if each.requested_by_kind is ActorKind.WEBHOOK]
    assert (await world.run(woken)).status.value == "SUCCEEDED"
    assert [each.external_id for each in await world.rows(SalesOrder)] == [receipt_id]

"""Orders of a channel are all stored, once and as the marketplace has them; each rule names the fault it is from."""

from datetime import timedelta
from decimal import Decimal

from integrations.errors import Throttled
from models.channel_jobs.job import ChannelJobStatus
from models.orders.order import OrderStatus
from tests.worlds.ads import NOON
from tests.worlds.ebay_orders import EbayOrders

S = ChannelJobStatus


def _lists(ebay: EbayOrders) -> list[object]:
    """The questions for lists of orders so far."""
    return [each for each in ebay.server.sandbox.log if each.call == "fulfillment.list_orders"]


async def test_an_order_is_stored_with_its_sums_lines_and_fees(ebay: EbayOrders) -> None:
    order_id = ebay.sale(
        {"price": "10.00", "quantity": 3, "sku": "A"},
        {"price": "5.00", "sku": "B"},
        created_s=int(NOON.timestamp()) - 3600,
        delivery="4.90", discount="2.00", delivery_discount="0.90", adjustment="1.00", tax="1.50",
    )  # fmt: skip
    job = await ebay.sync()
    assert (job.status, job.done, job.total, job.problems) == (S.SUCCEEDED, 1, 1, [])
    order = (await ebay.orders())[order_id]
    assert (order.subtotal, order.shipping, order.tax) == (Decimal(35), Decimal("4.00"), Decimal("1.50"))
    assert (order.discount, order.currency, order.status) == (Decimal("3.00"), "EUR", OrderStatus.PAID)
    assert {(line.sku, line.quantity, line.unit_price) for line in await ebay.lines()} == {
        ("A", 3, Decimal(10)),
        ("B", 1, Decimal(5)),
    }
    assert order.fees is not None


async def test_pages_with_holes_are_read_to_ebays_own_end_mark(ebay: EbayOrders) -> None:
    """PrestaShopCorp/ebay PR 15, OpenXE 262, azad 166: 93 of 103 orders, since a short page ended the reading."""
    ebay.control("orders/generate", count=450, holes_every=50, spoiled_every=77)
    job = await ebay.sync()
    assert job.status is S.SUCCEEDED
    # Five are spoiled, nine are left out of the list.
    assert len(await ebay.orders()) == 450 - 9 - 5
    names = {each.external_id for each in await ebay.retries()}
    assert len([each for each in names if "/" not in each]) == 5
    assert len([each for each in names if "/" in each]) == 1


async def test_the_watermark_is_the_newest_stored_change_and_is_written_after_a_complete_pass(ebay: EbayOrders) -> None:
    """woosync 9, frappe/ecommerce_integrations PR 436: it was the time of the run, or moved past a failure."""
    last = ebay.control("orders/generate", count=250)["firstS"] + 249 * 60 + 60
    ebay.spoil("fulfillment.list_orders", status=400, body='{"errors": [{"errorId": 30700, "message": "no"}]}', nth=2)
    failed = await ebay.sync()
    assert failed.status is S.FAILED
    channel = await ebay.seen()
    assert (channel.orders_read_to, channel.orders_synced_at, len(await ebay.orders())) == (None, None, 200)
    ebay.server.sandbox.faults.clear()
    assert (await ebay.sync()).status is S.SUCCEEDED
    channel = await ebay.seen()
    assert channel.orders_read_to is not None
    assert channel.orders_read_to.timestamp() == last
    assert channel.orders_synced_at == NOON - timedelta(minutes=2)
    assert len(await ebay.orders()) == 250


async def test_the_next_pass_begins_ten_minutes_before_the_newest_change(ebay: EbayOrders) -> None:
    ebay.sale(created_s=int(NOON.timestamp()) - 1200)
    await ebay.sync()
    late = ebay.sale(created_s=int(NOON.timestamp()) - 1200 - 540)
    lost = ebay.sale(created_s=int(NOON.timestamp()) - 1200 - 660)
    ebay.move(minutes=15)
    await ebay.sync()
    assert (late in await ebay.orders(), lost in await ebay.orders()) == (True, False)
    await ebay.sync(since=(NOON - timedelta(days=1)).isoformat())
    assert lost in await ebay.orders()


async def test_nothing_of_the_last_two_minutes_is_read_yet(ebay: EbayOrders) -> None:
    fresh = ebay.sale(created_s=int(NOON.timestamp()) - 60)
    await ebay.sync()
    assert await ebay.orders() == {}
    ebay.move(minutes=2)
    await ebay.sync()
    assert [*await ebay.orders()] == [fresh]


async def test_somebody_who_asks_for_later_days_leaves_no_earlier_ones_out(ebay: EbayOrders) -> None:
    order_id = ebay.sale(created_s=int((NOON - timedelta(days=80)).timestamp()))
    await ebay.sync(since=(NOON - timedelta(days=1)).isoformat())
    assert [*await ebay.orders()] == [order_id]


async def test_an_order_that_moves_between_pages_costs_no_other(ebay: EbayOrders) -> None:
    """Orders that change while their list is read leave the window and move others onto pages that were read."""
    ebay.control("orders/generate", count=450)
    moved = [f"20-00000-{number:05d}" for number in (3, 7, 11)]
    market = ebay.shelf
    count = 0

    def touches() -> None:
        nonlocal count
        if count < len(moved):
            ebay.control("orders/change", order_id=moved[count], fields={"orderFulfillmentStatus": "FULFILLED"})
            count += 1

    ebay.after_each_page(touches)
    job = await ebay.sync()
    assert (job.status, market.taken) == (S.SUCCEEDED, {3, 7, 11})
    assert len(await ebay.orders()) >= 447
    ebay.move(minutes=10)
    await ebay.sync()
    assert len(await ebay.orders()) == 450


async def test_a_run_that_broke_off_goes_on_where_it_was(ebay: EbayOrders) -> None:
    ebay.control("orders/generate", count=5_000, step_s=600)
    pages = 0

    def throttles() -> None:
        nonlocal pages
        pages += 1
        if pages == 20:
            raise Throttled("The calls of a day are used up.", retry_after_s=60)

    ebay.after_each_page(throttles)
    job = await ebay.sync()
    assert (job.status, job.total, (await ebay.seen()).orders_read_to) == (S.WAITING, 5_000, None)
    stored = len(await ebay.orders())
    assert 3_000 < stored == job.done
    ebay.after_each_page(lambda: None)
    calls = len(_lists(ebay))
    job = await ebay.run(job)
    assert (job.status, len(await ebay.orders())) == (S.SUCCEEDED, 5_000)
    assert len(_lists(ebay)) - calls < 20
    assert job.done <= (job.total or 0)


async def test_parcels_of_orders_that_are_found_sent_are_asked_for_once(ebay: EbayOrders) -> None:
    order_id = ebay.sale(created_s=int(NOON.timestamp()) - 3600)
    await ebay.sync()
    ebay.shelf.shipments[order_id] = [
        {"fulfillmentId": "1", "shippingCarrierCode": "UPS", "shipmentTrackingNumber": "1Z", "lineItems": []}
    ]
    ebay.control("orders/change", order_id=order_id, fields={"orderFulfillmentStatus": "FULFILLED"})
    for _ in range(2):
        ebay.move(minutes=5)
        await ebay.sync()
        asked = [each for each in ebay.server.sandbox.log if each.call == "fulfillment.list_shipments"]
        assert len(asked) == 1
    [parcel] = await ebay.shipments()
    assert (parcel.external_id, parcel.carrier, parcel.tracking_code, parcel.shipped_at) == ("1", "UPS", "1Z", None)

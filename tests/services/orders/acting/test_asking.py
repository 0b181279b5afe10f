"""What sellers ask of channels about orders: the job and what it did at eBay's stand-in, and what is refused."""

from collections.abc import Mapping
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from models.audit.entry import AuditEntry
from models.channel_jobs.job import ChannelJob, ChannelJobStatus
from models.channels.channel import ChannelKind, ChannelStatus
from models.orders.order import OrderStatus
from models.tenants.membership import Role
from resolvers.node_id import encode_id
from sandbox.ebay.faults import EbayFaultKind
from tests.doors.in_process import Answer, Door
from tests.worlds.ads import NOON
from tests.worlds.channel_jobs import seller
from tests.worlds.ebay_orders import EbayOrders

S = ChannelJobStatus
SHIPMENTS = "{ orders { nodes { shipments { carrier trackingCode shippedAt deliveredAt } } } }"
JOBS = "jobs { id kind status subject { id } } userErrors { code message field }"
SHIP = f"""mutation ($input: ShipOrderInput!, $key: String!) {{
  shipOrder(input: $input, idempotencyKey: $key) {{ {JOBS} }} }}"""
REFUND = f"""mutation ($input: RefundOrderInput!, $key: String!) {{
  refundOrder(input: $input, idempotencyKey: $key) {{ {JOBS} }} }}"""
CANCEL = f"""mutation ($input: CancelOrderInput!, $key: String!) {{
  cancelOrder(input: $input, idempotencyKey: $key) {{ {JOBS} }} }}"""
PARCEL = {"carrier": "DHL", "trackingCode": "JD 014-600"}
QUERIES = {
    "ship": (SHIP, PARCEL),
    "refund": (REFUND, {"reason": "Broken"}),
    "cancel": (CANCEL, {"reason": "OUT_OF_STOCK"}),
}


async def stored(ebay: EbayOrders, *lines: Mapping[str, Any], **given: Any) -> str:
    """An order that both sides have, by eBay's id."""
    order_id = ebay.sale(*(lines or ({"price": "20.00"},)), created_s=int(NOON.timestamp()) - 3600, **given)
    await ebay.sync()
    return order_id


async def ask(
    ebay: EbayOrders, what: str, order_id: str | None, *, key: str = "k", role: Role = Role.ADMIN, **given: Any
) -> Answer:
    query, usual = QUERIES[what]
    orders = await ebay.orders()
    wanted = "nothing" if order_id is None else encode_id("Order", orders[order_id].id)
    door = Door(ebay.jobs.tools, ebay.jobs.team.as_role(role))
    return await door.ask(query, input={"orderId": wanted, **usual, **given}, key=key)


async def told(ebay: EbayOrders, what: str, order_id: str, **given: Any) -> Any:
    answer = await ask(ebay, what, order_id, **given)
    assert answer.codes == [], answer.messages
    [payload] = answer.data.values()
    return payload


async def done(ebay: EbayOrders, what: str, order_id: str, **given: Any) -> ChannelJob:
    """The job after it ran."""
    payload = await told(ebay, what, order_id, **given)
    assert payload["userErrors"] == []
    return await ebay.run(await ebay.job(payload["jobs"][0]["id"]))


async def test_a_parcel_is_told_once_and_the_order_is_shipped(ebay: EbayOrders) -> None:
    order_id = await stored(ebay)
    ebay.move(minutes=5)
    job = await done(ebay, "ship", order_id)
    assert (job.status, job.error_message) == (S.SUCCEEDED, None)
    [parcel] = ebay.shelf.shipments[order_id]
    assert (parcel["shipmentTrackingNumber"], parcel["shippingCarrierCode"]) == ("JD014600", "DHL")
    assert (await ebay.orders())[order_id].status is OrderStatus.SHIPPED
    answer = await Door(ebay.jobs.tools, ebay.jobs.team.viewer).ask(SHIPMENTS)
    assert [each["shipments"] for each in answer.data["orders"]["nodes"]] == [
        [{"carrier": "DHL", "trackingCode": "JD014600", "shippedAt": "2026-11-21T12:05:00+00:00", "deliveredAt": None}]
    ]
    await done(ebay, "ship", order_id, key="again")
    assert len(ebay.shelf.shipments[order_id]) == 1
    about = [each.after for each in await ebay.rows(AuditEntry) if each.action == "channel_job.requested"]
    assert [each["subject_kind"] for each in about if each["kind"] == "SHIP"] == ["Order"] * 2


async def test_a_parcel_may_have_some_of_the_lines(ebay: EbayOrders) -> None:
    order_id = await stored(ebay, {"sku": "A"}, {"sku": "B"})
    [line] = [line for line in await ebay.lines() if line.sku == "B"]
    job = await done(ebay, "ship", order_id, lineIds=[encode_id("OrderLine", line.id)])
    assert job.status is S.SUCCEEDED
    [parcel] = ebay.shelf.shipments[order_id]
    assert [each["lineItemId"] for each in parcel["lineItems"]] == [line.external_id]


@pytest.mark.parametrize("what", ["ship", "refund", "cancel"])
async def test_a_lost_answer_is_looked_up_before_anything_is_repeated(ebay: EbayOrders, what: str) -> None:
    """allegro 13278, hahm-ebay-lister 17 and 24: done twice after a lost answer."""
    order_id = await stored(ebay)
    ebay.move(minutes=5)
    call = {
        "ship": "fulfillment.ship",
        "refund": "fulfillment.issue_refund",
        "cancel": "graphql.createOrderCancellation",
    }
    ebay.spoil(call[what], EbayFaultKind.ANSWER_LOST)
    payload = await told(ebay, what, order_id)
    job = await ebay.job(payload["jobs"][0]["id"])
    for _ in range(3):
        job = await ebay.run(job)
        ebay.move(minutes=20)
    assert (job.status, job.error_message) == (S.SUCCEEDED, None)
    assert len(ebay.shelf.shipments.get(order_id, [])) == (what == "ship")
    assert len({each.external_id for each in await ebay.refunds()}) == (what != "ship")


async def test_a_refund_is_on_its_way_until_a_reading_finds_it_settled(ebay: EbayOrders) -> None:
    order_id = await stored(ebay)
    ebay.move(minutes=5)
    job = await done(ebay, "refund", order_id, amount=7.50)
    assert job.status is S.SUCCEEDED
    [refund] = await ebay.refunds()
    assert (refund.amount, refund.is_settled) == (Decimal("7.50"), False)
    [error] = (await told(ebay, "refund", order_id, key="meanwhile", amount=1))["userErrors"]
    assert (error["code"], error["field"]) == ("CONFLICT", ["input", "orderId"])
    ebay.move(minutes=20)
    await ebay.sync()
    [refund] = await ebay.refunds()
    assert (refund.amount, refund.is_settled) == (Decimal("7.50"), True)
    # Everything that is left.
    job = await done(ebay, "refund", order_id, key="rest")
    ebay.move(minutes=20)
    await ebay.sync()
    assert (job.status, sorted(each.amount for each in await ebay.refunds())) == (
        S.SUCCEEDED,
        [Decimal("7.5"), Decimal("12.5")],
    )
    [error] = (await told(ebay, "refund", order_id, key="more"))["userErrors"]
    assert (error["code"], error["message"]) == ("INVALID", "Nothing of this order is left to pay back.")


async def test_lines_are_paid_back_whole_less_their_discounts(ebay: EbayOrders) -> None:
    order_id = await stored(ebay, {"sku": "A", "price": "5.00", "quantity": 2}, {"sku": "B", "price": "3.00"})
    [line] = [line for line in await ebay.lines() if line.sku == "A"]
    job = await done(ebay, "refund", order_id, lineIds=[encode_id("OrderLine", line.id)])
    assert (job.status, [each.amount for each in await ebay.refunds()]) == (S.SUCCEEDED, [Decimal(10)])


async def test_a_cancelled_order_is_cancelled_here_too(ebay: EbayOrders) -> None:
    piece = await ebay.product("ONE", quantity=1)
    order_id = await stored(ebay, {"sku": "ONE"})
    ebay.move(minutes=5)
    job = await done(ebay, "cancel", order_id)
    assert (job.status, job.error_message) == (S.SUCCEEDED, None)
    ebay.move(minutes=20)
    await ebay.sync()
    assert (await ebay.orders())[order_id].status is OrderStatus.CANCELLED
    assert await ebay.quantity(piece) == (1, "PUBLISHED")
    assert {(await told(ebay, what, order_id, key=what))["userErrors"][0]["code"] for what in QUERIES} == {"CONFLICT"}


async def test_a_repeated_call_and_the_same_wish_are_one_job(ebay: EbayOrders) -> None:
    order_id = await stored(ebay)
    first = await told(ebay, "refund", order_id, amount=5.00)
    assert await told(ebay, "refund", order_id, amount=5.00) == first
    same = await told(ebay, "refund", order_id, amount=5.00, key="other")
    assert same["jobs"][0]["id"] == first["jobs"][0]["id"]
    [error] = (await told(ebay, "refund", order_id, amount=6.00, key="third"))["userErrors"]
    assert (error["code"], error["field"]) == ("CONFLICT", ["input", "orderId"])
    assert len([job for job in await ebay.rows(ChannelJob) if job.kind == "REFUND"]) == 1


@pytest.mark.parametrize(
    ("what", "given", "code", "field"),
    [
        ("ship", {"carrier": ""}, "INVALID", ["input", "carrier"]),
        ("ship", {"carrier": "x" * 101}, "INVALID", ["input", "carrier"]),
        ("ship", {"trackingCode": "--"}, "INVALID", ["input", "trackingCode"]),
        ("ship", {"trackingCode": "A\u0000"}, "INVALID", ["input", "trackingCode"]),
        ("ship", {"shippedAt": "2031-01-01T00:00:00Z"}, "INVALID", ["input", "shippedAt"]),
        ("ship", {"lineIds": []}, "INVALID", ["input", "lineIds"]),
        ("ship", {"lineIds": ["nonsense"]}, "NOT_FOUND", ["input", "lineIds", "0"]),
        ("refund", {"amount": 0}, "INVALID", ["input", "amount"]),
        ("refund", {"amount": -1}, "INVALID", ["input", "amount"]),
        ("refund", {"amount": 1.001}, "INVALID", ["input", "amount"]),
        ("refund", {"amount": 20.01}, "INVALID", ["input", "amount"]),
        ("refund", {"amount": 99_999_999_999}, "INVALID", ["input", "amount"]),
        ("refund", {"amount": 1, "lineIds": []}, "INVALID", ["input", "amount"]),
        ("refund", {"reason": ""}, "INVALID", ["input", "reason"]),
        ("refund", {"reason": "x" * 501}, "INVALID", ["input", "reason"]),
    ],
)
async def test_bad_input_is_refused_with_its_field(
    ebay: EbayOrders, what: str, given: dict[str, Any], code: str, field: list[str]
) -> None:
    order_id = await stored(ebay)
    payload = await told(ebay, what, order_id, **given)
    assert [(each["code"], each["field"]) for each in payload["userErrors"]] == [(code, field)]
    assert payload["jobs"] == []


async def test_a_line_of_another_order_and_an_unknown_order_are_refused(ebay: EbayOrders) -> None:
    order_id, other = await stored(ebay), ebay.sale(created_s=int(NOON.timestamp()) - 3600)
    await ebay.sync()
    own = (await ebay.orders())[order_id].id
    foreign = next(line for line in await ebay.lines() if line.order_id != own)
    wanted = [encode_id("OrderLine", foreign.id)]
    for what in ("ship", "refund"):
        [error] = (await told(ebay, what, order_id, key=what, lineIds=wanted))["userErrors"]
        assert (error["code"], error["field"]) == ("NOT_FOUND", ["input", "lineIds", "0"])
    assert other in await ebay.orders()
    for what in QUERIES:
        answer = await ask(ebay, what, None, key=f"none-{what}")
        [payload] = answer.data.values()
        assert [each["code"] for each in payload["userErrors"]] == ["INVALID"]


async def test_orders_of_a_shop_and_of_closed_channels_are_refused_in_words(ebay: EbayOrders) -> None:
    order_id = await stored(ebay)
    shop = await seller(ebay.jobs.team, kind=ChannelKind.SHOP, name="Shop")
    order = (await ebay.orders())[order_id]
    statement = "update sales_order set channel_id = :channel where tenant_id = :tenant"
    for channel, status, code in (
        (shop, None, "NOT_SUPPORTED"),
        (ebay.channel, {"status": ChannelStatus.DISCONNECTED, "disconnected_at": NOON}, "FORBIDDEN"),
        (
            ebay.channel,
            {"status": ChannelStatus.CONNECTED, "disconnected_at": None, "frozen_at": NOON},
            "QUOTA_EXCEEDED",
        ),
    ):
        await ebay.jobs.change(statement, channel=channel.id)
        if status is not None:
            await ebay.set_channel(**status)
        for what in QUERIES:
            [error] = (await told(ebay, what, order.external_id, key=f"{code}-{what}"))["userErrors"]
            assert (error["code"], error["field"]) == (code, ["input", "orderId"])
            assert ("push the order's new state" in error["message"]) == (code == "NOT_SUPPORTED")


async def test_orders_that_are_not_paid_or_were_sent(ebay: EbayOrders) -> None:
    unpaid = await stored(ebay, paid=False)
    for what, codes in (("ship", ["CONFLICT"]), ("refund", ["CONFLICT"]), ("cancel", [])):
        assert [each["code"] for each in (await told(ebay, what, unpaid, key=what))["userErrors"]] == codes
    sent = await stored(ebay)
    ebay.control("orders/change", order_id=sent, fields={"orderFulfillmentStatus": "FULFILLED"})
    ebay.move(minutes=10)
    await ebay.sync()
    assert [each["code"] for each in (await told(ebay, "cancel", sent, key="sent"))["userErrors"]] == ["CONFLICT"]


@pytest.mark.parametrize(("what", "role"), [("ship", Role.VIEWER), ("refund", Role.MANAGER), ("cancel", Role.MANAGER)])
async def test_who_may(ebay: EbayOrders, what: str, role: Role) -> None:
    order_id = await stored(ebay)
    answer = await ask(ebay, what, order_id, role=role)
    assert answer.codes == ["FORBIDDEN"] or [
        each["code"] for payload in answer.data.values() if payload for each in payload["userErrors"]
    ] == ["FORBIDDEN"]
    assert [job for job in await ebay.rows(ChannelJob) if job.kind != "SYNC_ORDERS"] == []


async def test_what_ebay_refuses_fails_the_job_in_its_words(ebay: EbayOrders) -> None:
    order_id = await stored(ebay)
    del ebay.shelf.made[order_id]
    for what in QUERIES:
        job = await done(ebay, what, order_id, key=what)
        assert (job.status, bool(job.error_message)) == (S.FAILED, True)
    assert (await ebay.orders())[order_id].updated_at < NOON - timedelta(minutes=30)

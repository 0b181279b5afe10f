"""Orders: what a list may be asked, how pages go, what odd orders look like, and half a million of them."""

import asyncio
from datetime import UTC, datetime, timedelta
from urllib.parse import quote, urlsplit

import pytest

from sandbox.ebay.control import shop_of
from tests.sandbox.ebay.ebay_client import EbayClient, Got

ORDERS = "/sell/fulfillment/v1/order"
NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _noon(ebay: EbayClient) -> None:
    sandbox = ebay.server.sandbox
    sandbox.clock.set(NOW)
    for shop in sandbox.book.shops.values():
        shop.orders = type(shop.orders)()


def moment(**ago: float) -> str:
    return f"{NOW - timedelta(**ago):%Y-%m-%dT%H:%M:%S}.000Z"


async def listed(ebay: EbayClient, filters: str = "", **params: object) -> Got:
    asked = [f"filter={quote(filters, safe=':,')}"] if filters else []
    asked += [f"{name}={value}" for name, value in params.items()]
    return await ebay.call("GET", f"{ORDERS}?{'&'.join(asked)}")


async def sell(ebay: EbayClient, **sale: object) -> str:
    made = await ebay.control("POST", "orders", {"seller": "EBAY_DE", "lines": [{"price": "10.00"}]} | sale)
    return str(made["orderId"])


def ids(got: Got) -> list[str]:
    return [order["orderId"] for order in got.body["orders"]]


@pytest.mark.parametrize(
    ("filters", "error_id"),
    [
        ("nonsense", 30800),
        ("creationdate:[", 30800),
        ("buyer:[2026-11-01T00:00:00.000Z..]", 30700),
        ("creationdate:[2026-11-01..]", 30810),
        ("creationdate:[2026-11-01T00:00:00.000Z]", 30810),
        ("creationdate:[2026-13-01T00:00:00.000Z..]", 30810),
        ("lastmodifieddate:[..2026-11-01T00:00:00.000Z]", 30820),
        ("creationdate:[2026-11-10T00:00:00.000Z..2026-11-01T00:00:00.000Z]", 30840),
        ("creationdate:[2026-11-01T00:00:00.000Z..2026-11-21T00:00:00.000Z]", 30850),
        ("lastmodifieddate:[2024-01-01T00:00:00.000Z..]", 30830),
        ("orderfulfillmentstatus:{FULFILLED}", 30800),
        ("orderfulfillmentstatus:{NOT_STARTED|FULFILLED}", 30800),
        ("orderfulfillmentstatus:[NOT_STARTED|IN_PROGRESS]", 30800),
    ],
)
async def test_a_filter_that_ebay_does_not_know_is_refused(ebay: EbayClient, filters: str, error_id: int) -> None:
    refused = await listed(ebay, filters)
    assert (refused.status, refused.error_ids) == (400, [error_id])


async def test_pages_and_fields_out_of_range_are_refused(ebay: EbayClient) -> None:
    asked = {"limit=201": 31100, "limit=0": 31100, "limit=x": 31100, "offset=-1": 31000, "fieldGroups=ALL": 32800}
    for query, error_id in asked.items():
        assert (await ebay.call("GET", f"{ORDERS}?{query}")).error_ids == [error_id], query
    many = ",".join(f"12-00000-{number:05d}" for number in range(51))
    assert (await ebay.call("GET", f"{ORDERS}?orderIds={many}")).error_ids == [30900]
    assert (await ebay.call("GET", f"{ORDERS}/12-00000-00000")).status == 404


async def test_brackets_come_percent_encoded_or_not_at_all(ebay: EbayClient) -> None:
    text = f"creationdate:[{moment(days=1)}..]"
    assert (await listed(ebay, text)).status == 200
    url = f"{ebay.server.url}{ORDERS}?filter={text}"
    # aiohttp would encode them.
    reader, writer = await _open(url)
    token = ebay.tokens["EBAY_DE"]
    writer.write(
        f"GET {ORDERS}?filter={text} HTTP/1.1\r\nHost: {urlsplit(url).netloc}\r\n"
        f"Authorization: Bearer {token}\r\nConnection: close\r\n\r\n".encode()
    )
    answer = await reader.read()
    writer.close()
    await writer.wait_closed()
    assert b" 400 " in answer.splitlines()[0]
    assert b"30800" in answer


async def _open(url: str) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    host = urlsplit(url)
    assert host.hostname is not None
    return await asyncio.open_connection(host.hostname, host.port)


async def test_dates_choose_orders_and_the_date_of_creation_wins(ebay: EbayClient) -> None:
    old = await sell(ebay, created_s=int((NOW - timedelta(days=200)).timestamp()))
    new = await sell(ebay, created_s=int((NOW - timedelta(days=2)).timestamp()))
    assert ids(await listed(ebay)) == [new]
    await ebay.control("POST", "orders/change", {"seller": "EBAY_DE", "order_id": old, "fields": {}})
    changed = f"lastmodifieddate:[{moment(hours=1)}..]"
    assert ids(await listed(ebay, changed)) == [old]
    assert ids(await listed(ebay, f"{changed},creationdate:[{moment(days=3)}..]")) == [new]
    assert ids(await listed(ebay, f"creationdate:[{moment(days=300)}..{moment(days=100)}]")) == [old]
    assert ids(await listed(ebay, "orderfulfillmentstatus:{IN_PROGRESS|NOT_STARTED}")) == [new]
    assert ids(await listed(ebay, "orderfulfillmentstatus:{FULFILLED|IN_PROGRESS}")) == []
    assert ids(await listed(ebay, orderIds=f"{old},99-00000-00000", limit=1)) == [old]


async def test_amounts_are_texts_and_discounts_are_negative(ebay: EbayClient) -> None:
    sale = {
        "lines": [{"price": "10.00", "quantity": 2}, {"price": "5.55"}],
        "delivery": "4.90",
        "discount": "2.00",
        "delivery_discount": "1.00",
        "tax": "0.50",
        "adjustment": "0.05",
        "collected_tax": "3.00",
        "other_currency": "USD",
        "rate": 1.1,
    }
    order = (await ebay.call("GET", f"{ORDERS}/{await sell(ebay, **sale)}")).body
    pricing = {name: amount["value"] for name, amount in order["pricingSummary"].items()}
    assert pricing == {
        "priceSubtotal": "25.55",
        "deliveryCost": "4.90",
        "priceDiscount": "-2.00",
        "deliveryDiscount": "-1.00",
        "adjustment": "-0.05",
        "tax": "0.50",
        "total": "30.90",
    }
    assert order["ebayCollectAndRemitTax"] is True
    assert order["paymentSummary"]["totalDueSeller"]["value"] == "27.90"
    subtotal = order["pricingSummary"]["priceSubtotal"]
    assert subtotal == {
        "value": "25.55",
        "currency": "EUR",
        "convertedFromValue": "28.10",
        "convertedFromCurrency": "USD",
    }
    assert [line["lineItemCost"]["value"] for line in order["lineItems"]] == ["20.00", "5.55"]
    assert not [name for name in order if name.startswith("_")]


async def test_an_order_is_paid_changed_and_cancelled(ebay: EbayClient) -> None:
    order_id = await sell(ebay, paid=False)
    unpaid = (await ebay.call("GET", f"{ORDERS}/{order_id}")).body
    assert unpaid["orderPaymentStatus"] == "PENDING"
    assert "totalMarketplaceFee" not in unpaid
    named = {"seller": "EBAY_DE", "order_id": order_id}
    await ebay.control("POST", "orders/pay", named)
    assert (await ebay.call("GET", f"{ORDERS}/{order_id}")).body["totalMarketplaceFee"]["value"] == "1.10"
    await ebay.control("POST", "orders/change", named | {"fields": {"orderFulfillmentStatus": "TELEPORTED"}})
    await ebay.control("POST", "orders/cancel", named)
    single = (await ebay.call("GET", f"{ORDERS}/{order_id}")).body
    assert (single["orderFulfillmentStatus"], single["cancelStatus"]["cancelState"]) == ("TELEPORTED", "CANCELED")
    assert len(single["cancelStatus"]["cancelRequests"]) == 1
    in_list = (await listed(ebay)).body["orders"][0]["cancelStatus"]
    assert (in_list["cancelState"], in_list["cancelRequests"]) == ("CANCELED", [])


async def test_pages_have_holes_and_records_that_cannot_be_read(ebay: EbayClient) -> None:
    made = [await sell(ebay, created_s=int(NOW.timestamp()) - 100 + place) for place in range(5)]
    await ebay.control("POST", "orders/hole", {"seller": "EBAY_DE", "order_id": made[1]})
    odd = {"seller": "EBAY_DE", "order_id": made[3], "fields": {"lineItems": "none", "pricingSummary": None}}
    await ebay.control("POST", "orders/spoil", odd)
    first = await listed(ebay, limit=3)
    assert (ids(first), first.body["total"], len(first.body["warnings"])) == ([made[0], made[2]], 5, 1)
    following = first.body["next"].removeprefix(ebay.server.url)
    second = await ebay.call("GET", following)
    assert ids(second) == made[3:]
    assert (second.body["orders"][0]["lineItems"], second.body["orders"][0]["pricingSummary"]) == ("none", None)
    assert ("next" in second.body, "prev" in second.body, "prev" in first.body) == (False, True, False)


async def test_an_order_that_changes_between_two_pages_moves_the_others(ebay: EbayClient) -> None:
    start = int(NOW.timestamp()) - 1_000
    made = [await sell(ebay, created_s=start + place) for place in range(4)]
    window = f"lastmodifieddate:[{moment(hours=1)}..]"
    first = await listed(ebay, window, limit=2)
    await ebay.control("POST", "orders/change", {"seller": "EBAY_DE", "order_id": made[0], "fields": {}})
    second = await listed(ebay, window, limit=2, offset=2)
    assert (ids(first), ids(second)) == (made[:2], [made[3], made[0]])
    await ebay.control("POST", "orders/paging", {"seller": "EBAY_DE", "newest_first": True})
    assert ids(await listed(ebay, window)) == [made[0], made[3], made[2], made[1]]


async def test_half_a_million_orders_are_made_where_they_are_read_alone(ebay: EbayClient) -> None:
    batch = {"seller": "EBAY_DE", "count": 500_000, "seed": 3, "step_s": 60, "holes_every": 1_000, "most_lines": 4}
    made = await ebay.control("POST", "orders/generate", batch)
    window = f"creationdate:[{moment(days=600)}..]"
    first = await listed(ebay, window, limit=200)
    last = await listed(ebay, window, limit=200, offset=499_800)
    middle = await listed(ebay, window, limit=200, offset=250_000)
    assert first.body["total"] == 500_000
    assert (first.body["orders"][0]["orderId"], last.body["orders"][-1]["orderId"]) == (made["first"], "20-00004-99998")
    assert (len(middle.body["orders"]), len(last.body["orders"])) == (200, 199)
    lines = [order["lineItems"] for order in middle.body["orders"]]
    assert sum(map(len, lines)) == 2.5 * 200
    assert len({line["lineItemId"] for each in lines for line in each}) == 2.5 * 200
    again = await ebay.call("GET", f"{ORDERS}/{middle.body['orders'][7]['orderId']}")
    assert again.body == middle.body["orders"][7]
    assert shop_of(ebay.server.sandbox, "EBAY_DE").orders.made == {}


async def test_lazy_orders_can_be_changed_and_stand_among_those_that_were_made(ebay: EbayClient) -> None:
    first_s = int(NOW.timestamp()) - 10_000
    batch = {"seller": "EBAY_DE", "count": 100, "first_s": first_s, "step_s": 10, "spoiled_every": 50}
    made = await ebay.control("POST", "orders/generate", batch)
    own = await sell(ebay, created_s=first_s + 15)
    await ebay.control("POST", "orders/change", {"seller": "EBAY_DE", "order_id": made["first"], "fields": {"x": 1}})
    by_creation = await listed(ebay, limit=200)
    assert by_creation.body["total"] == 101
    assert ids(by_creation)[:4] == [made["first"], "20-00000-00001", own, "20-00000-00002"]
    assert by_creation.body["orders"][0]["x"] == 1
    assert [order["lineItems"] for order in by_creation.body["orders"]].count("unreadable") == 2
    by_change = await listed(ebay, f"lastmodifieddate:[{moment(hours=6)}..]", limit=200)
    assert (by_change.body["total"], ids(by_change)[-1]) == (101, made["first"])
    open_ones = await listed(ebay, "orderfulfillmentstatus:{NOT_STARTED|IN_PROGRESS}", limit=200)
    assert open_ones.body["total"] == 11
    within = f"creationdate:[{moment(seconds=10_000 - 20)}..{moment(seconds=10_000 - 40)}]"
    assert ids(await listed(ebay, within)) == [f"20-00000-0000{number}" for number in (2, 3, 4)]


async def test_the_next_batch_takes_the_place_of_the_one_before(ebay: EbayClient) -> None:
    batch = {"seller": "EBAY_DE", "count": 3, "step_s": 10}
    first = (await ebay.control("POST", "orders/generate", batch))["first"]
    named = {"seller": "EBAY_DE", "order_id": first}
    await ebay.control("POST", "orders/refund", named)
    await ebay.control("POST", "orders/hole", named)
    await ebay.control("POST", "orders/spoil", named | {"fields": {"x": 1}})
    await ebay.control("POST", "orders/generate", batch | {"count": 2, "seed": 2})
    ebay.server.sandbox.clock.skew = timedelta(hours=1)
    found = (await listed(ebay)).body
    assert (found["total"], len(found["orders"]), "x" in found["orders"][0]) == (2, 2, False)


async def test_only_the_scope_of_orders_reads_them(ebay: EbayClient) -> None:
    for scope, status in (("sell.fulfillment.readonly", 200), ("sell.inventory", 403)):
        bearer = {"Authorization": f"Bearer {await ebay.token('EBAY_DE', [scope])}"}
        assert (await ebay.send("GET", ORDERS, **bearer)).status == status


async def test_what_cannot_be_sold_is_said(ebay: EbayClient) -> None:
    wrong: tuple[dict[str, object], ...] = (
        {"lines": []},
        {"lines": [{"listing_id": "1"}]},
        {"lines": [{"quantity": 0}]},
        {"lines": [{"price": "-1.00"}]},
        {"lines": [{}], "delivery": "much"},
    )
    for sale in wrong:
        got = await ebay.send("POST", "/_sandbox/orders", {"seller": "EBAY_DE"} | sale, **{"X-Sandbox-Token": "admin"})
        assert got.status == 422, sale

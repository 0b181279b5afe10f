"""Orders from files of Shopify, WooCommerce, Stripe and of one's own: what is read of them, and what is left out."""

from decimal import Decimal
from typing import Any

import pytest

from models.tenants.membership import Role
from services.toolbox import Toolbox
from tests.worlds.imports import upload
from tests.worlds.orders import OrderWorld, line, order, order_world

IMPORT = """mutation ($channel: ID!, $file: Upload!, $dryRun: Boolean! = false) {
  importOrders(channelId: $channel, file: $file, dryRun: $dryRun) {
    rowsImported rowsSkipped problems { line message } notes userErrors { code field message } } }"""
SHOPIFY = """\
Name,Email,Financial Status,Paid at,Fulfillment Status,Fulfilled at,Currency,Subtotal,Shipping,Taxes,Total,\
Discount Code,Discount Amount,Shipping Method,Created at,Lineitem quantity,Lineitem name,Lineitem price,Lineitem sku,\
Billing Name,Shipping Country,Cancelled at,Refunded Amount,Id
#1001,ann@example.com,partially_refunded,2026-11-01 10:05:00 +0100,fulfilled,2026-11-02 09:00:00 +0100,EUR,\
109.00,5.95,18.35,114.95,TEN,10.00,DHL,2026-11-01 10:00:00 +0100,2,Lamp,39.50,L,Ann Example,DE,,39.50,5501
#1001,ann@example.com,,,,,,,,,,,,,2026-11-01 10:00:00 +0100,1,"Shade, ""red""\nlarge",40.00,S,,,,,
#1002,ben@example.com,paid,2026-11-02 10:00:00 -0500,unfulfilled,,USD,50.00,0.00,4.00,54.00,,0.00,UPS,\
2026-11-02 10:00:00 -0500,1,Gift card,50.00,,Ben Example,US,,0.00,5502
#1003,cy@example.com,pending,,unfulfilled,,EUR,39.50,0,0,39.50,,0,DHL,2026-11-03 10:00:00 +0100,1,Lamp,39.50,L,C,DE,\
2026-11-03 12:00:00 +0100,0.00,5503
"""
WOOCOMMERCE = """\
Order ID;Order Status;Order Date;Currency;Order Shipping Amount;Discount Amount;Order Total Tax Amount;\
Order Total Amount;Order Refund Amount;SKU;Item Name;Quantity;Item Cost
71;Processing;2026-11-01 23:30;EUR;4,90;10,00;0;1.229,40;;L;Lamp;1;1.234,50
71;Processing;2026-11-01 23:30;EUR;4,90;10,00;0;1.229,40;;;=HYPERLINK("http://x");1;0,00
72;wc-on-hold;2026-11-02 08:00;EUR;0;5,00;0;20,00;;L;Lamp;2;10,00
73;Failed;2026-11-02 08:00;EUR;0;0;0;20,00;;L;Lamp;2;10,00
"""
STRIPE = """\
id,Description,Seller Message,Created date (UTC),Amount,Amount Refunded,Currency,Converted Amount,Fee,\
Converted Currency,Status,Customer ID,Refunded date (UTC)
ch_1,Invoice 7,Payment complete.,2026-11-01 22:30:00,119.00,59.50,eur,119.00,2.03,eur,Paid,cus_1,2026-11-02 08:00:00
ch_2,,Payment complete.,2026-11-02 10:00:00,5000,0.00,jpy,30.10,1.13,eur,Paid,,
ch_3,Lamp,The card was declined.,2026-11-02 10:00:00,10.00,0.00,eur,10.00,0.00,eur,Failed,,
"""
OWN = """\
externalId,status,currency,placedAt,updatedAt,sku,title,quantity,unitPrice,lineDiscount,shipping,discount,tax,fees
a,SHIPPED,EUR,2026-11-01T10:00:00Z,2026-11-03T10:00:00Z,L,Lamp,2,39.50,1.00,5,2,0,1.5
"""


@pytest.fixture
async def world(tools: Toolbox) -> OrderWorld:
    return await order_world(tools)


async def imported(world: OrderWorld, content: str | bytes, **given: Any) -> Any:
    answer = await world.ask(IMPORT, channel=world.shop_id, file=upload(content), **given)
    assert answer.codes == [], answer.messages
    return answer.data["importOrders"]


async def told(world: OrderWorld) -> dict[str, Any]:
    return {each["externalId"]: each for each in await world.orders()}


async def test_an_export_of_shopify_is_read_with_several_lines_an_order(world: OrderWorld) -> None:
    await world.product("L", 10)
    found = await imported(world, SHOPIFY)
    assert (found["rowsImported"], found["rowsSkipped"], found["problems"], found["userErrors"]) == (4, 0, [], [])
    assert any("Shopify" in note for note in found["notes"])
    assert any("refunds" in note for note in found["notes"])
    orders = await told(world)
    first, second, third = orders["5501"], orders["5502"], orders["5503"]
    assert [(each["sku"], each["quantity"], each["unitPrice"]) for each in first["lines"]] == [
        ("L", 2, Decimal("39.5")), ("S", 1, Decimal(40))
    ]  # fmt: skip
    assert first["lines"][1]["title"] == 'Shade, "red"\nlarge'
    # The prices contain the tax: the total is reached without it.
    assert (first["status"], first["discount"], first["tax"], first["total"]) == (
        "SHIPPED", Decimal(10), 0, Decimal("114.95")
    )  # fmt: skip
    assert [(each["amount"], each["at"]) for each in first["refunds"]] == [
        (Decimal("39.5"), "2026-11-02T08:00:00+00:00")
    ]
    assert first["placedAt"] == "2026-11-01T09:00:00+00:00"
    assert (second["currency"], second["tax"], second["total"], second["status"]) == ("USD", 4, Decimal(54), "PAID")
    assert (third["status"], third["netRevenue"], third["buyer"]["country"]) == ("CANCELLED", 0, "DE")
    # No name and no address of a buyer is anywhere.
    assert "xample" not in str(orders)
    assert await world.stock() == {"L": (8, "PUBLISHED")}
    again = await imported(world, SHOPIFY)
    assert (again["rowsImported"], again["problems"]) == (4, [])
    assert await told(world) == orders
    assert await world.stock() == {"L": (8, "PUBLISHED")}
    # A file may tell a change without an instant of its own, such as a refund.
    await imported(world, SHOPIFY.replace("39.50,5501", "114.95,5501"))
    assert (await told(world))["5501"]["netRevenue"] == 0


async def test_an_export_of_woocommerce_is_read_with_its_commas(world: OrderWorld) -> None:
    found = await imported(world, "\ufeff" + WOOCOMMERCE)
    assert (found["rowsImported"], found["rowsSkipped"], found["problems"]) == (3, 0, [])
    assert any("failed" in note for note in found["notes"])
    orders = await told(world)
    assert orders.keys() == {"71", "72"}
    first, second = orders["71"], orders["72"]
    assert (first["total"], first["discount"], first["status"]) == (Decimal("1229.4"), Decimal(10), "PAID")
    # Half past eleven in the tenant's zone.
    assert first["placedAt"] == "2026-11-01T22:30:00+00:00"
    assert first["lines"][1]["title"] == '=HYPERLINK("http://x")'
    # The discount is in the prices already.
    assert (second["discount"], second["total"], second["status"]) == (0, Decimal(20), "AWAITING_PAYMENT")


async def test_an_order_whose_payment_fails_later_is_cancelled(world: OrderWorld) -> None:
    await world.product("L", 3)
    headings = WOOCOMMERCE.splitlines()[0]
    for status, left, worth in (("Pending", 1, 20), ("Failed", 3, 0)):
        rows = f"72;{status};2026-11-02 08:00;EUR;0;0;0;20,00;;L;Lamp;2;10,00\n73;Failed;x;;;;;;;;;;\n"
        assert (await imported(world, f"{headings}\n{rows}"))["problems"] == []
        assert (await world.stock())["L"][0] == left
        [found] = await world.orders()
        assert found["netRevenue"] == worth
    assert found["status"] == "CANCELLED"


async def test_payments_of_stripe_are_orders_of_one_line(world: OrderWorld) -> None:
    found = await imported(world, STRIPE)
    assert (found["rowsImported"], found["rowsSkipped"], found["problems"]) == (2, 0, [])
    orders = await told(world)
    first, second = orders["ch_1"], orders["ch_2"]
    assert (first["fees"], first["netRevenue"], first["buyer"]["handle"]) == (Decimal("2.03"), Decimal("59.5"), "cus_1")
    assert first["refunds"][0]["at"] == "2026-11-02T08:00:00+00:00"
    # A fee in another currency than the order's is not known in that.
    assert (second["currency"], second["total"], second["fees"]) == ("JPY", 5000, None)
    assert [each["title"] for each in second["lines"]] == ["Payment"]


async def test_of_two_orders_with_one_id_the_first_is_taken_and_the_other_told(world: OrderWorld) -> None:
    twice = SHOPIFY.replace(",5502\n", ",5501\n")
    for is_trial in (True, False):
        found = await imported(world, twice, dryRun=is_trial)
        assert (found["rowsImported"], found["rowsSkipped"]) == (3, 1)
        assert [each["message"] for each in found["problems"]] == ["Another order of the file has this id."]
        assert "The file has 2 orders that can be stored." in found["notes"]
    assert (await told(world)).keys() == {"5501", "5503"}


async def test_a_file_of_ones_own_names_columns_as_the_api_does(world: OrderWorld) -> None:
    await world.saved(
        order(1, line("L"), externalId="a", placedAt="2026-11-01T10:00:00Z", updatedAt="2026-11-02T10:00:00Z")
    )
    trial = await imported(world, OWN, dryRun=True)
    assert (trial["rowsImported"], trial["userErrors"]) == (1, [])
    assert (await told(world))["a"]["status"] == "PAID"
    await imported(world, OWN)
    [found] = await world.orders()
    assert (found["status"], found["discount"], found["total"], found["fees"]) == (
        "SHIPPED", Decimal(3), Decimal(81), Decimal("1.5")
    )  # fmt: skip
    older = await imported(world, OWN.replace("2026-11-03T10", "2026-11-02T10").replace("SHIPPED", "PAID"))
    assert any("older" in note for note in older["notes"])
    assert await world.orders() == [found]


WRONG = {
    "no id": ",PAID,EUR,2026-11-01,,L,Lamp,1,1,,,,,",
    "status": "b,Lost,EUR,2026-11-01,,L,Lamp,1,1,,,,,",
    "currency": "c,PAID,,2026-11-01,,L,Lamp,1,1,,,,,",
    "other currency": "d,PAID,EURO,2026-11-01,,L,Lamp,1,1,,,,,",
    "day": "e,PAID,EUR,11/12/2026,,L,Lamp,1,1,,,,,",
    "no day": "f,PAID,EUR,2026-02-30,,L,Lamp,1,1,,,,,",
    "future": "g,PAID,EUR,2026-12-30,,L,Lamp,1,1,,,,,",
    "quantity": "h,PAID,EUR,2026-11-01,,L,Lamp,1.5,1,,,,,",
    "none": "i,PAID,EUR,2026-11-01,,L,Lamp,0,1,,,,,",
    "price": "j,PAID,EUR,2026-11-01,,L,Lamp,1,NaN,,,,,",
    "no price": "k,PAID,EUR,2026-11-01,,L,Lamp,1,,,,,,",
    "formula": "l,PAID,EUR,2026-11-01,,L,Lamp,1,=1+1,,,,,",
    "negative": "m,PAID,EUR,2026-11-01,,L,Lamp,1,-1,,,,,",
    "decimals": "n,PAID,JPY,2026-11-01,,L,Lamp,1,1.5,,,,,",
    "NUL": "o,PAID,EUR,2026-11-01,,L,La\0mp,1,1,,,,,",
    "columns": "p,PAID,EUR,2026-11-01",
    "quote": 'q,PAID,EUR,2026-11-01,,L,"Lamp,1,1,,,,,',
    "before all time zones": "y,PAID,EUR,0001-01-01T00:00:00+14:00,,L,Lamp,1,1,,,,,",
    "after all time zones": "y,PAID,EUR,9999-12-31T23:59:00-12:00,,L,Lamp,1,1,,,,,",
    "one line of two": "r,PAID,EUR,2026-11-01,,L,Lamp,1,1,,,,,\nr,PAID,EUR,2026-11-01,,L,Lamp,x,1,,,,,",
}


async def test_an_odd_line_is_a_problem_and_costs_no_other_order(world: OrderWorld) -> None:
    headings, good = OWN.splitlines()
    lines = [headings, good, *"\n".join(WRONG.values()).split("\n"), "", good.replace("a,", "z,", 1)]
    found = await imported(world, "\n".join(lines))
    assert (found["rowsImported"], found["rowsSkipped"]) == (2, len(WRONG) + 1)
    assert sorted(each["line"] for each in found["problems"]) == [*range(3, 4 + len(WRONG))]
    assert all(each["message"] for each in found["problems"])
    assert (await told(world)).keys() == {"a", "z"}


@pytest.mark.parametrize(
    "broken", ["h,PAID,EUR,2026-11-01,,M", 'h,PAID,EUR,2026-11-01,,M,"Mug"x,1,1,,,,,', '"h",,,,,\0']
)
async def test_half_an_order_is_never_stored(world: OrderWorld, broken: str) -> None:
    headings, good = OWN.splitlines()
    whole = "h,PAID,EUR,2026-11-01T10:00:00Z,,L,Lamp,1,1,,,,,"
    await imported(world, f"{headings}\n{whole}\n{whole}")
    for lines in ([whole, broken, good], [good, broken, whole]):
        found = await imported(world, "\n".join([headings, *lines]))
        assert (found["rowsImported"], found["rowsSkipped"]) == (1, 2)
        assert sorted(each["line"] for each in found["problems"]) == sorted((3, 2 + lines.index(whole)))
    assert {name: len(each["lines"]) for name, each in (await told(world)).items()} == {"a": 1, "h": 2}


@pytest.mark.parametrize(
    "content",
    [b"", "Day,Ad ID,Amount spent\n", b"PK\x03\x04", WOOCOMMERCE.replace("Currency", "Money"), "\0" * 100],
    ids=["empty", "another report", "spreadsheet", "no currency", "NUL"],
)
async def test_a_file_without_orders_is_refused_as_a_whole(world: OrderWorld, content: str | bytes) -> None:
    found = await imported(world, content)
    assert [(each["code"], each["field"]) for each in found["userErrors"]] == [("FILE_INVALID", ["file"])]


async def test_an_import_is_in_the_log_and_who_may_not_sell_imports_nothing(world: OrderWorld) -> None:
    await imported(world, OWN, dryRun=True)
    await imported(world, OWN)
    world.role = Role.OWNER
    log = (await world.ask("{ auditLog { nodes { action changes } } }")).data["auditLog"]["nodes"]
    assert [(each["action"], each["changes"]["after"]["saved"]) for each in log] == [("orders.saved", 1)]
    world.role = Role.VIEWER
    assert (await world.ask(IMPORT, channel=world.shop_id, file=upload(OWN))).codes == ["FORBIDDEN"]


async def test_thousands_of_orders_are_imported_in_parts(world: OrderWorld) -> None:
    await world.product("L", 10_000)
    headings, good = OWN.splitlines()
    found = await imported(world, "\n".join([headings, *(good.replace("a,", f"{each},", 1) for each in range(2500))]))
    assert (found["rowsImported"], found["rowsSkipped"]) == (2500, 0)
    assert (await world.page(first=1))["totalCount"] == 2500
    assert await world.stock() == {"L": (5000, "PUBLISHED")}

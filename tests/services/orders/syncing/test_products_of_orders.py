"""What orders of a channel do to products: lines find them by listing, else by SKU, and stock follows the sale."""

from datetime import timedelta
from decimal import Decimal

from tests.worlds.ads import NOON
from tests.worlds.ebay_orders import EbayOrders

HOUR_AGO = int(NOON.timestamp()) - 3600


async def test_a_line_finds_its_product_by_its_listing_before_its_sku(ebay: EbayOrders) -> None:
    offered, named = await ebay.product("OFFERED", cost=Decimal(4)), await ebay.product("NAMED", cost=Decimal(3))
    ebay.sale({"sku": "NAMED"}, {"sku": "NAMED", "quantity": 2}, {"sku": "NOBODY"}, created_s=HOUR_AGO)
    order = next(iter(ebay.shelf.made.values()))
    listing = await ebay.listing(order["lineItems"][0]["legacyItemId"], offered)
    await ebay.listing(order["lineItems"][2]["legacyItemId"], None)
    await ebay.sync()
    lines = sorted(await ebay.lines(), key=lambda line: line.position)
    assert [line.product_id for line in lines] == [offered, named, None]
    assert [line.unit_cost for line in lines] == [Decimal(4), Decimal(3), None]
    assert (lines[0].listing_id, lines[1].listing_id, lines[2].listing_id is None) == (listing, None, False)
    assert (await ebay.quantity(offered), await ebay.quantity(named)) == ((9, "PUBLISHED"), (8, "PUBLISHED"))


async def test_the_last_piece_is_sold_once_and_comes_back_when_the_sale_is_cancelled(ebay: EbayOrders) -> None:
    """FlipTrack 150, magento/inventory 3072: the quantity is lowered in the transaction that stores the order."""
    piece = await ebay.product("ONE", quantity=1)
    order_id = ebay.sale({"sku": "ONE"}, created_s=HOUR_AGO)
    await ebay.sync()
    assert await ebay.quantity(piece) == (0, "SOLD")
    await ebay.sync()
    ebay.control("orders/cancel", order_id=order_id)
    ebay.move(minutes=10)
    await ebay.sync()
    assert await ebay.quantity(piece) == (1, "PUBLISHED")


async def test_sales_of_before_the_channel_or_the_product_take_nothing_from_stock(ebay: EbayOrders) -> None:
    """A first reading brings months of sales, which the quantities of products know of already."""
    await ebay.jobs.set_channel(created_at=NOON - timedelta(days=300))
    old = await ebay.product("OLD", quantity=5, created_at=NOON - timedelta(minutes=30))
    ebay.sale({"sku": "OLD"}, created_s=HOUR_AGO)
    ebay.sale({"sku": "OLD"}, created_s=HOUR_AGO + 45 * 60)
    await ebay.sync()
    assert await ebay.quantity(old) == (4, "PUBLISHED")
    assert {line.product_id for line in await ebay.lines()} == {old}

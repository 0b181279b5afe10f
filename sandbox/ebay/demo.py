"""Owns the seller whom a demo is connected with: some of what its shop sells is offered, bought and complained of here.

It does what a person would do at the control routes, once, as the demo's consent is traded.
"""

from typing import Any

from sandbox.ebay.cases import control as cases
from sandbox.ebay.control import shop_of
from sandbox.ebay.disputes import control as disputes
from sandbox.ebay.inventory import listings
from sandbox.ebay.inventory.ready_made import ReadyListing, put_live
from sandbox.ebay.orders import control as orders
from sandbox.ebay.orders.shelf import touch
from sandbox.ebay.state import EbaySandbox
from sandbox.marketplaces.control import carried_out

MARKET = "EBAY_US"
# The SKUs, titles and prices of the demo's shop, and how many are offered here.
_GOODS = (
    ("BB-1003", "Walnut side table", "149.00", 14),
    ("BB-1006", "Velvet cushion", "39.00", 60),
    ("BB-1007", "Paper pendant light", "84.00", 30),
    ("BB-1009", "Waffle towels, set of 4", "59.00", 45),
    ("BB-1011", "Cast iron skillet", "69.00", 25),
    ("BB-1013", "Ribbed vase", "49.00", 40),
    ("BB-1017", "Soy candles, 3", "34.00", 70),
    ("BB-1018", "Oak frame, A3", "44.00", 50),
    ("BB-1019", "Wool throw", "99.00", 20),
    ("BB-9001", "Enamel mug, seconds", "9.50", 12),
)
_PICTURE = "https://pictures.example.org/bluebird.jpg"
_ORDERS, _BETWEEN_S, _SHIPPED_AFTER_S = 32, 17 * 3600, 2 * 86_400
# The places of orders, the newest first, that a buyer is not content with.
_CANCELLED, _SENT_BACK, _NOT_RECEIVED, _DISPUTED = 1, 9, 12, 20
_CONTROL = (*listings.CONTROL, *orders.CONTROL, *cases.CONTROL, *disputes.CONTROL)


def stock(sandbox: EbaySandbox) -> str:
    """Fills the shop of the demo's seller, if it offers nothing yet; answers the seller's id."""
    shop = shop_of(sandbox, MARKET)
    if not shop.listings:
        offered = [_offer(sandbox, *goods) for goods in _GOODS]
        for place in range(_ORDERS):
            _order(sandbox, place, offered)
        _done(sandbox, "listings/old", title="Teak tray, listed by hand", price="24.00", sku="BB-OLD-1")
    return shop.seller.user_id


def _offer(sandbox: EbaySandbox, sku: str, title: str, price: str, quantity: int) -> str:
    listing_id = f"1100{sandbox.number():08d}"
    put_live(shop_of(sandbox, MARKET), ReadyListing(listing_id, sku, title, price, quantity, "20696", [_PICTURE]))
    return listing_id


def _order(sandbox: EbaySandbox, place: int, offered: list[str]) -> None:
    age_s = place * _BETWEEN_S + 2 * 3600
    lines = [{"listing_id": offered[place * 7 % len(offered)], "quantity": 2 if place % 5 == 0 else 1}]
    made = _done(
        sandbox,
        "orders",
        lines=lines,
        buyer=f"buyer_{place % 23 + 1}",
        created_s=sandbox.now_s - age_s,
        delivery="6.90",
        collected_tax="3.10" if place % 3 == 0 else "0.00",
    )
    named = {"order_id": made["orderId"]}
    is_shipped = age_s > _SHIPPED_AFTER_S
    if is_shipped:
        _done(sandbox, "orders/change", **named, fields={"orderFulfillmentStatus": "FULFILLED"})
    if place == _CANCELLED:
        _done(sandbox, "cases", **named, kind="CANCELLATION", reason="BUYER_REQUESTED")
    elif place == _SENT_BACK:
        _done(sandbox, "cases", **named, kind="RETURN", reason="NOT_AS_DESCRIBED")
    elif place == _NOT_RECEIVED:
        _done(sandbox, "cases", **named, kind="INQUIRY", reason="ITEM_NOT_RECEIVED")
    elif place == _DISPUTED:
        _done(sandbox, "disputes", **named)
    # All this has happened by then, and not as the demo starts.
    changed_s = sandbox.now_s - age_s + (_SHIPPED_AFTER_S if is_shipped else 0)
    touch(shop_of(sandbox, MARKET).orders.made[made["orderId"]], changed_s)


def _done(sandbox: EbaySandbox, path: str, **body: object) -> Any:
    return carried_out(_CONTROL, sandbox, path, seller=MARKET, **body)

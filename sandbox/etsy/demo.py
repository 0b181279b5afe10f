"""Owns the shop that a demo is connected with: some of what the demo sells is offered and bought here.

It does what a person would do at the control routes, once, as the demo's consent is traded.
"""

from typing import Any

from sandbox.etsy.control import shop_of
from sandbox.etsy.listings import control as listings
from sandbox.etsy.receipts import control as receipts
from sandbox.etsy.state import EtsySandbox
from sandbox.marketplaces.control import carried_out

SHOP = "US"
# The SKUs, titles and prices of the demo's shop, and how many are offered here.
_GOODS = (
    ("BB-1006", "Velvet cushion, handmade cover", "42.00", 40),
    ("BB-1013", "Ribbed vase", "49.00", 30),
    ("BB-1017", "Soy candles, 3", "34.00", 60),
    ("BB-1018", "Oak frame, A3", "44.00", 45),
    ("BB-1021", "Beeswax tapers, 6", "24.00", 80),
    ("BB-1022", "Enamel planter", "64.00", 25),
    ("BB-9002", "Linen napkins, 4", "28.00", 15),
)
_SALES, _BETWEEN_S, _SENT_AFTER_S = 20, 29 * 3600, 2 * 86_400
# The places of sales, the newest first: one that is not paid for yet, one that the buyer did not want any more, and one
# of which a part was paid back. The others were paid for, and those of before the day before yesterday were sent.
_UNPAID, _CANCELLED, _PAID_BACK = 1, 4, 6
_CONTROL = (*listings.CONTROL, *receipts.CONTROL)


def stock(sandbox: EtsySandbox) -> int:
    """Fills the demo's shop, if it offers nothing yet; answers the id of its user."""
    shop = shop_of(sandbox, SHOP)
    if not shop.listings:
        offered = [
            _done(sandbox, "listings/ready", sku=sku, title=title, price=price, quantity=quantity)["listings"][0]
            for sku, title, price, quantity in _GOODS
        ]
        for place in range(_SALES):
            _sell(sandbox, place, offered[place * 3 % len(offered)]["listing_id"])
    return shop.seller.user_id


def _sell(sandbox: EtsySandbox, place: int, listing_id: int) -> None:
    at_s = sandbox.now_s - place * _BETWEEN_S - 3 * 3600
    lines = [{"listing_id": listing_id, "quantity": 2 if place % 4 == 0 else 1}]
    made = _done(sandbox, "sell", lines=lines, shipping="5.50", at_s=at_s, is_paid=place != _UNPAID)
    named = {"receipt_id": made["receipt_id"]}
    if place == _CANCELLED:
        _done(sandbox, "receipts/cancel", **named)
    elif place == _PAID_BACK:
        _done(sandbox, "receipts/refund", **named, amount="10.00", reason="One came broken")
    is_over = sandbox.now_s - at_s > _SENT_AFTER_S
    # All this has happened by then, and not as the demo starts.
    changed_s = at_s + _SENT_AFTER_S if is_over else at_s
    _done(sandbox, "receipts/change", **named, is_shipped=is_over and place != _CANCELLED, updated_s=changed_s)


def _done(sandbox: EtsySandbox, path: str, **body: object) -> Any:
    return carried_out(_CONTROL, sandbox, path, shop=SHOP, **body)

"""Owns what is remembered of a sale; must not know how the API shows it. Money is in thousandths."""

from typing import Any

import msgspec

Object = dict[str, Any]


class SoldLine(msgspec.Struct):
    transaction_id: int
    listing_id: int | None
    product_id: int | None
    sku: str
    title: str
    quantity: int
    unit: int
    shipping: int = 0
    variations: list[Object] = []


class Buyer(msgspec.Struct):
    user_id: int
    name: str
    country: str
    # None where the app has no access to addresses, as most have not.
    email: str | None = None


class Parcel(msgspec.Struct):
    receipt_shipping_id: int
    notified_s: int
    carrier: str | None
    tracking_code: str | None


class PaidBack(msgspec.Struct):
    amount: int
    created_s: int
    reason: str
    note: str | None = None
    status: str = "PROCESSED"


class Receipt(msgspec.Struct):
    """`fees` None has no payment (yet). `status` None follows from what was paid, sent and paid back.

    `shown` is what answers say in place of the true values, as control has it.
    """

    receipt_id: int
    buyer: Buyer
    lines: list[SoldLine]
    created_s: int
    updated_s: int
    shipping: int = 0
    tax: int = 0
    vat: int = 0
    discount: int = 0
    gift_wrap: int = 0
    fees: int | None = None
    is_paid: bool = True
    is_canceled: bool = False
    is_shipped: bool = False
    is_delivered: bool = False
    status: str | None = None
    parcels: list[Parcel] = []
    refunds: list[PaidBack] = []
    shown: Object = {}

    @property
    def price(self) -> int:
        return sum(line.unit * line.quantity for line in self.lines)

    @property
    def subtotal(self) -> int:
        return self.price - self.discount

    @property
    def total(self) -> int:
        return self.subtotal + self.shipping + self.tax + self.vat + self.gift_wrap

    @property
    def refunded(self) -> int:
        return sum(refund.amount for refund in self.refunds)


class ReceiptShelf(msgspec.Struct):
    """`holes` are receipts that lists leave out and count all the same."""

    made: dict[int, Receipt] = {}
    holes: set[int] = set()
    # How many of the first receipts of each page that was read change at once, so that others move up.
    moves_each_page: int = 0
    # How many new ones come in with each page that was read.
    sales_each_page: int = 0
    # Whether a refund counts as a change of its receipt: Etsy has answered both ways.
    refunds_change: bool = True

"""What the columns of files of orders are called: the one table of spellings, and how a layout is known by them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from analytics.metrics.definition import camel_case
from analytics.reports.lines import SEPARATORS, FileFault, RecordReader

# The headings stand in one of so many lines: some programs write a title above them.
FIRST_LINES = 10


class OrderColumn(StrEnum):
    """What a column says: of the order down to COUNTRY, then of one of its lines."""

    NAME = "NAME"
    ID = "ID"
    STATUS = "STATUS"
    FULFILMENT = "FULFILMENT"
    CURRENCY = "CURRENCY"
    PLACED = "PLACED"
    UPDATED = "UPDATED"
    PAID = "PAID"
    SENT = "SENT"
    CANCELLED = "CANCELLED"
    SUBTOTAL = "SUBTOTAL"
    DISCOUNT = "DISCOUNT"
    SHIPPING = "SHIPPING"
    TAX = "TAX"
    TOTAL = "TOTAL"
    FEES = "FEES"
    FEE_CURRENCY = "FEE_CURRENCY"
    REFUNDED = "REFUNDED"
    REFUNDED_AT = "REFUNDED_AT"
    HANDLE = "HANDLE"
    COUNTRY = "COUNTRY"
    SKU = "SKU"
    TITLE = "TITLE"
    QUANTITY = "QUANTITY"
    PRICE = "PRICE"
    LINE_TOTAL = "LINE_TOTAL"
    LINE_DISCOUNT = "LINE_DISCOUNT"


@dataclass(frozen=True, slots=True)
class OrderLayout:
    """A program's way to write orders; instants without an offset are UTC, or else of the tenant's time zone.

    A file is of the layout that has headings for all of `needed`. `has_lines`: an order is as many lines of the file as
    it has lines, else it is one. With `by_subtotal` the discount is what the subtotal lacks.
    """

    name: str
    spellings: Mapping[OrderColumn, tuple[str, ...]]
    needed: tuple[OrderColumn, ...]
    has_lines: bool = True
    is_utc: bool = False
    by_subtotal: bool = False


C = OrderColumn
SHOPIFY = OrderLayout(
    "Shopify",
    {
        C.NAME: ("Name",), C.ID: ("Id",), C.STATUS: ("Financial Status",), C.FULFILMENT: ("Fulfillment Status",),
        C.CURRENCY: ("Currency",), C.PLACED: ("Created at",), C.PAID: ("Paid at",), C.SENT: ("Fulfilled at",),
        C.CANCELLED: ("Cancelled at",), C.SUBTOTAL: ("Subtotal",), C.SHIPPING: ("Shipping",), C.TAX: ("Taxes",),
        C.TOTAL: ("Total",), C.REFUNDED: ("Refunded Amount",), C.COUNTRY: ("Shipping Country", "Billing Country"),
        C.SKU: ("Lineitem sku",), C.TITLE: ("Lineitem name",), C.QUANTITY: ("Lineitem quantity",),
        C.PRICE: ("Lineitem price",),
    },
    (C.NAME, C.STATUS, C.CURRENCY, C.PLACED, C.TITLE, C.QUANTITY, C.PRICE),
    by_subtotal=True,
)  # fmt: skip
WOOCOMMERCE = OrderLayout(
    "WooCommerce",
    {
        C.NAME: ("Order ID", "order_id", "Order Number", "order_number"), C.STATUS: ("Order Status", "status"),
        C.CURRENCY: ("Currency", "Order Currency", "order_currency"),
        C.PLACED: ("Order Date", "order_date", "date"), C.UPDATED: ("Modified Date", "date_modified"),
        C.PAID: ("Paid Date", "paid_date", "date_paid"), C.SENT: ("Completed Date", "date_completed"),
        C.DISCOUNT: ("Discount Amount", "Cart Discount Amount", "discount_total"),
        C.SHIPPING: ("Order Shipping Amount", "shipping_total"),
        C.TAX: ("Order Total Tax Amount", "total_tax", "tax_total"), C.TOTAL: ("Order Total Amount", "order_total"),
        C.REFUNDED: ("Order Refund Amount", "refunded_total"),
        C.COUNTRY: ("Country Code (Billing)", "billing_country"), C.SKU: ("SKU", "item_sku"),
        C.TITLE: ("Item Name", "item_name"), C.QUANTITY: ("Quantity", "Quantity (- Refund)", "item_quantity"),
        C.PRICE: ("Item Cost", "item_price"), C.LINE_TOTAL: ("Item Subtotal", "item_subtotal"),
    },
    (C.NAME, C.STATUS, C.PLACED, C.TITLE, C.QUANTITY),
)  # fmt: skip
STRIPE = OrderLayout(
    "Stripe",
    {
        C.NAME: ("id",), C.STATUS: ("Status",), C.CURRENCY: ("Currency",),
        C.PLACED: ("Created date (UTC)", "Created (UTC)"), C.PRICE: ("Amount",), C.TITLE: ("Description",),
        C.FEES: ("Fee",), C.FEE_CURRENCY: ("Converted Currency",), C.REFUNDED: ("Amount Refunded",),
        C.REFUNDED_AT: ("Refunded date (UTC)",), C.HANDLE: ("Customer ID",),
    },
    (C.NAME, C.STATUS, C.CURRENCY, C.PLACED, C.PRICE),
    has_lines=False,
    is_utc=True,
)  # fmt: skip
# Columns are called as the API calls what they say.
_OF_OWN = {
    C.NAME: "external_id", C.STATUS: "status", C.CURRENCY: "currency", C.PLACED: "placed_at", C.UPDATED: "updated_at",
    C.DISCOUNT: "discount", C.SHIPPING: "shipping", C.TAX: "tax", C.FEES: "fees", C.REFUNDED: "refunded",
    C.REFUNDED_AT: "refunded_at", C.HANDLE: "buyer_handle", C.COUNTRY: "buyer_country", C.SKU: "sku", C.TITLE: "title",
    C.QUANTITY: "quantity", C.PRICE: "unit_price", C.LINE_DISCOUNT: "line_discount",
}  # fmt: skip
OWN = OrderLayout(
    "this product",
    {column: (camel_case(name),) for column, name in _OF_OWN.items()},
    (C.NAME, C.STATUS, C.CURRENCY, C.PLACED, C.TITLE, C.QUANTITY, C.PRICE),
)
LAYOUTS = (SHOPIFY, STRIPE, OWN, WOOCOMMERCE)
_NO_HEADINGS = (
    "No line of headings was found among the first {lines}. A file of orders is an export of Shopify, WooCommerce (a"
    " line for each item) or Stripe (payments), or has the columns {own}."
)


@dataclass(frozen=True, slots=True)
class OrderHeadings:
    """Which layout a file has, how its columns are separated, and where each of them stands."""

    layout: OrderLayout
    separator: str
    line: int
    width: int
    places: Mapping[OrderColumn, int]

    @property
    def told(self) -> str:
        separated = SEPARATORS[self.separator]
        return f"Line {self.line} has the headings of {self.layout.name}; columns are separated by {separated}."


def headings_of(first_lines: Sequence[str]) -> OrderHeadings:
    """Reads the first lines of a file; raises FileFault where they have no headings of orders."""
    for separator in SEPARATORS:
        for record in RecordReader(iter(first_lines), separator):
            known = {field.strip().casefold(): place for place, field in reversed([*enumerate(record.fields)])}
            for layout in LAYOUTS:
                places = _places(layout, known)
                if all(column in places for column in layout.needed):
                    _check_currency(layout, places)
                    return OrderHeadings(layout, separator, record.line, len(record.fields), places)
    own = ", ".join(OWN.spellings[column][0] for column in OWN.needed)
    raise FileFault(_NO_HEADINGS.format(lines=FIRST_LINES, own=own))


def _places(layout: OrderLayout, known: Mapping[str, int]) -> dict[OrderColumn, int]:
    found = {}
    for column, spellings in layout.spellings.items():
        place = next((known[each.casefold()] for each in spellings if each.casefold() in known), None)
        if place is not None:
            found[column] = place
    return found


def _check_currency(layout: OrderLayout, places: Mapping[OrderColumn, int]) -> None:
    if OrderColumn.CURRENCY not in places:
        told = layout.spellings[OrderColumn.CURRENCY][0]
        raise FileFault(f"The file does not say in which currency amounts are: add the column {told} to the export.")
    if OrderColumn.PRICE not in places and OrderColumn.LINE_TOTAL not in places:
        told = layout.spellings[OrderColumn.PRICE][0]
        raise FileFault(f"The file does not say what items cost: add the column {told} to the export.")

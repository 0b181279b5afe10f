"""What somebody wants a product to be: the wish, and whether its values are good; reads nothing."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from decimal import Decimal
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

from analytics.currencies import decimals_of, fits
from analytics.rates import CURRENCIES, NO_CURRENCY
from errors import Refused, UserErrorCode
from models.products.product import LONGEST_SKU

LONGEST_TITLE = 200
LONGEST_DESCRIPTION = 20_000
MOST_PAGES = 20
MOST_ATTRIBUTES = 30
LONGEST_ADDRESS = 2_000
LARGEST_QUANTITY = 1_000_000
LARGEST_AMOUNT = Decimal(10) ** 11
_UNSTORABLE = re.compile("[\0\ud800-\udfff]")
# Of a title: a line break in it would end the line of a table, a file or a marketplace's form.
_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")
_FAULTS_TOLD = 20


@dataclass(frozen=True, slots=True)
class ProductWish:
    """None stands for what nobody said: of a new product the default, else what it is already.

    An id in `attribute_ids` may be None: a text that was none.
    """

    sku: str | None = None
    title: str | None = None
    description: str | None = None
    currency: str | None = None
    price: Decimal | None = None
    cost: Decimal | None = None
    quantity: int | None = None
    page_urls: Sequence[str] | None = None
    attribute_ids: Sequence[UUID | None] | None = None

    @property
    def columns(self) -> dict[str, Any]:
        """What was said of the product's own columns, as it is stored."""
        said = {each.name: getattr(self, each.name) for each in fields(self) if each.name != "attribute_ids"}
        return {name: _tidy(name, value) for name, value in said.items() if value is not None}


def check_wish(wish: ProductWish, *, stored: Mapping[str, Any]) -> None:
    """Raises Refused INVALID for each value that no product can have; `stored` are those that it has already.

    A new product has none and needs a title, a currency and a price. Amounts are compared with the currency that the
    product will have.
    """
    wanted = {**stored, **wish.columns}
    faults = [
        *_missing(wanted),
        *_text_faults(wish),
        *_currency_faults(wish),
        *_amount_faults(wanted),
        *_count_faults(wish),
    ]
    if faults:
        first, *others = faults[:_FAULTS_TOLD]
        first.others = others
        raise first


def is_line(text: str, *, longest: int) -> bool:
    """Whether the text is no longer than that, and without line breaks and other control characters."""
    return len(text) <= longest and _CONTROL.search(text) is None


def _tidy(name: str, value: Any) -> Any:
    if name in ("sku", "title"):
        return value.strip()
    return list(value) if name == "page_urls" else value


def _missing(wanted: Mapping[str, Any]) -> Iterator[Refused]:
    for name, noun in (("title", "a title"), ("currency", "a currency"), ("price", "a price")):
        if wanted.get(name) is None:
            yield _refused(f"A new product needs {noun}.", name)


def _text_faults(wish: ProductWish) -> Iterator[Refused]:
    sku, title, description = (wish.columns.get(name) for name in ("sku", "title", "description"))
    if sku is not None and not (1 <= len(sku) <= LONGEST_SKU and sku.isprintable()):
        yield _refused(f"A SKU has 1 to {LONGEST_SKU} printable characters.", "sku")
    if title is not None and not (title and is_line(title, longest=LONGEST_TITLE)):
        yield _refused(f"A title has 1 to {LONGEST_TITLE} characters in one line.", "title")
    if description is not None and not (len(description) <= LONGEST_DESCRIPTION and is_storable(description)):
        yield _refused(f"A description has at most {LONGEST_DESCRIPTION:,} characters, without NUL.", "description")


def _currency_faults(wish: ProductWish) -> Iterator[Refused]:
    if wish.currency is not None and wish.currency not in CURRENCIES:
        yield _refused(NO_CURRENCY, "currency")


def _amount_faults(wanted: Mapping[str, Any]) -> Iterator[Refused]:
    currency = wanted.get("currency")
    for name, noun in (("price", "A price"), ("cost", "A cost")):
        amount = wanted.get(name)
        if amount is None:
            continue
        least = "more than 0" if name == "price" else "0 or more"
        is_enough = amount.is_finite() and (amount > 0 or (name == "cost" and amount == 0))
        if not is_enough or amount >= LARGEST_AMOUNT:
            yield _refused(f"{noun} is an amount of {least} and below {LARGEST_AMOUNT:,}.", name)
        elif currency is not None and not fits(amount, currency):
            yield _refused(f"{noun} in {currency} has at most {decimals_of(currency)} decimals.", name)


def _count_faults(wish: ProductWish) -> Iterator[Refused]:
    if wish.quantity is not None and not 0 <= wish.quantity <= LARGEST_QUANTITY:
        yield _refused(f"A quantity is 0 to {LARGEST_QUANTITY:,}.", "quantity")
    if wish.attribute_ids is not None and len(wish.attribute_ids) > MOST_ATTRIBUTES:
        yield _refused(f"A product has at most {MOST_ATTRIBUTES} attributes.", "attribute_ids")
    pages = wish.page_urls or ()
    if len(pages) > MOST_PAGES:
        yield _refused(f"A product has at most {MOST_PAGES} pages.", "page_urls")
    for place, address in enumerate(pages[:MOST_PAGES]):
        if not _is_page(address):
            message = f"A page is an address with http:// or https://, of at most {LONGEST_ADDRESS:,} characters."
            yield Refused(UserErrorCode.INVALID, message, field="page_urls", place=place)


def _is_page(address: str) -> bool:
    if len(address) > LONGEST_ADDRESS or not address.isprintable() or " " in address:
        return False
    try:
        parts = urlsplit(address)
        return parts.scheme in ("http", "https") and bool(parts.hostname) and (parts.port or 443) > 0
    except ValueError:  # of a port that is none, or of brackets that hold no address
        return False


def is_storable(text: str) -> bool:
    return _UNSTORABLE.search(text) is None


def _refused(message: str, field: str) -> Refused:
    return Refused(UserErrorCode.INVALID, message, field=field)

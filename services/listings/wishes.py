"""What people may say of listings, and the words in which it is kept; reads no rows."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from decimal import Decimal
from typing import Any

from analytics.currencies import decimals_of, fits
from analytics.rates import CURRENCIES, NO_CURRENCY
from errors import Refused, UserErrorCode
from services.products.wishes import (
    LARGEST_AMOUNT,
    LARGEST_QUANTITY,
    LONGEST_DESCRIPTION,
    LONGEST_TITLE,
    is_line,
    is_storable,
)

# Fields in which a listing at its channel may differ from its product, by their names in the API.
DRIFTING = ("title", "price", "currency", "quantity")
# Of a listing that could not be published; the rest is left out.
MOST_PROBLEMS = 50


@dataclass(frozen=True, slots=True)
class OfferWish:
    """What is offered instead of the product's own; None is the product's own."""

    price: Decimal | None = None
    currency: str | None = None
    title: str | None = None
    description: str | None = None
    quantity: int | None = None

    @property
    def said(self) -> dict[str, Any]:
        """What was said, as JSON."""
        found = {each.name: getattr(self, each.name) for each in fields(self)}
        return {name: str(value) if name == "price" else value for name, value in found.items() if value is not None}


def offer_of(said: Mapping[str, Any]) -> OfferWish:
    """The wish that was kept by `said`."""
    price = said.get("price")
    return OfferWish(
        None if price is None else Decimal(price),
        said.get("currency"),
        said.get("title"),
        said.get("description"),
        said.get("quantity"),
    )


def check_offer(wish: OfferWish, *, currency: str | None, least_quantity: int = 1) -> None:
    """Raises Refused INVALID for each value that no listing can have; `currency` is that of a price without one."""
    faults = [*_amount_faults(wish, wish.currency or currency), *_text_faults(wish)]
    if wish.quantity is not None and not least_quantity <= wish.quantity <= LARGEST_QUANTITY:
        faults.append(_refused(f"A quantity is {least_quantity} to {LARGEST_QUANTITY:,}.", "quantity"))
    if faults:
        first, *first.others = faults
        raise first


def _amount_faults(wish: OfferWish, currency: str | None) -> Iterator[Refused]:
    if wish.price is None:
        if wish.currency is not None:
            yield _refused("A currency needs a price beside it.", "price")
        return
    if wish.currency is not None and wish.currency not in CURRENCIES:
        yield _refused(NO_CURRENCY, "currency")
    if not (wish.price.is_finite() and 0 < wish.price < LARGEST_AMOUNT):
        yield _refused(f"A price is an amount of more than 0 and below {LARGEST_AMOUNT:,}.", "price")
    elif currency is not None and not fits(wish.price, currency):
        yield _refused(f"A price in {currency} has at most {decimals_of(currency)} decimals.", "price")


def _text_faults(wish: OfferWish) -> Iterator[Refused]:
    if wish.title is not None and not (wish.title.strip() and is_line(wish.title, longest=LONGEST_TITLE)):
        yield _refused(f"A title has 1 to {LONGEST_TITLE} characters in one line.", "title")
    text = wish.description
    if text is not None and not (text.strip() and len(text) <= LONGEST_DESCRIPTION and is_storable(text)):
        yield _refused(f"A description has 1 to {LONGEST_DESCRIPTION:,} characters, without NUL.", "description")


def _refused(message: str, field: str) -> Refused:
    return Refused(UserErrorCode.INVALID, message, field=field)

"""Amounts, instants and texts as Etsy writes them."""

from datetime import UTC, datetime
from decimal import Decimal
from html import unescape
from typing import TypeGuard

from integrations.selling.values import Fields, Priced, number_of

# What an amount is divided by, as Etsy does for the currencies of the world.
_DIVISORS = frozenset(Decimal(10) ** power for power in range(4))
# From the year 2000, before which Etsy takes no instant, to 2100.
_EARLIEST_S, _LATEST_S = 946_684_800, 4_102_444_800


def money_in(raw: Fields, name: str) -> Priced | None:
    """`{"amount": 1250, "divisor": 100, "currency_code": "EUR"}`; None for what is absent or cannot be read.

    Without a divisor, or with one that is no power of ten, nobody can tell how much it is.
    """
    part = raw.part(name)
    amount, divisor = part.number("amount"), part.number("divisor")
    if amount is None or divisor not in _DIVISORS or amount != amount.to_integral_value():
        return None
    # Checked again: a quotient may be finer than what is kept.
    return Priced.of(number_of(amount / divisor), part.text("currency_code"))


def moment_in(raw: Fields, *names: str) -> datetime | None:
    """The first of the names that is an instant, in UTC. Etsy writes seconds, and renames its fields at times."""
    for name in names:
        seconds = raw.number(name)
        if seconds is not None and _EARLIEST_S <= seconds <= _LATEST_S:
            return datetime.fromtimestamp(int(seconds), UTC)
    return None


def etsy_time(moment: datetime) -> str:
    """An instant as Etsy wants it: whole seconds, the earlier one."""
    return str(int(moment.timestamp()))


def is_id(text: str | None) -> TypeGuard[str]:
    """Whether it is an id as Etsy has them, all of which are numbers: such a text may be a part of an address."""
    return text is not None and text.isascii() and text.isdigit()


def number_of_id(text: str | None) -> int | None:
    """As Etsy wants ids in what is written; None for what is no id."""
    return int(text) if is_id(text) else None


def left_in(raw: Fields, name: str) -> list[Fields]:
    """The parts of a list without those that Etsy only marks as deleted."""
    return [each for each in raw.parts(name) if not each.flag("is_deleted")]


def words_in(raw: Fields, name: str) -> str | None:
    """A text for people: Etsy sends apostrophes, quotes and ampersands as HTML writes them."""
    text = raw.text(name)
    return None if text is None else unescape(text).replace("\x00", "").strip() or None

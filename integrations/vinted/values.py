"""Single values in what the browser extension answers, which may be anything; one that cannot be read is None."""

from datetime import UTC, datetime
from typing import Any

from integrations.selling.values import Fields, Priced

LONGEST_ID = 64
LONGEST_LINE, LONGEST_TEXT, _LONGEST_ADDRESS = 500, 20_000, 2_000
_SCHEMES = ("https://", "http://")
_EARLIEST = datetime(2000, 1, 1, tzinfo=UTC)
_LATEST = datetime(2100, 1, 1, tzinfo=UTC)


def text_in(raw: Fields, name: str, longest: int = LONGEST_LINE) -> str | None:
    """A text as far as Postgres can keep it, without a half of a character; numbers are texts, too."""
    text = raw.text(name)
    if text is None:
        return None
    whole = text[: 2 * longest].encode("utf-8", "ignore").decode("utf-8")
    return whole[:longest].strip() or None


def id_in(raw: Fields, name: str) -> str | None:
    """An id of the site; none is cut, since it would be another one's."""
    text = raw.text(name)
    return text if text is not None and len(text) <= LONGEST_ID and text.isascii() and text.isprintable() else None


def money_in(raw: Fields, name: str) -> Priced | None:
    """`{"amount": "12.50", "currency": "EUR"}`, not below 0."""
    part = raw.part(name)
    amount = part.number("amount")
    return None if amount is None or amount < 0 else Priced.of(amount, part.text("currency"))


def instant_in(raw: Fields, name: str) -> datetime | None:
    found = raw.instant(name)
    return found if found is not None and _EARLIEST <= found < _LATEST else None


def address_in(raw: Fields, name: str) -> str | None:
    """The address of a page or picture; None for anything that no browser should open."""
    text = raw.text(name)
    is_address = text is not None and len(text) <= _LONGEST_ADDRESS and text.isascii() and text.isprintable()
    return text if text is not None and is_address and text.startswith(_SCHEMES) else None


def rows_in(raw: Fields, name: str) -> list[Fields] | None:
    """The objects of a list; what is none of them has no fields. None where there is no list."""
    value: Any = raw.raw.get(name)
    return raw.parts(name) if isinstance(value, list) else None

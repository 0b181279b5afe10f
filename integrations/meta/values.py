"""What single values of Meta mean: instants and budgets. A value that cannot be read is reported and left out."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from typing import TypeVar

from analytics.meta.ad_day_facts import exact
from integrations.ads.spoiled import Spoiled

T = TypeVar("T")

# Meta's own table of minor units for budgets (Marketing API, "Currencies"); it is not ISO 4217's.
_WHOLE_UNIT_CURRENCIES = frozenset({"CLP", "COP", "CRC", "HUF", "ISK", "IDR", "JPY", "KRW", "PYG", "TWD", "VND"})
_MINOR_UNITS = Decimal(100)
# Meta writes "no time" as the beginning of 1970 in some time zone: in UTC that may be a day earlier or later.
_FIRST_YEAR = 1971


@dataclass(frozen=True, slots=True)
class Notes:
    """Collects which values of one object were left out: in `spoiled` for reports, in `untold` by Meta's names."""

    kind: str
    external_id: str
    spoiled: list[Spoiled]
    untold: set[str] = field(default_factory=set)

    def expect(self, value: object, field_name: str) -> None:
        """Notes an absent value as untold, for a field that every object of the kind has."""
        if not value and field_name not in self.untold:
            self.untold.add(field_name)
            self.spoiled.append(Spoiled(self.kind, field_name, self.external_id, is_missing=True))

    def value(self, read: Callable[[str], T | None], text: str | None, field_name: str) -> T | None:
        """`read(text)`; None for an empty text, and, with a note, for one that cannot be read."""
        if not text:
            return None
        try:
            return read(text)
        except (ValueError, ArithmeticError):
            self.untold.add(field_name)
            self.spoiled.append(Spoiled(self.kind, field_name, self.external_id))
            return None


def major_units(minor: str | None, currency: str) -> Decimal | None:
    """A budget in the currency's major unit; None for no budget, since it may be on the other level.

    Raises ValueError or ArithmeticError for what is no amount.
    """
    if not minor:
        return None
    amount = Decimal(exact(minor))
    if amount < 0 or amount != amount.to_integral_value():
        raise ValueError("not a budget")
    return (amount if currency in _WHOLE_UNIT_CURRENCIES else amount / _MINOR_UNITS) or None


def smallest_amount(currency: str) -> Decimal:
    return Decimal(1) if currency in _WHOLE_UNIT_CURRENCIES else 1 / _MINOR_UNITS


def minor_units(amount: Decimal, currency: str) -> str:
    """A budget as Meta accepts it; raises ValueError for an amount with more decimal places than the currency has."""
    minor = amount if currency in _WHOLE_UNIT_CURRENCIES else amount * _MINOR_UNITS
    if minor != minor.to_integral_value():
        raise ValueError(f"{currency} has no such amount")
    return str(int(minor))


def instant(text: str) -> datetime:
    """The instant of a text such as 2026-10-01T12:00:00-0700, in UTC.

    Raises ValueError or OverflowError for a text that is no time with an offset.
    """
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError("an instant of Meta's has an offset")
    return moment.astimezone(UTC)


def instant_or_none(text: str) -> datetime | None:
    """The same as `instant`, but None for times before 1971, which stand for "no time"."""
    moment = instant(text)
    return moment if moment.year >= _FIRST_YEAR else None

"""Exchange rates of the made worlds: what a made-up bank publishes on working days, and which rate a day has.

One rule for all worlds, since rates belong to the installation and not to a tenant.
"""

from datetime import date
from decimal import Decimal
from fractions import Fraction

from tests.insights_truth.days import DAY

# Units of the currency for a euro, about. XTC is a currency that no bank knows.
_ABOUT = {"XTA": Decimal("11.2345"), "XTB": Decimal("1.078901")}
CURRENCIES = ("EUR", *_ABOUT, "XTC")
_LASTS_DAYS = 7
_WEEKEND = 5
# The bank closes for twelve days of sixty, so that some days have no rate at all.
_CYCLE, _CLOSED = 60, 12


def published(currency: str, day: date) -> Decimal | None:
    """What was published on the day."""
    number = day.toordinal()
    if currency not in _ABOUT or day.weekday() >= _WEEKEND or number % _CYCLE < _CLOSED:
        return None
    return _ABOUT[currency] * (1000 + number * 7919 % 200 - 100) / 1000


def per_eur(currency: str, day: date) -> Fraction | None:
    """The last rate that was published up to the day, for seven days more; None where there is none."""
    if currency == "EUR":
        return Fraction(1)
    for back in range(_LASTS_DAYS + 1):
        if (rate := published(currency, day - back * DAY)) is not None:
            return Fraction(rate)
    return None


def converted(amount: Fraction, day: date, *, source: str, target: str) -> Fraction | None:
    """The amount of that day in the other currency; None where a rate is missing."""
    if source == target:
        return amount
    from_eur, to_eur = per_eur(target, day), per_eur(source, day)
    return None if from_eur is None or to_eur is None else amount * from_eur / to_eur

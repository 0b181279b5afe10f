"""Which breakdowns go together, what is not known of their parts, and the one name that each set has; knows no row."""

from collections.abc import Collection, Sequence

from analytics.enums import Breakdown
from analytics.metrics.facts import BASE_FACTS

# Meta takes more at once; two already make some hundred rows of an ad's day.
MOST_BREAKDOWNS = 2

COMBINATIONS: tuple[tuple[Breakdown, ...], ...] = (
    (Breakdown.COUNTRY,),
    (Breakdown.REGION,),
    (Breakdown.COUNTRY, Breakdown.REGION),
    (Breakdown.AGE,),
    (Breakdown.GENDER,),
    (Breakdown.AGE, Breakdown.GENDER),
    (Breakdown.PUBLISHER_PLATFORM,),
    (Breakdown.PUBLISHER_PLATFORM, Breakdown.PLATFORM_POSITION),
    (Breakdown.PUBLISHER_PLATFORM, Breakdown.DEVICE_PLATFORM),
    (Breakdown.PUBLISHER_PLATFORM, Breakdown.IMPRESSION_DEVICE),
    (Breakdown.DEVICE_PLATFORM,),
    (Breakdown.IMPRESSION_DEVICE,),
)


def combination_of(asked: Collection[Breakdown]) -> tuple[Breakdown, ...] | None:
    """The breakdowns in the order of their set, whatever the caller's; None when the platform does not part by them."""
    return next((known for known in COMBINATIONS if sorted(known) == sorted(asked)), None)


# Meta leaves conversions out of such parts (analytics/meta/rules.py): there they are unknown, and not 0.
_WITHOUT_CONVERSIONS = frozenset({Breakdown.REGION})
_CONVERSIONS = tuple(column for fact in BASE_FACTS if fact.is_windowed for column in fact.columns)


def unknown_columns(breakdowns: Collection[Breakdown]) -> tuple[str, ...]:
    """The stored columns of which the platform tells nothing in parts by these."""
    return _CONVERSIONS if _WITHOUT_CONVERSIONS & {*breakdowns} else ()


def set_name(breakdowns: Sequence[Breakdown]) -> str:
    """One text for the set, from breakdowns in its order."""
    return ",".join(breakdowns)

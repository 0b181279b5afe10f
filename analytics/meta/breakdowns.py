"""Which breakdowns can be combined, which facts the platform does not divide by them, and the name of each set."""

from collections.abc import Collection, Sequence

from analytics.enums import Breakdown
from analytics.metrics.facts import BASE_FACTS

# Meta accepts more at once, but two of them already divide an ad's day into some hundred rows.
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

# What a refusal says of the breakdowns that can be asked for.
OFFERED = f"At most {MOST_BREAKDOWNS} breakdowns go together, and only these do: " + "; ".join(
    " with ".join(each) for each in COMBINATIONS
)


def combination_of(asked: Collection[Breakdown]) -> tuple[Breakdown, ...] | None:
    """The breakdowns in the order of their set; None if the platform does not divide by this set."""
    return next((known for known in COMBINATIONS if sorted(known) == sorted(asked)), None)


def sets_with(needed: Collection[Breakdown]) -> tuple[tuple[Breakdown, ...], ...]:
    """The sets whose parts can be added up to the parts by the `needed` breakdowns; first the set of just these."""
    return tuple(sorted((known for known in COMBINATIONS if {*needed} <= {*known}), key=len))


# Meta leaves conversions out when it divides by these (analytics/meta/rules.py), so they are unknown there and not 0.
_WITHOUT_CONVERSIONS = frozenset({Breakdown.REGION})
_CONVERSIONS = tuple(column for fact in BASE_FACTS if fact.is_windowed for column in fact.columns)


def unknown_columns(breakdowns: Collection[Breakdown]) -> tuple[str, ...]:
    """The stored columns that are unknown when numbers are divided by these breakdowns."""
    return _CONVERSIONS if _WITHOUT_CONVERSIONS & {*breakdowns} else ()


def set_name(breakdowns: Sequence[Breakdown]) -> str:
    """The name of a set, under which its parts are stored; the breakdowns must be in the order of their set."""
    return ",".join(breakdowns)

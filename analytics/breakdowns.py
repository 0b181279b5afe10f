"""Which breakdowns go together, and the one name that each set of them has; knows no row."""

from collections.abc import Collection, Sequence

from analytics.enums import Breakdown

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


def set_name(breakdowns: Sequence[Breakdown]) -> str:
    """One text for the set, from breakdowns in its order."""
    return ",".join(breakdowns)

"""Owns what Meta refuses or leaves out once a row is broken down by region, hour or frequency; must not print."""

from sandbox.meta.errors import bad_parameter

ADVERTISER_HOUR = "hourly_stats_aggregated_by_advertiser_time_zone"
AUDIENCE_HOUR = "hourly_stats_aggregated_by_audience_time_zone"
FREQUENCY = "frequency_value"
HOURS = (ADVERTISER_HOUR, AUDIENCE_HOUR)
# Since 2026-08-06 an account that has not opted in gets no rows for them, and no error.
OPT_IN = frozenset((AUDIENCE_HOUR, FREQUENCY, "impression_device"))
_PEOPLE = ("unique_", "cost_per_unique_", "cpp", "full_view_reach", "estimated_ad_recallers")
# Since 2026-01-12: older days have no rows by the hour, or by frequency.
_KEPT_MONTHS = {ADVERTISER_HOUR: 13, AUDIENCE_HOUR: 13, FREQUENCY: 6}


def lacks_conversions(breakdowns: tuple[str, ...]) -> bool:
    """Of what happened away from Meta it tells neither the region nor the hour: such actions are left out."""
    return "region" in breakdowns or is_hourly(breakdowns)


def is_hourly(breakdowns: tuple[str, ...]) -> bool:
    return any(name in HOURS for name in breakdowns)


def check_fields(breakdowns: tuple[str, ...], fields: tuple[str, ...], *, labels: tuple[str, ...]) -> None:
    """Hours have no video, and a frequency is told of people alone."""
    for name in fields:
        if is_hourly(breakdowns) and name.startswith("video_"):
            raise bad_parameter(f"{name} cannot be requested with {', '.join(breakdowns)}")
        if FREQUENCY in breakdowns and name != "reach" and name not in labels:
            raise bad_parameter(f"{FREQUENCY} breakdown can only be requested with the field reach, not with {name}")


def shown_fields(breakdowns: tuple[str, ...], fields: tuple[str, ...]) -> tuple[str, ...]:
    """Nobody is counted once by the hour: what counts people is left out."""
    if not is_hourly(breakdowns):
        return fields
    return tuple(name for name in fields if not name.startswith(_PEOPLE))


def instead(breakdowns: tuple[str, ...], fields: tuple[str, ...]) -> dict[str, str]:
    """What is printed whatever was delivered: reach and frequency by the hour are there, and 0."""
    return {name: "0" for name in ("reach", "frequency") if name in fields} if is_hourly(breakdowns) else {}


def kept_months(breakdowns: tuple[str, ...]) -> int | None:
    """How far back such rows go; None for as far as any."""
    return min((_KEPT_MONTHS[name] for name in breakdowns if name in _KEPT_MONTHS), default=None)

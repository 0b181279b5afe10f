"""What an ad account must have to be read at all: a currency and a time zone that we know; asks nobody."""

import re
from typing import TypeGuard

from analytics import periods
from integrations.meta.records import AdAccountRecord

_CURRENCY = re.compile(r"[A-Z]{3}")


def is_currency(code: str | None) -> TypeGuard[str]:
    return code is not None and _CURRENCY.fullmatch(code) is not None


def is_time_zone(name: str | None) -> TypeGuard[str]:
    return name is not None and periods.is_time_zone(name)


def problem_of(record: AdAccountRecord) -> str | None:
    """Why the account cannot be connected, in words; None where nothing is in the way."""
    if record.currency is None or record.time_zone is None:
        lacking = " and no ".join(
            name for name, value in (("currency", record.currency), ("time zone", record.time_zone)) if value is None
        )
        return f"The platform names no {lacking} for this ad account: finish setting it up there, then look again."
    if not is_currency(record.currency):
        return f"The platform names a currency that we do not know: {record.currency}."
    if not is_time_zone(record.time_zone):
        return (
            f"The platform names a time zone that this installation does not know, {record.time_zone}: choose another"
            " one for the ad account, or ask whoever runs this installation for newer tables of time zones."
        )
    return None

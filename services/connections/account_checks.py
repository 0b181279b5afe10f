"""What an ad account must have to be connected: a currency and a time zone that we know; pure."""

import re
from collections.abc import Sequence
from typing import TypeGuard

from analytics import periods
from integrations.ads.records import AdAccountRecord

# The fields of a record that must not be empty, and what they are called in texts.
_NEEDED = {"currency": "currency", "time_zone": "time zone"}
_CURRENCY = re.compile(r"[A-Z]{3}")


def is_currency(code: str | None) -> TypeGuard[str]:
    """Whether the text has the form of a currency's code, three capital letters; it need not be one that is in use."""
    return code is not None and _CURRENCY.fullmatch(code) is not None


def is_time_zone(name: str | None) -> TypeGuard[str]:
    """Whether this installation's tables have a time zone of this name."""
    return name is not None and periods.is_time_zone(name)


def _listed(columns: Sequence[str]) -> str:
    return " and no ".join(_NEEDED[column] for column in columns)


def problem_of(record: AdAccountRecord) -> str | None:
    """Why the account cannot be connected, as a text for people; None where nothing is in the way."""
    # A field is `untold` where the platform refused to show it: another day it may. Else the account has none.
    lacking = [column for column in _NEEDED if getattr(record, column) is None]
    untold = [column for column in lacking if column in record.untold]
    if untold:
        told = f"The platform tells no {_listed(untold)} of this ad account that can be read: look again later."
        return f"{told} {record.refusal}" if record.refusal else told
    if lacking:
        named = f"The platform names no {_listed(lacking)} for this ad account"
        return f"{named}: finish setting it up there, then look again."
    if not is_currency(record.currency):
        return f"The platform names a currency that we do not know: {record.currency}."
    if not is_time_zone(record.time_zone):
        return (
            f"The platform names a time zone that this installation does not know, {record.time_zone}: choose another"
            " one for the ad account, or ask whoever runs this installation for newer tables of time zones."
        )
    return None

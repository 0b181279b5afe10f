"""The clock as a value: rules that depend on the time are given one, and read no other."""

from collections.abc import Callable
from datetime import UTC, datetime

# A function that answers the present instant, aware and in UTC.
Clock = Callable[[], datetime]


def utc_now() -> datetime:
    return datetime.now(UTC)

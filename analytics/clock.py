"""The clock as a value that rules take; nothing else in a rule reads the time."""

from collections.abc import Callable
from datetime import UTC, datetime

# An aware instant in UTC.
Clock = Callable[[], datetime]


def utc_now() -> datetime:
    return datetime.now(UTC)

"""How many calls Etsy leaves the app, as its answers tell: for whoever decides how often shops are read."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from analytics.clock import Clock

_MOST_DIGITS = 9


@dataclass(frozen=True, slots=True)
class RemainingCalls:
    """What the newest answers told; None for what none of them has told yet. A day is the last 24 hours.

    `told_at` is when the calls of the day were told, as long as they ever were.
    """

    per_second: int | None
    left_this_second: int | None
    per_day: int | None
    left_today: int | None
    told_at: datetime


class CallMeter:
    """Keeps the newest numbers that this process has seen: they are of all calls of the app, wherever it calls from."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self.latest: RemainingCalls | None = None

    def note(self, headers: Mapping[str, str]) -> None:
        """A header that is absent, as those of the day are on some answers, leaves what was known."""
        told = (
            _whole(headers, "x-limit-per-second"),
            _whole(headers, "x-remaining-this-second"),
            _whole(headers, "x-limit-per-day"),
            _whole(headers, "x-remaining-today"),
        )
        if told == (None, None, None, None):
            return
        old = self.latest
        known = (old.per_second, old.left_this_second, old.per_day, old.left_today) if old else (None,) * 4
        second, left, day, today = (before if now is None else now for now, before in zip(told, known, strict=True))
        is_of_day = told[3] is not None or old is None or old.left_today is None
        told_at = self._clock() if is_of_day or old is None else old.told_at
        self.latest = RemainingCalls(second, left, day, today, told_at)


def _whole(headers: Mapping[str, str], name: str) -> int | None:
    text = headers.get(name, "").strip()
    return int(text) if text.isascii() and text.isdigit() and len(text) <= _MOST_DIGITS else None

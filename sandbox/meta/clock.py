"""Owns what time it is inside the sandbox; must not know what is done with it."""

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from time import monotonic
from zoneinfo import ZoneInfo


class Clock:
    """Follows the real clock until it is set to a day or to an instant."""

    def __init__(self, today: date | None = None) -> None:
        self._fixed: datetime | None = None
        # How far this clock is ahead of what it follows.
        self.skew = timedelta()
        self.set(today)

    def set(self, moment: date | datetime | None) -> None:
        """A day stands for its noon in UTC, which is the same date in every ad account's zone."""
        match moment:
            case datetime():
                if moment.tzinfo is None:
                    raise ValueError("an instant needs a time zone")
                self._fixed = moment.astimezone(UTC)
            case date():
                self._fixed = datetime.combine(moment, time(12), UTC)
            case None:
                self._fixed = None

    def now(self) -> datetime:
        return (self._fixed or datetime.now(UTC)) + self.skew

    def now_s(self) -> int:
        return int(self.now().timestamp())

    def today(self, zone: ZoneInfo) -> date:
        return self.now().astimezone(zone).date()


@dataclass(frozen=True, slots=True)
class Stopwatch:
    """Seconds that pass for report runs and limits: those of the clock, or with a scale real ones times the scale."""

    clock: Clock
    scale: float | None = None
    started_at: float = field(default_factory=monotonic)

    def now_s(self) -> float:
        if self.scale is None:
            return self.clock.now().timestamp()
        return (monotonic() - self.started_at) * self.scale

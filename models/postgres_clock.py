"""PostgresClock: the time of the database, which all processes share, without a question to it each time.

One process writes a deadline and another judges it, and the clocks of their machines may differ by minutes.
"""

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from analytics.clock import Clock, utc_now
from errors import DatabaseUnavailable
from models.database import Database

_log = structlog.get_logger(__name__)

READ_EVERY_S = 30.0
# Until the first reading has succeeded the machine's own date is used, so the next try comes soon.
_READ_FIRST_EVERY_S = 1.0
# The quickest of a few answers tells the time best: in a slow one the delay may lie before or after the reading.
_READINGS = 3
# Differences from this size on are logged for the operator; smaller ones are the drift of any clock.
_TOLD_FROM = timedelta(seconds=1)
_TIME = text("select clock_timestamp()")


def since_boot() -> float:
    """Seconds since the machine started, which nobody can set back.

    Where the system has CLOCK_BOOTTIME, seconds count during which the machine slept.
    """
    return time.clock_gettime(time.CLOCK_BOOTTIME) if hasattr(time, "CLOCK_BOOTTIME") else time.monotonic()


@dataclass(frozen=True, slots=True)
class _ClockReading:
    """`origin` is Postgres' time at which `since_boot` was 0; it is wrong by `doubt` at most."""

    origin: datetime
    doubt: timedelta


class PostgresClock:
    """A Clock: Postgres' time as it was last read, plus the seconds counted since then.

    The machine's own date is used only until the first reading.
    """

    def __init__(self, *, wall: Clock = utc_now, elapsed: Callable[[], float] = since_boot) -> None:
        self._elapsed = elapsed
        self._origin = wall() - timedelta(seconds=elapsed())
        self.is_read = False

    def __call__(self) -> datetime:
        return self._origin + timedelta(seconds=self._elapsed())

    async def read(self, db: Database) -> None:
        """Reads Postgres' time; raises DatabaseUnavailable.

        A difference that is smaller than the reading's own doubt does not move the clock.
        """
        async with db.read(None) as session:
            connection = await session.connection()
            await connection.execute(_TIME)  # the connection may have to be made first
            readings = [await self._ask(connection) for _ in range(_READINGS)]
        best = min(readings, key=lambda reading: reading.doubt)
        ahead = self._origin - best.origin
        if abs(ahead) >= _TOLD_FROM:
            event = "database_clock_moved" if self.is_read else "clock_differs_from_database"
            _log.warning(event, ahead_s=round(ahead.total_seconds(), 3))
        if not self.is_read or abs(ahead) > best.doubt:
            self._origin = best.origin
        self.is_read = True

    async def _ask(self, connection: AsyncConnection) -> _ClockReading:
        asked = self._elapsed()
        told: datetime = (await connection.execute(_TIME)).scalar_one()
        # Postgres read its clock at some moment of the round trip: half of it is the best guess, and the largest error.
        doubt = timedelta(seconds=(self._elapsed() - asked) / 2)
        return _ClockReading(told - timedelta(seconds=asked) - doubt, doubt)


async def keep_reading(clock: PostgresClock, db: Database) -> None:
    """Reads Postgres' time again and again until cancelled; while the database is away the clock counts seconds."""
    while True:
        await asyncio.sleep(READ_EVERY_S if clock.is_read else _READ_FIRST_EVERY_S)
        try:
            await clock.read(db)
        except DatabaseUnavailable:
            _log.warning("clock_not_read")

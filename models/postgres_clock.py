"""PostgresClock: the time of the database, which all processes share, told without asking for it each time.

Deadlines are written by one process and judged by another, and the clocks of their machines may differ by minutes.
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
_READ_FIRST_EVERY_S = 1.0
# The quickest answer of a few tells the time best: a slow one may have been slow on either way.
_READINGS = 3
# What an operator should know of; less is the drift of any clock.
_TOLD_FROM = timedelta(seconds=1)
_TIME = text("select clock_timestamp()")


def since_boot() -> float:
    """Seconds that nobody can set back; those that a machine slept count where the system tells them."""
    return time.clock_gettime(time.CLOCK_BOOTTIME) if hasattr(time, "CLOCK_BOOTTIME") else time.monotonic()


@dataclass(frozen=True, slots=True)
class _ClockReading:
    """`origin` is the instant at which the counted seconds were nought, wrong by `doubt` at most."""

    origin: datetime
    doubt: timedelta


class PostgresClock:
    """A Clock: Postgres' time as it was last read, and the seconds counted since; never the machine's own date.

    Until the first reading it has nothing but the machine's.
    """

    def __init__(self, *, wall: Clock = utc_now, elapsed: Callable[[], float] = since_boot) -> None:
        self._elapsed = elapsed
        self._origin = wall() - timedelta(seconds=elapsed())
        self.is_read = False

    def __call__(self) -> datetime:
        return self._origin + timedelta(seconds=self._elapsed())

    async def read(self, db: Database) -> None:
        """Asks Postgres; raises DatabaseUnavailable. A difference within the doubt of a reading moves nothing."""
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
        doubt = timedelta(seconds=(self._elapsed() - asked) / 2)
        return _ClockReading(told - timedelta(seconds=asked) - doubt, doubt)


async def keep_reading(clock: PostgresClock, db: Database) -> None:
    """Until cancelled; while the database is away the seconds are counted on."""
    while True:
        await asyncio.sleep(READ_EVERY_S if clock.is_read else _READ_FIRST_EVERY_S)
        try:
            await clock.read(db)
        except DatabaseUnavailable:
            _log.warning("clock_not_read")

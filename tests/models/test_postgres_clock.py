"""The clock that all processes share: Postgres' time, whatever the machine's own clock says."""

from collections.abc import Callable
from datetime import datetime, timedelta
from itertools import count

import pytest
from sqlalchemy import text

from analytics.clock import utc_now
from errors import DatabaseUnavailable
from models.database import Database
from models.postgres_clock import PostgresClock

TEN_MINUTES = timedelta(minutes=10)


async def database_time(db: Database) -> datetime:
    async with db.read(None) as session:
        found: datetime = (await (await session.connection()).execute(text("select clock_timestamp()"))).scalar_one()
    return found


def ticking(step_s: float) -> Callable[[], float]:
    """Every look at it takes so long."""
    ticks = count()
    return lambda: next(ticks) * step_s


@pytest.mark.parametrize("skew", [-TEN_MINUTES, TEN_MINUTES])
async def test_a_machine_whose_clock_is_wrong_tells_postgres_time(db: Database, skew: timedelta) -> None:
    clock = PostgresClock(wall=lambda: utc_now() + skew)
    assert abs(clock() - utc_now() - skew) < timedelta(minutes=1)
    await clock.read(db)
    before, told, after = await database_time(db), clock(), await database_time(db)
    assert before - timedelta(seconds=1) <= told <= after + timedelta(seconds=1)


async def test_between_readings_seconds_are_counted_and_the_machines_date_is_not_looked_at(db: Database) -> None:
    dates, seconds = [utc_now()], [1000.0]
    clock = PostgresClock(wall=lambda: dates[-1], elapsed=lambda: seconds[-1])
    await clock.read(db)
    before = clock()
    dates.append(dates[0] - timedelta(hours=1))
    seconds.append(1090.0)
    assert clock() - before == timedelta(seconds=90)


async def test_an_answer_too_slow_to_prove_a_difference_moves_nothing(db: Database) -> None:
    seconds = [0.0]
    clock = PostgresClock(elapsed=lambda: seconds[0])
    await clock.read(db)
    before = clock()
    slow = ticking(60)  # each way takes half a minute by this count, while Postgres' own time stands almost still
    clock._elapsed = slow
    await clock.read(db)
    clock._elapsed = lambda: seconds[0]
    assert clock() == before


async def test_a_database_that_is_away_leaves_the_clock_counting() -> None:
    nowhere = Database("postgresql://nobody@127.0.0.1:9/none", system_url="postgresql://nobody@127.0.0.1:9/none")
    clock = PostgresClock(elapsed=ticking(1.0))
    before = clock()
    with pytest.raises(DatabaseUnavailable):
        await clock.read(nowhere)
    assert not clock.is_read
    assert clock() - before == timedelta(seconds=1)
    await nowhere.close()

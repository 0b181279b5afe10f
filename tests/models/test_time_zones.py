"""Days end by the tables of zones that Python has, whether Postgres knows the zone or not, or otherwise."""

import shutil
import zoneinfo
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from analytics.enums import EntityLevel
from analytics.periods import DateRange
from models.insights.day_marks import settle_days
from models.insights.days import days_without_people, partial_days, stored_days
from models.insights.question import AccountDays
from models.insights.reach import PeopleRead, replace_people
from services.toolbox import Toolbox
from tests.worlds.insights import InsightWorld, insight_world

DAY = date(2026, 10, 25)
# Eight hours behind UTC by the end of that day, which has 25 hours in Berlin.
NEW_ZONE = "America/Newly-Founded"
ZONES = [
    ("Europe/Berlin", datetime(2026, 10, 25, 23, tzinfo=UTC)),
    # Only our tables have it.
    (NEW_ZONE, datetime(2026, 10, 26, 7, tzinfo=UTC)),
    # Only Postgres takes a name in these letters: to us it is UTC.
    ("america/los_angeles", datetime(2026, 10, 26, tzinfo=UTC)),
    # Nobody has them, or has them any more.
    ("US/Pacific-New", datetime(2026, 10, 26, tzinfo=UTC)),
    ("TZ_UNKNOWN", datetime(2026, 10, 26, tzinfo=UTC)),
]


@pytest.fixture(autouse=True)
def _newer_tables(tmp_path: Path) -> Iterator[None]:
    """Python's tables of zones, and one that Postgres has not heard of."""
    tables = [Path(folder) for folder in zoneinfo.TZPATH]
    known = next(folder for folder in tables if (folder / "America/Los_Angeles").exists())
    (tmp_path / NEW_ZONE).parent.mkdir()
    shutil.copy(known / "America/Los_Angeles", tmp_path / NEW_ZONE)
    zoneinfo.reset_tzpath([str(tmp_path), *map(str, tables)])
    yield
    zoneinfo.reset_tzpath(tuple(map(str, tables)))


@pytest.mark.parametrize(("time_zone", "midnight"), ZONES)
async def test_a_day_is_partial_until_the_midnight_of_its_zone(
    tools: Toolbox, time_zone: str, midnight: datetime
) -> None:
    world = await insight_world(tools.db, store=False, time_zone=time_zone)
    partial = []
    for read_at in (midnight - timedelta(seconds=1), midnight):
        await world.store(DateRange(DAY, DAY), world.random_rows(DateRange(DAY, DAY)), refreshed_at=read_at)
        await _store_people(world, read_at)
        partial.append(await _partial(world, now=midnight + timedelta(days=1)))
    assert partial == [(1, [DAY], [DAY]), (0, [], [])]
    assert (await _partial(world, now=midnight))[1] == []


async def test_a_day_that_has_not_ended_is_not_read_again(tools: Toolbox) -> None:
    world = await insight_world(tools.db, store=False, time_zone=NEW_ZONE)
    read_at = datetime(2026, 10, 26, 6, tzinfo=UTC)
    await world.store(DateRange(DAY, DAY), [], refreshed_at=read_at)
    assert (await _partial(world, now=read_at + timedelta(minutes=59)))[1] == []
    assert (await _partial(world, now=read_at + timedelta(minutes=60)))[1] == [DAY]


@pytest.mark.parametrize(("time_zone", "midnight"), ZONES)
async def test_a_day_is_settled_by_the_day_of_its_zone_on_which_it_was_read(
    tools: Toolbox, time_zone: str, midnight: datetime
) -> None:
    world = await insight_world(tools.db, store=False, time_zone=time_zone)
    old, found = DAY - timedelta(days=26), []
    for read_at in (midnight - timedelta(seconds=1), midnight):
        await world.store(DateRange(old, old), [], refreshed_at=read_at, settled_through=date(2026, 1, 1))
        async with world.db.write(world.entities.viewer) as session:
            await settle_days(session, world.account.id, through=old, time_zone=time_zone)
        async with world.db.read(world.entities.viewer) as session:
            stored = await stored_days(session, [AccountDays((world.account.id,), DateRange(old, old))])
        found.append(stored[world.account.id].provisional)
    assert found == [1, 0]


async def _store_people(world: InsightWorld, read_at: datetime) -> None:
    async with world.db.write(world.entities.viewer) as session:
        days = (DateRange(DAY, DAY),)
        await replace_people(session, PeopleRead(world.account.id, EntityLevel.AD_ACCOUNT, days, (), read_at))


async def _partial(world: InsightWorld, *, now: datetime) -> tuple[int, list[date], list[date]]:
    """How many days an answer calls partial, which a refresh reads again, and of which it reads the people again."""
    account, days = world.account.id, DateRange(DAY, DAY + timedelta(days=1))
    async with world.db.read(world.entities.viewer) as session:
        stored = await stored_days(session, [AccountDays((account,), days)])
        again = await partial_days(session, account, days, now=now)
        people = await days_without_people(session, account, EntityLevel.AD_ACCOUNT, days)
        return stored[account].partial, again, people

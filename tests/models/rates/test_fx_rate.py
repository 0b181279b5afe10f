"""Stored exchange rates: carried over days without publication, corrected, loaded again; who may write them."""

import asyncio
from collections.abc import AsyncIterator
from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import text
from sqlalchemy.exc import ProgrammingError
from sqlmodel import col, select

from analytics.rates import RATE_LASTS_DAYS, PublishedRate
from embedded.postgres import DatabaseUrls
from models.database import Database
from models.rates.fx_rate import FxRate
from models.rates.known import known_rates
from tests.worlds.rates import rate, rates_of_the_test, stored

FRIDAY, SUNDAY, MONDAY = "2026-01-02", "2026-01-04", "2026-01-05"


@pytest.fixture(autouse=True)
async def _own_rates(postgres: DatabaseUrls) -> AsyncIterator[None]:
    async with rates_of_the_test(postgres.migration):
        yield


async def rows(db: Database, currency: str = "USD") -> dict[str, tuple[str, str]]:
    """By day: the rate and the day of its publication."""
    query = select(FxRate).where(FxRate.currency == currency).order_by(col(FxRate.day))
    async with db.read(None) as session:
        found = (await session.exec(query)).all()
    return {str(row.day): (f"{row.per_eur.normalize():f}", str(row.published_on)) for row in found}


async def version(db: Database) -> int:
    async with db.read(None) as session:
        found = await session.fetch("select coalesce(max(version), 0) from fx_rate", ())
        return int(found[0][0])


async def test_sunday_has_the_rate_of_friday(db: Database) -> None:
    await stored(db, [rate("USD", FRIDAY, "1.08"), rate("USD", MONDAY, "1.09")])
    found = await rows(db)
    assert found[SUNDAY] == ("1.08", FRIDAY)
    assert found[MONDAY] == ("1.09", MONDAY)


async def test_a_rate_lasts_seven_days_and_no_longer(db: Database) -> None:
    await stored(db, [rate("RUB", "2022-03-01", "117.2")])
    assert [*await rows(db, "RUB")] == [f"2022-03-0{day}" for day in range(1, 9)]


async def test_a_gap_of_more_than_seven_days_stays_one(db: Database) -> None:
    await stored(db, [rate("USD", "2026-01-01", "1.1"), rate("USD", "2026-01-10", "1.2")])
    found = await rows(db)
    assert "2026-01-09" not in found
    assert found["2026-01-08"] == ("1.1", "2026-01-01")


async def test_loading_the_same_again_changes_nothing(db: Database) -> None:
    rates = [rate("USD", FRIDAY, "1.08"), rate("JPY", FRIDAY, "160.5"), rate("USD", MONDAY, "1.09")]
    assert await stored(db, rates) == 3
    before, first = await rows(db), await version(db)
    assert await stored(db, rates) == 0
    assert (await rows(db), await version(db)) == (before, first)


async def test_a_corrected_rate_brings_its_carried_days(db: Database) -> None:
    await stored(db, [rate("USD", FRIDAY, "1.08"), rate("USD", MONDAY, "1.09")])
    first = await version(db)
    assert await stored(db, [rate("USD", FRIDAY, "1.07")]) == 1
    found = await rows(db)
    assert (found[FRIDAY], found[SUNDAY], found[MONDAY]) == (("1.07", FRIDAY), ("1.07", FRIDAY), ("1.09", MONDAY))
    assert await version(db) > first


async def test_a_late_rate_takes_the_days_after_it(db: Database) -> None:
    await stored(db, [rate("USD", "2026-01-01", "1.1"), rate("USD", "2026-01-06", "1.6")])
    await stored(db, [rate("USD", "2026-01-03", "1.3")])
    found = await rows(db)
    assert found["2026-01-02"] == ("1.1", "2026-01-01")
    assert found["2026-01-05"] == ("1.3", "2026-01-03")
    assert found["2026-01-06"] == ("1.6", "2026-01-06")


async def test_what_a_file_lacks_stays(db: Database) -> None:
    await stored(db, [rate("USD", FRIDAY, "1.08"), rate("JPY", FRIDAY, "160.5")])
    usd = await rows(db)
    await stored(db, [rate("JPY", MONDAY, "161")])
    assert await rows(db) == usd
    assert (await rows(db, "JPY"))[FRIDAY] == ("160.5", FRIDAY)


async def test_nothing_is_nothing(db: Database) -> None:
    assert await stored(db, []) == 0


async def test_two_loads_at_once_wait_for_each_other(db: Database) -> None:
    days = [date(2026, 1, 1) + timedelta(days=number) for number in range(200)]
    loads = [[PublishedRate("USD", day, Decimal(number)) for day in days] for number in (1, 2)]
    await asyncio.gather(*(stored(db, load) for load in loads))
    assert await version(db) == 2
    assert len({per_eur for per_eur, _ in (await rows(db)).values()}) == 1


async def test_known_rates_are_told_by_currency(db: Database) -> None:
    await stored(db, [rate("USD", FRIDAY, "1.08"), rate("USD", MONDAY, "1.09"), rate("JPY", FRIDAY, "160.5")])
    async with db.read(None) as session:
        found = await known_rates(session)
    assert [(each.currency, str(each.first_day), str(each.last_day), each.published_days) for each in found] == [
        ("JPY", FRIDAY, FRIDAY, 1),
        ("USD", FRIDAY, MONDAY, 2),
    ]
    assert found[1].per_eur == Decimal("1.09")


@pytest.mark.parametrize(
    "statement",
    [
        "insert into fx_rate values ('USD', '2026-01-01', 1, '2026-01-01', 1)",
        "update fx_rate set per_eur = 1",
        "delete from fx_rate",
    ],
)
async def test_the_runtime_role_only_reads(db: Database, statement: str) -> None:
    with pytest.raises(ProgrammingError, match="permission denied"):
        async with db.write(None) as session:
            await (await session.connection()).execute(text(statement))


START = date(2026, 1, 1)
LOADS = st.lists(st.dictionaries(st.integers(0, 30), st.integers(1, 9), min_size=1, max_size=6), min_size=1, max_size=5)


def carried(published: dict[int, int]) -> dict[int, tuple[int, int]]:
    """What each day has, by the rule alone: the rate of the last published day, if that is not too old."""
    last_days = {day: max((each for each in published if each <= day), default=-99) for day in range(60)}
    return {
        day: (published[last], last) for day, last in last_days.items() if last >= 0 and day - last <= RATE_LASTS_DAYS
    }


@given(loads=LOADS)
async def test_whatever_the_order_of_loads_each_day_has_the_last_rate(
    db: Database, postgres: DatabaseUrls, loads: list[dict[int, int]]
) -> None:
    async with rates_of_the_test(postgres.migration):
        published: dict[int, int] = {}
        for load in loads:
            published |= load
            await stored(
                db, [PublishedRate("USD", START + timedelta(days=day), Decimal(one)) for day, one in load.items()]
            )
        async with db.read(None) as session:
            found = (await session.exec(select(FxRate))).all()
        assert {
            (row.day - START).days: (int(row.per_eur), (row.published_on - START).days) for row in found
        } == carried(published)

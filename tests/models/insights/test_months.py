"""Sums of whole months: they are those of the stored days, or they are not there."""

import asyncio
from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import text

from analytics.metrics.facts import FACT_COLUMNS
from analytics.periods import DateRange
from models.ads.entity_upsert import AdPlace
from models.database import Database
from models.insights.day_swap import StoredInsight, delete_insights, move_ads
from models.insights.months import claim_account_to_sum, sum_next_month
from services.insights.months import sum_months
from tests.worlds.ads import NOON
from tests.worlds.insights import FIRST, LAST, InsightWorld, grouped, insight_world, naive_sums

# 28 days after this day October is settled and November is not.
LATER = NOON.replace(month=12, day=20)
OCTOBER, NOVEMBER, DECEMBER = date(2026, 10, 1), date(2026, 11, 1), date(2026, 12, 1)
KEYS = ("month", "ad_id", "ad_set_id", "campaign_id", "currency")


@pytest.fixture
async def world(db: Database) -> InsightWorld:
    return await insight_world(db)


async def summed(world: InsightWorld) -> dict[tuple[Any, ...], dict[str, Any]]:
    rows = await world.fetch(
        "select * from insight_ad_month where tenant_id = :tenant and ad_account_id = :id",
        tenant=world.account.tenant_id,
        id=world.account.id,
    )
    return {tuple(row[key] for key in KEYS): {column: row[column] for column in FACT_COLUMNS} for row in rows}


def expected(rows: Sequence[StoredInsight], *months: date) -> dict[tuple[Any, ...], dict[str, Any]]:
    groups = grouped(rows, lambda row: (row.day.replace(day=1), *(getattr(row, key) for key in KEYS[1:])))
    return {key: naive_sums(found) for key, found in groups.items() if key[0] in months}


async def sum_up(world: InsightWorld, months: int = 1) -> None:
    """As the chore does, for the account of this test alone: other tests leave accounts that are due too."""
    async with world.db.write(world.entities.viewer) as session:
        account = await claim_account_to_sum(session, world.account.id)
        assert account is not None
        for _ in range(months):
            await sum_next_month(session, world.account.id, before=DECEMBER)


async def test_settled_months_are_summed_and_others_are_not(world: InsightWorld) -> None:
    await sum_months(world.db, lambda: LATER)
    assert await summed(world) == expected(world.rows, OCTOBER)
    assert await sum_months(world.db, lambda: LATER) == 0
    await world.store(DateRange(LAST, LAST), world.random_rows(DateRange(LAST, LAST), seed=1))
    await sum_months(world.db, lambda: LATER + timedelta(days=31))
    assert await summed(world) == expected(world.rows, OCTOBER, NOVEMBER)


async def test_a_month_without_days_of_ads_is_looked_at_once(world: InsightWorld) -> None:
    """The account has rows for its days, and no ad has any: there is nothing to sum, and nothing to wait for."""
    async with world.db.write(world.entities.viewer) as session:
        await (await session.connection()).execute(
            text("delete from insight where tenant_id = :tenant and ad_account_id = :id and day < :november"),
            {"tenant": world.account.tenant_id, "id": world.account.id, "november": NOVEMBER},
        )
    async with asyncio.timeout(20):
        await sum_months(world.db, lambda: LATER)
    assert await summed(world) == {}
    assert await sum_months(world.db, lambda: LATER) == 0


@pytest.mark.parametrize(
    ("days", "left"),
    [
        (DateRange(FIRST, FIRST), [NOVEMBER]),
        (DateRange(date(2026, 10, 31), NOVEMBER), []),
        (DateRange(LAST, LAST), [OCTOBER]),
        (DateRange(date(2026, 12, 1), date(2026, 12, 2)), [OCTOBER, NOVEMBER]),
    ],
)
async def test_a_slice_deletes_the_sums_of_its_months(world: InsightWorld, days: DateRange, left: list[date]) -> None:
    await sum_up(world, months=2)
    assert await summed(world) == expected(world.rows, OCTOBER, NOVEMBER)
    await world.store(days, world.random_rows(days, seed=5))
    assert await summed(world) == expected(world.rows, *left)
    await sum_up(world, months=2)
    assert await summed(world) == expected(world.rows, OCTOBER, NOVEMBER)


async def test_an_ad_that_moves_deletes_the_sums_of_its_months(world: InsightWorld) -> None:
    await sum_up(world, months=2)
    ad, target = world.ads[0], world.ad_sets[-1]
    async with world.db.write(world.entities.viewer) as session:
        await move_ads(session, world.account.id, [AdPlace(ad.id, target.id, target.campaign_id, None)])
    assert await summed(world) == {}


async def test_sums_go_with_the_insights(world: InsightWorld) -> None:
    await sum_up(world)
    async with world.db.write(world.entities.viewer) as session:
        await delete_insights(session, world.account.id)
    assert await summed(world) == {}


async def test_a_month_is_not_summed_while_days_change(world: InsightWorld) -> None:
    """Whoever changes days has locked the account, and whoever sums passes it by."""
    target = world.ad_sets[-1]
    async with world.db.write(world.entities.viewer) as first, world.db.write(world.entities.viewer) as second:
        await move_ads(first, world.account.id, [AdPlace(world.ads[0].id, target.id, target.campaign_id, None)])
        assert await claim_account_to_sum(second, world.account.id) is None


@pytest.mark.one_node(reason="the coordinator does not show the locks of its nodes")
async def test_a_slice_waits_for_a_month_that_is_summed_and_deletes_it(world: InsightWorld) -> None:
    days = DateRange(FIRST, FIRST)
    waiting = text("select 1 from pg_locks where pg_backend_pid() = any(pg_blocking_pids(pid)) and not granted")
    async with world.db.write(world.entities.viewer) as session:
        assert await claim_account_to_sum(session, world.account.id) is not None
        storing = asyncio.create_task(world.store(days, world.random_rows(days, seed=3)))
        async with asyncio.timeout(20):
            while (await (await session.connection()).execute(waiting)).first() is None:  # noqa: ASYNC110 - what Postgres waits for is no event
                await asyncio.sleep(0.02)
        for _ in range(2):
            await sum_next_month(session, world.account.id, before=DECEMBER)
    await storing
    assert await summed(world) == expected(world.rows, NOVEMBER)

"""Swapping slices: roll-ups stay the sums of what is stored, whatever came, went or moved."""

from collections.abc import Awaitable, Callable
from datetime import date, timedelta
from typing import Any

import asyncpg
import pytest

from analytics.metrics.facts import FACT_COLUMNS
from analytics.periods import DateRange
from models.acting import TenantScope
from models.ads.entity_upsert import AdPlace
from models.database import Database
from models.ids import new_id
from models.insights.day_swap import DaySwap, StagedRows, StoredInsight, delete_insights, move_ads, replace_slice
from models.insights.tables import GapKind
from tests.worlds.ads import NOON
from tests.worlds.insights import SETTLED, WHOLE, InsightWorld, grouped, insight_world, naive_sums

WEEK = DateRange(date(2026, 10, 5), date(2026, 10, 11))


@pytest.fixture
async def world(db: Database) -> InsightWorld:
    return await insight_world(db)


async def assert_roll_ups_are_sums(world: InsightWorld) -> None:
    """Base rows, campaign days and account days, each against plain loops over what was stored."""
    tables: list[tuple[str, Callable[[StoredInsight], Any]]] = [
        ("insight", lambda row: (row.day, row.ad_id)),
        ("insight_campaign_day", lambda row: (row.day, row.campaign_id)),
        ("insight_account_day", lambda row: row.day),
    ]
    for table, key in tables:
        stored = await world.fetch(
            f"select * from {table} where tenant_id = :tenant and ad_account_id = :id", id=world.account.id
        )
        names = {"insight": ("day", "ad_id"), "insight_campaign_day": ("day", "campaign_id")}.get(table, ("day",))
        found = {tuple(row[name] for name in names): {c: row[c] for c in FACT_COLUMNS} for row in stored}
        expected = grouped(world.rows, key)
        assert found == {
            each if isinstance(each, tuple) else (each,): naive_sums(rows) for each, rows in expected.items()
        }


async def test_roll_ups_are_the_sums_of_the_rows(world: InsightWorld) -> None:
    await assert_roll_ups_are_sums(world)


async def test_roll_ups_follow_a_restatement(world: InsightWorld) -> None:
    counts = await world.store(WEEK, world.random_rows(WEEK, seed=99))
    assert (counts.stored, counts.removed) == (7 * len(world.ads), 0)
    await assert_roll_ups_are_sums(world)


async def test_rows_and_days_that_vanished_upstream_are_removed(world: InsightWorld) -> None:
    kept = [row for row in world.random_rows(WEEK) if row.day != WEEK.start and row.ad_id != world.ads[0].id]
    counts = await world.store(WEEK, kept)
    assert (counts.stored, counts.removed) == (len(kept), 7 * len(world.ads) - len(kept))
    await assert_roll_ups_are_sums(world)
    people = (
        "select 1 from unique_insight"
        " where tenant_id = :tenant and entity_id = :ad and period_start between :start and :end"
    )
    assert await world.fetch(people, ad=world.ads[0].id, start=WEEK.start, end=WEEK.end) == []


async def test_roll_ups_follow_an_ad_to_another_campaign(world: InsightWorld) -> None:
    ad, target = world.ads[0], world.ad_sets[-1]
    place = AdPlace(ad.id, target.id, target.campaign_id, None)
    async with world.db.write(world.entities.viewer) as session:
        await move_ads(session, world.account.id, [place])
    for row in world.rows:
        if row.ad_id == ad.id:
            row.ad_set_id, row.campaign_id = target.id, target.campaign_id
    await assert_roll_ups_are_sums(world)


async def test_an_ad_that_stays_changes_no_version(world: InsightWorld) -> None:
    ad = world.ads[0]
    before = await world.fetch(
        "select data_version from ad_account where tenant_id = :tenant and id = :id", id=world.account.id
    )
    async with world.db.write(world.entities.viewer) as session:
        await move_ads(session, world.account.id, [AdPlace(ad.id, ad.ad_set_id, ad.campaign_id, None)])
    assert (
        await world.fetch(
            "select data_version from ad_account where tenant_id = :tenant and id = :id", id=world.account.id
        )
        == before
    )


async def test_the_account_knows_its_days_and_a_new_version(world: InsightWorld) -> None:
    query = "select data_version, data_from, data_through from ad_account where tenant_id = :tenant and id = :id"
    before = (await world.fetch(query, id=world.account.id))[0]
    assert (before["data_from"], before["data_through"]) == (WHOLE.start, WHOLE.end)
    last_day = DateRange(WHOLE.end, WHOLE.end)
    await world.store(last_day, [])
    after = (await world.fetch(query, id=world.account.id))[0]
    assert after["data_version"] > before["data_version"]
    assert after["data_through"] == WHOLE.end - timedelta(days=1)


async def test_days_are_settled_provisional_or_gaps(world: InsightWorld) -> None:
    days = DateRange(SETTLED, SETTLED + timedelta(days=2))
    await world.store(days, world.random_rows(days)[:1], gaps={days.end: GapKind.AGAIN})
    found = await world.fetch(
        "select status, rows from insight_day"
        " where tenant_id = :tenant and ad_account_id = :id and day between :start and :end order by day",
        id=world.account.id,
        start=days.start,
        end=days.end,
    )
    assert [(row["status"], row["rows"]) for row in found] == [("SETTLED", 1), ("PROVISIONAL", 0), ("GAP", 0)]


async def test_people_are_stored_per_ad_and_day(world: InsightWorld) -> None:
    row = world.rows[0]
    found = await world.fetch(
        "select reach, unique_clicks from unique_insight"
        " where tenant_id = :tenant and level = 'AD' and entity_id = :ad and period_start = :day and period_end = :day",
        ad=row.ad_id,
        day=row.day,
    )
    assert found == [{name: row.facts[name] for name in ("reach", "unique_clicks")}]


async def test_raw_lists_survive_whatever_text_they_hold(world: InsightWorld) -> None:
    day = DateRange(WHOLE.start, WHOLE.start)
    row = world.random_rows(day)[0]
    row.actions = '[{"action_type":"tab\\t quote\\" back\\\\slash \\u00e9 é"}]'
    await world.store(day, [row])
    found = await world.fetch("select actions from insight where tenant_id = :tenant and day = :day", day=day.start)
    assert found[0]["actions"] == [{"action_type": 'tab\t quote" back\\slash é é'}]


async def test_an_empty_slice_leaves_the_other_days(world: InsightWorld) -> None:
    counts = await world.store(WEEK, [])
    assert (counts.stored, counts.removed) == (0, 7 * len(world.ads))
    await assert_roll_ups_are_sums(world)


async def test_two_slices_fit_into_one_transaction(world: InsightWorld) -> None:
    rows = world.random_rows(WEEK, seed=3)
    stored = DaySwap(world.account.id, WEEK, StagedRows(rows), NOON, SETTLED)
    async with world.db.write(world.entities.viewer) as session:
        await replace_slice(session, stored)
        await replace_slice(session, stored)
    world.rows = [row for row in world.rows if row.day not in WEEK] + rows
    await assert_roll_ups_are_sums(world)


async def test_a_failed_transaction_leaves_everything_as_it_was(world: InsightWorld) -> None:
    stored = DaySwap(world.account.id, WEEK, StagedRows(), NOON, SETTLED)
    with pytest.raises(RuntimeError, match="stop"):
        await _store_and_fail(world, stored)
    await assert_roll_ups_are_sums(world)


async def _store_and_fail(world: InsightWorld, stored: DaySwap) -> None:
    async with world.db.write(world.entities.viewer) as session:
        await replace_slice(session, stored)
        raise RuntimeError("stop")


async def test_two_currencies_on_one_day_of_an_account_are_refused(world: InsightWorld) -> None:
    day = DateRange(WHOLE.start, WHOLE.start)
    rows = world.random_rows(day)[:2]
    rows[1].currency = "USD"
    with pytest.raises(asyncpg.UniqueViolationError, match="pk_insight_"):
        await world.store(day, rows)


async def test_deleting_an_accounts_insights_leaves_nothing(world: InsightWorld) -> None:
    async with world.db.write(world.entities.viewer) as session:
        assert await delete_insights(session, world.account.id) == len(world.rows)
    world.rows = []
    await assert_roll_ups_are_sums(world)
    for table in ("insight_day", "unique_insight"):
        assert await world.fetch(f"select 1 from {table} where tenant_id = :tenant limit 1") == []


Act = Callable[[Database, TenantScope, InsightWorld], Awaitable[Any]]


async def _swap(db: Database, scope: TenantScope, victim: InsightWorld) -> None:
    async with db.write(scope) as session:
        await replace_slice(session, DaySwap(victim.account.id, WEEK, StagedRows(), NOON, SETTLED))


async def _move(db: Database, scope: TenantScope, victim: InsightWorld) -> None:
    target = victim.ad_sets[-1]
    async with db.write(scope) as session:
        await move_ads(session, victim.account.id, [AdPlace(victim.ads[0].id, target.id, target.campaign_id, None)])


async def _delete(db: Database, scope: TenantScope, victim: InsightWorld) -> None:
    async with db.write(scope) as session:
        await delete_insights(session, victim.account.id)


@pytest.mark.parametrize("act", [_move, _delete])
async def test_another_tenant_changes_nothing(db: Database, world: InsightWorld, act: Act) -> None:
    other = await insight_world(db, store=False)
    await act(db, TenantScope(other.entities.tenant_id), world)
    await assert_roll_ups_are_sums(world)


async def test_another_tenant_stores_nothing_for_our_account(db: Database, world: InsightWorld) -> None:
    other = await insight_world(db, store=False)
    with pytest.raises(asyncpg.ForeignKeyViolationError):
        await _swap(db, TenantScope(other.entities.tenant_id), world)
    await assert_roll_ups_are_sums(world)


@pytest.mark.parametrize(
    "table", ["insight", "insight_campaign_day", "insight_account_day", "insight_day", "unique_insight"]
)
async def test_a_row_of_another_tenant_cannot_be_written(db: Database, world: InsightWorld, table: str) -> None:
    [row] = await world.fetch(f"select * from {table} where tenant_id = :tenant limit 1")
    with pytest.raises(asyncpg.InsufficientPrivilegeError, match="row-level security"):
        await _insert(db, TenantScope(new_id()), table, row)


async def _insert(db: Database, scope: TenantScope, table: str, row: dict[str, Any]) -> None:
    columns = ", ".join(row)
    values = ", ".join(f"${number}" for number in range(1, len(row) + 1))
    async with db.write(scope) as session:
        driver = await session.driver()
        await driver.execute(f"insert into {table} ({columns}) values ({values})", *map(_plain, row.values()))


def _plain(value: Any) -> Any:
    return str(value) if isinstance(value, list) else value

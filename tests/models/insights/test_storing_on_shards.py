"""Storing where tables are on shards: inserts of selected rows answer something, and the stored rows are the same."""

import copy
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import text

from analytics.enums import EntityLevel
from analytics.periods import DateRange
from models.ads.entity_upsert import AdPlace
from models.database import Database, WriteSession
from models.insights.breakdown_swap import part_line, replace_parts
from models.insights.day_marks import mark_gaps
from models.insights.day_swap import DaySwap, StagedRows, delete_insights, move_ads, replace_slice
from models.insights.imports.day_merge import DayMerge, merge_days, staged_line
from models.insights.months import sum_next_month
from models.insights.reach import PeopleCount, PeopleRead, forget_passing, replace_people
from models.insights.tables import INSIGHT_TABLES, GapKind
from tests.worlds.ads import NOON
from tests.worlds.insights import SETTLED, WHOLE, InsightWorld, insight_world

DAYS = DateRange(SETTLED - timedelta(days=2), SETTLED + timedelta(days=2))
WEEK = DateRange(date(2026, 10, 5), date(2026, 10, 11))
MONTH = DateRange(date(2026, 10, 1), date(2026, 10, 31))
REFUSED = WHOLE.start - timedelta(days=1)
IMPORTED = WHOLE.start - timedelta(days=2)


@pytest.fixture
async def world(db: Database) -> InsightWorld:
    return await insight_world(db, store=False)


@contextmanager
def inserts(driver: Any) -> Iterator[list[str]]:
    """The texts of the inserts that pass through asyncpg's connection within the block."""
    sent: list[str] = []

    def note(query: Any) -> None:
        words = " ".join(query.query.split())
        if words.startswith("insert"):
            sent.append(words)

    with driver.query_logger(note):
        yield sent


async def store_everything(session: WriteSession, world: InsightWorld) -> None:
    """Every way in which insights are stored, with rows that vanish, move, come again, or end with a day."""
    account, rows = world.account.id, world.random_rows(DAYS)
    for kept in (rows, rows[3:]):
        swap = DaySwap(account, DAYS, StagedRows(kept), NOON, SETTLED, gaps={DAYS.end: GapKind.FIELD})
        await replace_slice(session, swap)
    parts = [replace(row, values=("25-34",)) for row in rows]
    await replace_parts(session, "age", replace(swap, rows=StagedRows(parts, line=part_line)))
    await mark_gaps(session, account, {REFUSED: GapKind.REFUSED}, refreshed_at=NOON)
    counts = tuple(PeopleCount(world.campaigns[0].id, period, 50, 7) for period in (WEEK, MONTH))
    read = PeopleRead(account, EntityLevel.CAMPAIGN, (WEEK, MONTH, DAYS), counts, NOON, doubtful=(DAYS,))
    for again in (read, replace(read, periods=(MONTH,), counts=counts[1:])):
        await replace_people(session, again)
    await forget_passing(session, account, EntityLevel.CAMPAIGN, but=[DAYS])
    ad, target = world.ads[0], world.ad_sets[-1]
    await move_ads(session, account, [AdPlace(ad.id, target.id, target.campaign_id, None)])
    assert await sum_next_month(session, account, before=MONTH.end) == MONTH.start
    line, place = staged_line(("spend", "reach")), AdPlace(ad.id, target.id, target.campaign_id, None)
    for spend in ("1.5", "1.5", "2"):
        lines = pieces(line(IMPORTED, place, "EUR", (spend, "7")))
        await merge_days(session, DayMerge(account, [IMPORTED], lines, imported_at=NOON, settled_through=SETTLED))


async def pieces(*lines: str) -> AsyncIterator[bytes]:
    for line in lines:
        yield line.encode()


async def everything(session: WriteSession, world: InsightWorld) -> dict[str, list[Any]]:
    """All rows of insights, by table, in an order of their own."""
    connection = await session.connection()
    found = {}
    for table in INSIGHT_TABLES:
        query = text(f"select * from {table} where tenant_id = :tenant_id and ad_account_id = :account_id")
        rows = await connection.execute(query, {"tenant_id": session.tenant_id, "account_id": world.account.id})
        found[table.name] = sorted(map(repr, rows.mappings()))
    return found


async def test_on_shards_the_same_rows_are_stored_by_inserts_that_answer(db: Database, world: InsightWorld) -> None:
    on_shards = copy.copy(db)
    on_shards.sharded = True
    stored, sent = [], []
    for each in (db, on_shards):
        async with each.write(world.entities.viewer) as session:
            with inserts(await session.driver()) as texts:
                await store_everything(session, world)
            sent.append(texts)
            stored.append(await everything(session, world))
            await delete_insights(session, world.account.id)
    assert stored[0] == stored[1]
    assert all(stored[0].values())
    plain, answering = sent
    # One that looks for conflicts answers by itself.
    assert answering == [each if "on conflict" in each else f"{each} returning 1" for each in plain]
    assert {each.split()[2] for each in plain} == {table.name for table in INSIGHT_TABLES}

"""A statement of rows as JSON that fails, or that nobody waits for any more, ends as one of rows as objects does."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from datetime import date
from typing import Any
from unittest.mock import patch

import pytest

from analytics.periods import DateRange
from models.database import ReadSession
from services.toolbox import Toolbox
from tests.doors.in_process import Answer
from tests.resolvers.insights.test_comparisons import Days, between
from tests.worlds.insights import insight_world
from tests.worlds.replicas import until
from tests.worlds.row_texts import by_objects

DAY = DateRange(date(2026, 3, 2), date(2026, 3, 2))
CAMPAIGNS = {"range": between(DAY.start, DAY.end), "groupBy": {"level": "CAMPAIGN"}}
ASK = """
query($input: InsightsInput!) {
  named: tenant { name } insights(input: $input) { rows { nodes { key entity { name } metrics { spend } } } }
}
"""
Fetch = Callable[[str], Awaitable[Any]]


@pytest.fixture
async def days(tools: Toolbox) -> Days:
    found = Days(tools, await insight_world(tools.db, store=False))
    await found.world.store(DAY, found.world.random_rows(DAY))
    return found


@contextmanager
def instead(of_rows: Callable[[Fetch], Awaitable[Any]]) -> Iterator[None]:
    """What happens in place of the statement of a page, on its connection."""
    real: Any = ReadSession.fetch

    async def fetch(session: ReadSession, statement: str, values: Any) -> Any:
        if "AS page" in statement:
            await of_rows(lambda text: real(session, text, []))
        return await real(session, statement, values)

    with patch.object(ReadSession, "fetch", fetch):
        yield


async def out_of_time(fetch: Fetch) -> None:
    await fetch("set local statement_timeout = 1")
    await fetch("select pg_sleep(10)")


async def out_of_reach(fetch: Fetch) -> None:
    await fetch("select pg_terminate_backend(pg_backend_pid())")


async def ask(days: Days) -> Answer:
    return await days.door.ask(ASK, input=CAMPAIGNS)


@pytest.mark.parametrize(("trouble", "code"), [(out_of_time, "INTERNAL"), (out_of_reach, "DATABASE_UNAVAILABLE")])
async def test_the_error_is_the_same_and_the_rest_is_answered(
    days: Days, trouble: Callable[[Fetch], Awaitable[Any]], code: str
) -> None:
    with instead(trouble):
        found = await ask(days)
        with by_objects():
            assert await ask(days) == found
    assert (found.codes, found.paths, found.data["insights"]) == ([code], [["insights"]], None)
    assert found.data["named"] == {"name": "Team"}
    assert (await ask(days)).codes == []


async def test_nobody_waits_any_more(days: Days) -> None:
    db, begun = days.door.tools.db, asyncio.Event()
    used = db.pools["runtime"].used

    async def endless(fetch: Fetch) -> None:
        begun.set()
        await fetch("select pg_sleep(60)")

    with instead(endless):
        asking = asyncio.create_task(ask(days))
        await begun.wait()
        asking.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asking
    await until(lambda: db.pools["runtime"].used == used)
    assert (await ask(days)).codes == []

"""The recorder tells the named query that a statement comes from, whichever way it takes through asyncpg."""

import sys
from datetime import UTC, datetime
from uuid import uuid4

import pytest
from sqlalchemy import text

from migrations.roles import RUNTIME, SYSTEM
from models.acting import TenantScope
from models.copying import copy_in
from models.database import Database
from models.insights.day_swap import StagedRows
from models.people.refresh_token import refresh_token_by_hash
from models.queue.work_load import work_load
from tests.statements.named_queries import named_queries
from tests.statements.recorder import RECORDER, ROOT, Recorder
from tests.worlds.insights import insight_world

LOAD = "models/queue/work_load.py:work_load"
BY_HASH = "models/people/refresh_token.py:refresh_token_by_hash"
COPY = "models/copying.py:copy_in"


def places(part: str, role: str) -> set[str]:
    """Of the statements of this role that have `part` in their text."""
    return {
        place
        for statement, places in RECORDER.places.items()
        if statement.role == role and part in statement.text
        for place in places
    }


async def test_a_statement_is_recorded_with_its_named_query_and_role(db: Database) -> None:
    async with db.read(None) as session:
        await refresh_token_by_hash(session, b"of nobody")
    async with db.system(reason="a test looks at the queue") as session:
        await work_load(session, datetime.now(UTC))
    assert BY_HASH in places("FROM refresh_token", RUNTIME)
    assert LOAD in places("from procrastinate_jobs", SYSTEM)
    assert LOAD not in places("from procrastinate_jobs", RUNTIME)
    assert {BY_HASH, LOAD} <= RECORDER.reached & named_queries()


async def test_a_copy_is_recorded_with_its_table(db: Database) -> None:
    async with db.write(TenantScope(uuid4())) as session:
        driver = await session.driver()
        await driver.execute("select stage_insights()")
        await copy_in(driver, "insight_stage", chunks=StagedRows().chunks(), columns=["day"])
    assert COPY in places("copy insight_stage", RUNTIME)


@pytest.mark.parametrize("before", ["", "\n  ", "(", "( (", "-- why\n", "/* why\n */ "])
def test_a_statement_is_known_by_its_first_word(before: str) -> None:
    recorder, query = Recorder(), f"{before}select 1"

    def note() -> None:
        recorder.note(RUNTIME, query, sys._getframe(1))

    named_query = compile("note()", str(ROOT / "models" / "of_a_test.py"), "exec")
    exec(named_query, {"note": note})
    assert [statement.text for statement in recorder.places] == [query]


async def test_what_a_test_sends_is_recorded_with_the_test(db: Database) -> None:
    async with db.read(None) as session:
        await (await session.connection()).execute(text("select 'a statement of a test'"))
    test = "tests/statements/test_recorder.py:test_what_a_test_sends_is_recorded_with_the_test"
    assert places("a statement of a test", RUNTIME) == {test}


async def test_what_a_test_sends_through_a_world_is_recorded_with_the_test(db: Database) -> None:
    world = await insight_world(db, store=False)
    await world.fetch("select 'a statement through a world'")
    test = "tests/statements/test_recorder.py:test_what_a_test_sends_through_a_world_is_recorded_with_the_test"
    assert places("a statement through a world", RUNTIME) == {test}

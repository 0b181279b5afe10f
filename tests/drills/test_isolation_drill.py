"""The walk through the schema is no decoration: with one table's policy undone, it finds what the stranger sees."""

import asyncio
from dataclasses import replace
from unittest.mock import patch

import asyncpg
import pytest

from embedded.postgres import DatabaseUrls
from execution.answers.cache import AnswerCache
from models.database import ReadSession
from services.toolbox import Toolbox
from tests.isolation.canaries import stored
from tests.isolation.operations import DAY
from tests.isolation.test_isolation import NODE_TYPES, QUERIES
from tests.isolation.undone import strangers_rows, undone
from tests.isolation.worlds import Worlds, id_of_nothing, worlds_of
from tests.worlds.row_texts import written

pytestmark = pytest.mark.drill

DEADLINE_S = 60

# What the API reads through the policy alone. The other tables' queries name the tenant or its accounts besides
# (tests/isolation/test_second_wall.py), or are none of the API's: an undone policy shows nothing of them here, and the
# second test looks at them directly.
SHOWN_BY_THE_API = ("api_key", "auth_session", "invitation", "membership")


CAMPAIGNS_AS_JSON = f"""{{
  insights(input: {{ range: {{ between: {{ from: "{DAY}", to: "{DAY}" }} }}, groupBy: {{ level: CAMPAIGN }} }}) {{
    rows {{ nodes {{ key entity {{ id name }} metrics {{ spend }} }} }}
  }}
}}"""


async def walk(worlds: Worlds) -> None:
    """Every query and every node, as a stranger; `ask` looks at each answer and at the log.

    Each node is asked for what it holds itself, and for everything below. Only the first is sure: lists show a few rows
    of whichever tenants, and the rows around a foreign one are still hidden, so that all that is seen is an error.
    """
    for name in QUERIES:
        await worlds.ask(worlds.everything("Query", name))
    for kind in NODE_TYPES:
        for writer in (worlds.writer(deepest=0), worlds.writer()):
            question = writer.operation("Query", writer.node(kind))
            foreign = await worlds.ask(question, node=worlds.foreign.ids[kind])
            assert foreign == await worlds.ask(question, node=id_of_nothing(kind))


@pytest.mark.filterwarnings("ignore:coroutine .* was never awaited:RuntimeWarning")
@pytest.mark.parametrize("table", SHOWN_BY_THE_API)
@pytest.mark.usefixtures("dropped_resolvers")
async def test_the_walk_fails_without_the_policy(tools: Toolbox, postgres: DatabaseUrls, table: str) -> None:
    worlds, before = await worlds_of(tools), asyncio.all_tasks()
    async with undone(postgres, table):
        with pytest.raises(AssertionError):
            await walk(worlds)
        # Behind an answer that has failed its other fields are still asked for, for seconds on a busy machine. They are
        # part of this walk: what they log of the foreign tenant would be found by the next one.
        if left := asyncio.all_tasks() - before:
            _, unfinished = await asyncio.wait(left, timeout=DEADLINE_S)
            assert not unfinished
    await walk(worlds)


async def test_json_of_rows_needs_every_policy_where_a_statement_names_another_tenant(
    tools: Toolbox, postgres: DatabaseUrls
) -> None:
    """As if the second wall had fallen: statements ask for the stranger's rows, and the policies alone hide them."""
    worlds = replace(await worlds_of(tools), answers=AnswerCache(0))  # no answer is kept
    tables, foreign = ("ad_account", "insight_campaign_day", "campaign"), worlds.foreign.id_of("tenant")
    with patch.object(ReadSession, "tenant_id", property(lambda _session: foreign)), written() as noted:
        for left in tables:
            async with undone(postgres, *(table for table in tables if table != left)):
                await worlds.ask(CAMPAIGNS_AS_JSON)
        async with undone(postgres, *tables):
            with pytest.raises(AssertionError):
                await worlds.ask(CAMPAIGNS_AS_JSON)
    # Without an account there are no days to ask for, and no statement is made.
    assert noted == [True] * 3


async def test_every_policy_alone_hides_a_foreign_row(tools: Toolbox, postgres: DatabaseUrls) -> None:
    worlds = await worlds_of(tools)
    connection = await asyncpg.connect(postgres.migration)
    rows = await connection.fetch("select distinct tablename from pg_policies")
    await connection.close()
    assert len(rows) >= 20
    for (table,) in rows:
        assert await strangers_rows(worlds, table) == 0, table
        async with undone(postgres, table):
            # Of some tables the stranger has several rows, such as ads and days.
            assert await strangers_rows(worlds, table) > 0, table
    assert await stored(tools.db, worlds.foreign)

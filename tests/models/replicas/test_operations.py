"""GraphQL queries on a replica: which operations read from it, and a whole query that runs once more."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import asyncpg
import pytest
from prometheus_client import REGISTRY

from embedded.postgres import DatabaseUrls
from services.toolbox import Toolbox
from tests.doors.in_process import Door
from tests.worlds.ads import EntityWorld, entity_world
from tests.worlds.replicas import Server, reads_replica, until
from tests.worlds.standby import Standby

pytestmark = pytest.mark.one_node(reason="read replicas do not go with shards")

ACCOUNTS = "{ adAccounts { nodes { name campaigns { nodes { name } } } } }"
WAITING = "select count(*) from pg_stat_activity where wait_event_type = 'Lock' and usename = 'adgraph_runtime'"


def queries(server: str) -> float:
    return REGISTRY.get_sample_value("adgraph_query_reads_total", {"server": server}) or 0


def repeated() -> float:
    return REGISTRY.get_sample_value("adgraph_query_reads_repeated_total") or 0


@pytest.fixture
async def world(first: Server) -> EntityWorld:
    made = await entity_world(first.db)
    await made.campaigns(await made.account(name="Ours"), "Summer")
    await until(lambda: reads_replica(first.db))
    return made


@pytest.fixture
def door(first: Server, tools: Toolbox, world: EntityWorld) -> Door:
    return Door(replace(tools, db=first.db), world.viewer)


@pytest.fixture
async def locked(postgres: DatabaseUrls, standby: Standby, world: EntityWorld) -> AsyncIterator[Any]:
    """The owner has locked the accounts, which holds for readers on the standby too; `release` ends it."""
    owner = await asyncpg.connect(postgres.migration)
    transaction = owner.transaction()
    await transaction.start()
    await owner.execute("lock table campaign in access exclusive mode")
    await world.account(name="Another")  # its commit also takes the lock to the disk, and so to the standby
    yield transaction.rollback
    await owner.close()


async def test_a_query_is_answered_by_the_replica_and_counted(door: Door) -> None:
    before = queries("1"), queries("primary")
    answer = await door.ask(ACCOUNTS)
    assert answer.data["adAccounts"]["nodes"] == [{"name": "Ours", "campaigns": {"nodes": [{"name": "Summer"}]}}]
    assert (queries("1"), queries("primary")) == (before[0] + 1, before[1])


async def test_a_query_that_reads_nothing_asks_no_server(door: Door) -> None:
    before = queries("1"), queries("primary")
    assert (await door.ask("{ __typename }")).data == {"__typename": "Query"}
    assert (queries("1"), queries("primary")) == before


async def test_a_mutation_reads_its_answer_from_the_primary(door: Door, standby: Standby) -> None:
    before = queries("1")
    await standby.pause()
    try:
        answer = await door.ask('mutation { updateTenant(input: { name: "Renamed" }) { tenant { name } } }')
        assert answer.data == {"updateTenant": {"tenant": {"name": "Renamed"}}}
        assert (await door.ask("{ tenant { name } }")).data == {"tenant": {"name": "Renamed"}}
    finally:
        await standby.resume()
    assert queries("1") == before


async def test_a_query_whose_connection_is_ended_is_answered_as_a_whole_by_the_primary(
    door: Door, standby: Standby, locked: Any
) -> None:
    before = repeated()
    asking = asyncio.create_task(door.ask(ACCOUNTS))
    await until(lambda: standby.value(WAITING))
    await locked()
    await standby.execute("select pg_terminate_backend(pid) from pg_stat_activity where usename = 'adgraph_runtime'")
    answer = await asking
    assert (answer.codes, repeated()) == ([], before + 1)
    assert answer.data["adAccounts"]["nodes"] == [
        {"name": "Another", "campaigns": {"nodes": []}},
        {"name": "Ours", "campaigns": {"nodes": [{"name": "Summer"}]}},
    ]

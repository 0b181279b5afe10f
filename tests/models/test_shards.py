"""How a session begins where tables are on shards, seen in what goes over the wire, and how it is found that they are.

Plain Postgres takes both forms, so that what a session does can be tried here.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from uuid import uuid4

import asyncpg
import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError, IntegrityError

from embedded.postgres import DatabaseUrls
from errors import DatabaseUnavailable, NodeUnavailable
from models.acting import TenantScope
from models.database import Database, ReadSession, WriteSession
from models.pool import TenantConnection
from models.shards import violates

SCOPE = TenantScope(uuid4(), uuid4())
TENANT, PERSON = f"SET LOCAL app.tenant_id = '{SCOPE.tenant_id}'", f"SET LOCAL app.user_id = '{SCOPE.user_id}'"
READ_ONLY = "SET TRANSACTION READ ONLY; SET LOCAL extra_float_digits = 1"
SETTINGS = text(
    "select current_setting('app.tenant_id', true), current_setting('app.user_id', true),"
    " current_setting('transaction_read_only')"
)


async def settings_of(session: ReadSession | WriteSession) -> tuple[str, ...]:
    row = (await (await session.connection()).execute(SETTINGS)).one()
    return tuple(str(each or "") for each in row)


@pytest.fixture
def messages(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The simple queries that our connections send: asyncpg sends BEGIN, COMMIT and savepoints as such."""
    sent: list[str] = []
    send = asyncpg.Connection.execute

    async def record(connection: asyncpg.Connection, query: str, *args: object, timeout: float | None = None) -> str:  # noqa: ASYNC109 - asyncpg's signature
        if isinstance(connection, TenantConnection):
            sent.append(query.strip())
        status: str = await send(connection, query, *args, timeout=timeout)
        return status

    monkeypatch.setattr(asyncpg.Connection, "execute", record)
    return sent


async def database(urls: DatabaseUrls, *, sharded: bool) -> Database:
    """Has one connection, which is open, so that every session reuses it."""
    made = Database(urls.runtime, system_url=urls.system, pool_size=1)
    await made.ping()
    made.sharded = sharded
    return made


@pytest.fixture
async def plain(postgres: DatabaseUrls) -> AsyncIterator[Database]:
    made = await database(postgres, sharded=False)
    yield made
    await made.close()


@pytest.fixture
async def sharded(postgres: DatabaseUrls) -> AsyncIterator[Database]:
    made = await database(postgres, sharded=True)
    yield made
    await made.close()


async def test_plain_postgres_hears_begin_and_settings_in_one_message(plain: Database, messages: list[str]) -> None:
    async with plain.read(SCOPE) as session:
        assert await settings_of(session) == (str(SCOPE.tenant_id), str(SCOPE.user_id), "on")
        assert not session.sharded
    assert messages == [f"BEGIN;{READ_ONLY}; {TENANT}; {PERSON}", "ROLLBACK;"]


async def test_shards_hear_settings_in_a_message_of_their_own(sharded: Database, messages: list[str]) -> None:
    async with sharded.read(SCOPE) as session:
        assert await settings_of(session) == (str(SCOPE.tenant_id), str(SCOPE.user_id), "on")
        assert session.sharded
    async with sharded.write(SCOPE) as session:
        assert await settings_of(session) == (str(SCOPE.tenant_id), str(SCOPE.user_id), "off")
    assert messages == [
        "BEGIN;", f"{READ_ONLY}; {TENANT}; {PERSON}", "ROLLBACK;",
        "BEGIN;", f"{TENANT}; {PERSON}", "COMMIT;",
    ]  # fmt: skip


async def test_a_session_over_all_tenants_has_no_second_message(sharded: Database, messages: list[str]) -> None:
    async with sharded.system(reason="opens a connection") as session:
        await settings_of(session)
    del messages[:]
    async with sharded.system(reason="a test") as session:
        assert session.sharded
        assert (await settings_of(session))[0] == ""
    assert messages == ["BEGIN;", "COMMIT;"]


async def test_a_savepoint_on_shards_keeps_the_settings_and_sends_none(sharded: Database, messages: list[str]) -> None:
    async with sharded.write(SCOPE) as session:
        await settings_of(session)
        del messages[:]
        with suppress(DBAPIError):
            async with session.begin_nested():
                await (await session.connection()).execute(text("select 1 / 0"))
        assert (await settings_of(session))[0] == str(SCOPE.tenant_id)
        assert messages == []


async def test_each_transaction_on_shards_has_the_settings_again(sharded: Database, messages: list[str]) -> None:
    async with sharded.write(SCOPE) as session:
        for _ in range(2):
            assert (await settings_of(session))[0] == str(SCOPE.tenant_id)
            await session.commit()
    assert messages.count(f"{TENANT}; {PERSON}") == 2


async def test_the_next_user_of_a_connection_to_shards_sees_no_tenant(sharded: Database) -> None:
    async with sharded.read(SCOPE) as session:
        await settings_of(session)
    async with sharded.read(None) as session:
        assert await settings_of(session) == ("", "", "on")


async def test_a_session_on_shards_that_ran_nothing_leaves_nothing_behind(
    sharded: Database, messages: list[str]
) -> None:
    async with sharded.read(SCOPE):
        pass
    async with sharded.engine.connect() as connection:
        assert not (await connection.execute(SETTINGS)).one()[0]
    assert messages == ["BEGIN;", "ROLLBACK;"]


async def test_a_transaction_that_got_no_settings_is_used_by_nobody(
    sharded: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("models.database._opening", lambda *_args, **_options: "SET LOCAL app.tenant_id = 'x'; bad")
    with pytest.raises(DatabaseUnavailable):
        async with sharded.write(SCOPE) as session:
            await settings_of(session)
    monkeypatch.undo()
    async with sharded.read(SCOPE) as session:
        assert (await settings_of(session))[0] == str(SCOPE.tenant_id)


@asynccontextmanager
async def citus(urls: DatabaseUrls, *statements: str) -> AsyncIterator[Database]:
    """The extension's catalogue is stood in for by tables and functions in a schema that is looked through."""
    schema = f"citus_{uuid4().hex}"
    owner = await asyncpg.connect(urls.migration)
    found = Database(f"{urls.runtime}&options=-csearch_path%3D{schema}", system_url=urls.system)
    try:
        await owner.execute(f"create schema {schema}; grant usage on schema {schema} to adgraph_runtime")
        await owner.execute(f"set search_path = {schema}")
        for statement in statements:
            await owner.execute(statement)
        await owner.execute(f"grant select on all tables in schema {schema} to adgraph_runtime")
        yield found
    finally:
        await found.close()
        await owner.execute(f"drop schema {schema} cascade")
        await owner.close()


@pytest.mark.one_node(reason="tables of the test stand in for the catalogue of Citus")
@pytest.mark.parametrize(("rows", "expected"), [("('h'), ('n')", True), ("('n')", False)])
async def test_tables_on_shards_are_found_in_the_catalogue_of_citus(
    postgres: DatabaseUrls, rows: str, expected: bool
) -> None:
    catalogue = f'create table pg_dist_partition as select method::"char" as partmethod from (values {rows}) v (method)'
    async with citus(postgres, catalogue) as found:
        await found.find_shards()
        assert found.sharded is expected


@pytest.mark.one_node(reason="tables of the test stand in for the catalogue of Citus")
async def test_nodes_that_do_not_answer_are_named(postgres: DatabaseUrls) -> None:
    catalogue = """
        create table pg_dist_node (nodename text, nodeport int, isactive bool, shouldhaveshards bool, noderole text);
        insert into pg_dist_node values
          ('worker-2', 5432, true, true, 'primary'), ('worker-1', 5432, true, true, 'primary'),
          ('coordinator', 5433, true, false, 'primary'), ('worker-3', 5433, false, true, 'primary');
        create function citus_check_connection_to_node(text, int) returns bool language sql
          return $2 = 5432 and $1 <> 'worker-2' and current_setting('citus.node_connection_timeout') = '1000'
    """
    async with citus(postgres, catalogue) as found:
        assert await found.lost_nodes() == ["worker-2:5432"]


@pytest.mark.one_node(reason="it is about a plain Postgres")
async def test_plain_postgres_has_no_shards(plain: Database) -> None:
    plain.sharded = True
    await plain.find_shards()
    assert not plain.sharded


MESSAGES_OF_LOST_NODES = [
    ("XX000", "failure on connection marked as essential: 10.0.0.2:5432"),
    ("XX000", "connection not open"),
    ("XX000", "server closed the connection unexpectedly"),
    ("XX000", "node group 2 does not have a primary node"),
    ("08006", "connection to the remote node adgraph_runtime@10.0.0.2:5432 failed with the following error: refused"),
    ("08006", "could not establish any connections to the node 10.0.0.2:5432 after 900 ms"),
    ("08006", "connection error: 10.0.0.2:5432"),
    ("58030", "failed to COPY to shard 102008 on 10.0.0.2:5432"),
]


def raising(sqlstate: str, message: str) -> str:
    return f"do $$ begin raise exception '{message}' using errcode = '{sqlstate}'; end $$"


@pytest.mark.parametrize(("sqlstate", "message"), MESSAGES_OF_LOST_NODES)
async def test_a_lost_node_is_an_outage(plain: Database, sqlstate: str, message: str) -> None:
    with pytest.raises(NodeUnavailable):
        async with plain.write(SCOPE) as session:
            await (await session.connection()).execute(text(raising(sqlstate, message)))
    with pytest.raises(NodeUnavailable):
        async with plain.write(SCOPE) as session:
            await (await session.driver()).execute(raising(sqlstate, message))


async def test_a_fault_of_postgres_itself_is_no_outage(plain: Database) -> None:
    with pytest.raises(DBAPIError, match="cache lookup failed"):
        async with plain.write(SCOPE) as session:
            await (await session.connection()).execute(text(raising("XX000", "cache lookup failed for type 0")))


@pytest.mark.parametrize(
    ("named", "expected"),
    [
        ("uq_refresh_job_active", True),
        ("uq_refresh_job_active_102008", True),
        ("uq_refresh_job_active_twin", False),
        ("pk_refresh_job", False),
    ],
)
async def test_a_constraint_is_recognised_by_its_name_on_a_shard(plain: Database, named: str, expected: bool) -> None:
    said = raising("23505", f'duplicate key value violates unique constraint "{named}"')
    with pytest.raises(IntegrityError) as refused:
        async with plain.write(SCOPE) as session:
            await (await session.connection()).execute(text(said))
    assert violates(refused.value, "uq_refresh_job_active") is expected

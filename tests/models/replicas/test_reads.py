"""Queries read from a standby, never a state before what was told, and go on when replay or a loss ends them."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from uuid import uuid4

import asyncpg
import pytest
from sqlalchemy import text

from embedded.postgres import DatabaseUrls
from models.acting import TenantScope
from models.database import Database
from models.replicas.reads import ReplicaLost
from models.replicas.replica import ReplicaState
from models.replicas.rest import FIRST_S, Rest
from tests.given_server import url_at
from tests.worlds.ads import entity_world
from tests.worlds.replicas import Server, begun_on_replica, is_on_replica, names, reads_replica, server, until
from tests.worlds.standby import Standby

pytestmark = pytest.mark.one_node(reason="read replicas do not go with shards")


@asynccontextmanager
async def paused(standby: Standby) -> AsyncIterator[None]:
    await standby.pause()
    try:
        yield
    finally:
        await standby.resume()


async def test_a_query_reads_from_the_replica_and_everything_else_from_the_primary(first: Server) -> None:
    await until(lambda: reads_replica(first.db))
    async with first.db.read(None) as session:
        assert not await is_on_replica(session)
    async with first.db.for_query().write(None) as writing:
        assert not (await (await writing.connection()).execute(text("select pg_is_in_recovery()"))).scalar_one()


async def test_without_replicas_a_query_has_no_view_of_its_own(db: Database) -> None:
    assert db.for_query() is db


async def test_a_session_on_the_replica_is_bound_by_the_policies(first: Server) -> None:
    world, other = await entity_world(first.db), await entity_world(first.db)
    await world.account(name="Ours")
    await other.account(name="Theirs")
    await until(lambda: reads_replica(first.db))
    assert await names(first.db, world.tenant_id) == ["Ours"]
    async with first.db.for_query().read(None) as session:
        assert await is_on_replica(session)
        assert (await (await session.connection()).execute(text("select count(*) from ad_account"))).scalar_one() == 0


async def test_a_write_on_one_server_is_read_on_the_other_while_the_replica_lacks_it(
    standby: Standby, first: Server, second: Server
) -> None:
    world = await entity_world(first.db)
    async with paused(standby):
        await world.account(name="New")
        assert await names(second.db, world.tenant_id) == ["New"]
        assert not await reads_replica(second.db)
        assert second.replicas.all[0].state is ReplicaState.USED
    await until(lambda: reads_replica(second.db))
    assert await names(second.db, world.tenant_id) == ["New"]


async def test_reads_right_after_writes_are_never_of_a_state_before(first: Server, second: Server) -> None:
    world = await entity_world(first.db)
    account = await world.account(name="0")
    for number in range(1, 40):
        writer, reader = (first, second) if number % 2 else (second, first)
        async with writer.db.write(world.viewer) as session:
            await (await session.connection()).execute(
                text("update ad_account set name = :name where id = :id and tenant_id = :tenant_id"),
                {"name": str(number), "id": account.id, "tenant_id": world.tenant_id},
            )
        assert await names(reader.db, world.tenant_id) == [str(number)]


async def test_a_query_keeps_to_the_server_that_it_began_on(standby: Standby, first: Server) -> None:
    world = await entity_world(first.db)
    query = await begun_on_replica(first.db)
    async with paused(standby):
        await world.account()
        async with query.read(None) as session:
            assert await is_on_replica(session)
        later = first.db.for_query()
        async with later.read(None) as session:
            assert not await is_on_replica(session)
    await until(lambda: reads_replica(first.db))
    async with later.read(None) as session:
        assert not await is_on_replica(session)


async def test_what_replay_cancels_is_read_again_from_the_primary(postgres: DatabaseUrls, first: Server) -> None:
    """The standby waits 100 ms for queries that hold what replay needs."""
    owner = await asyncpg.connect(f"{postgres.migration}&synchronous_commit=on")
    await owner.execute("create table in_the_way (number int); grant select on in_the_way to adgraph_runtime")
    query = await begun_on_replica(first.db)

    async def held_up() -> None:
        async with query.read(None) as session:
            connection = await session.connection()
            await connection.execute(text("select from in_the_way"))
            await owner.execute("drop table in_the_way")
            await connection.execute(text("select pg_sleep(20)"))

    with pytest.raises(ReplicaLost):
        await held_up()
    await owner.close()
    assert query.begin_again()
    async with query.read(None) as session:
        assert not await is_on_replica(session)
    assert not query.begin_again()


async def test_other_sessions_of_a_query_that_lost_its_replica_fail_as_well(standby: Standby, first: Server) -> None:
    query = await begun_on_replica(first.db)

    async def ended() -> None:
        async with query.read(None) as session:
            await is_on_replica(session)
            await standby.execute("select pg_terminate_backend(pid) from pg_stat_activity where usename <> 'postgres'")
            await is_on_replica(session)

    with pytest.raises(ReplicaLost):
        await ended()
    with pytest.raises(ReplicaLost):
        async with query.read(None):
            pass
    await until(lambda: reads_replica(first.db))


async def test_what_fails_a_session_of_the_first_run_later_does_not_fail_the_second(
    standby: Standby, first: Server
) -> None:
    """The answer of a run does not wait for the siblings of a field that failed."""
    query = await begun_on_replica(first.db)
    is_open, goes_on = asyncio.Event(), asyncio.Event()

    async def left_over() -> None:
        async with query.read(None) as session:
            await is_on_replica(session)
            is_open.set()
            await goes_on.wait()
            await is_on_replica(session)

    async def failed() -> None:
        async with query.read(None) as session:
            await is_on_replica(session)
            await standby.execute("select pg_terminate_backend(pid) from pg_stat_activity where usename <> 'postgres'")
            await is_on_replica(session)

    sibling = asyncio.create_task(left_over())
    await is_open.wait()
    with pytest.raises(ReplicaLost):
        await failed()
    assert query.begin_again()
    goes_on.set()
    with pytest.raises(ReplicaLost):
        await sibling
    async with query.read(None) as session:
        assert not await is_on_replica(session)
    assert not query.begin_again()
    await until(lambda: reads_replica(first.db))


async def test_an_error_of_the_query_itself_is_no_loss(first: Server) -> None:
    query = first.db.for_query()
    with pytest.raises(Exception, match="division by zero"):
        async with query.read(None) as session:
            await (await session.connection()).execute(text("select 1 / 0"))
    assert not query.begin_again()
    assert first.replicas.all[0].state is ReplicaState.USED
    await until(lambda: reads_replica(first.db))


async def test_a_session_fails_on_a_connection_that_lacks_what_the_query_must_have(
    standby: Standby, first: Server
) -> None:
    """As when several servers answer under one address: what was asked of one does not hold for the other."""
    world = await entity_world(first.db)
    query = first.db.for_query()
    async with paused(standby):
        await world.account()
        replica = first.replicas.all[0]
        replica.position += 2**40
        with pytest.raises(ReplicaLost):
            async with query.read(None) as session:
                await is_on_replica(session)
        assert replica.state is ReplicaState.USED
    assert query.begin_again()
    await first.replicas.look()
    await until(lambda: reads_replica(first.db))


async def test_a_server_that_is_no_standby_is_left_out(postgres: DatabaseUrls) -> None:
    async with server(postgres, postgres.runtime) as made:
        replica = made.replicas.all[0]
        assert replica.state is ReplicaState.PROMOTED
        assert not await reads_replica(made.db)
        await made.replicas.look()
        await made.replicas.look()
        assert replica.lag_s == 0, "its position says nothing of this primary"


async def test_a_replica_of_another_cluster_is_not_read_from_before_the_next_look(first: Server) -> None:
    """As when DATABASE_URL's address leads to a server that was set up anew, whose positions are small."""
    point = await first.replicas._primary.point()
    replica = first.replicas.all[0]
    assert replica.follows(point)
    assert not replica.follows(replace(point, cluster=point.cluster + 1))
    assert not replica.follows(replace(point, timeline=point.timeline + 1))


async def test_commits_that_do_not_wait_for_the_disk_any_more_are_not_missed(
    postgres: DatabaseUrls, first: Server
) -> None:
    """As after a reload of the settings, which changes the connections that there are."""
    await first.replicas._primary.point()
    await first.replicas._primary._probe._connection.execute("set synchronous_commit = off")
    writer = await asyncpg.connect(f"{postgres.migration}&synchronous_commit=off")
    await writer.execute("create table told_at_once (number int)")
    told = await writer.fetchval("select pg_current_wal_insert_lsn() - '0/0'::pg_lsn")
    assert (await first.replicas._primary.point()).position >= told
    await writer.execute("drop table told_at_once")
    await writer.close()


async def test_a_server_that_is_not_there_is_left_out(postgres: DatabaseUrls) -> None:
    async with server(postgres, "postgresql://adgraph_runtime@127.0.0.1:9/adgraph") as made:
        assert made.replicas.all[0].state is ReplicaState.GONE
        assert not await reads_replica(made.db)


@asynccontextmanager
async def limited_role(superuser: str) -> AsyncIterator[tuple[str, asyncpg.Connection]]:
    """A role that may do what the runtime role may, but have one connection to a server alone; and a superuser's."""
    admin, role = await asyncpg.connect(superuser), f"reads_{uuid4().hex}"
    await admin.execute(f"create role {role} login connection limit 1 in role adgraph_runtime")
    try:
        yield role, admin
    finally:
        await admin.execute(f"drop role {role}")
        await admin.close()


async def test_a_replica_without_a_connection_left_rests_for_a_while(
    postgres: DatabaseUrls, superuser: str, standby: Standby
) -> None:
    """Looks have the only connection, and go on to find it in order."""
    now = 0.0
    async with limited_role(superuser) as (role, admin), server(postgres, url_at(standby.url, user=role)) as made:
        replica = made.replicas.all[0]
        replica._rest = Rest(lambda: now)

        async def loses_a_query() -> bool:
            try:
                await reads_replica(made.db)
            except ReplicaLost:
                return True
            return False

        await until(loses_a_query)
        for _ in range(3):
            await made.replicas.look()
            assert replica.state is ReplicaState.FULL
            assert not await reads_replica(made.db), "a query loses no time on it"
        now = FIRST_S
        await until(loses_a_query)
        now += 2 * FIRST_S - 0.1
        await made.replicas.look()
        assert replica.state is ReplicaState.FULL, "it rests longer, since it was full again at once"
        await admin.execute(f"alter role {role} connection limit 20")
        now += 0.1
        await until(lambda: reads_replica(made.db))


async def test_looks_that_get_no_connection_end_none_of_a_query(
    postgres: DatabaseUrls, superuser: str, standby: Standby
) -> None:
    async with limited_role(superuser) as (role, admin):
        await admin.execute(f"alter role {role} connection limit 2")
        async with server(postgres, url_at(standby.url, user=role)) as made:
            query, replica = await begun_on_replica(made.db), made.replicas.all[0]
            async with query.read(None) as session:
                assert await is_on_replica(session)
                await admin.execute(f"alter role {role} connection limit 1")
                limit = f"select rolconnlimit = 1 from pg_roles where rolname = '{role}'"
                await until(lambda: standby.value(limit))
                async with replica._one_at_a_time:
                    replica._probe.drop()
                await until(lambda: replica.state is ReplicaState.FULL)
                assert await is_on_replica(session)


async def test_a_replica_that_is_too_far_behind_is_left_out_and_comes_back(
    postgres: DatabaseUrls, standby: Standby
) -> None:
    async with server(postgres, standby.url, max_lag_s=0.4) as made:
        await until(lambda: reads_replica(made.db))
        world, replica = await entity_world(made.db), made.replicas.all[0]
        async with paused(standby):
            await world.account()
            await until(lambda: replica.state is ReplicaState.BEHIND)
            assert replica.lag_s > 0.4
        await until(lambda: replica.state is ReplicaState.USED)
        assert replica.lag_s == 0
        await until(lambda: reads_replica(made.db))


async def test_queries_that_begin_together_ask_the_primary_once(first: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    """Looks ask as well, as often as they begin meanwhile: there are none here."""

    async def look() -> None:
        pass

    monkeypatch.setattr(first.replicas, "look", look)
    asked: list[object] = []
    await first.replicas._primary.point()
    probe = first.replicas._primary._probe
    connection = probe._connection
    connection.add_query_logger(asked.append)
    await asyncio.gather(*(reads_replica(first.db) for _ in range(8)))
    connection.remove_query_logger(asked.append)
    assert 0 < len(asked) <= 2


async def test_a_tenant_is_forgotten_with_the_session(first: Server) -> None:
    world = await entity_world(first.db)
    await world.account()
    await until(lambda: reads_replica(first.db))
    async with first.db.for_query().read(TenantScope(world.tenant_id)):
        pass
    async with first.db.for_query().read(None) as session:
        assert (await (await session.connection()).execute(text("select count(*) from ad_account"))).scalar_one() == 0

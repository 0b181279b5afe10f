"""Which standby a server reads from: one of several, one that followed a promotion, none without the primary."""

from collections.abc import Iterator
from dataclasses import replace

import asyncpg
import pytest
from sqlalchemy import text

from embedded.postgres import DatabaseUrls, EmbeddedPostgres
from migrations.run import upgrade
from models.database import Database
from models.ids import new_id
from models.replicas.replica import ReplicaState
from tests.processes import data_directory
from tests.worlds.ads import entity_world
from tests.worlds.replicas import names, reads_replica, server, until
from tests.worlds.standby import Standby, standby_of

pytestmark = [pytest.mark.drill, pytest.mark.one_node(reason="read replicas do not go with shards")]

LEFT_OUT_S = 2


@pytest.fixture
def standby(postgres: DatabaseUrls) -> Iterator[Standby]:
    with standby_of(postgres) as made:
        yield made


async def test_two_standbys_take_turns_and_one_answers_for_both(postgres: DatabaseUrls, standby: Standby) -> None:
    with standby_of(postgres) as other:
        async with server(postgres, standby.url, other.url) as made:
            await until(lambda: all(each.state is ReplicaState.USED for each in made.replicas.all))
            await until(lambda: reads_replica(made.db))
            assert await servers_of(made.db, queries=20) == {standby.name, other.name}
            await standby.pause()
            await entity_world(made.db)
            await until(lambda: reads_replica(made.db))
            assert await servers_of(made.db, queries=20) == {other.name}
            other.kill()
            assert await until(lambda: made.replicas.all[1].state is ReplicaState.GONE) < LEFT_OUT_S
            assert not await reads_replica(made.db)
            await standby.resume()
            await until(lambda: reads_replica(made.db))
            assert await servers_of(made.db, queries=20) == {standby.name}


async def servers_of(db: Database, *, queries: int) -> set[str]:
    """The names of the standbys that so many queries read from."""
    found = set()
    for _ in range(queries):
        async with db.for_query().read(None) as session:
            shown = await (await session.connection()).execute(text("show cluster_name"))
            found.add(shown.scalar_one())
    return found


async def test_after_a_promotion_a_standby_of_the_time_before_is_not_read(
    postgres: DatabaseUrls, standby: Standby
) -> None:
    """Its log goes on where the old primary's did: by its position alone it would seem to have everything."""
    with standby_of(postgres) as other:
        await standby.promote()
        promoted = replace(postgres, runtime=standby.url, system=standby.url)
        async with server(promoted, other.url) as moved, server(postgres, other.url) as stayed:
            await until(lambda: reads_replica(stayed.db))
            assert moved.replicas.all[0].state is ReplicaState.FOREIGN
            assert not await reads_replica(moved.db)


async def test_a_pooler_that_leads_to_the_new_primary_makes_no_server_read_from_the_time_before(
    postgres: DatabaseUrls, standby: Standby
) -> None:
    """The connection to a pooler lasts while the server behind it becomes another one."""
    with standby_of(postgres) as other:
        async with server(postgres, other.url) as made:
            await until(lambda: reads_replica(made.db))
            await standby.promote()
            primary = made.replicas._primary
            primary._probe.drop()
            primary._probe._connection = await asyncpg.connect(standby.url)
            assert (await primary.point()).timeline == 2
            assert not await reads_replica(made.db)


async def test_a_standby_that_follows_the_new_primary_is_read_after_its_restart_point() -> None:
    """Both have everything of the old primary, which has been shut down."""
    with data_directory() as folder:
        old = EmbeddedPostgres(folder, {"fsync": "off"})
        urls = old.start()
        upgrade(urls.migration)
        with standby_of(urls) as promoted, standby_of(urls) as other:
            old.stop()
            await promoted.promote()
            await other.follow(promoted)
            async with server(replace(urls, runtime=promoted.url, system=promoted.url), other.url) as moved:
                assert moved.replicas.all[0].state is ReplicaState.FOREIGN
                await promoted.execute("checkpoint")
                await until(lambda: has_restarted(other))
                await until(lambda: reads_replica(moved.db))
                assert await names(moved.db, new_id()) == []


async def has_restarted(standby: Standby) -> bool:
    """Whether the standby has made a restart point of what it has replayed, on the timeline of the promotion."""
    await standby.execute("checkpoint")
    return bool(await standby.value("select timeline_id > 1 from pg_control_checkpoint()"))


async def test_a_primary_that_is_away_makes_no_server_read_what_may_be_old(
    postgres: DatabaseUrls, standby: Standby
) -> None:
    """A server that cannot ask the primary does not know what others were told."""
    async with server(postgres, standby.url) as made:
        await until(lambda: reads_replica(made.db))
        made.replicas._primary._probe._url = "postgresql://adgraph_runtime@127.0.0.1:9/adgraph"
        made.replicas._primary._probe.drop()
        assert not await reads_replica(made.db)


async def test_a_replica_whose_connections_are_all_in_use_gives_its_queries_to_the_primary(
    postgres: DatabaseUrls, standby: Standby
) -> None:
    db = Database(f"{postgres.runtime}&synchronous_commit=on", system_url=postgres.system, pool_size=1)
    replicas = db.use_replicas([standby.url], max_lag_s=5)
    async with replicas.watched():
        await until(lambda: reads_replica(db))
        first, second = db.for_query(), db.for_query()
        async with first.read(None) as session:
            await (await session.connection()).execute(text("select 1"))
            with pytest.raises(Exception, match="does not answer"):
                async with second.read(None) as waiting:
                    await waiting.connection()
        assert second.begin_again()
        async with second.read(None) as session:
            assert (
                await (await session.connection()).execute(text("select pg_is_in_recovery()"))
            ).scalar_one() is False
        assert replicas.all[0].state is ReplicaState.USED
    await db.close()

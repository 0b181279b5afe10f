"""`db distribute` on a stand-in of Citus: what it calls, in which order and transaction; killed at every step."""

import re
import subprocess
import sys
from collections.abc import Sequence
from itertools import count, groupby
from typing import Any

import psycopg
import pytest
from sqlalchemy import text

from embedded.postgres import DatabaseUrls
from migrations.distribution import DistributionRefused, distribute, missing, plan
from migrations.roles import RUNTIME, SYSTEM, create_roles
from migrations.run import ONE_AT_A_TIME, downgrade, upgrade
from models.database import Database
from models.placement import DISTRIBUTED, ON_COORDINATOR
from tests.given_server import url_at
from tests.stand_ins import citus
from tests.worlds.shards import KEYS, Spread

pytestmark = pytest.mark.one_node(reason="The stand-in of Citus cannot be where Citus is.")

KEY_OF_SOMEBODY = """
    constraint fk_of_somebody foreign key (tenant_id, ad_account_id) references public.ad_account (tenant_id, id)
"""
UNFORCED = "select relname from pg_class where relrowsecurity and not relforcerowsecurity"
SPREAD = "select logicalrelid::text, partkey, colocationid from citus_stand_in.pg_dist_partition"


def run(there: Spread) -> list[str]:
    told: list[str] = []
    distribute(there.url, told.append)
    return told


def transactions(there: Spread) -> list[list[str]]:
    made = citus.calls(there.admin)
    return [[call.what for call in calls] for _, calls in groupby(made, key=lambda call: call.transaction)]


def call_of(table: str) -> str:
    near = "none" if table == DISTRIBUTED[0] else DISTRIBUTED[0]
    return f"create_distributed_table {table} tenant_id {near}"


def is_done(there: Spread, *, keys: Sequence[tuple[Any, ...]], counts: dict[str, int]) -> None:
    """All tables lie together, with their rows and keys as before, under FORCE, and without an old copy."""
    assert sorted(there.rows(SPREAD)) == sorted((table, "tenant_id", 1) for table in DISTRIBUTED)
    assert sorted(there.rows(KEYS)) == sorted(keys)
    assert there.rows(UNFORCED) == []
    assert there.counts() == counts
    assert there.rows("select from citus_stand_in.old_copy") == []
    assert plan(there.url) == []


def test_every_table_moves_in_a_transaction_of_its_own_and_the_keys_come_after(there: Spread) -> None:
    keys, counts = there.rows(KEYS), there.counts()
    assert min(counts.values()) == 2
    run(there)
    is_done(there, keys=keys, counts=counts)
    made = transactions(there)
    moves, rest = made[: len(DISTRIBUTED)], made[len(DISTRIBUTED) :]
    for table, calls in zip(DISTRIBUTED, moves, strict=True):
        force = f"alter table {table} force row level security"
        assert calls[-3:] == [force.replace("force", "no force"), call_of(table), force]
        assert all(call.startswith("alter table ") and " drop constraint fk_" in call for call in calls[:-3])
    added = [calls for calls in rest if any("ADD CONSTRAINT" in call for call in calls)]
    emptied = rest[len(added) :]
    said = [call for calls in added for call in calls if "ADD CONSTRAINT" in call]
    among = sorted(name for name, table, *_ in keys if table in DISTRIBUTED)
    assert sorted(call.split("ADD CONSTRAINT ")[1].split()[0] for call in said) == among
    assert all(["ADD CONSTRAINT" in call for call in calls].index(True) == len(calls) // 2 for calls in added)
    assert emptied == [[f"truncate_local_data_after_distributing_table {table}"] for table in DISTRIBUTED]


def test_a_second_command_has_nothing_to_do(there: Spread) -> None:
    assert len(run(there)) > 2 * len(DISTRIBUTED)
    before = citus.calls(there.admin)
    assert run(there) == []
    assert citus.calls(there.admin) == before


def test_a_plan_changes_nothing(there: Spread) -> None:
    before = there.state()
    said = [statement for step in plan(there.url) for statement in step.sql]
    assert (there.state(), citus.calls(there.admin)) == (before, [])
    run(there)
    made = [call.what for call in citus.calls(there.admin)]
    assert [each for each in said if each.startswith("alter table") and "row level" in each] == [
        each for each in made if "row level" in each
    ]


def test_it_goes_on_after_it_was_killed_while_tables_moved(there: Spread) -> None:
    keys, counts = there.rows(KEYS), there.counts()
    for calls, with_error in ((7, False), (12, True), (30, False)):
        citus.end_at(there.admin, calls, with_error=with_error)
        with pytest.raises(DistributionRefused, match="nothing of it stays"):
            run(there)
    assert 0 < there.state()[0] < len(DISTRIBUTED)
    run(there)
    is_done(there, keys=keys, counts=counts)


@pytest.mark.drill
def test_killed_at_every_call_it_goes_on(there: Spread) -> None:
    keys, counts = there.rows(KEYS), there.counts()
    call, kills = 1, 0
    for _ in count():
        before = there.state()
        citus.end_at(there.admin, call, with_error=kills % 2 == 1)
        try:
            run(there)
        except DistributionRefused:
            kills += 1
        else:
            break
        assert there.rows(UNFORCED) == []
        assert there.counts() == counts
        # A step that was taken is not taken again: the first call of the next one has just been the end.
        call = call + 1 if there.state() == before else 2
    assert kills > 150
    is_done(there, keys=keys, counts=counts)


@pytest.mark.drill
def test_a_process_that_is_killed_loses_nothing(there: Spread) -> None:
    keys, counts = there.rows(KEYS), there.counts()
    command = "import sys; from migrations.distribution import distribute; distribute(sys.argv[1], print)"
    for tables in (3, 9, 15):
        process = subprocess.Popen([sys.executable, "-c", command, there.url], stdout=subprocess.DEVNULL)
        while there.state()[0] < tables:
            assert process.poll() is None
        process.kill()
        process.wait()
        assert tables <= there.state()[0] < len(DISTRIBUTED)
    run(there)
    is_done(there, keys=keys, counts=counts)


def test_a_table_that_citus_merely_knows_is_distributed_too(there: Spread) -> None:
    there.execute("insert into citus_stand_in.pg_dist_partition values ('insight', 'n', null, 0)")
    run(there)
    assert ("insight", "tenant_id", 1) in there.rows(SPREAD)


def test_bootstrap_sets_the_roles_where_the_extension_is(there: Spread, postgres: DatabaseUrls) -> None:
    query = "select count(*) from pg_roles where 'citus.propagate_set_commands=local' = any(rolconfig)"
    there.execute(*(f"alter role {role} reset citus.propagate_set_commands" for role in (RUNTIME, SYSTEM)))
    create_roles(there.admin, runtime_url=postgres.runtime, system_url=postgres.system)
    assert there.rows(query) == [(2,)]


def test_a_table_that_would_lose_a_row_stays_as_it_is(there: Spread) -> None:
    counts = there.counts()
    there.execute("insert into citus_stand_in.loses_a_row values ('insight')")
    lost = "Of insight the number of rows was 2 and would be 1, and [0-9]+ more differ: nothing of it was done"
    with pytest.raises(DistributionRefused, match=lost):
        run(there)
    assert there.counts() == counts
    assert "insight" not in [table for table, *_ in there.rows(SPREAD)]
    assert there.rows(UNFORCED) == []


@pytest.mark.parametrize(
    ("table", "column"), [("insight", "spend"), ("insight_account_day", "impressions"), ("campaign", "daily_budget")]
)
def test_a_table_whose_sums_would_change_stays_as_it_is(there: Spread, table: str, column: str) -> None:
    there.execute(
        f"update {table} set {column} = 20.5",
        f"insert into citus_stand_in.changes_a_number values ('{table}', '{column}')",
    )
    query = f"select sum({column}) from {table}"
    [(before,)] = there.rows(query)
    differs = re.escape(
        f"Of {table} the sum of {column} was {before} and would be {before + 1}: nothing of it was done."
    )
    with pytest.raises(DistributionRefused, match=differs):
        run(there)
    assert there.rows(query) == [(before,)]
    assert table not in [name for name, *_ in there.rows(SPREAD)]
    there.execute("delete from citus_stand_in.changes_a_number")
    run(there)
    assert there.rows(query) == [(before,)]


def test_it_is_refused_while_a_server_runs(there: Spread) -> None:
    with psycopg.connect(there.runtime, application_name="adgraph"), pytest.raises(DistributionRefused) as refused:
        run(there)
    assert f"1 of {RUNTIME} (application adgraph; whence" in str(refused.value)
    assert citus.calls(there.admin) == []


def test_who_sees_all_connections_is_told_whence_they_are_and_how_many_are_idle(there: Spread) -> None:
    there.execute("grant pg_read_all_stats to adgraph_owner")
    pooled = url_at(there.runtime, application_name="pooler")
    try:
        with psycopg.connect(pooled), psycopg.connect(pooled) as busy:
            busy.execute("select 1")
            with pytest.raises(DistributionRefused) as refused:
                run(there)
    finally:
        there.execute("revoke pg_read_all_stats from adgraph_owner")
    assert f"2 of {RUNTIME} (application pooler; from the socket, 1 idle)" in str(refused.value)
    assert "PgBouncer" in str(refused.value)


def test_it_is_refused_while_a_migration_runs(there: Spread) -> None:
    with psycopg.connect(there.migrating) as connection:
        connection.execute("select pg_advisory_lock(%s)", (ONE_AT_A_TIME,))
        with pytest.raises(DistributionRefused, match="migration"):
            run(there)


@pytest.mark.parametrize(
    ("lack", "said"),
    [
        ("delete from pg_extension where extname = 'citus'", "create extension citus"),
        ("delete from pg_dist_node where groupid > 0", "citus_add_node"),
        ("update answer set said = null where nodename = 'worker-2'", "worker-2:5432 does not answer the owner"),
        ("update answer set said = '0' where nodename = 'worker-1'", "worker-1:5432 has no prepared transactions"),
        ("update answer set said = '0' where nodename = 'coordinator'", "The coordinator has no prepared transactions"),
        ("drop function run_command_on_workers(text, bool)", "cannot be asked"),
        (f"alter role {RUNTIME} reset citus.propagate_set_commands", f"run `alter role {RUNTIME} set citus.prop"),
        (f"alter table public.insight_day add {KEY_OF_SOMEBODY}", "fk_of_somebody"),
    ],
)  # fmt: skip
def test_what_is_missing_is_said(there: Spread, lack: str, said: str) -> None:
    assert missing(there.url) == []
    there.execute("set allow_system_table_mods = on; set search_path = citus_stand_in; " + lack)
    try:
        assert said in "\n".join(missing(there.url))
        with pytest.raises(DistributionRefused):
            run(there)
    finally:
        there.execute(f"alter role {RUNTIME} set citus.propagate_set_commands = 'local'")
    assert there.state()[0] == 0


def test_an_old_database_is_to_be_upgraded_first(there: Spread) -> None:
    downgrade(there.migrating, "-1")
    assert "db upgrade" in "\n".join(missing(there.url))


def test_the_owner_sets_the_roles_where_it_may(there: Spread) -> None:
    may = [
        "alter role adgraph_owner createrole",
        'grant set on parameter "citus.propagate_set_commands" to adgraph_owner',
        *(f"grant {role} to adgraph_owner with admin option, inherit false, set false" for role in (RUNTIME, SYSTEM)),
    ]
    may_not = [
        *(f"revoke {role} from adgraph_owner" for role in (RUNTIME, SYSTEM)),
        'revoke set on parameter "citus.propagate_set_commands" from adgraph_owner',
        "alter role adgraph_owner nocreaterole",
    ]
    there.execute(f"alter role {RUNTIME} reset citus.propagate_set_commands", *may)
    try:
        run(there)
        query = "select rolname from pg_roles where 'citus.propagate_set_commands=local' = any(rolconfig)"
        assert {name for (name,) in there.rows(query)} == {RUNTIME, SYSTEM}
    finally:
        there.execute(*may_not, f"alter role {RUNTIME} set citus.propagate_set_commands = 'local'")


def test_migrations_go_down_and_up_on_a_distributed_database(there: Spread) -> None:
    keys = there.rows(KEYS)
    run(there)
    # Some revisions add a column that no row may be without.
    there.execute("truncate " + ", ".join(sorted({*DISTRIBUTED, *ON_COORDINATOR} - {"alembic_version"})))
    downgrade(there.migrating, "0006")
    assert "entity_name" not in [table for table, *_ in there.rows(SPREAD)]
    upgrade(there.migrating)
    assert {table for table, *_ in there.rows(SPREAD)} == set(DISTRIBUTED)
    assert sorted(there.rows(KEYS)) == sorted(keys)
    assert there.rows(UNFORCED) == []


def test_the_coordinators_tables_stay_there(there: Spread) -> None:
    run(there)
    assert ON_COORDINATOR.isdisjoint(table for table, *_ in there.rows(SPREAD))


async def test_a_server_sees_that_its_database_is_distributed(there: Spread, postgres: DatabaseUrls) -> None:
    run(there)
    database = Database(there.runtime, system_url=postgres.system)
    async with database.read(None) as session:
        spread = text("select count(*) from pg_dist_partition where partmethod = 'h'")
        assert (await (await session.connection()).execute(spread)).scalar_one() == len(DISTRIBUTED)
    await database.close()

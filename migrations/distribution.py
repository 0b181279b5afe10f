"""Spreads the tables of tenants over the nodes of Citus (`python cli.py db distribute`), as the owner, with servers stopped.

What is left to do is read from the catalogue each time, and the foreign keys from the models: a command that was killed goes
on where it ended, and no key is lost that it had dropped. Each step is a transaction.
"""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import psycopg
from psycopg.rows import class_row
from sqlalchemy import Float, ForeignKeyConstraint, Integer, Numeric
from sqlalchemy.dialects import postgresql
from sqlalchemy.schema import AddConstraint

from migrations import run
from migrations.roles import PROPAGATED_SETTING, RUNTIME, SYSTEM
from migrations.shards import FIRST
from models.placement import DISTRIBUTED
from models.tables import metadata

_ROLES = [RUNTIME, SYSTEM]
# Of no use to plain queries of one tenant; DDL over many shards then runs on one connection to each node.
_ONE_CONNECTION_EACH = "set local citus.multi_shard_modify_mode = 'sequential'"


class DistributionRefused(ValueError):
    """The tables cannot be distributed as things are; the message says what to do."""


@dataclass(frozen=True, slots=True)
class Step:
    """One transaction: `statements`, then `move`, which leaves rows and sums of `table` as they were, then `closing`."""

    title: str
    statements: tuple[str, ...]
    table: str | None = None
    move: str | None = None
    closing: tuple[str, ...] = ()

    @property
    def sql(self) -> tuple[str, ...]:
        """All statements, in their order."""
        return (*self.statements, *((self.move,) if self.move else ()), *self.closing)


@dataclass(frozen=True, slots=True)
class _Connections:
    """Those of one role, application and client. Of other roles' the owner is shown the application alone."""

    role: str
    application: str
    count: int
    is_shown: bool
    idle: int
    client: str

    def __str__(self) -> str:
        hidden = "whence, and how many are idle, is shown to members of pg_read_all_stats"
        more = f"from {self.client}, {self.idle} idle" if self.is_shown else hidden
        return f"{self.count} of {self.role} (application {self.application or 'without a name'}; {more})"


def missing(url: str) -> list[str]:
    """What has to be there before anything is distributed and is not, each as a sentence; `url` is the owner's."""
    if run.current(url) != run.head():
        return ["The database is not at the newest revision: run `python cli.py db upgrade`."]
    with _connected(url) as connection:
        if _one(connection, "select count(*) from pg_extension where extname = 'citus'") == 0:
            return ["The extension is not there: as a superuser run `create extension citus` on every node."]
        return [*_missing_of_nodes(connection), *_missing_of_roles(connection), *_unknown_keys(connection)]


def plan(url: str) -> list[Step]:
    """The steps that are left, in their order; none when all is done."""
    with _connected(url) as connection:
        return [*_steps(connection)]


def distribute(url: str, tell: Callable[[str], object]) -> None:
    """Takes every step that is left; `tell` hears of each before it begins. `url` is the owner's.

    Raises DistributionRefused when something is missing, while servers or workers run, and when a step fails, of which
    nothing stays.
    """
    if lacks := missing(url):
        raise DistributionRefused("\n".join(lacks))
    with _connected(url) as connection:
        if not _one(connection, f"select pg_try_advisory_lock({run.ONE_AT_A_TIME})"):
            raise DistributionRefused("A migration or another `db distribute` runs: wait until it has ended.")
        for step in [*_steps(connection)]:
            _refuse_while_running(connection)
            tell(step.title)
            _take(connection, step)
        if left := [*_steps(connection)]:
            raise DistributionRefused(f"This is still to be done: {left[0].title}. Run the command again.")


@contextmanager
def _connected(url: str) -> Iterator[psycopg.Connection]:
    with psycopg.connect(url, autocommit=True) as connection:
        # A lock that is not to be had means that somebody is there. A copy takes as long as it takes.
        connection.execute("set lock_timeout = '5s'")
        connection.execute("set statement_timeout = 0")
        yield connection


def _one(connection: psycopg.Connection, query: str, *values: Any) -> Any:
    row = connection.execute(query.encode(), values).fetchone()
    return row[0] if row else None


def _missing_of_nodes(connection: psycopg.Connection) -> Iterator[str]:
    nodes = "select count(*) from pg_dist_node where isactive and shouldhaveshards and noderole = 'primary'"
    if _one(connection, nodes) == 0:
        yield "There is no active node for the rows: as a superuser run `select citus_add_node(host, port)` for each."
    if _one(connection, "select current_setting('max_prepared_transactions')") == "0":
        yield "The coordinator has no prepared transactions: set max_prepared_transactions and restart it."
    try:
        answers = connection.execute(
            "select nodename, nodeport, success, result from run_command_on_workers('show max_prepared_transactions')"
        ).fetchall()
    except psycopg.Error as error:
        yield f"The nodes cannot be asked: {_said(error)}"
        return
    for name, port, is_answered, result in answers:
        if not is_answered:
            yield (
                f"{name}:{port} does not answer the owner ({result}): it has to run, and to let the roles in through an"
                " entry in pg_dist_authinfo or by trust between the nodes (docs/security.md)."
            )
        elif result == "0":
            yield f"{name}:{port} has no prepared transactions: set max_prepared_transactions and restart it."


def _missing_of_roles(connection: psycopg.Connection) -> Iterator[str]:
    """A role without the setting, where the owner may not give it one."""
    may_set = """
        select rolsuper or rolcreaterole and (current_setting('server_version_num')::int < 160000
          or pg_has_role(current_user, %s::name, 'MEMBER WITH ADMIN OPTION'))
        from pg_roles where rolname = current_user
    """
    for role in _unset_roles(connection):
        if not _one(connection, may_set, role):
            yield f"The owner may not change {role}: as a superuser run `{_role_setting(role)}`."


def _unset_roles(connection: psycopg.Connection) -> list[str]:
    query = "select rolname from pg_roles where rolname = any(%s) and not coalesce(rolconfig, '{}') @> array[%s]"
    setting = "=".join(PROPAGATED_SETTING)
    return sorted(name for (name,) in connection.execute(query, (_ROLES, setting)))


def _role_setting(role: str) -> str:
    name, value = PROPAGATED_SETTING
    return f"alter role {role} set {name} = '{value}'"


def _unknown_keys(connection: psycopg.Connection) -> Iterator[str]:
    """A foreign key that the models do not have would be dropped and never come back."""
    known = {key.name for key in _keys()}
    for name, table, target in _stored_keys(connection):
        if name not in known and not {table, target}.isdisjoint(DISTRIBUTED):
            yield f"The foreign key {name} of {table} is none of this release: drop it first."


def _keys() -> list[ForeignKeyConstraint]:
    """The models' foreign keys among distributed tables, in the order of the tables and by name."""
    return [
        key
        for table in DISTRIBUTED
        for key in sorted(metadata.tables[table].foreign_key_constraints, key=lambda each: str(each.name))
    ]


def _stored_keys(connection: psycopg.Connection) -> list[tuple[str, str, str]]:
    """Name, table and referred table of every foreign key of our tables."""
    query = """
        select conname, conrelid::regclass::text, confrelid::regclass::text from pg_constraint
        where contype = 'f' and connamespace = 'public'::regnamespace order by conname
    """
    return connection.execute(query.encode()).fetchall()


def _steps(connection: psycopg.Connection) -> Iterator[Step]:
    # Citus lists tables there that it merely knows of, with another method.
    spread = "select logicalrelid::regclass::text from pg_dist_partition where partmethod = 'h'"
    done = {name for (name,) in connection.execute(spread.encode())}
    keys, waiting = _stored_keys(connection), [table for table in DISTRIBUTED if table not in done]
    for role in _unset_roles(connection):
        yield Step(f"{role} passes its settings on to the nodes", (_role_setting(role),))
    dropped: set[str] = set()
    for table in waiting:
        touching = [(name, of) for name, of, target in keys if table in (of, target) and name not in dropped]
        dropped |= {name for name, _ in touching}
        yield _distribution(table, touching)
    there = {name for name, _, _ in keys} - dropped
    yield from (_addition(key) for key in _keys() if key.name not in there)
    yield from (_emptying(table) for table in DISTRIBUTED if table in waiting or _has_old_copy(connection, table))


def _distribution(table: str, touching: Iterable[tuple[str, str]]) -> Step:
    """A table that has foreign keys to others, or is referred to, is not taken; under FORCE its rows are not copied."""
    near = "none" if table == FIRST else FIRST
    return Step(
        f"{table} is distributed",
        (
            *(f"alter table {of} drop constraint {name}" for name, of in touching),
            f"alter table {table} no force row level security",
        ),
        table=table,
        move=f"select create_distributed_table('{table}', 'tenant_id', colocate_with => '{near}')",
        closing=(f"alter table {table} force row level security",),
    )


def _addition(key: ForeignKeyConstraint) -> Step:
    """Under FORCE the owner sees no row, so that the key would be checked against none."""
    tables = sorted({str(key.table.name), str(key.referred_table.name)})
    added = str(AddConstraint(key, isolate_from_table=False).compile(dialect=postgresql.dialect()))  # type: ignore[no-untyped-call]  # SQLAlchemy's
    return Step(
        f"{key.name} is added",
        (
            _ONE_CONNECTION_EACH,
            *(f"alter table {table} no force row level security" for table in tables),
            added,
            *(f"alter table {table} force row level security" for table in tables),
        ),
    )


def _emptying(table: str) -> Step:
    statement = f"select truncate_local_data_after_distributing_table('{table}')"
    return Step(f"the old copy of {table} on the coordinator is emptied", (statement,))


def _has_old_copy(connection: psycopg.Connection, table: str) -> bool:
    """The rows from before stay in the coordinator's own file, which no query reads any more."""
    return bool(_one(connection, "select pg_relation_size(%s::regclass)", table))


def _refuse_while_running(connection: psycopg.Connection) -> None:
    query = """
        select usename as role, application_name as application, count(*), count(state) > 0 as is_shown,
            count(*) filter (where state = 'idle') as idle, coalesce(host(client_addr), 'the socket') as client
        from pg_stat_activity where datname = current_database() and usename = any(%s)
        group by usename, application_name, client_addr order by usename, application_name, client_addr
    """
    with connection.cursor(row_factory=class_row(_Connections)) as cursor:
        found = cursor.execute(query, (_ROLES,)).fetchall()
    if found:
        raise DistributionRefused(
            f"The roles of servers and workers have connections: {'; '.join(map(str, found))}. Stop servers and workers"
            " first. A pooler keeps idle connections when they have stopped: let it close them too (PgBouncer: PAUSE)."
        )


def _take(connection: psycopg.Connection, step: Step) -> None:
    try:
        with connection.transaction():
            for statement in step.statements:
                connection.execute(statement.encode())
            if step.table and step.move:
                _move(connection, step.table, step.move)
            for statement in step.closing:
                connection.execute(statement.encode())
    except psycopg.Error as error:
        raise DistributionRefused(
            f"A step failed, and nothing of it stays ({step.title}): {_said(error)} Run the command again."
        ) from error


def _move(connection: psycopg.Connection, table: str, move: str) -> None:
    before = _measures(connection, table)
    connection.execute(move.encode())
    after = _measures(connection, table)
    different = [
        f"{name} was {before[name]} and would be {after[name]}" for name in before if before[name] != after[name]
    ]
    if different:
        more = f", and {len(different) - 1} more differ" if len(different) > 1 else ""
        raise DistributionRefused(f"Of {table} {different[0]}{more}: nothing of it was done.")


def _measures(connection: psycopg.Connection, table: str) -> dict[str, Any]:
    """How many rows a table has, and the sum of each column of exact numbers, by what they are in words.

    Inexact ones are left out: their sum depends on the order of the rows.
    """
    numbers = [
        column.name
        for column in metadata.tables[table].columns
        if isinstance(column.type, Integer | Numeric) and not isinstance(column.type, Float)
    ]
    sums = "".join(f', sum("{name}")' for name in numbers)
    query = f"select count(*){sums} from {table}"  # noqa: S608 - names of the models
    names = ["the number of rows", *(f"the sum of {name}" for name in numbers)]
    return dict(zip(names, connection.execute(query.encode()).fetchone() or (), strict=True))


def _said(error: psycopg.Error) -> str:
    return (error.diag.message_primary or str(error)).strip().rstrip(".") + "."

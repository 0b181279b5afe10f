"""Plans recorded statements on a migrated Postgres as a role that no policy binds, and tells which break a rule."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from textwrap import shorten

import psycopg
from psycopg import sql
from psycopg.rows import tuple_row

from tests.statements.plan import Plan
from tests.statements.recorder import Statement
from tests.statements.rules import Functions, Rule, broken, broken_by_copy

# A backend whose client has gone holds its locks until its statement ends.
_LOCK_TIMEOUT = "60s"
_SHOWN = 1_000


@dataclass(frozen=True, slots=True)
class Offence:
    """A rule that a statement breaks, and where the statement comes from."""

    rule: Rule
    role: str
    place: str
    text: str

    def __str__(self) -> str:
        return f"{self.place} [{self.role}] {self.rule}:\n    {shorten(self.text, _SHOWN)}"


class Reader:
    """`connection` is the owner's, inside a transaction that `unbound` has begun."""

    def __init__(self, connection: psycopg.Connection) -> None:
        self.connection = connection
        self._functions = Functions(
            stable=_functions(connection, "bool_and"), doubtful=_functions(connection, "bool_or")
        )

    def rules_broken(self, text: str) -> set[Rule]:
        if text.startswith("copy "):
            return broken_by_copy(text)
        explain = f"explain (generic_plan, verbose, format json) {text}".encode()
        try:
            with self.connection.transaction():
                row = self.connection.execute(explain).fetchone()
        except psycopg.Error:
            return {Rule.NOT_PLANNED}
        assert row is not None
        return broken(text, Plan(row[0][0]["Plan"]), self._functions)


def offences(url: str, statements: Mapping[Statement, set[str]]) -> list[Offence]:
    """Every rule that a statement breaks, at each of its places. `url` is the owner's."""
    found = []
    with unbound(url) as connection:
        reader = Reader(connection)
        for text in {statement.text for statement in statements}:
            rules = reader.rules_broken(text)
            found += [
                Offence(rule, statement.role, place, text)
                for statement in statements
                if rules and statement.text == text
                for rule in rules
                for place in statements[statement]
            ]
    return sorted(found, key=lambda each: (each.place, each.rule, each.text))


@contextmanager
def unbound(url: str) -> Iterator[psycopg.Connection]:
    """The owner, whom no policy binds until the transaction is undone; with the tables that rows are staged in."""
    with psycopg.connect(url, row_factory=tuple_row) as connection, connection.transaction(force_rollback=True):
        connection.execute(sql.SQL("set local lock_timeout = {}").format(sql.Literal(_LOCK_TIMEOUT)))
        for (table,) in connection.execute("select relname from pg_class where relforcerowsecurity").fetchall():
            connection.execute(sql.SQL("alter table {} no force row level security").format(sql.Identifier(table)))
        stages = "select proname from pg_proc where pronamespace = 'public'::regnamespace and proname like 'stage\\_%'"
        for (function,) in connection.execute(stages).fetchall():
            connection.execute(sql.SQL("select {}()").format(sql.Identifier(function)))
        yield connection


def _functions(connection: psycopg.Connection, of_all: str) -> frozenset[str]:
    """Names of functions of which all (`bool_and`) or some (`bool_or`) are not immutable."""
    query = f"select proname from pg_proc group by proname having {of_all}(provolatile <> 'i')"
    return frozenset(name for (name,) in connection.execute(query.encode()).fetchall())

"""Statements that are compiled once, and how they are run.

Compiling a select, or even looking up one that SQLAlchemy has compiled, costs more than all else between a question and
its statement (docs/benchmarks.md). So a statement is kept as text with the names of its values, by whoever knows a
cheaper key for it; `kept` keeps those for which there is none but SQLAlchemy's.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import CompoundSelect, Select, Uuid, bindparam
from sqlalchemy.dialects.postgresql.asyncpg import dialect
from sqlalchemy.util import LRUCache

from models.database import ReadSession, WriteSession

DIALECT: Any = dialect()  # type: ignore[no-untyped-call]  # SQLAlchemy types no dialect
# As many shapes of lists as a busy server has.
_KEPT: LRUCache[Any, tuple["Compiled", Any]] = LRUCache(512)
NOTHING: Mapping[str, Any] = {}

# The tenant of the session that runs the statement. As a parameter, it is in statements that are made once for all
# tenants.
TENANT = bindparam("tenant_id", type_=Uuid())


@dataclass(frozen=True, slots=True)
class Compiled:
    """A statement: its text, the names of its values in order, and the values that it has itself.

    `written` are what turns values that came with a select into what asyncpg takes, by name, for the few types that
    need it.
    """

    text: str
    names: tuple[str, ...]
    constants: Mapping[str, Any]
    written: Mapping[str, Callable[[Any], Any]]

    def values(self, given: Mapping[str, Any]) -> list[Any]:
        if not self.written:
            return [given[name] for name in self.names]
        return [self.written[name](given[name]) if name in self.written else given[name] for name in self.names]


def compiled(query: Select[Any] | CompoundSelect[Any]) -> Compiled:
    """The statement of a query whose values are parameters, which are given as asyncpg takes them."""
    found: Any = query.compile(dialect=DIALECT, compile_kwargs={"render_postcompile": True})
    constants = {name: value for name, value in found.params.items() if not found.binds[name].required}
    return Compiled(str(found), tuple(found.positiontup or ()), constants, NOTHING)


async def fetched(
    session: ReadSession | WriteSession, query: Compiled | Select[*tuple[Any, ...]], values: Mapping[str, Any] = NOTHING
) -> Sequence[Any]:
    """The rows for the session's tenant; a select may have values of its own besides the given ones.

    ValueError for a statement that needs a tenant in a session without one.
    """
    statement, constants = (query, query.constants) if isinstance(query, Compiled) else _kept(query)
    given = {**constants, **values}
    if TENANT.key in statement.names:
        given[TENANT.key] = session.tenant_id
    return await session.fetch(statement.text, statement.values(given))


def _kept(query: Select[*tuple[Any, ...]]) -> tuple[Compiled, Mapping[str, Any]]:
    """The statement of a select, compiled when the first one of its shape came, and the values of this one."""
    key: Any = query._generate_cache_key()  # noqa: SLF001 - SQLAlchemy has no other name for it
    found = _KEPT.get(key.key)
    if found is None:
        sql: Any = query.compile(dialect=DIALECT, cache_key=key)
        if sql.post_compile_params:
            raise ValueError("in_() is another statement for each number of values: compare with an array instead.")
        found = _KEPT[key.key] = (Compiled(str(sql), tuple(sql.positiontup or ()), NOTHING, _written(sql)), sql)
    statement, sql = found
    return statement, sql.construct_params(extracted_parameters=key.bindparams, _check=False)


def _written(sql: Any) -> dict[str, Callable[[Any], Any]]:
    writers = {name: bind.type.dialect_impl(DIALECT).bind_processor(DIALECT) for name, bind in sql.binds.items()}
    return {name: writer for name, writer in writers.items() if writer is not None and name in (sql.positiontup or ())}

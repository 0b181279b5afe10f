"""Statements that are compiled once, and how they are run.

Compiling a select, or even looking up one that SQLAlchemy has compiled, costs more than all else between a question and
its statement (docs/benchmarks.md). So a statement is kept as text with the names of its values.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select
from sqlalchemy.dialects.postgresql.asyncpg import dialect

from models.database import ReadSession

_DIALECT: Any = dialect()  # type: ignore[no-untyped-call]  # SQLAlchemy types no dialect


@dataclass(frozen=True, slots=True)
class Compiled:
    """A statement: its text, the names of its values in order, and the values that it has itself."""

    text: str
    names: tuple[str, ...]
    constants: Mapping[str, Any]


def compiled(query: Select[Any]) -> Compiled:
    """The statement of a select whose values are parameters."""
    found = query.compile(dialect=_DIALECT, compile_kwargs={"render_postcompile": True})
    names = tuple(found.positiontup or ())
    constants = {name: value for name, value in found.params.items() if value is not None}
    return Compiled(str(found), names, constants)


async def fetched(session: ReadSession, statement: Compiled, values: Mapping[str, Any]) -> Sequence[Any]:
    """The rows of the statement for the session's tenant; ValueError for a session without one."""
    given = {**statement.constants, **values, "tenant_id": session.tenant_id}
    connection = await session.connection()
    found = await connection.exec_driver_sql(statement.text, tuple(given[name] for name in statement.names))
    return found.all()

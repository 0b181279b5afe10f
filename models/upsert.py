"""One statement that inserts a row unless its unique key exists; of two callers at once only one inserts."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import TextClause
from sqlalchemy.dialects.postgresql import insert

from models.columns import Row
from models.database import WriteSession


async def insert_unless_there(
    session: WriteSession,
    row: Row,
    *,
    on: Sequence[str] | None,
    where: TextClause | None = None,
    values: Mapping[str, Any] | None = None,
) -> bool:
    """False, and nothing is stored, when another row has the same values in the columns `on`.

    `on` are the columns of one unique index, and `where` is that index' condition; `on=None` stands for every unique
    index of the table. `values` are inserted instead of the row's own. Computed columns are left to Postgres.
    """
    table = type(row).metadata.tables[type(row).__tablename__]
    computed = {column.name for column in table.columns if column.computed is not None}
    statement = (
        insert(table)
        .values(**(row.model_dump(exclude=computed) if values is None else values))
        .on_conflict_do_nothing(index_elements=on, index_where=where)
        .returning(*table.primary_key)
    )
    return (await (await session.connection()).execute(statement)).first() is not None

"""COPY of rows that a benchmark has stored, into tables with the same columns and indexes."""

from collections.abc import Sequence
from typing import Any

import asyncpg

from benchmarks.costs import Costs

_AT_ONCE = 2_500


async def copy_again(dsn: str, tenant_id: str, tables: Sequence[str], costs: Costs, name: str) -> int:
    """Copies what the tenant has in these tables, some thousand rows at a time; what that cost is noted by the name.

    The tables have neither policies nor foreign keys. Answers how many rows there are.
    """
    db = await asyncpg.connect(dsn)
    try:
        await db.execute("select set_config('app.tenant_id', $1, false)", tenant_id)
        rows = {table: await db.fetch(f'select * from "{table}"') for table in tables}
        for table in tables:
            await db.execute(f"create table floor_{table} (like {table} including all)")
        records = {table: [tuple(row) for row in found] for table, found in rows.items()}
        columns = {table: [*found[0].keys()] if found else [] for table, found in rows.items()}
        await costs.of(name, _copy(db, records, columns))
    finally:
        await db.close()
    return sum(map(len, rows.values()))


async def _copy(db: asyncpg.Connection, records: dict[str, list[Any]], columns: dict[str, list[str]]) -> None:
    for table, found in records.items():
        for start in range(0, len(found), _AT_ONCE):
            some = found[start : start + _AT_ONCE]
            await db.copy_records_to_table(f"floor_{table}", records=some, columns=columns[table])

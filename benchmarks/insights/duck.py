"""DuckDB with the rows of the warehouse: the columns that the questions need, in the order of our key."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import asyncpg
import duckdb

from auth.viewer import Viewer
from benchmarks.insights.questions import FACTS
from benchmarks.insights.warehouse import CONVERTED_TO

_KINDS = {"impressions": "bigint", "clicks_all": "bigint"}
_FACTS = ", ".join(f"{name} {_KINDS.get(name, 'decimal(18,6)')}" for name in FACTS)
# Of each of our tables: how DuckDB's is declared, and in which order its rows are.
_TABLES = {
    "insight": (
        f"tenant_id uuid, ad_account_id uuid, day date, ad_id uuid, campaign_id uuid, currency text, {_FACTS}",
        4,
    ),
    "insight_breakdown": (
        f"tenant_id uuid, ad_account_id uuid, day date, ad_id uuid, first_value text, currency text, {_FACTS}",
        5,
    ),
    "entity_tag": ("tenant_id uuid, entity_id uuid, field text, value text", 3),
}


class Duck:
    """A database of its own in a file."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._connection = duckdb.connect(str(folder / "rows.duckdb"))
        for table, (columns, _) in _TABLES.items():
            self._connection.execute(f"create table {table} ({columns})")
        self._connection.execute("create table rate (day date, per_eur double)")

    async def load_rates(self, runtime: asyncpg.Connection) -> None:
        rates = await runtime.fetch("select day, per_eur::float8 from fx_rate where currency = $1", CONVERTED_TO)
        self._connection.executemany("insert into rate values (?, ?)", [tuple(rate) for rate in rates])

    async def load(self, runtime: asyncpg.Connection, viewer: Viewer) -> None:
        """Adds the rows of a tenant; tenants are loaded in the order of their ids."""
        rows = self._folder / "rows.csv"
        async with runtime.transaction():
            await runtime.execute(f"set local app.tenant_id = '{viewer.tenant_id}'")
            for table, (columns, ordered) in _TABLES.items():
                names = [column.split()[0] for column in columns.split(", ")]
                query = f"select {', '.join(names)} from {table} order by {', '.join(names[:ordered])}"
                await runtime.copy_from_query(query, output=rows, format="csv")
                self._connection.execute(f"insert into {table} select * from read_csv('{rows}', header = false)")
        rows.unlink()

    def rows(self, query: str, parameters: Sequence[Any]) -> list[tuple[Any, ...]]:
        return self._connection.execute(query, parameters).fetchall()

    def close(self) -> None:
        self._connection.close()

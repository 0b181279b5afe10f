"""products: the order of attributes by label, and the values that every installation begins with

Revision: 0055, after 0054. Both tables are empty until now. The values come from a file beside the revisions; they are
stored here and never again, so that what staff have changed or deleted since stays so.
"""

import csv
from pathlib import Path
from uuid import NAMESPACE_URL, UUID, uuid5

import sqlalchemy as sa
from alembic import op

from migrations.policies import grant

revision = "0055"
down_revision = "0054"
branch_labels = None
depends_on = None

_VALUES = Path(__file__).parent.parent / "starter_vocabulary.csv"
_TABLES = {"shared_attribute": ("kind",), "own_attribute": ("tenant_id", "kind")}


def upgrade() -> None:
    for table, columns in _TABLES.items():
        key = sa.Computed("name_key(label)", persisted=True)
        op.add_column(table, sa.Column("label_key", sa.String(collation="C"), key, nullable=False))
        op.create_index(_index(table), table, [*columns, "label_key", "id"])
    # Before a shared value is deleted, the system role looks whether some tenant's own value is below it.
    grant("own_attribute", runtime=None, system="select")
    _store_values()


def downgrade() -> None:
    op.execute("delete from shared_attribute")
    op.execute("revoke select on own_attribute from adgraph_system")
    for table in _TABLES:
        op.drop_index(_index(table), table)
        op.drop_column(table, "label_key")


def _index(table: str) -> str:
    return op.f(f"ix_{table}_{'_'.join(_TABLES[table])}_label_key_id")


def _store_values() -> None:
    table = sa.table(
        "shared_attribute",
        sa.column("id", sa.Uuid()),
        *(sa.column(name) for name in ("kind", "key", "label")),
        sa.column("parent_id", sa.Uuid()),
        sa.column("is_active"),
        sa.column("mappings", sa.JSON()),
        sa.column("created_at"),
        sa.column("updated_at"),
    )
    with _VALUES.open(encoding="utf-8", newline="") as file:
        rows = [*csv.DictReader(file)]
    op.bulk_insert(
        table,
        [
            {
                "id": _id(row["kind"], row["key"]),
                "kind": row["kind"],
                "key": row["key"],
                "label": row["label"],
                "parent_id": _id(row["kind"], row["parent"]) if row["parent"] else None,
                "is_active": True,
                "mappings": [],
                "created_at": sa.func.now(),
                "updated_at": sa.func.now(),
            }
            for row in rows
        ],
        multiinsert=False,
    )


def _id(kind: str, key: str) -> UUID:
    """The same in every installation."""
    return uuid5(NAMESPACE_URL, f"adgraph:attribute:{kind}:{key}")

"""What a revision asks and says where Citus spreads tenants over several nodes; on plain Postgres it does nothing.

A revision stays on both sides of these rules: a table is distributed before it has foreign keys, and only tables that are
distributed refer to one another.
"""

from alembic import op
from sqlalchemy import text

# All tables of tenants' rows lie like the first one, so that the rows of one tenant are on one node.
FIRST = "access_grant"


def is_distributed(table: str) -> bool:
    """Whether the rows of `table` lie on the nodes of Citus."""
    connection = op.get_bind()
    if connection.execute(text("select to_regclass('pg_dist_partition')")).scalar_one() is None:
        return False
    query = text("""
        select exists (select from pg_dist_partition where logicalrelid = to_regclass(:table) and partmethod = 'h')
    """)
    return bool(connection.execute(query, {"table": table}).scalar_one())


def distribute(table: str) -> None:
    """Distributes a new, empty table by its tenant in a database that is distributed; does nothing in any other."""
    if is_distributed(FIRST) and not is_distributed(table):
        op.execute(f"select create_distributed_table('{table}', 'tenant_id', colocate_with => '{FIRST}')")

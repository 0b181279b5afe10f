"""What is known of Citus: whether there are shards, which nodes are away, and what its errors say of both.

The texts of errors are those of Citus 10 to 14. On plain Postgres no text fits, and there are no shards.
"""

import re
from collections.abc import Sequence

from sqlalchemy import text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

# Citus' catalogue of tables. Its partmethod is 'h' for one that is spread by the hash of a column.
_HAS_CATALOGUE = text("select to_regclass('pg_dist_partition') is not null")
_HAS_SPREAD_TABLES = text("select exists (select from pg_dist_partition where partmethod = 'h')")

# Looks from here at each node that holds shards; one that does not answer costs as long as the setting says.
_PATIENCE = text("select set_config('citus.node_connection_timeout', '1000', true)")
_NODES = text("""
    select nodename || ':' || nodeport, citus_check_connection_to_node(nodename, nodeport)
    from pg_dist_node where isactive and shouldhaveshards and noderole = 'primary' order by nodename, nodeport
""")

# What the coordinator says when a node does not answer. Citus has no code of its own for most of it: an error in the
# middle of a transaction has XX000, like a fault of Postgres itself, so the text decides.
_LOST_NODE = re.compile(
    "failure on connection marked as essential"
    "|connection to the remote node"
    "|could not establish any connections? to the node"
    "|connection error: "
    "|connection not open"
    "|server closed the connection unexpectedly"
    "|failed to COPY to shard"
    r"|node group \d+ does not have a primary node"
)
_CODES_OF_LOST_NODES = ("XX000", "08", "58030")
_CONSTRAINT = re.compile(r'constraint "([^"]+)"')


def is_about_lost_node(sqlstate: str, message: str) -> bool:
    """Whether an error says that the coordinator does not reach a node."""
    return sqlstate.startswith(_CODES_OF_LOST_NODES) and _LOST_NODE.search(message) is not None


def violates(error: IntegrityError, constraint: str) -> bool:
    """Whether the error is about this constraint or unique index.

    A shard's own has the number of the shard behind its name (`uq_refresh_job_active_102008`), and an error that comes
    from a node has the name in its text alone.
    """
    named = _CONSTRAINT.search(str(error.orig))
    return named is not None and re.fullmatch(rf"{re.escape(constraint)}(_\d+)?", named[1]) is not None


async def lost_nodes(connection: AsyncConnection) -> Sequence[str]:
    """The nodes with shards that do not answer, as `host:port`; takes up to a second for each of them."""
    await connection.execute(_PATIENCE)
    return [node for node, answers in await connection.execute(_NODES) if not answers]


async def has_shards(connection: AsyncConnection) -> bool:
    """Whether this database has tables that are spread over nodes: the extension alone spreads none."""
    if not (await connection.execute(_HAS_CATALOGUE)).scalar_one():
        return False
    return bool((await connection.execute(_HAS_SPREAD_TABLES)).scalar_one())

"""What the statements of this folder need where tables are on shards: the tenant by name, and answers of inserts.

Every table in a statement names the tenant of the session, beside the policies. So a question goes to the one node that
has the tenant's rows.
"""

from typing import Any

from sqlalchemy import CursorResult, Select, Uuid, bindparam

from models.database import ReadSession, WriteSession

# The tenant of the session that runs the statement. As a parameter, it is in statements that are made once for all
# tenants.
TENANT = bindparam("tenant_id", type_=Uuid())


async def answer(
    session: ReadSession | WriteSession, query: Select[Any], **values: Any
) -> CursorResult[*tuple[Any, ...]]:
    """The rows of `query`, with TENANT and the other parameters bound; ValueError for a session without a tenant."""
    connection = await session.connection()
    return await connection.execute(query, {"tenant_id": session.tenant_id, **values})


def storing(session: WriteSession, insert: str) -> str:
    """The form of `insert` for this database; its rows are selected from a temporary table or from parameters.

    Citus stores such rows by COPY, which row-level security refuses, unless the statement answers something. On plain
    Postgres the answer would cost a tenth to a third of the storing.
    """
    return f"{insert} returning 1" if session.sharded else insert

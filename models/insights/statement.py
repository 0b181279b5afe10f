"""What the statements of this folder need where tables are on shards: answers of inserts."""

from models.database import WriteSession


def storing(session: WriteSession, insert: str) -> str:
    """The form of `insert` for this database; its rows are selected from a temporary table or from parameters.

    Citus stores such rows by COPY, which row-level security refuses, unless the statement answers something. On plain
    Postgres the answer would cost a tenth to a third of the storing.
    """
    return f"{insert} returning 1" if session.sharded else insert

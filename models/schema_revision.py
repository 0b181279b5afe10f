"""Reads which revision of the schema the database has. Which revision is the newest, only migrations/ knows."""

from sqlalchemy import text

from models.database import ReadSession


async def schema_revision(session: ReadSession) -> str | None:
    """The revision's id; None on a database that was never migrated."""
    connection = await session.connection()
    if (await connection.execute(text("select to_regclass('alembic_version')"))).scalar_one() is None:
        return None
    revision: str | None = (await connection.execute(text("select version_num from alembic_version"))).scalar()
    return revision

"""Named queries of how far an account's entities have been read."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import delete
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col, select

from models.database import ReadSession, WriteSession
from models.entity_reading import EntityReading


async def entity_readings(session: ReadSession, ad_account_id: UUID) -> Sequence[EntityReading]:
    return (await session.exec(select(EntityReading).where(EntityReading.ad_account_id == ad_account_id))).all()


async def keep_readings(session: WriteSession, readings: Sequence[EntityReading]) -> None:
    new = insert(EntityReading).values([reading.model_dump() for reading in readings])
    statement = new.on_conflict_do_update(
        index_elements=[col(EntityReading.tenant_id), col(EntityReading.ad_account_id), col(EntityReading.level)],
        set_={"read_through": new.excluded.read_through, "listed_at": new.excluded.listed_at},
    )
    await (await session.connection()).execute(statement)


async def forget_readings(session: WriteSession, ad_account_id: UUID) -> None:
    """The next reading lists everything."""
    statement = delete(EntityReading).where(col(EntityReading.ad_account_id) == ad_account_id)
    await (await session.connection()).execute(statement)

"""How far the campaigns, ad sets and ads of an account have been read, which is where the next reading begins."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import delete
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import Field, col, select

from analytics.enums import EntityLevel
from models.columns import Row, TextEnum, one_of, tenant_key
from models.database import ReadSession, WriteSession


class EntityReading(Row, table=True):
    """`read_through` is the platform's instant up to which all changes are stored; None while nothing was listed.

    `listed_at` is when all entities of the level were last listed: only a full list shows that some were deleted.
    """

    __tablename__ = "entity_reading"
    __table_args__ = (one_of("level", EntityLevel), tenant_key("ad_account_id", "ad_account"))

    tenant_id: UUID = Field(primary_key=True)
    ad_account_id: UUID = Field(primary_key=True)
    level: EntityLevel = Field(primary_key=True, sa_type=TextEnum(EntityLevel))
    read_through: datetime | None = None
    listed_at: datetime


async def entity_readings(session: ReadSession, ad_account_id: UUID) -> Sequence[EntityReading]:
    of_account = (EntityReading.tenant_id == session.tenant_id, EntityReading.ad_account_id == ad_account_id)
    return (await session.exec(select(EntityReading).where(*of_account))).all()


async def keep_readings(session: WriteSession, readings: Sequence[EntityReading]) -> None:
    new = insert(EntityReading).values([reading.model_dump() for reading in readings])
    statement = new.on_conflict_do_update(
        index_elements=[col(EntityReading.tenant_id), col(EntityReading.ad_account_id), col(EntityReading.level)],
        set_={"read_through": new.excluded.read_through, "listed_at": new.excluded.listed_at},
    )
    await (await session.connection()).execute(statement)


async def forget_readings(session: WriteSession, ad_account_id: UUID) -> None:
    """Deletes what is known of the account, so that the next reading lists everything."""
    of_account = (col(EntityReading.tenant_id) == session.tenant_id, col(EntityReading.ad_account_id) == ad_account_id)
    statement = delete(EntityReading).where(*of_account)
    await (await session.connection()).execute(statement)

"""How far the campaigns, ad sets and ads of an account have been read: where the next reading of changes begins."""

from datetime import datetime
from uuid import UUID

from sqlmodel import Field

from analytics.enums import EntityLevel
from models.columns import Row, TextEnum, one_of, tenant_key


class EntityReading(Row, table=True):
    """`read_through` is the platform's instant up to which every change is stored; None when it showed nothing yet.

    `listed_at` is when all of the level were last listed, which is what shows that some have vanished.
    """

    __tablename__ = "entity_reading"
    __table_args__ = (one_of("level", EntityLevel), tenant_key("ad_account_id", "ad_account"))

    tenant_id: UUID = Field(primary_key=True)
    ad_account_id: UUID = Field(primary_key=True)
    level: EntityLevel = Field(primary_key=True, sa_type=TextEnum(EntityLevel))
    read_through: datetime | None = None
    listed_at: datetime

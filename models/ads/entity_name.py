"""What campaigns, ad sets and ads were called, and since when; only of those that were called otherwise before."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import Index
from sqlmodel import Field

from analytics.enums import EntityLevel
from models.columns import Row, TextEnum, one_of, tenant_key


class EntityName(Row, table=True):
    """A name holds until the next one's `valid_from`; the last one is the entity's own name.

    `valid_from` is when the entity came into being, then the platform's instant of the change that brought the name. No
    foreign key to the entity, which is in one of three tables: names go with their ad account.
    """

    __tablename__ = "entity_name"
    __table_args__ = (
        one_of("level", EntityLevel),
        tenant_key("ad_account_id", "ad_account"),
        Index(None, "tenant_id", "ad_account_id"),
    )

    tenant_id: UUID = Field(primary_key=True)
    entity_id: UUID = Field(primary_key=True)
    valid_from: datetime = Field(primary_key=True)
    level: EntityLevel = Field(sa_type=TextEnum(EntityLevel))
    ad_account_id: UUID
    name: str

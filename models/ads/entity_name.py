"""The table of former and current names of campaigns, ad sets and ads that have been renamed."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import Index
from sqlmodel import Field

from analytics.enums import EntityLevel
from models.columns import Row, TextEnum, one_of, tenant_key


class EntityName(Row, table=True):
    """A name is valid until the next one's `valid_from`; the last one is the entity's current name.

    `valid_from` of the first name is when the entity was created, that of a later one the platform's instant of the
    change. There is no foreign key to the entity, which is in one of three tables; names are deleted with the account.
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

"""The table of former and current names of campaigns, ad sets and ads that have been renamed."""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Index, text
from sqlmodel import Field

from analytics.enums import EntityLevel
from models.ads.ad_account import raise_data_version
from models.columns import Row, TextEnum, one_of, tenant_key
from models.database import WriteSession


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


@dataclass(frozen=True, slots=True)
class DatedName:
    """A name that an entity of an account has from an instant on."""

    entity_id: UUID
    ad_account_id: UUID
    valid_from: datetime
    name: str


_KEEP = text("""
    insert into entity_name (tenant_id, level, entity_id, ad_account_id, valid_from, name)
    select :tenant_id, :level, given.* from unnest(
        cast(:entity_id as uuid[]), cast(:ad_account_id as uuid[]), cast(:valid_from as timestamptz[]),
        cast(:name as varchar[])
    ) as given
    on conflict (tenant_id, entity_id, valid_from) do update set name = excluded.name
""")


async def keep_names(session: WriteSession, level: EntityLevel, names: Sequence[DatedName]) -> None:
    """Stores names of entities of this level; a name takes the place of one that is stored for the same instant.

    Answers that show or sort by names are others from now on, so the accounts get a new `data_version`.
    """
    values: dict[str, Any] = {"tenant_id": session.tenant_id, "level": level.value}
    values |= {column.name: [getattr(each, column.name) for each in names] for column in fields(DatedName)}
    await (await session.connection()).execute(_KEEP, values)
    await raise_data_version(session, {name.ad_account_id for name in names})

"""The table of tags: what the names of campaigns, ad sets and ads say of them, and what people say instead.

A row has the value that counts for its entity. An ad that inherits a value from its ad set or campaign has a row of its
own, so no reader has to know the rule of inheritance.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, text
from sqlmodel import Field, select

from analytics.enums import NamingLevel, TagSource
from models.ads.ad_account import ad_account_for_update, raise_data_version
from models.ads.name_order import name_key
from models.columns import Row, TextEnum, is_any, one_of, tenant_key
from models.database import ReadSession, WriteSession
from models.thin.records import rows

# Characters. With the key of the value, a field has to fit an entry of an index.
LONGEST_FIELD = 50


class EntityTag(Row, table=True):
    """The value of one field for one entity.

    `value` is null, never empty, where the field has none: the name lacks it (MISSING), or a person took it away
    (OVERRIDE). There is no foreign key to the entity, which is in one of three tables; tags are deleted with the
    account.
    """

    __tablename__ = "entity_tag"
    __table_args__ = (
        one_of("level", NamingLevel),
        one_of("source", TagSource),
        CheckConstraint(f"char_length(field) between 1 and {LONGEST_FIELD}", name="field"),
        CheckConstraint("char_length(value) between 1 and 2000", name="value"),
        CheckConstraint(
            "case source when 'MISSING' then value is null when 'OVERRIDE' then true else value is not null end",
            name="value_of_source",
        ),
        tenant_key("ad_account_id", "ad_account"),
        Index(None, "tenant_id", "ad_account_id"),
        Index(None, "tenant_id", "field", "value_key"),
    )

    tenant_id: UUID = Field(primary_key=True)
    entity_id: UUID = Field(primary_key=True)
    field: str = Field(primary_key=True)
    level: NamingLevel = Field(sa_type=TextEnum(NamingLevel))
    ad_account_id: UUID
    value: str | None = None
    value_key: str | None = name_key("value", nullable=True)
    source: TagSource = Field(sa_type=TextEnum(TagSource))


@dataclass(frozen=True, slots=True)
class Tag:
    """What a field says of an entity."""

    field: str
    value: str | None
    source: TagSource


# Of ads that have one value from several sources, the first one of these is told.
FIRST_TOLD = (TagSource.OVERRIDE, TagSource.MAPPED, TagSource.PARSED, TagSource.DEFAULT, TagSource.MISSING)

_AGREED = text("""
    with shown as (
        select id, creative_id, count(*) over (partition by creative_id) as ads
        from ad where tenant_id = :tenant_id and creative_id = any(:ids)
    )
    select shown.creative_id, tag.field, min(tag.value), array_agg(distinct tag.source)
    from shown join entity_tag tag on tag.tenant_id = :tenant_id and tag.entity_id = shown.id
    group by shown.creative_id, shown.ads, tag.field
    having count(*) = shown.ads
        and (count(tag.value) = 0 or (count(tag.value) = count(*) and min(tag.value) = max(tag.value)))
""")

# The arrays of both statements are one row for each tag, and `entity_ids` the entities that they are all the tags of.
_FORGET = text("""
    delete from entity_tag stored
    where stored.tenant_id = :tenant_id and stored.entity_id = any(:entity_ids) and not exists (
        select from unnest(cast(:entity_id as uuid[]), cast(:field as varchar[])) as given (entity_id, field)
        where given.entity_id = stored.entity_id and given.field = stored.field
    )
""")
_STORE = text("""
    insert into entity_tag (tenant_id, ad_account_id, level, entity_id, field, value, source)
    select :tenant_id, :ad_account_id, :level, given.* from unnest(
        cast(:entity_id as uuid[]), cast(:field as varchar[]), cast(:value as varchar[]), cast(:source as varchar[])
    ) as given
    on conflict (tenant_id, entity_id, field) do update set value = excluded.value, source = excluded.source
    where entity_tag.value is distinct from excluded.value or entity_tag.source <> excluded.source
""")


async def tags_by_entity(session: ReadSession, ids: Sequence[UUID]) -> list[list[Tag]]:
    """The tags of each campaign, ad set or ad, in order of field."""
    query = select(EntityTag).where(EntityTag.tenant_id == session.tenant_id, is_any(EntityTag.entity_id, ids))
    found: defaultdict[UUID, list[Tag]] = defaultdict(list)
    for row in await rows(session, EntityTag, query):
        found[row.entity_id].append(Tag(row.field, row.value, row.source))
    return [_in_order(found[each]) for each in ids]


async def tags_by_creative(session: ReadSession, ids: Sequence[UUID]) -> list[list[Tag]]:
    """The tags in which all ads of a creative agree, for each of these creatives, in order of field."""
    rows = await (await session.connection()).execute(_AGREED, {"tenant_id": session.tenant_id, "ids": list(ids)})
    found: defaultdict[UUID, list[Tag]] = defaultdict(list)
    for creative_id, field, value, sources in rows:
        found[creative_id].append(Tag(field, value, min(map(TagSource, sources), key=FIRST_TOLD.index)))
    return [_in_order(found[each]) for each in ids]


async def replace_tags(
    session: WriteSession, ad_account_id: UUID, level: NamingLevel, tags: Mapping[UUID, Sequence[Tag]]
) -> int:
    """Gives each of these entities of the account exactly these tags; answers how many rows have changed.

    Only differences are written. If there are any, the account gets a new `data_version`. The account is locked first,
    so that two callers cannot wait for each other.
    """
    await ad_account_for_update(session, ad_account_id)
    rows = [(entity_id, tag) for entity_id, listed in tags.items() for tag in listed]
    values: dict[str, Any] = {
        "tenant_id": session.tenant_id,
        "entity_id": [entity_id for entity_id, _ in rows],
        "field": [tag.field for _, tag in rows],
    }
    connection = await session.connection()
    forgotten = await connection.execute(_FORGET, values | {"entity_ids": list(tags)})
    of_row = {"value": [tag.value for _, tag in rows], "source": [tag.source.value for _, tag in rows]}
    stored = await connection.execute(_STORE, values | of_row | {"ad_account_id": ad_account_id, "level": level.value})
    changed = forgotten.rowcount + stored.rowcount
    if changed:
        await raise_data_version(session, [ad_account_id])
    return changed


def _in_order(tags: list[Tag]) -> list[Tag]:
    """Python's order of texts, which is the same on servers of any locale."""
    return sorted(tags, key=lambda tag: tag.field)

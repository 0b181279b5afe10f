"""The table of tags: what the names of campaigns, ad sets and ads say of them, and what people say instead.

A row has the value that counts for its entity. An ad that inherits a value from its ad set or campaign has a row of its
own, so no reader has to know the rule of inheritance. `models/ads/tag_swap.py` writes the rows.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, text
from sqlmodel import Field, select

from analytics.enums import NamingLevel, TagSource
from models.ads.name_order import name_key
from models.columns import Row, TextEnum, is_any, one_of
from models.database import ReadSession
from models.thin.records import rows

# Characters. With the key of the value, a field has to fit an entry of an index.
LONGEST_FIELD = 50


class EntityTag(Row, table=True):
    """The value of one field for one entity.

    `value` is null, never empty, where the field has none: the name lacks it (MISSING), or a person took it away
    (OVERRIDE). There is no foreign key to the entity, which is in one of three tables, and none to the account: a
    check of each row would take half as long as storing it. `delete_tags` deletes those of an account.
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


def _in_order(tags: list[Tag]) -> list[Tag]:
    """Python's order of texts, which is the same on servers of any locale."""
    return sorted(tags, key=lambda tag: tag.field)

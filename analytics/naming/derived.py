"""Owns the shapes of what tags are derived from and of what is derived: entities go in, their tags come out."""

from dataclasses import dataclass
from typing import NamedTuple
from uuid import UUID

from analytics.enums import NamingLevel, NamingStatus, TagSource


@dataclass(frozen=True, slots=True)
class NamedEntity:
    """A campaign, ad set or ad. An ad set has a campaign, an ad both and perhaps a creative."""

    id: UUID
    level: NamingLevel
    ad_account_id: UUID
    name: str
    campaign_id: UUID | None = None
    ad_set_id: UUID | None = None
    creative_id: UUID | None = None


class FieldValue(NamedTuple):
    """What a field says of an entity: the row of `entity_tag`. `value` is null or has 1 to 2,000 characters."""

    field: str
    value: str | None
    source: TagSource


@dataclass(frozen=True, slots=True)
class DerivedTags:
    """All tags of an entity, in order of field, inherited ones included.

    `status` is that of its own name by the best template of its level and account, and null where there is none.
    """

    entity_id: UUID
    status: NamingStatus | None
    tags: tuple[FieldValue, ...]

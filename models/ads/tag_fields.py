"""Which fields of tags a tenant has, and in which of them every ad has what its campaign has."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import ARRAY, Uuid, bindparam, text

from models.columns import TEXT_LIST
from models.database import ReadSession

# Enough for a message to a person.
_MOST_TOLD = 50

# An ad's own campaign and not that of a stored row: a refresh moves the rows of an ad with the ad (`move_ads`).
_KNOWN = text("""
    select exists (
        select from entity_tag tag where tag.tenant_id = :tenant_id and tag.field = given.field
    ) as is_known, :with_campaigns and not exists (
        select from ad
        left join entity_tag own
            on own.tenant_id = :tenant_id and own.entity_id = ad.id and own.field = given.field
        left join entity_tag above
            on above.tenant_id = :tenant_id and above.entity_id = ad.campaign_id and above.field = given.field
        where ad.tenant_id = :tenant_id and ad.ad_account_id = any(:ad_account_ids)
            and (own.value, coalesce(own.source, 'MISSING'))
                is distinct from (above.value, coalesce(above.source, 'MISSING'))
    ) as is_of_campaigns
    from unnest(:fields) with ordinality as given (field, place)
    order by given.place
""").bindparams(bindparam("fields", type_=TEXT_LIST), bindparam("ad_account_ids", type_=ARRAY(Uuid())))
# Each step looks the next field up in the index, so that it reads one row for each field and not for each tag.
_ALL = text("""
    with recursive known as (
        select min(field) as field from entity_tag where tenant_id = :tenant_id
        union all
        select (
            select min(tag.field) from entity_tag tag where tag.tenant_id = :tenant_id and tag.field > known.field
        ) from known where known.field is not null
    )
    select field from known where field is not null limit :most
""")


@dataclass(frozen=True, slots=True)
class TagField:
    """`is_known`: something of the tenant has it. `is_of_campaigns`: ads have value and source of their campaigns."""

    field: str
    is_known: bool
    is_of_campaigns: bool


async def tag_fields(
    session: ReadSession, fields: Sequence[str], ad_account_ids: Sequence[UUID], *, with_campaigns: bool
) -> list[TagField]:
    """What is known of each of these fields; `is_of_campaigns` is about the ads of these accounts.

    Without `with_campaigns` it is false: to find it out all of their ads are looked at.
    """
    values = {
        "tenant_id": session.tenant_id,
        "fields": list(fields),
        "ad_account_ids": list(ad_account_ids),
        "with_campaigns": with_campaigns,
    }
    rows = await (await session.connection()).execute(_KNOWN, values)
    return [TagField(field, *row) for field, row in zip(fields, rows, strict=True)]


async def some_tag_fields(session: ReadSession) -> list[str]:
    """The fields that the tenant has, in order, at most 50."""
    values = {"tenant_id": session.tenant_id, "most": _MOST_TOLD}
    return list((await (await session.connection()).execute(_ALL, values)).scalars())

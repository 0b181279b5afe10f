"""Reads campaigns, ad sets and ads for what their names say: ids, names and what they belong to, and nothing else."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from analytics.enums import NamingLevel
from analytics.naming.derived import NamedEntity
from models.database import ReadSession, WriteSession

# Table, and the columns of what its rows belong to.
_TABLES = {
    NamingLevel.CAMPAIGN: ("campaign", ""),
    NamingLevel.AD_SET: ("ad_set", ", campaign_id"),
    NamingLevel.AD: ("ad", ", campaign_id, ad_set_id, creative_id"),
}
_READ = {
    level: f"select id, ad_account_id, name{places} from {table} where tenant_id = $1 and "  # noqa: S608 - names of our own
    for level, (table, places) in _TABLES.items()
}
_CREATIVES = "select id from creative where tenant_id = $1 and id = any($2::uuid[])"
Session = ReadSession | WriteSession
_BEFORE_ALL = UUID(int=0)


async def named_by_ids(session: Session, level: NamingLevel, ids: Sequence[UUID]) -> list[NamedEntity]:
    """Those of these campaigns, ad sets or ads that the tenant has."""
    return await _read(session, level, "id = any($2::uuid[])", list(ids))


async def named_page(session: Session, level: NamingLevel, after: UUID | None, most: int) -> list[NamedEntity]:
    """The next campaigns, ad sets or ads of the tenant in order of their ids, at most `most`."""
    return await _read(session, level, "id > $2 order by id limit $3", after or _BEFORE_ALL, most)


async def ad_sets_below(session: Session, campaign_ids: Sequence[UUID]) -> list[NamedEntity]:
    return await _read(session, NamingLevel.AD_SET, "campaign_id = any($2::uuid[])", list(campaign_ids))


async def ads_below(session: Session, ad_set_ids: Sequence[UUID]) -> list[NamedEntity]:
    return await _read(session, NamingLevel.AD, "ad_set_id = any($2::uuid[])", list(ad_set_ids))


async def ads_showing(session: Session, creative_ids: Sequence[UUID]) -> list[NamedEntity]:
    """The ads that show one of these creatives."""
    return await _read(session, NamingLevel.AD, "creative_id = any($2::uuid[])", list(creative_ids))


async def known_creatives(session: Session, ids: Sequence[UUID]) -> set[UUID]:
    """Those of these creatives that the tenant has."""
    return {row[0] for row in await session.fetch(_CREATIVES, [session.tenant_id, list(ids)])}


async def _read(session: Session, level: NamingLevel, condition: str, *values: Any) -> list[NamedEntity]:
    rows = await session.fetch(_READ[level] + condition, [session.tenant_id, *values])
    return [NamedEntity(row[0], level, row[1], row[2], *row[3:]) for row in rows]

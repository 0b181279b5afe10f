"""Placeholders: campaigns, ad sets and ads that an import has made by name, since no refresh has seen them.

They have an id of ours in the place of the platform's. The first object that a refresh brings with the same name in the
same place takes its placeholder over: the row gets the platform's id and keeps its own, with all that belongs to it.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import Table, TextClause, text, update
from sqlmodel import SQLModel, col

from models.ads.ad_account import AdAccount
from models.database import ReadSession, WriteSession

# What stands before the id of a placeholder, where others have the platform's.
OWN_ID = "import:"
# What a placeholder lies in; campaigns lie in the account alone.
_PARENTS = {"campaign": "ad_account_id", "ad_set": "campaign_id", "ad": "ad_set_id"}


def own_id(entity_id: UUID) -> str:
    return f"{OWN_ID}{entity_id.hex}"


def _adopt(table: str, parent: str) -> TextClause:
    return text(f"""
        update {table} set external_id = given.external_id
        from unnest(cast(:external_ids as text[]), cast(:names as text[]), cast(:parents as uuid[]))
            as given (external_id, name, parent)
        where {table}.tenant_id = :tenant_id and {table}.ad_account_id = :ad_account_id
            and {table}.external_id like '{OWN_ID}%'
            and {table}.name = given.name and {table}.{parent} = given.parent
            and not exists (
                select from {table} known where known.tenant_id = :tenant_id
                    and known.platform = {table}.platform and known.external_id = given.external_id
            )
    """)  # noqa: S608 - names of our own tables


async def adopt_placeholders(session: WriteSession, table: Table, rows: Sequence[Mapping[str, Any]]) -> None:
    """Gives placeholders the platform's ids of those rows that have their names and places, before these are stored.

    Of several rows with one name in one place none takes a placeholder over: nobody knows whose it is.
    """
    parent = _PARENTS[table.name]
    # A creative's or an ad's batch is of one account, and all of its rows have the same columns.
    named = {
        row["external_id"]: (row["name"], row[parent]) for row in rows if not row["external_id"].startswith(OWN_ID)
    }
    times = Counter(named.values())
    alone = {external_id: place for external_id, place in named.items() if times[place] == 1}
    if not alone:
        return
    values = {
        "tenant_id": session.tenant_id,
        "ad_account_id": rows[0]["ad_account_id"],
        "external_ids": list(alone),
        "names": [name for name, _ in alone.values()],
        "parents": [place for _, place in alone.values()],
    }
    await (await session.connection()).execute(_adopt(table.name, parent), values)


async def note_placeholders(session: WriteSession, ad_account_id: UUID) -> None:
    """Says that the account has placeholders, so that refreshes look for them."""
    is_it = (col(AdAccount.tenant_id) == session.tenant_id, col(AdAccount.id) == ad_account_id)
    await (await session.connection()).execute(update(AdAccount).where(*is_it).values(has_placeholders=True))


@dataclass(frozen=True, slots=True)
class NamedPlace:
    """An ad with the three names that it has now; `is_placeholder`: no refresh has seen it."""

    names: tuple[str, str, str]
    external_id: str
    ad_id: UUID
    ad_set_id: UUID
    campaign_id: UUID

    @property
    def is_placeholder(self) -> bool:
        return self.external_id.startswith(OWN_ID)


_BY_NAMES = text("""
    select campaign.name, ad_set.name, ad.name, ad.external_id, ad.id, ad.ad_set_id, ad.campaign_id
    from unnest(cast(:campaigns as text[]), cast(:ad_sets as text[]), cast(:ads as text[]))
        as given (campaign_name, ad_set_name, ad_name)
    join ad on ad.tenant_id = :tenant_id and ad.ad_account_id = :ad_account_id and ad.name = given.ad_name
    join ad_set on ad_set.tenant_id = :tenant_id and ad_set.id = ad.ad_set_id and ad_set.name = given.ad_set_name
    join campaign on campaign.tenant_id = :tenant_id and campaign.id = ad.campaign_id
        and campaign.name = given.campaign_name
    order by ad.id
""")


async def ads_by_names(
    session: ReadSession | WriteSession, ad_account_id: UUID, names: Iterable[tuple[str, str, str]]
) -> list[NamedPlace]:
    """The account's ads with these names of campaign, ad set and ad; several of them may have the same."""
    asked = list(names)
    values = {
        "tenant_id": session.tenant_id,
        "ad_account_id": ad_account_id,
        "campaigns": [each[0] for each in asked],
        "ad_sets": [each[1] for each in asked],
        "ads": [each[2] for each in asked],
    }
    rows = await (await session.connection()).execute(_BY_NAMES, values)
    return [NamedPlace((row[0], row[1], row[2]), *row[3:]) for row in rows]


@dataclass(frozen=True, slots=True)
class FoundEntity:
    """A campaign, an ad set or an ad; `parent_id` is what it lies in, for a campaign its account."""

    id: UUID
    ad_account_id: UUID
    external_id: str
    name: str
    parent_id: UUID


async def entities_of(
    session: ReadSession | WriteSession,
    entity: type[SQLModel],
    ad_account_id: UUID,
    *,
    ids: Sequence[str],
    names: Sequence[str],
) -> list[FoundEntity]:
    """Those with one of the platform's ids, in whichever account of the tenant, and the account's with such a name."""
    table = str(entity.__tablename__)
    query = text(f"""
        select id, ad_account_id, external_id, name, {_PARENTS[table]} from {table}
        where tenant_id = :tenant_id and (
            external_id = any(cast(:ids as text[]))
            or (ad_account_id = :ad_account_id and name = any(cast(:names as text[])))
        ) order by id
    """)  # noqa: S608 - names of our own tables
    values = {"tenant_id": session.tenant_id, "ad_account_id": ad_account_id, "ids": list(ids), "names": list(names)}
    return [FoundEntity(*row) for row in await (await session.connection()).execute(query, values)]

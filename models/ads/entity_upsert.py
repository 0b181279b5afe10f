"""Bulk writes of campaigns, ad sets, ads and creatives as a platform lists them, and look-ups by the platform's ids.

A renamed campaign, ad set or ad leaves both names in `entity_name`. A creative does not: its row is an asset, which
several creatives of the platform may show, each with its own name.

Timestamps are parameters, never `now()`: an upsert that calls `now()` cannot run on sharded Postgres.
"""

import functools
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, ColumnElement, Table, TextClause, and_, or_, select, text, update
from sqlalchemy.dialects import postgresql
from sqlmodel import SQLModel, col

from analytics.enums import EntityLevel
from models.ads.ad import Ad
from models.ads.ad_account import lock_contents, raise_data_version
from models.ads.ad_set import AdSet
from models.ads.campaign import Campaign, DeliveryStatus
from models.ads.creative import Creative
from models.ads.entity_name import DatedName, keep_names
from models.ads.placeholders import OWN_ID, adopt_placeholders
from models.columns import array_text
from models.database import ReadSession, WriteSession

Entity = type[Campaign] | type[AdSet] | type[Ad] | type[Creative]
Row = Mapping[str, Any]

# The name of an entity whose name the platform does not tell is this word and its external id.
PLACEHOLDERS: Mapping[Entity, str] = {Campaign: "Campaign", AdSet: "Ad set", Ad: "Ad"}
_LEVELS: Mapping[Entity, EntityLevel] = {
    Campaign: EntityLevel.CAMPAIGN,
    AdSet: EntityLevel.AD_SET,
    Ad: EntityLevel.AD,
}
_NATURAL_KEY = ("tenant_id", "platform", "external_id")
_CREATIVE_KEY = ("tenant_id", "platform", "ad_account_id", "external_id")
# Statements are made per set of columns that rows lack. A platform that sends rubbish may leave out any set of them,
# so only the latest are kept.
_MOST_STATEMENTS = 256
# Columns that are not overwritten when a row is stored again: those that identify it.
_KEPT = {"id", "tenant_id", "ad_account_id", "platform", "external_id"}


async def upsert_entities(
    session: WriteSession, entity: Entity, rows: Sequence[Row], untold: Sequence[Collection[str]] = ()
) -> dict[str, UUID]:
    """Inserts or updates rows of one kind and one account; answers the id of each external id.

    The account gets a new `data_version`, changed or not: to find out would cost more than to answer once more.

    All rows have the same columns, and none is there twice. `untold` names, for each row, the columns that the platform
    did not tell: where the row exists already they keep their stored values.

    A placeholder of an import that has the name and the place of a row becomes that row.

    Names are compared before rows are stored, by a statement of its own. Nobody can rename anything between the two:
    the account is locked.
    """
    if not rows:
        return {}
    names, found = tuple(rows[0]), dict[str, UUID]()
    told = list(zip(rows, untold or [()] * len(rows), strict=True))
    if await lock_contents(session, rows[0]["ad_account_id"]) and entity is not Creative:
        await adopt_placeholders(session, _table(entity), [row for row, kept in told if "name" not in kept])
    renames = [] if entity is Creative else await _renames(session, entity, told)
    # Rows that keep the same columns are stored by one statement.
    alike = defaultdict[tuple[str, ...], list[Row]](list)
    for row, kept in told:
        alike[tuple(name for name in names if name in kept) if kept else ()].append(row)
    for kept, some in alike.items():
        values = {name: _given(entity, name, [row[name] for row in some]) for name in names}
        answer = await (await session.connection()).execute(_upsert(entity, names, kept), values)
        found |= {row[0]: row[1] for row in answer}
    if renames:
        await keep_names(session, _LEVELS[entity], renames)
    else:
        await raise_data_version(session, [rows[0]["ad_account_id"]])
    return found


@functools.lru_cache(_MOST_STATEMENTS)
def _upsert(entity: Entity, names: tuple[str, ...], kept: tuple[str, ...]) -> TextClause:
    """The upsert, with one array per column: it is the same for any number of rows, so it is prepared once."""
    table = _table(entity)
    listed = ", ".join(names)
    arrays = ", ".join(f"cast(:{name} as {_given_type(table, name)}[])" for name in names)
    read = ", ".join(f"cast({name} as text[])" if _is_list(table, name) else name for name in names)
    changed = ", ".join(f"{name} = excluded.{name}" for name in names if name not in (*_KEPT, *kept))
    # The status was not told, but the row was listed, and deleted things are not listed: it is deleted no more.
    if "status" in kept:
        changed += (
            f", status = case {table.name}.status when 'DELETED' then excluded.status else {table.name}.status end"
        )
    key = ", ".join(_CREATIVE_KEY if entity is Creative else _NATURAL_KEY)
    return text(
        f"insert into {table.name} ({listed}) select {read} from unnest({arrays}) as given({listed})"  # noqa: S608 - names of our own columns
        f" on conflict ({key}) do update set {changed} returning external_id, id"
    )


async def _renames(
    session: WriteSession, entity: Entity, told: Sequence[tuple[Row, Collection[str]]]
) -> list[DatedName]:
    """The names to keep of those rows that are stored under another name.

    At the first rename both names are kept, at a later one the new name.
    """
    named = {row["external_id"]: (row, kept) for row, kept in told if "name" not in kept}
    if not named:
        return []
    values = {
        "tenant_id": session.tenant_id,
        "platform": told[0][0]["platform"],
        "external_ids": list(named),
        "names": [row["name"] for row, _ in named.values()],
    }
    names = list[DatedName]()
    for stored in await (await session.connection()).execute(_renamed(entity), values):
        row, kept = named[stored.external_id]
        created_at = stored.created_at if "created_at" in kept else row["created_at"]
        # If the platform did not tell when the row was changed, it was changed at the latest when it was seen.
        changed_at = row["last_seen_at" if "updated_at" in kept else "updated_at"]
        # A second, so that the key of the new name differs from that of the first one.
        noted = [(max(changed_at, created_at + timedelta(seconds=1)), row["name"])]
        if not stored.has_names:
            noted.append((created_at, stored.name))
        names += (DatedName(stored.id, stored.ad_account_id, valid_from, name) for valid_from, name in noted)
    return names


@functools.cache
def _renamed(entity: Entity) -> TextClause:
    """The rows that are stored under another name than the given one.

    A stored name that is a placeholder or the external id is no name: replacing it is no rename. `offset 0` keeps
    Postgres from joining the given ids with all that the tenant has, whenever it takes that for little: each is looked
    up by the unique key.
    """
    return text(f"""
        select stored.*, exists (
            select from entity_name known where known.tenant_id = :tenant_id and known.entity_id = stored.id
        ) as has_names
        from unnest(cast(:external_ids as varchar[]), cast(:names as varchar[])) as given (external_id, name)
        cross join lateral (
            select external_id, id, ad_account_id, name, created_at from {_table(entity).name}
            where tenant_id = :tenant_id and platform = :platform and external_id = given.external_id offset 0
        ) stored
        where stored.name not in (given.name, stored.external_id, '{PLACEHOLDERS[entity]} ' || stored.external_id)
    """)  # noqa: S608 - names of our own tables


def _table(entity: type[SQLModel]) -> Table:
    return entity.__table__  # type: ignore[attr-defined,no-any-return]  # SQLModel declares it at run time


def _type(table: Table, name: str) -> str:
    return table.c[name].type.compile(dialect=postgresql.dialect())  # type: ignore[no-untyped-call]  # untyped upstream


def _is_list(table: Table, name: str) -> bool:
    return isinstance(table.c[name].type, ARRAY)


def _given_type(table: Table, name: str) -> str:
    """Lists are given as texts, since `unnest` would make one list of many."""
    return "text" if _is_list(table, name) else _type(table, name)


def _given(entity: Entity, name: str, values: list[Any]) -> list[Any]:
    if not _is_list(_table(entity), name):
        return values
    return [None if each is None else array_text(each) for each in values]


def _of_account(session: ReadSession | WriteSession, entity: Entity, ad_account_id: UUID) -> ColumnElement[bool]:
    return and_(col(entity.tenant_id) == session.tenant_id, col(entity.ad_account_id) == ad_account_id)


def _unseen(entity: Entity, seen_at: datetime) -> list[ColumnElement[bool]]:
    """The conditions for rows that no list has brought since `seen_at` and that are not marked deleted.

    Rows that the platform refuses to show are left out: they are known only by the id that ads name, so they have a
    placeholder for a name, and no list ever has them. So are those that only an import knows, under an id of ours.
    """
    conditions: list[ColumnElement[bool]] = [
        col(entity.last_seen_at) < seen_at,
        col(entity.deleted_upstream_at).is_(None),
    ]
    if entity is not Creative:
        placeholder, columns = f"{PLACEHOLDERS[entity]} " + col(entity.external_id), _table(entity).c
        conditions.append(or_(columns.status != DeliveryStatus.UNKNOWN, columns.name != placeholder))
        conditions.append(columns.external_id.not_like(f"{OWN_ID}%"))
    return conditions


async def unseen_external_ids(
    session: ReadSession, entity: Entity, ad_account_id: UUID, *, seen_at: datetime, most: int
) -> list[str]:
    """External ids of rows that a listing begun at `seen_at` did not bring, at most `most`.

    The rows that were seen longest ago come first.
    """
    query = (
        select(col(entity.external_id))
        .where(_of_account(session, entity, ad_account_id), *_unseen(entity, seen_at))
        .order_by(col(entity.last_seen_at), col(entity.external_id))
        .limit(most)
    )
    return [*(await (await session.connection()).execute(query)).scalars()]


async def mark_unseen(
    session: WriteSession,
    entity: Entity,
    ad_account_id: UUID,
    *,
    seen_at: datetime,
    among: Collection[str] | None = None,
    but: Collection[str] = (),
) -> int:
    """Marks rows that a listing begun at `seen_at` did not bring as deleted on the platform; answers how many.

    `among` and `but` are external ids: only rows of `among` are marked, if it is given, and none of `but`.
    """
    gone: dict[str, Any] = {"deleted_upstream_at": seen_at}
    if entity is not Creative:
        gone["status"] = DeliveryStatus.DELETED
    conditions = [_of_account(session, entity, ad_account_id), *_unseen(entity, seen_at)]
    conditions.append(col(entity.external_id).not_in(but))
    if among is not None:
        conditions.append(col(entity.external_id).in_(among))
    change = update(entity).where(*conditions).values(**gone)
    marked = (await (await session.connection()).execute(change)).rowcount
    if marked:
        await raise_data_version(session, [ad_account_id])
    return marked


async def ids_by_external_id(
    session: ReadSession | WriteSession, entity: Entity, ad_account_id: UUID, external_ids: Sequence[str]
) -> dict[str, UUID]:
    query = select(col(entity.external_id), col(entity.id)).where(
        _of_account(session, entity, ad_account_id), col(entity.external_id).in_(external_ids)
    )
    return {row[0]: row[1] for row in await (await session.connection()).execute(query)}


async def statuses_by_external_id(
    session: ReadSession, entity: type[Campaign] | type[AdSet], external_ids: Sequence[str]
) -> dict[str, str]:
    query = select(col(entity.external_id), col(entity.status)).where(
        col(entity.tenant_id) == session.tenant_id, col(entity.external_id).in_(external_ids)
    )
    return {row[0]: row[1] for row in await (await session.connection()).execute(query)}


@dataclass(frozen=True, slots=True)
class AdPlace:
    """The ad set, campaign and creative of an ad, as insights store them.

    `has_video` says whether the creative shows a video; two places that differ only in that are equal.
    """

    ad_id: UUID
    ad_set_id: UUID
    campaign_id: UUID
    creative_id: UUID | None
    has_video: bool = field(default=False, compare=False)


_PLACES = text(
    "select ad.external_id, ad.id, ad_set_id, campaign_id, creative_id,"
    " coalesce(creative.kind = 'VIDEO' or creative.video_id is not null, false)"
    " from ad left join creative on creative.tenant_id = ad.tenant_id and creative.id = ad.creative_id"
    " where ad.tenant_id = :tenant_id and ad.ad_account_id = :ad_account_id"
    " and ad.external_id = any(cast(:external_ids as text[]))"
)


async def ad_places(
    session: ReadSession | WriteSession, ad_account_id: UUID, external_ids: Sequence[str]
) -> dict[str, AdPlace]:
    """The present places of those of these ads that are stored, by external id."""
    values = {"tenant_id": session.tenant_id, "ad_account_id": ad_account_id, "external_ids": list(external_ids)}
    rows = await (await session.connection()).execute(_PLACES, values)
    return {row[0]: AdPlace(*row[1:]) for row in rows}

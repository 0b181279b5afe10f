"""Naming overrides: what people say instead of names, and the queries on them."""

from collections.abc import Sequence
from datetime import datetime
from hashlib import blake2b
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    BigInteger,
    CheckConstraint,
    Index,
    UniqueConstraint,
    Uuid,
    column,
    delete,
    func,
    literal,
    text,
    true,
)
from sqlmodel import Field, col, select
from sqlmodel.sql.expression import SelectOfScalar

from analytics.enums import NamingLevel, OverrideScope
from analytics.naming.normal import folded
from analytics.naming.override import OverrideRule
from models.columns import TenantRow, TextEnum, dated, is_any, one_of
from models.database import ReadSession, WriteSession
from models.ids import new_id
from models.keyset import KeysetPage, Listing, Ordering, Window, count_rows, load_page
from models.thin.records import record_of, rows

# Of one tenant; services/naming/overrides.py keeps to it.
MOST_OVERRIDES = 100_000
LONGEST_TARGET = 2000
LONGEST_REASON = 500
# What is named by an id; what is named by a text may be anything that there is.
_OF_IDS = (OverrideScope.ENTITY, OverrideScope.CREATIVE)
# Of patterns and mistaken values, and of what a process of the release before stores.
ABOUT_ANYTHING = UUID(int=0)


class NamingOverride(TenantRow, table=True):
    """Of two overrides of a scope the one with the higher `ordinal` wins; no two of a tenant have the same.

    `target` is the id of an entity or creative, a name, a glob or a value, as `scope` says; `level` is what an entity
    is. There is no foreign key: overrides outlive what they are about. A `value` of None clears the field. `about` is
    that id, a digest of the name, or ABOUT_ANYTHING.
    """

    __tablename__ = "naming_override"
    __table_args__ = (
        UniqueConstraint("tenant_id", "ordinal"),
        one_of("scope", OverrideScope),
        one_of("level", NamingLevel),
        CheckConstraint("(scope = 'ENTITY') = (level is not null)", name="level_of_scope"),
        CheckConstraint(f"char_length(target) between 1 and {LONGEST_TARGET}", name="target"),
        CheckConstraint("char_length(field) between 1 and 50", name="field"),
        CheckConstraint("char_length(value) between 1 and 2000", name="value"),
        CheckConstraint(f"char_length(reason) between 1 and {LONGEST_REASON}", name="reason"),
        Index(None, "tenant_id", "created_at", "id"),
        Index(None, "tenant_id", "about"),
    )

    ordinal: int = Field(sa_type=BigInteger)
    scope: OverrideScope = Field(sa_type=TextEnum(OverrideScope))
    level: NamingLevel | None = Field(default=None, sa_type=TextEnum(NamingLevel))
    target: str
    about: UUID = ABOUT_ANYTHING
    field: str
    value: str | None = None
    reason: str | None = None
    created_by: UUID | None = None
    created_at: datetime = dated()


_NEWEST_FIRST = Ordering("overrides", col(NamingOverride.created_at), col(NamingOverride.id), descending=True)
_COLUMNS = {
    "id": "uuid",
    "ordinal": "bigint",
    "scope": "varchar",
    "level": "varchar",
    "target": "varchar",
    "about": "uuid",
    "field": "varchar",
    "value": "varchar",
    "reason": "varchar",
}
_LISTED = ", ".join(_COLUMNS)
# RETURNING: on shards, rows that come from parameters are stored by COPY otherwise, which policies refuse.
_INSERT = text(f"""
    insert into naming_override (tenant_id, {_LISTED}, created_by, created_at)
    select :tenant_id, given.*, cast(:created_by as uuid), cast(:created_at as timestamptz)
    from unnest({", ".join(f"cast(:{name} as {kind}[])" for name, kind in _COLUMNS.items())}) as given ({_LISTED})
    returning 1
""")  # noqa: S608 - names of our own columns


async def naming_overrides(session: ReadSession | WriteSession) -> list[NamingOverride]:
    """All of the tenant, in the order in which later ones win."""
    query = _of_tenant(session).order_by(col(NamingOverride.ordinal)).limit(MOST_OVERRIDES)
    return await rows(session, NamingOverride, query)


async def has_overrides(session: WriteSession) -> bool:
    """Whether the tenant has any."""
    query = select(NamingOverride.id).where(NamingOverride.tenant_id == session.tenant_id).limit(1)
    return (await session.exec(query)).first() is not None


async def overrides_about(session: ReadSession | WriteSession, ids: Sequence[UUID]) -> list[NamingOverride]:
    """Those whose `about` is one of these, in the order in which later ones win."""
    # Each id is looked up by itself: a plan for all of them would be that of when the tenant had few overrides.
    given = (
        func.unnest(literal(list(ids), ARRAY(Uuid()))).table_valued(column("id", Uuid()), name="given").render_derived()
    )
    found = _of_tenant(session).where(NamingOverride.about == given.c.id).offset(0).lateral()
    query = select(*found.c).select_from(given).join(found, true()).order_by(found.c.ordinal)
    return await rows(session, NamingOverride, query.limit(MOST_OVERRIDES))


def about_name(name: str) -> UUID:
    """What is `about` of overrides of this name, however it is spelt."""
    return UUID(bytes=blake2b(folded(name).encode(), digest_size=16).digest())


async def overrides_page(session: ReadSession, window: Window) -> KeysetPage[NamingOverride]:
    """Of the tenant, the newest first."""
    return await load_page(session, Listing(_of_tenant(session), _NEWEST_FIRST), window)


async def count_overrides(session: ReadSession | WriteSession) -> int:
    return await count_rows(session, _of_tenant(session))


async def naming_overrides_by_ids(session: ReadSession, ids: Sequence[UUID]) -> Sequence[NamingOverride]:
    query = _of_tenant(session).where(is_any(col(NamingOverride.id), ids))
    return await rows(session, NamingOverride, query)


async def naming_override(session: WriteSession, override_id: UUID) -> NamingOverride | None:
    query = _of_tenant(session).where(NamingOverride.id == override_id)
    return (await session.exec(query)).one_or_none()


def rule_of(override: NamingOverride) -> OverrideRule:
    """The override as tags are derived by it."""
    target = UUID(override.target) if override.scope in _OF_IDS else override.target
    return OverrideRule(override.scope, target, override.field, override.value)


async def last_ordinal(session: WriteSession) -> int:
    """The highest ordinal of the tenant's overrides; 0 without any."""
    query = select(func.coalesce(func.max(NamingOverride.ordinal), 0)).where(
        NamingOverride.tenant_id == session.tenant_id
    )
    return (await session.exec(query)).one()


def new_override(scope: OverrideScope, target: UUID | str, **values: Any) -> NamingOverride:
    """An override that is to be stored, as a record: ten thousand rows of SQLModel take most of a second to make."""
    about = about_of(scope, target)
    made: NamingOverride = record_of(NamingOverride)(
        id=new_id(), scope=scope, target=str(target), about=about, **values
    )
    return made


def about_of(scope: OverrideScope, target: UUID | str) -> UUID:
    if isinstance(target, UUID):
        return target
    return about_name(target) if scope is OverrideScope.EXACT_NAME else ABOUT_ANYTHING


async def insert_overrides(session: WriteSession, overrides: Sequence[NamingOverride]) -> None:
    """Stores new overrides, all by one person at one instant, in one statement."""
    if not overrides:
        return
    first = overrides[0]
    values = {"tenant_id": session.tenant_id, "created_by": first.created_by, "created_at": first.created_at}
    arrays = {name: [getattr(each, name) for each in overrides] for name in _COLUMNS}
    await (await session.connection()).execute(_INSERT, values | arrays)


async def delete_overrides(session: WriteSession, ids: Sequence[UUID]) -> None:
    is_it = (col(NamingOverride.tenant_id) == session.tenant_id, is_any(col(NamingOverride.id), ids))
    await (await session.connection()).execute(delete(NamingOverride).where(*is_it))


def _of_tenant(session: ReadSession | WriteSession) -> SelectOfScalar[NamingOverride]:
    return select(NamingOverride).where(NamingOverride.tenant_id == session.tenant_id)

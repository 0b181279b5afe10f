"""Queries of exports over all tenants, asked by chores as the system role: they read ids and keys, and lock nothing."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlmodel import col, select

from models.columns import is_any_text
from models.database import WriteSession
from models.exports.export import UNFINISHED, Export


async def silent_exports(session: WriteSession, before: datetime, *, most: int) -> Sequence[tuple[UUID, UUID]]:
    """Tenant and id of exports that are not finished and of which nothing was heard since `before`."""
    query = (
        select(Export.tenant_id, Export.id)
        .where(is_any_text(Export.status, UNFINISHED), Export.heartbeat_at < before)
        .order_by(col(Export.heartbeat_at))
        .limit(most)
    )
    return (await session.exec(query)).all()


async def expired_exports(session: WriteSession, now: datetime, *, most: int) -> Sequence[tuple[UUID, UUID, str]]:
    """Tenant, id and key of files whose time has come, the oldest first."""
    query = (
        select(Export.tenant_id, Export.id, Export.object_key)
        .where(col(Export.object_key).is_not(None), col(Export.expires_at) <= now)
        .order_by(col(Export.expires_at))
        .limit(most)
    )
    return [(tenant_id, row_id, key or "") for tenant_id, row_id, key in (await session.exec(query)).all()]


async def keys_in_use(session: WriteSession, keys: Sequence[str]) -> set[str]:
    """Those of the keys that some export names."""
    query = select(Export.object_key).where(is_any_text(Export.object_key, keys))
    return {key for key in (await session.exec(query)).all() if key is not None}


async def old_exports(session: WriteSession, before: datetime, *, most: int) -> Sequence[tuple[UUID, UUID]]:
    """Tenant and id of exports that were asked for before then and whose file is gone."""
    query = (
        select(Export.tenant_id, Export.id)
        .where(Export.created_at < before, col(Export.object_key).is_(None))
        .order_by(col(Export.created_at))
        .limit(most)
    )
    return (await session.exec(query)).all()

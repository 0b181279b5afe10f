"""Queries of data sets over all tenants, asked by chores as the system role: they read ids and keys, lock nothing."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlmodel import col, select

from models.columns import is_any_text
from models.database import WriteSession
from models.datasets.dataset import Dataset


async def ended_datasets(session: WriteSession, now: datetime, *, most: int) -> Sequence[tuple[UUID, UUID, str]]:
    """Tenant, id and key of objects whose time has come, the oldest first."""
    query = (
        select(Dataset.tenant_id, Dataset.id, Dataset.object_key)
        .where(col(Dataset.ends_at) <= now)
        .order_by(col(Dataset.ends_at), col(Dataset.id))
        .limit(most)
    )
    return (await session.exec(query)).all()


async def dataset_keys_in_use(session: WriteSession, keys: Sequence[str]) -> set[str]:
    """Those of the keys that some data set names."""
    query = select(Dataset.object_key).where(is_any_text(Dataset.object_key, keys))
    return set((await session.exec(query)).all())

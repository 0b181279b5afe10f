"""Counts the channels of a tenant: a query costs no more than these, however large the pages are that it asks for."""

from uuid import UUID

from auth.memory import Memory
from auth.permissions import Permission, require
from auth.viewer import Viewer
from models.channels.channel import count_all_channels
from models.database import Database


async def counted_channels(db: Database, remembered: Memory[UUID, int], viewer: Viewer) -> int:
    """How many the viewer's tenant has, disconnected ones too, at most 15 seconds ago; needs READ."""
    require(viewer, Permission.READ)
    assert viewer.tenant_id is not None  # a role is one in a tenant

    async def load() -> int:
        async with db.read(viewer) as session:
            return await count_all_channels(session)

    return await remembered.recall(viewer.tenant_id, load)

"""Counts the entities of a tenant: a query costs no more than these, however large the pages are that it asks for."""

from uuid import UUID

from auth.memory import Memory
from auth.permissions import Permission, require
from auth.viewer import Viewer
from models.ads.entity_counts import EntityCounts, entity_counts
from models.database import Database


async def counted_entities(db: Database, remembered: Memory[UUID, EntityCounts], viewer: Viewer) -> EntityCounts:
    """The counts of the viewer's tenant, at most 15 seconds old; needs READ."""
    require(viewer, Permission.READ)
    assert viewer.tenant_id is not None  # a role is one in a tenant

    async def load() -> EntityCounts:
        async with db.read(viewer) as session:
            return await entity_counts(session)

    return await remembered.recall(viewer.tenant_id, load)

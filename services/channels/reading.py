"""The list of a tenant's channels."""

from auth.permissions import Permission, require
from auth.viewer import Viewer
from models.channels.channel import Channel, count_all_channels, list_channels
from models.database import Database
from models.keyset import KeysetPage, Window


async def channels(db: Database, viewer: Viewer, window: Window) -> KeysetPage[Channel]:
    """One page of the tenant's channels, the oldest first, disconnected ones included; needs READ."""
    require(viewer, Permission.READ)
    async with db.read(viewer) as session:
        return await list_channels(session, window)


async def number_of_channels(db: Database, viewer: Viewer) -> int:
    """How many channels the tenant has, disconnected ones included; needs READ."""
    require(viewer, Permission.READ)
    async with db.read(viewer) as session:
        return await count_all_channels(session)

"""Lists of listings, and how many there are."""

from auth.permissions import Permission, require
from auth.viewer import Viewer
from models.database import Database
from models.keyset import KeysetPage, Window
from models.listings.listing import ChannelListing
from models.listings.lists import ListingFilter, count_listings, list_listings


async def listings(db: Database, viewer: Viewer, wanted: ListingFilter, window: Window) -> KeysetPage[ChannelListing]:
    """One page of the tenant's listings, the newest first; needs READ. Raises BadInput for a cursor of another list."""
    require(viewer, Permission.READ)
    async with db.read(viewer) as session:
        return await list_listings(session, wanted, window)


async def number_of_listings(db: Database, viewer: Viewer, wanted: ListingFilter) -> int:
    """How many listings match; needs READ."""
    require(viewer, Permission.READ)
    async with db.read(viewer) as session:
        return await count_listings(session, wanted)

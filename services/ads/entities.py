"""Reads ad accounts, campaigns, ad sets, ads and creatives, and tells which days of an account are settled."""

from datetime import date, datetime

from analytics.periods import local_day, settled_through
from auth.permissions import Permission, require
from auth.viewer import Viewer
from models.ads.ad_account import AdAccount
from models.ads.entity_filter import Entity, Filter
from models.ads.entity_list import EntityPage, count_entities, list_entities
from models.database import Database
from models.keyset import KeysetPage


async def entities(db: Database, viewer: Viewer, kind: type[Entity], page: EntityPage) -> KeysetPage[Entity]:
    """One page of the tenant's entities; needs READ, BadInput for a cursor of another list or order."""
    require(viewer, Permission.READ)
    async with db.read(viewer) as session:
        return await list_entities(session, kind, page)


async def number_of_entities(db: Database, viewer: Viewer, kind: type[Entity], wanted: Filter) -> int:
    """How many of the tenant's entities match the filter; needs READ."""
    require(viewer, Permission.READ)
    async with db.read(viewer) as session:
        return await count_entities(session, kind, wanted)


def account_settled_through(account: AdAccount, now: datetime) -> date | None:
    """The last stored day that the platform no longer restates, in the account's time zone; None without any day."""
    if account.data_through is None:
        return None
    return min(settled_through(local_day(now, account.time_zone)), account.data_through)

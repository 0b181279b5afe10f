"""Lists of order cases, and how many there are."""

from dataclasses import replace

from analytics.clock import Clock
from auth.permissions import Permission, require
from auth.viewer import Viewer
from models.cases.case import OrderCase
from models.cases.reading import CaseFilter, count_order_cases, list_order_cases
from models.database import Database
from models.keyset import KeysetPage, Window


async def order_cases(
    db: Database, clock: Clock, viewer: Viewer, wanted: CaseFilter, window: Window
) -> KeysetPage[OrderCase]:
    """One page of the tenant's cases, the newest first; needs READ. Raises BadInput for a cursor of another list."""
    require(viewer, Permission.READ)
    async with db.read(viewer) as session:
        return await list_order_cases(session, replace(wanted, now=clock()), window)


async def number_of_order_cases(db: Database, clock: Clock, viewer: Viewer, wanted: CaseFilter) -> int:
    """How many cases match; needs READ."""
    require(viewer, Permission.READ)
    async with db.read(viewer) as session:
        return await count_order_cases(session, replace(wanted, now=clock()))

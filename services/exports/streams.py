"""The stream of an export for its subscriber: the state at once, then every change, until the file is there or not."""

from collections.abc import AsyncIterator
from uuid import UUID

from analytics.clock import Clock
from auth.permissions import Permission, require
from auth.viewer import Viewer
from models.database import Database
from models.exports.export import UNFINISHED, Export, exports_by_ids
from models.listener import Hub
from services.queued.row_streams import Watched, watch_row


async def watch_export(
    db: Database, clock: Clock, hub: Hub, viewer: Viewer, export_id: UUID | None
) -> AsyncIterator[Export]:
    """The export now and after every change until it has ended; needs EXPORT.

    Raises NotFound, also for one of another tenant or one that is deleted meanwhile, and Unauthenticated when the
    viewer's token ends.
    """
    require(viewer, Permission.EXPORT)

    async def load(row_id: UUID) -> Export | None:
        async with db.read(viewer) as session:
            return next(iter(await exports_by_ids(session, [row_id])), None)

    watched = Watched(export_id, load, lambda export: export.status not in UNFINISHED, "There is no such export.")
    async for export in watch_row(clock, hub, viewer, watched):
        yield export

"""The stream of an export for its subscriber: the state at once, then every change, until the file is there or not.

A notification only says that there is news; each event is read anew, as in `services/refreshes/streams.py`.
"""

import asyncio
from collections.abc import AsyncIterator
from uuid import UUID

from analytics.clock import Clock
from auth.permissions import Permission, require
from auth.viewer import Viewer
from errors import NotFound
from models.database import Database
from models.exports.export import UNFINISHED, Export, exports_by_ids
from models.listener import Hub
from services.patience import patiently
from services.refreshes.streams import AT_MOST_EVERY_S, next_change


async def watch_export(
    db: Database, clock: Clock, hub: Hub, viewer: Viewer, export_id: UUID | None
) -> AsyncIterator[Export]:
    """The export now and after every change until it has ended; needs EXPORT.

    Raises NotFound, also for one of another tenant or one that is deleted meanwhile, and Unauthenticated when the
    viewer's token ends.
    """
    require(viewer, Permission.EXPORT)
    if export_id is None:
        raise _not_found()

    async def load() -> Export | None:
        async with db.read(viewer) as session:
            return next(iter(await exports_by_ids(session, [export_id])), None)

    seen = 0
    async with hub.watch(export_id) as watch:
        while True:
            await next_change(clock, viewer, watch)
            # The error that the database is away goes to the subscriber at first; later the stream waits for it.
            found = await load() if seen == 0 else await patiently(load)
            if found is None:
                raise _not_found()
            if found.version > seen:
                seen = found.version
                yield found
            if found.status not in UNFINISHED:
                return
            await asyncio.sleep(AT_MOST_EVERY_S)


def _not_found() -> NotFound:
    return NotFound("There is no such export.")

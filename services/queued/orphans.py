"""Looks for jobs of ours that the queue has lost, page by page over all tenants; what is done with each is given."""

from collections.abc import Awaitable, Callable

from models.database import Database
from models.queue.orphans import KeptJobs, Orphan, Place, end_forgotten, orphans

# A run reports every 10 s even while it waits for an answer. One that was silent for so long has lost its worker.
_SILENT_S = 90.0
PAGE = 500


async def adopt_orphans(
    db: Database, kept: KeptJobs, adopt: Callable[[Orphan], Awaitable[None]], *, page: int = PAGE
) -> int:
    """Calls `adopt` for every unfinished row that no live job of the queue will run; answers how many there were.

    They are read `page` silent ones at a time, since a long queue has many.
    """
    async with db.sweep(reason=f"sweep {kept.table}") as session:
        # A job of the queue whose end could not be written seems to run for ever, and its row would be no orphan.
        await end_forgotten(session, kept, silent_s=_SILENT_S)
    adopted = 0
    place: Place | None = None
    while True:
        # A session of its own for each page: adopting opens others, and takes long.
        async with db.sweep(reason=f"sweep {kept.table}") as session:
            found = await orphans(session, kept, silent_s=_SILENT_S, after=place, most=page)
        for orphan in found.orphans:
            await adopt(orphan)
        adopted += len(found.orphans)
        if (place := found.last) is None:
            return adopted

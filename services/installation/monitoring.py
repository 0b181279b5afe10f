"""What an operator's monitoring asks of the installation as a whole; it names no tenant."""

from dataclasses import dataclass

from models.database import PoolUse
from models.queue.work_load import WorkLoad, work_load
from services.toolbox import Toolbox


@dataclass(frozen=True, slots=True)
class Reading:
    """Of one moment, of this process and of the queue that all share."""

    work: WorkLoad
    pools: dict[str, PoolUse]
    is_listening: bool
    watchers: int


async def take_reading(tools: Toolbox) -> Reading:
    """Raises DatabaseUnavailable."""
    async with tools.db.system(reason="monitoring") as session:
        work = await work_load(session, tools.clock())
    return Reading(work, tools.db.pools, tools.hub.is_healthy, tools.hub.watchers)

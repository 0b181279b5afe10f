"""The state of the installation as a whole, for an operator's monitoring; it names no tenant."""

from dataclasses import dataclass

from models.database import PoolUse
from models.queue.work_load import WorkLoad, work_load
from services.toolbox import Toolbox


@dataclass(frozen=True, slots=True)
class Reading:
    """The state at one moment: `work` of the queue that all processes share, the rest of this process."""

    work: WorkLoad
    pools: dict[str, PoolUse]
    is_listening: bool
    watchers: int


async def take_reading(tools: Toolbox) -> Reading:
    """The state now; raises DatabaseUnavailable."""
    async with tools.db.system(reason="monitoring") as session:
        work = await work_load(session, tools.clock())
    return Reading(work, tools.db.pools, tools.hub.is_healthy, tools.hub.watchers)

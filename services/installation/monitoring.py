"""The state of the installation as a whole, for an operator's monitoring; it names no tenant."""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass

from analytics.clock import Clock
from errors import DatabaseUnavailable
from models.database import Database
from models.listener import Hub
from models.pool import PoolUse
from models.queue.work_load import WorkLoad, work_load
from models.replicas.replica import ReplicaState


@dataclass(frozen=True, slots=True)
class ReplicaReading:
    """What this process knows of one read replica: whether queries read from it, and if not, why."""

    name: str
    state: ReplicaState
    lag_s: float


@dataclass(frozen=True, slots=True)
class Reading:
    """The state at one moment: `work` of the queue that all processes share, the rest of this process.

    There is no `work` while the database does not answer.
    """

    work: WorkLoad | None
    pools: dict[str, PoolUse]
    is_listening: bool
    watchers: int
    replicas: Sequence[ReplicaReading]


async def take_reading(db: Database, clock: Clock, hub: Hub) -> Reading:
    """The state now, of this process also without the database: a promotion is told while the primary is gone."""
    work = None
    with suppress(DatabaseUnavailable):
        async with db.sweep(reason="monitoring") as session:
            work = await work_load(session, clock())
    return Reading(work, db.pools, hub.is_healthy, hub.watchers, replicas_of(db))


def replicas_of(db: Database) -> Sequence[ReplicaReading]:
    """How the read replicas of this process are, in the order of DATABASE_READ_URL; none are asked."""
    known = db.replicas.all if db.replicas is not None else ()
    return [ReplicaReading(each.name, each.state, each.lag_s) for each in known]


def replica_states(db: Database) -> Mapping[str, str]:
    """The state of each read replica by its name."""
    return {each.name: each.state.value for each in replicas_of(db)}

"""Replica: one standby with its pool, what is known of it, and whether queries may read from it."""

import asyncio
from collections import deque
from collections.abc import Callable
from enum import StrEnum
from time import monotonic
from typing import Any
from weakref import WeakSet

import asyncpg
import structlog
from sqlalchemy import event
from sqlalchemy.ext.asyncio import AsyncEngine

from models.pool import UNREACHABLE
from models.replicas.positions import Point, Probe, Shared
from models.replicas.rest import Rest

_log = structlog.get_logger(__name__)

_NO_ROOM = asyncpg.TooManyConnectionsError
# A replica in good health lacks a few milliseconds. One that lacks more has its queries read from the primary, which
# answers sooner than the replica would.
PATIENCE_S = 0.05
_LOOK_EVERY_S = 0.002
# How many positions are kept for measuring the lag; of more of them every second one is.
_MOST_PENDING = 600
# The last checkpoint may be of the timeline before a promotion that the replica has followed since; the point that
# recovery must reach is of the newer one.
_STATE = """
    select pg_is_in_recovery() as follows, pg_last_wal_replay_lsn() - '0/0'::pg_lsn as position, system_identifier,
        greatest(timeline_id, min_recovery_end_timeline) as timeline
    from pg_control_system(), pg_control_checkpoint(), pg_control_recovery()
"""
_POSITION = "select pg_is_in_recovery(), pg_last_wal_replay_lsn() - '0/0'::pg_lsn"


class ReplicaState(StrEnum):
    """Whether a replica may be read from, and if not, why."""

    UNKNOWN = "unknown"  # nobody has looked yet
    USED = "used"
    GONE = "gone"  # it does not answer
    FULL = "full"  # it had no connection left, and rests for a while
    BEHIND = "behind"  # by more than READ_MAX_LAG
    PROMOTED = "promoted"  # it is a primary itself: nobody knows what is written there
    FOREIGN = "foreign"  # it follows another cluster, or the timeline before a promotion


class Replica:
    """Its `name` is its place in DATABASE_READ_URL, beginning with 1: an address would tell strangers of /health."""

    def __init__(self, name: str, url: str, engine: AsyncEngine, *, max_lag_s: float) -> None:
        self.name = name
        self.engine = engine
        self.state = ReplicaState.UNKNOWN
        self.lag_s = 0.0
        # Whether it missed its patience since it was last seen without a lag.
        self.is_late = False
        self.position = 0
        self._cluster = self._timeline = 0
        self._max_lag_s = max_lag_s
        self._pending: deque[tuple[float, int]] = deque()
        self._rest = Rest()
        self._probe = Probe(url)
        # A connection of asyncpg takes one statement at a time, and looks and questions for the position share one.
        self._one_at_a_time = asyncio.Lock()
        self._advance: Callable[[], Any] = Shared(self._ask_position)
        # Weak, since the pool drops connections without telling us.
        self._open: WeakSet[asyncpg.Connection] = WeakSet()
        event.listen(engine.sync_engine, "connect", self._remember)

    def follows(self, point: Point) -> bool:
        """Whether it may be read from, and follows the primary whose point this is."""
        followed = (self._cluster, self._timeline)
        return self.state is ReplicaState.USED and followed == (point.cluster, point.timeline)

    async def reaches(self, position: int) -> bool:
        """Waits a moment for the replica to replay up to a position; answers whether it has."""
        until = monotonic() + PATIENCE_S
        while self.position < position:
            try:
                await self._advance()
            except UNREACHABLE as error:
                self._give_up(error)
                return False
            if self.state is not ReplicaState.USED:
                return False
            if self.position < position and monotonic() > until:
                # From now on nobody waits for it until a look finds it without a lag: each would wait in vain.
                self.is_late = True
                return False
            await asyncio.sleep(0 if self.position >= position else _LOOK_EVERY_S)
        return True

    async def look(self, point: Point | None) -> None:
        """Looks at the replica and decides whether it is used; without a point of the primary as of the last look."""
        try:
            async with self._one_at_a_time:
                await self._probe.connect()
                found = await self._probe.row(_STATE)
        except UNREACHABLE as error:
            self._measure(point)
            self._give_up(error)
            return
        # A server that follows by other means than streaming has no position: it never reaches one.
        self.position = int(found["position"] or 0)
        self._cluster, self._timeline = found["system_identifier"], found["timeline"]
        self._measure(point)
        if not found["follows"]:
            self._forget_lag()
            self.leave_out(ReplicaState.PROMOTED, reason="It is no standby: it does not follow the primary any more.")
        elif point and (self._cluster, self._timeline) != (point.cluster, point.timeline):
            self._forget_lag()
            self.leave_out(ReplicaState.FOREIGN, reason="It follows another cluster, or a timeline before a promotion.")
        elif self.lag_s > self._max_lag_s:
            self.leave_out(ReplicaState.BEHIND, reason=f"It is {self.lag_s:.1f} s behind.")
        else:
            self._use()

    def leave_out(self, state: ReplicaState, *, reason: str) -> None:
        """Begins no query on it until a look finds it in order."""
        if self.state is not state:
            _log.warning("replica_left_out", replica=self.name, state=state.value, reason=reason)
        self.state = state

    def lose(self, error: Exception) -> None:
        """Leaves it out after it did not answer; for a while if it had no connection left."""
        # The pool tells every error of connecting as DatabaseUnavailable, from the one that it was.
        if isinstance(error, _NO_ROOM) or isinstance(error.__cause__, _NO_ROOM):
            self._rest.begin()
            self._let_rest()
        else:
            self.leave_out(ReplicaState.GONE, reason=type(error).__name__)

    async def close(self) -> None:
        """Closes every connection."""
        self._probe.close()
        await self.engine.dispose()

    def _give_up(self, error: Exception) -> None:
        """Leaves it out, and ends what queries wait for: a server that is gone may never close a connection.

        One that has no connection left still answers those that it has.
        """
        self.lose(error)
        if self.state is not ReplicaState.FULL:
            for connection in tuple(self._open):
                connection.terminate()

    def _let_rest(self) -> None:
        left = f"It had no connection left: it is tried again in {self._rest.left_s:.0f} s."
        self.leave_out(ReplicaState.FULL, reason=left)

    def _use(self) -> None:
        if self._rest.is_on:
            self._let_rest()
            return
        if self.state is not ReplicaState.USED:
            _log.info("replica_used", replica=self.name, lag_s=round(self.lag_s, 1))
        self.state = ReplicaState.USED

    async def _ask_position(self) -> None:
        async with self._one_at_a_time:
            await self._probe.connect()
            follows, position = await self._probe.row(_POSITION)
        if not follows:
            self.leave_out(ReplicaState.PROMOTED, reason="It is no standby: it does not follow the primary any more.")
        self.position = int(position or 0)

    def _measure(self, point: Point | None) -> None:
        """The lag: the age of the oldest position seen at the primary that the replica has not reached.

        So a quiet primary makes no lag, no clocks are compared, and a replica that hears nothing shows it. The newest
        position joins the list last, since a replica that is late by milliseconds has no lag.
        """
        now = monotonic()
        while self._pending and self._pending[0][1] <= self.position:
            self._pending.popleft()
        self.lag_s = now - self._pending[0][0] if self._pending else 0.0
        self.is_late = self.is_late and bool(self._pending)
        if point is not None and point.position > self.position:
            if len(self._pending) >= _MOST_PENDING:
                self._pending = deque(list(self._pending)[::2])
            self._pending.append((now, point.position))

    def _forget_lag(self) -> None:
        """For a server that does not follow this primary: positions of two histories cannot be compared."""
        self._pending.clear()
        self.lag_s = 0.0

    def _remember(self, adapted: Any, *_: Any) -> None:
        self._open.add(adapted.driver_connection)

"""Replicas: chooses the replica that a query reads from, and looks at all of them twice a second.

A query reads from one server. It asks the primary for its position, which all queries that begin at this moment share,
and takes a replica that has replayed as much; without one it reads from the primary. So a query shows every commit that
anybody was told of before it began, whoever made it and whichever server answers. Nothing is remembered about clients,
tenants or writes, and a server that cannot reach the primary reads from no replica either.
"""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass

import structlog
from prometheus_client import Counter
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from sqlalchemy.ext.asyncio import AsyncEngine

from errors import DatabaseUnavailable
from models.pool import STATEMENT_ERRORS, UNREACHABLE, outage_of, sqlstate_of
from models.replicas.positions import Point, Primary
from models.replicas.replica import Replica, ReplicaState

_log = structlog.get_logger(__name__)

# A replica that is gone is left out after this pause and the second that a look takes, so in less than 2 seconds.
LOOK_EVERY_S = 0.5
PRIMARY = "primary"
# No setting has this name: asking for it is an error of its own, which no other statement makes.
_BEHIND = "app.replica_is_behind"
_NO_SUCH_SETTING = "42704"
# SQLSTATE of what replay does to queries that need rows which it removes, locks, or whose database it drops; and of
# what a standby does not run although it only reads.
_REPLAY = ("40001", "40P01", "57P04")
_NOT_ON_STANDBY = "25006"
_FAILURES = (DatabaseUnavailable, PoolTimeoutError, *STATEMENT_ERRORS)
_READS = Counter("adgraph_query_reads", "Queries that read, by server: primary, or a replica.", ("server",))
_REPEATED = Counter("adgraph_query_reads_repeated", "Queries that a replica failed, and the primary answered.")


class ReplicaLost(DatabaseUnavailable):
    """A replica did not answer a query: the whole query is to be answered once more, from the primary."""

    def __init__(self) -> None:
        super().__init__("The database does not answer; try again.")


@dataclass(frozen=True, slots=True)
class ChosenReplica:
    """A replica for one query, and what it must have when a session begins, as a statement that fails otherwise.

    The statement rides on BEGIN, so it costs no round trip. It also finds a promotion since the choice, and it holds
    for the very connection of the session, should several servers answer under the replica's address.
    """

    replica: Replica
    point: Point

    @property
    def engine(self) -> AsyncEngine:
        return self.replica.engine

    @property
    def condition(self) -> str:
        position = f"{self.point.position >> 32:X}/{self.point.position & 0xFFFFFFFF:X}"
        return (
            f"; SELECT CASE WHEN pg_is_in_recovery() AND pg_last_wal_replay_lsn() >= '{position}' THEN ''"
            f" ELSE current_setting('{_BEHIND}') END"
        )


class ReplicaSet:
    """All replicas of this process."""

    def __init__(self, primary_url: str, replicas: Sequence[Replica]) -> None:
        self.all = tuple(replicas)
        self._primary = Primary(primary_url)
        self._turn = 0

    async def chosen(self) -> ChosenReplica | None:
        """A replica that has everything which the primary has at this moment; None when there is none."""
        if not any(replica.state is ReplicaState.USED for replica in self.all):
            return None
        try:
            point = await self._primary.point()
        except UNREACHABLE:
            # What the replicas lack is unknown. The primary answers, or the query fails as it would without replicas.
            return None
        # Queries go round, so that replicas of the same position share them.
        self._turn += 1
        candidates = [each for each in self._from_turn() if each.follows(point)]
        for replica in candidates:
            if replica.position >= point.position:
                return ChosenReplica(replica, point)
        # Only one is waited for: with a second patience the primary would have answered long before.
        waiting = next((each for each in candidates if not each.is_late), None)
        if waiting is not None and await waiting.reaches(point.position):
            return ChosenReplica(waiting, point)
        return None

    def _from_turn(self) -> Sequence[Replica]:
        first = self._turn % len(self.all)
        return (*self.all[first:], *self.all[:first])

    async def look(self) -> None:
        """Looks at every replica once, at all at the same time."""
        try:
            # Before the replicas: asked after them, a busy primary would be ahead of each by what it wrote meanwhile.
            point: Point | None = await self._primary.point()
        except UNREACHABLE:
            point = None
        await asyncio.gather(*(replica.look(point) for replica in self.all))

    @asynccontextmanager
    async def watched(self) -> AsyncIterator[None]:
        """Looks once, then again and again while the block runs, and closes all connections at its end."""
        await self.look()
        looking = asyncio.create_task(self._look_forever(), name="replicas")
        try:
            yield
        finally:
            looking.cancel()
            await asyncio.wait([looking])
            self._primary.close()
            for replica in self.all:
                await replica.close()

    async def _look_forever(self) -> None:
        while True:
            await asyncio.sleep(LOOK_EVERY_S)
            try:
                await self.look()
            except Exception:  # noqa: BLE001 - whatever goes wrong, it is looked at again
                _log.exception("replicas_not_looked_at")


class QueryReads:
    """Where one query reads. Its first session decides it for all of them: of two servers one may lack a row.

    A replica that fails it is `lost`. The query must then be answered once more as a whole: what its sessions have read
    so far cannot go on at another moment.
    """

    def __init__(self, replicas: ReplicaSet) -> None:
        self._replicas = replicas
        self._deciding = asyncio.Lock()
        self._is_decided = False
        self._chosen: ChosenReplica | None = None
        self._is_lost = False

    async def source(self) -> ChosenReplica | None:
        """The replica and what it must have replayed, or None for the primary; raises ReplicaLost after a loss."""
        async with self._deciding:
            if not self._is_decided:
                self._chosen = await self._replicas.chosen()
                self._is_decided = True
                _READS.labels(self._chosen.replica.name if self._chosen else PRIMARY).inc()
        if self._is_lost:
            raise ReplicaLost
        return self._chosen

    @asynccontextmanager
    async def guarded(self) -> AsyncIterator[None]:
        """For a session on the replica: what only a replica fails at is ReplicaLost, whatever else fails is as ever."""
        try:
            yield
        except ReplicaLost:
            raise
        except _FAILURES as error:
            # What replay ended, or lacked what it must have, is no sign of a replica that is gone.
            if not _is_of_replicas(error):
                if not isinstance(error, DatabaseUnavailable) and outage_of(error) is None:
                    raise
                if self._chosen is not None:
                    self._chosen.replica.lose(error)
            self._is_lost = True
            raise ReplicaLost from error

    def begun_again(self) -> "QueryReads | None":
        """Where the query reads when it runs once more, which is the primary; None when no replica was lost.

        Another object, since sessions of the first run may still be open: the answer does not wait for the siblings of
        a field that failed, and what fails them later is no matter of the second run.
        """
        if not self._is_lost:
            return None
        again = QueryReads(self._replicas)
        again._is_decided = True
        _REPEATED.inc()
        _READS.labels(PRIMARY).inc()
        return again


def _is_of_replicas(error: Exception) -> bool:
    """Whether the primary would not have failed: replay ended the query, or the replica lacks what it must have.

    Also when all connections of the pool are in use: the primary has others.
    """
    state = sqlstate_of(error)
    is_behind = state == _NO_SUCH_SETTING and _BEHIND in str(error)
    return is_behind or state in (*_REPLAY, _NOT_ON_STANDBY) or isinstance(error, PoolTimeoutError)

"""How far the primary has written its log, asked once for all who wait; reads no table.

A position is a number of bytes from the beginning of the log. A commit is told to nobody before the primary has flushed
it. So a replica that has replayed up to the primary's position of this moment has everything of which anybody was told.
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

import asyncpg

_T = TypeVar("_T")

# What a server fails with that does not answer; ValueError and TypeError would be faults of ours.
UNREACHABLE = (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError)
# A server in good health answers within milliseconds; this bounds how long one that is gone holds up who waits for it.
ANSWER_S = 1.0
_APPLICATION = {"application_name": "adgraph positions"}
_PRIMARY = """
    select (pg_control_system()).system_identifier, pg_walfile_name(pg_current_wal_flush_lsn()) as file
"""
# Where commits do not wait for the disk they are told before they are flushed; they are in the log all the same. It is
# asked each time, since a reload of the settings changes it while connections last.
_POSITION = """
    select case when current_setting('synchronous_commit') = 'off' then pg_current_wal_insert_lsn()
        else pg_current_wal_flush_lsn() end - '0/0'::pg_lsn
"""


class Shared(Generic[_T]):
    """A question that is asked once for everybody who waits for its answer.

    An answer is never older than the call it is for: who calls while the question is under way shares the next one.
    """

    def __init__(self, ask: Callable[[], Awaitable[_T]]) -> None:
        self._ask = ask
        self._running: asyncio.Task[_T] | None = None
        self._next: asyncio.Task[_T] | None = None

    async def __call__(self) -> _T:
        if self._next is None:
            self._next = asyncio.create_task(self._after(self._running))
            self._next.add_done_callback(_heard)
        # A caller that is cancelled leaves the question to the others.
        return await asyncio.shield(self._next)

    async def _after(self, running: "asyncio.Task[_T] | None") -> _T:
        # `wait` and not `await`: an error of that question belongs to those who asked it.
        if running is not None:
            await asyncio.wait([running])
        self._running, self._next = self._next, None
        return await self._ask()


def _heard(question: "asyncio.Task[Any]") -> None:
    """Takes the error of a question whose callers were all cancelled: asyncio would report it as lost."""
    if not question.cancelled():
        question.exception()


class Probe:
    """One connection for short questions, made at the first of them and again after it was lost.

    Every method raises one of UNREACHABLE when the server does not answer within ANSWER_S.
    """

    def __init__(self, url: str) -> None:
        self._url = url
        self._connection: Any = None

    async def connected(self) -> bool:
        """Connects if there is no connection; answers whether this made a new one."""
        if self._connection is not None and not self._connection.is_closed():
            return False
        self._connection = await asyncpg.connect(self._url, timeout=ANSWER_S, server_settings=_APPLICATION)
        return True

    async def row(self, statement: str) -> Any:
        """The only row of the answer."""
        try:
            return await self._connection.fetchrow(statement, timeout=ANSWER_S)
        except BaseException:
            # Also after a cancellation: the answer may still come, and the next question would wait for it.
            self.drop()
            raise

    def drop(self) -> None:
        """Closes the connection without waiting for a server that may be gone."""
        if self._connection is not None:
            self._connection.terminate()
            self._connection = None


@dataclass(frozen=True, slots=True)
class Point:
    """A moment of the primary: its cluster, its timeline, which a promotion raises, and its position."""

    cluster: int
    timeline: int
    position: int


class Primary:
    """Tells the primary's point. Cluster and timeline cannot change while a connection lasts, so they are read once."""

    def __init__(self, url: str) -> None:
        self._probe = Probe(url)
        self._cluster = self._timeline = 0
        self.point: Callable[[], Awaitable[Point]] = Shared(self._ask)

    async def _ask(self) -> Point:
        if await self._probe.connected():
            found = await self._probe.row(_PRIMARY)
            # The first eight digits of a log file's name are its timeline.
            self._cluster, self._timeline = found["system_identifier"], int(found["file"][:8], 16)
        return Point(self._cluster, self._timeline, int((await self._probe.row(_POSITION))[0]))

    def close(self) -> None:
        """Closes the connection."""
        self._probe.drop()

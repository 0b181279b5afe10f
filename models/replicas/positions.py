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

# A server in good health answers within milliseconds; this bounds how long one that is gone holds up who waits for it.
ANSWER_S = 1.0
_APPLICATION = {"application_name": "adgraph positions"}
# Where commits do not wait for the disk they are told before they are flushed; they are in the log all the same.
_POINT = """
    select (pg_control_system()).system_identifier as cluster, pg_walfile_name(pg_current_wal_flush_lsn()) as file,
        case when current_setting('synchronous_commit') = 'off' then pg_current_wal_insert_lsn()
        else pg_current_wal_flush_lsn() end - '0/0'::pg_lsn as position
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

    Every method raises one of UNREACHABLE (`models/pool.py`) when the server does not answer within ANSWER_S.
    """

    def __init__(self, url: str) -> None:
        self._url = url
        self._connection: Any = None
        self._has_ended = False

    async def connect(self) -> None:
        """Connects if there is no connection."""
        if self._connection is None or self._connection.is_closed():
            self._connection = await asyncpg.connect(self._url, timeout=ANSWER_S, server_settings=_APPLICATION)
            if self._has_ended:
                self.drop()
                raise ConnectionAbortedError

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

    def close(self) -> None:
        """Closes the connection, also one that is being made: a question outlives callers that were cancelled."""
        self._has_ended = True
        self.drop()


@dataclass(frozen=True, slots=True)
class Point:
    """A moment of the primary: its cluster, its timeline, which a promotion raises, and its position."""

    cluster: int
    timeline: int
    position: int


class Primary:
    """Tells the primary's point.

    All of it is asked each time: behind a pooler another server may answer while the connection lasts, and a reload of
    the settings changes `synchronous_commit`.
    """

    def __init__(self, url: str) -> None:
        self._probe = Probe(url)
        self.point: Callable[[], Awaitable[Point]] = Shared(self._ask)

    async def _ask(self) -> Point:
        await self._probe.connect()
        found = await self._probe.row(_POINT)
        # The first eight digits of a log file's name are its timeline.
        return Point(found["cluster"], int(found["file"][:8], 16), int(found["position"]))

    def close(self) -> None:
        """Closes the connection."""
        self._probe.close()

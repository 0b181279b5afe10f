"""Counters of rate limits in Redis, for all processes: each call is one call of one script, by the clock of Redis."""

import asyncio
from collections import deque
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from hashlib import sha1
from itertools import chain
from pathlib import Path
from typing import Any, cast

from redis.asyncio.connection import AbstractConnection, ConnectionPool
from redis.exceptions import InvalidResponse, NoScriptError, ReadOnlyError, RedisError, ResponseError

from auth.limits.buckets import Charge
from auth.limits.levels import SECOND, Level
from auth.limits.memory_counters import CountAnswer

CONNECTIONS = 4  # one would be fast enough; with several, one that hangs delays only the calls on it
BUDGET_S = 0.5  # the longest time of a call, with connecting and waiting for a connection
SCRIPT = Path(__file__).with_suffix(".lua").read_text()
# All ways in which a call can fail: Redis refuses it, is gone, is late, or answers something else than promised.
FAILURES = (RedisError, OSError, ValueError)
# A cluster hashes only the part in braces, so that all keys of a call are on the same server.
_PREFIX = "{adgraph}:limits"


@dataclass(frozen=True, slots=True)
class _Call:
    """A command, and the future of its outcome: an answer or an error."""

    command: tuple[str | int, ...]
    outcome: asyncio.Future[Any]

    def end(self, outcome: Any) -> None:
        if not self.outcome.done():
            self.outcome.set_result(outcome)


class RedisCounters:
    """Counters in Redis; each method raises one of FAILURES, TimeoutError when Redis takes longer than BUDGET_S.

    Calls of the same moment are sent together, over a few connections. A call whose connection broke is not repeated,
    since Redis may have counted it.
    """

    def __init__(self, url: str) -> None:
        """Raises ValueError for a URL with an option that the library does not know."""
        self._waiting: deque[_Call] = deque()
        self._senders: set[asyncio.Task[None]] = set()
        self._free = CONNECTIONS  # how many connections have no calls under way
        # The pool only reads the URL and makes connections. Its own queue is not used: a cancelled call can corrupt it.
        self._maker = ConnectionPool.from_url(
            url,
            socket_timeout=None,
            socket_connect_timeout=None,
            protocol=2,  # version 2 sends no greeting and no client name, so the first call is sent at once
            driver_info=None,
        )
        try:
            self._idle = [self._new_connection()]  # it is not opened yet; the library reads the options only now
        except TypeError as error:
            raise ValueError("the URL of Redis has an unknown option") from error
        self._script = SCRIPT
        self._digest = sha1(SCRIPT.encode(), usedforsecurity=False).hexdigest()

    async def take(self, charges: Sequence[Charge], *, reserves: bool = False) -> CountAnswer:
        return await self._ask("reserve" if reserves else "take", charges)

    async def look(self, charge: Charge) -> CountAnswer:
        return await self._ask("look", [charge])

    async def settle(self, charge: Charge, taken: Level, spent: int) -> CountAnswer:
        return await self._ask("settle", [charge], spent, taken.window)

    async def forget(self, charges: Sequence[Charge]) -> None:
        await self._call("DEL", *map(_key, charges))

    async def close(self) -> None:
        for sender in tuple(self._senders):
            sender.cancel()
            with suppress(asyncio.CancelledError):
                await sender
        while self._idle:
            await self._idle.pop().disconnect()

    async def _ask(self, question: str, charges: Sequence[Charge], *more: int) -> CountAnswer:
        arguments: list[str | int] = [len(charges), *map(_key, charges), question]
        arguments += chain(chain.from_iterable(map(_arguments, charges)), more)
        try:
            told = await self._call("EVALSHA", self._digest, *arguments)
        except NoScriptError:  # the server is new, or has been told to forget its scripts
            told = await self._call("EVAL", self._script, *arguments)
        if not isinstance(told, bytes):
            raise InvalidResponse(f"The script of the rate limits was answered with {type(told).__name__}")
        now, charge, wait, remaining, reset_at, *level = map(int, told.split())
        return CountAnswer(now, charge, wait, remaining, reset_at, Level(*level) if level[0] >= 0 else None)

    async def _call(self, *command: str | int) -> Any:
        loop = asyncio.get_running_loop()
        call = _Call(command, loop.create_future())
        self._waiting.append(call)
        if len(self._senders) < CONNECTIONS:
            self._senders.add(asyncio.create_task(self._send()))
        # The timeout is scheduled behind answers that have arrived by then: if the event loop was busy, Redis was not
        # late.
        too_late = loop.call_later(BUDGET_S, loop.call_soon, call.end, TimeoutError())
        try:
            outcome = await call.outcome
        finally:
            too_late.cancel()
        if isinstance(outcome, Exception):
            raise outcome
        return outcome

    async def _send(self) -> None:
        """Sends waiting calls over one connection until none waits."""
        connection = self._idle.pop() if self._idle else self._new_connection()
        try:
            while self._waiting:
                # The waiting calls are divided evenly among the connections without calls under way.
                share = -(-len(self._waiting) // self._free)
                self._free -= 1
                try:
                    await self._send_together([self._waiting.popleft() for _ in range(share)], connection)
                finally:
                    self._free += 1
        finally:
            self._idle.append(connection)  # one that broke is closed, and is opened again by its next use
            # Here and not in a callback of the task, which would run later: a call that comes before would start no
            # sender and wait in vain.
            self._senders.discard(cast("asyncio.Task[None]", asyncio.current_task()))

    async def _send_together(self, calls: Sequence[_Call], connection: AbstractConnection) -> None:
        calls = [call for call in calls if not call.outcome.done()]
        if not calls:
            return
        commands = [call.command for call in calls]
        if commands[0][0] == "EVALSHA" and not connection.is_connected:
            commands[0] = ("EVAL", self._script, *commands[0][2:])  # the server may be new and not know the script
        try:
            async with asyncio.timeout(2 * BUDGET_S):  # by then all callers of these calls have given up
                await self._maker.ensure_connection(connection)
                await connection.send_packed_command(connection.pack_commands(commands))
                for call in calls:
                    call.end(await self._outcome(connection))
        except FAILURES as error:
            # ReadOnlyError: the primary became a replica. Its name may lead to another server now, so the open
            # connections, which still lead to the old one, are closed.
            others = self._idle if isinstance(error, ReadOnlyError) else ()
            for each in (connection, *others):
                await each.disconnect(nowait=True)
            for call in calls:
                call.end(error)

    async def _outcome(self, connection: AbstractConnection) -> Any:
        try:
            return await connection.read_response()
        except ResponseError as error:
            if isinstance(error, ReadOnlyError):
                raise
            return error

    def _new_connection(self) -> AbstractConnection:
        connection: AbstractConnection = self._maker.make_connection()  # type: ignore[no-untyped-call]  # it has none
        return connection


def _key(charge: Charge) -> str:
    return f"{_PREFIX}:{charge.counted_as}"


def _arguments(charge: Charge) -> tuple[int, int, int, int]:
    bucket = charge.bucket
    return int(bucket.is_leaky), bucket.amount, bucket.window_s * SECOND, charge.amount

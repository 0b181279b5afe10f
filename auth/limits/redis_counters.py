"""Counts of rate limits in Redis, for all processes: each question is one call of one script, by the clock of Redis."""

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
from auth.limits.memory_counters import SECOND, CountAnswer

CONNECTIONS = 4  # one would do; with several, one that hangs delays only the questions on it
BUDGET_S = 0.5  # of one call: connecting and waiting for a connection included
SCRIPT = Path(__file__).with_suffix(".lua").read_text()
# All that a server can do to a question: refuse it, vanish, be late, or answer what is no answer.
FAILURES = (RedisError, OSError, ValueError)
# Braces name the part that a cluster hashes, so that the keys of a question are in one place wherever they are kept.
_PREFIX = "{adgraph}:limits"


@dataclass(frozen=True, slots=True)
class _Call:
    """A command, and what came of it: an answer or the error."""

    command: tuple[str | int, ...]
    outcome: asyncio.Future[Any]

    def end(self, outcome: Any) -> None:
        if not self.outcome.done():
            self.outcome.set_result(outcome)


class RedisCounters:
    """Counters; each method raises one of FAILURES, TimeoutError when Redis took longer than BUDGET_S.

    Questions of the same moment go out together, over a few connections. What broke off is not asked again: it may be
    counted.
    """

    def __init__(self, url: str) -> None:
        self._waiting: deque[_Call] = deque()
        self._senders: set[asyncio.Task[None]] = set()
        self._free = CONNECTIONS  # that nothing is under way on
        self._idle: list[AbstractConnection] = []
        # Not for its queue, which a question that is cancelled can upset: it reads the URL and makes connections.
        self._maker = ConnectionPool.from_url(
            url,
            socket_timeout=None,
            socket_connect_timeout=None,
            protocol=2,  # neither greets the server nor names the client: the first question goes out at once
            driver_info=None,
        )
        self._script = SCRIPT
        self._digest = sha1(SCRIPT.encode(), usedforsecurity=False).hexdigest()

    async def take(self, charges: Sequence[Charge]) -> CountAnswer:
        return await self._ask(charges, counts=True)

    async def look(self, charge: Charge) -> CountAnswer:
        return await self._ask([charge], counts=False)

    async def forget(self, charges: Sequence[Charge]) -> None:
        await self._call("DEL", *map(_key, charges))

    async def close(self) -> None:
        for sender in tuple(self._senders):
            sender.cancel()
            with suppress(asyncio.CancelledError):
                await sender
        while self._idle:
            await self._idle.pop().disconnect()

    async def _ask(self, charges: Sequence[Charge], *, counts: bool) -> CountAnswer:
        arguments: list[str | int] = [len(charges), *map(_key, charges), int(counts)]
        arguments += chain.from_iterable(map(_arguments, charges))
        try:
            told = await self._call("EVALSHA", self._digest, *arguments)
        except NoScriptError:  # a new server, or one that was told to forget its scripts
            told = await self._call("EVAL", self._script, *arguments)
        if not isinstance(told, bytes):
            raise InvalidResponse(f"The script of the rate limits was answered with {type(told).__name__}")
        now, charge, wait, remaining, reset_at = map(int, told.split())
        return CountAnswer(now, charge, wait, remaining, reset_at)

    async def _call(self, *command: str | int) -> Any:
        loop = asyncio.get_running_loop()
        call = _Call(command, loop.create_future())
        self._waiting.append(call)
        if len(self._senders) < CONNECTIONS:
            self._senders.add(asyncio.create_task(self._send()))
        # Not at once, but behind what has come by then: a loop that was kept busy is no Redis that does not answer.
        too_late = loop.call_later(BUDGET_S, loop.call_soon, call.end, TimeoutError())
        try:
            outcome = await call.outcome
        finally:
            too_late.cancel()
        if isinstance(outcome, Exception):
            raise outcome
        return outcome

    async def _send(self) -> None:
        """Sends what waits over one connection until nothing does."""
        connection = self._idle.pop() if self._idle else self._new_connection()
        try:
            while self._waiting:
                share = -(-len(self._waiting) // self._free)
                self._free -= 1
                try:
                    await self._send_together([self._waiting.popleft() for _ in range(share)], connection)
                finally:
                    self._free += 1
        finally:
            self._idle.append(connection)  # one that broke off is closed, and opens again
            # Not in a callback of the task, which runs later: a call that comes before would have no sender.
            self._senders.discard(cast("asyncio.Task[None]", asyncio.current_task()))

    async def _send_together(self, calls: Sequence[_Call], connection: AbstractConnection) -> None:
        calls = [call for call in calls if not call.outcome.done()]
        if not calls:
            return
        commands = [call.command for call in calls]
        if commands[0][0] == "EVALSHA" and not connection.is_connected:
            commands[0] = ("EVAL", self._script, *commands[0][2:])  # a new server gets to know the script
        try:
            async with asyncio.timeout(2 * BUDGET_S):  # by then nobody waits for any of them
                await self._maker.ensure_connection(connection)
                await connection.send_packed_command(connection.pack_commands(commands))
                for call in calls:
                    call.end(await self._outcome(connection))
        except FAILURES as error:
            # A primary became a replica: its name may lead to another server now, its connections do not.
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
    return int(bucket.is_fixed), bucket.amount, bucket.window_s * SECOND, charge.amount

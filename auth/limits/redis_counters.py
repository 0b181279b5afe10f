"""Counts of rate limits in Redis, for all processes: each question is one call of one script, by the clock of Redis."""

import asyncio
from collections.abc import Sequence
from hashlib import sha1
from itertools import chain
from pathlib import Path
from typing import Any

from redis.asyncio.connection import AbstractConnection, ConnectionPool
from redis.exceptions import InvalidResponse, NoScriptError, ReadOnlyError, RedisError

from auth.limits.buckets import Charge
from auth.limits.memory_counters import SECOND, CountAnswer

CONNECTIONS = 32
SCRIPT = Path(__file__).with_suffix(".lua").read_text()
# All that a server can do to a question: refuse it, vanish, be late, or answer what is no answer.
FAILURES = (RedisError, OSError, ValueError)
# Braces name the part that a cluster hashes, so that the keys of a question are in one place wherever they are kept.
_PREFIX = "{adgraph}:limits"


class RedisCounters:
    """Counters; each method raises one of FAILURES, and waits as long as whoever asks has time.

    Whoever comes while all connections are in use waits for one. What broke off is not asked again: it may be counted.
    """

    def __init__(self, url: str) -> None:
        self._turns = asyncio.Semaphore(CONNECTIONS)
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
        while self._idle:
            await self._idle.pop().disconnect()

    async def _ask(self, charges: Sequence[Charge], *, counts: bool) -> CountAnswer:
        arguments: list[str | int] = [len(charges), *map(_key, charges), int(counts)]
        arguments += chain.from_iterable(map(_arguments, charges))
        try:
            told = await self._call("EVALSHA", self._digest, *arguments)
        except NoScriptError:  # a new server, or one that was told to forget its scripts
            told = await self._call("EVAL", self._script, *arguments)
        if not isinstance(told, list) or [type(each) for each in told] != [int] * 5:
            raise InvalidResponse(f"The script of the rate limits was answered with {type(told).__name__}")
        return CountAnswer(*told)

    async def _call(self, *command: str | int) -> Any:
        async with self._turns:
            connection = self._idle.pop() if self._idle else self._new_connection()
            try:
                await self._maker.ensure_connection(connection)
                await connection.send_command(*command)
                return await connection.read_response()
            except ReadOnlyError:
                # A primary became a replica: its name may lead to another server now, its connections do not.
                for each in (connection, *self._idle):
                    await each.disconnect(nowait=True)
                raise
            finally:
                self._idle.append(connection)  # one that broke off within a question is closed, and opens again

    def _new_connection(self) -> AbstractConnection:
        connection: AbstractConnection = self._maker.make_connection()  # type: ignore[no-untyped-call]  # it has none
        return connection


def _key(charge: Charge) -> str:
    return f"{_PREFIX}:{charge.counted_as}"


def _arguments(charge: Charge) -> tuple[int, int, int, int]:
    bucket = charge.bucket
    return int(bucket.is_fixed), bucket.amount, bucket.window_s * SECOND, charge.amount

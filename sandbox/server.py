"""Owns running a sandbox on loopback inside the current event loop; must never listen elsewhere."""

import asyncio
import socket
import struct
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass

import uvicorn
from starlette.types import ASGIApp
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from sandbox.connection import RESET
from sandbox.meta.admin import SandboxAdmin
from sandbox.meta.app import create_app
from sandbox.meta.config import SandboxConfig

_LOOPBACK = "127.0.0.1"
_BACKLOG = 256
_GRACE_S = 1
_MOMENT_S = 0.001
_DATE_S = 1


@dataclass(frozen=True, slots=True)
class SandboxServer:
    """`url` stands for graph.facebook.com, `dialog_url` for www.facebook.com: one host here."""

    url: str
    admin: SandboxAdmin

    @property
    def dialog_url(self) -> str:
        return self.url


# Linger on, for no time: closing sends a reset instead of an end.
_NO_LINGER = struct.pack("ii", 1, 0)


class _BreakableProtocol(HttpToolsProtocol):
    """Lets a request break its connection off, which no response can."""

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self.scope["state"][RESET] = self._reset

    def _reset(self) -> None:
        self.transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _NO_LINGER)
        self.transport.abort()


class PromptServer(uvicorn.Server):
    """Ends as soon as it is told to, and leaves signals to the process in which it is a guest.

    uvicorn itself looks ten times a second whether it shall end and whether its connections have: as long as a whole
    test takes.
    """

    def __init__(self, config: uvicorn.Config) -> None:
        self._is_told_to_end = asyncio.Event()
        super().__init__(config)
        self.is_ready = asyncio.Event()

    @property
    def should_exit(self) -> bool:
        return self._is_told_to_end.is_set()

    @should_exit.setter
    def should_exit(self, is_told: bool) -> None:
        if is_told:
            self._is_told_to_end.set()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.is_ready.set()

    async def main_loop(self) -> None:
        # With 0 the date of answers is made anew, which is exact to the second.
        while not await self.on_tick(0):
            with suppress(TimeoutError):
                async with asyncio.timeout(_DATE_S):
                    await self._is_told_to_end.wait()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        for listener in (*self.servers, *(sockets or ())):
            listener.close()
        state, told = self.server_state, set[object]()
        try:
            async with asyncio.timeout(self.config.timeout_graceful_shutdown):
                await asyncio.sleep(0)  # what was accepted last is among the connections from now on
                while (state.connections or state.tasks) and not self.force_exit:
                    for connection in state.connections - told:
                        connection.shutdown()
                        told.add(connection)
                    await asyncio.sleep(_MOMENT_S)
        except TimeoutError:
            for task in state.tasks:
                task.cancel()

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


def _listen(host: str, port: int) -> socket.socket:
    if host not in (_LOOPBACK, "localhost"):
        raise ValueError(f"the sandbox listens on loopback only, not on {host}")
    # With the protocol named, asyncio turns Nagle's algorithm off; otherwise each answer waits 40 ms.
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((_LOOPBACK, port))
        listener.listen(_BACKLOG)
    except OSError:
        listener.close()
        raise
    return listener


@asynccontextmanager
async def run_sandbox(config: SandboxConfig, *, host: str = "127.0.0.1", port: int = 0) -> AsyncIterator[SandboxServer]:
    """Meta's, until the block ends."""
    app = create_app(config)
    async with serve(app, host=host, port=port) as url:
        yield SandboxServer(url, SandboxAdmin(app.state.sandbox))


@asynccontextmanager
async def serve(app: ASGIApp, *, host: str = "127.0.0.1", port: int = 0) -> AsyncIterator[str]:
    """Any stand-in's URL until the block ends. Port 0 takes a free one; a port in use raises OSError."""
    listener = _listen(host, port)
    # No access log: its lines would hold tokens.
    settings = uvicorn.Config(
        app,
        http=_BreakableProtocol,
        log_config=None,
        access_log=False,
        lifespan="off",
        proxy_headers=False,
        timeout_graceful_shutdown=_GRACE_S,
    )
    server = PromptServer(settings)
    serving = asyncio.create_task(server.serve(sockets=[listener]))
    try:
        # Asked to stop before it has started, uvicorn would leave its socket open.
        await server.is_ready.wait()
        yield f"http://{_LOOPBACK}:{listener.getsockname()[1]}"
    finally:
        server.should_exit = True
        await serving
        listener.close()

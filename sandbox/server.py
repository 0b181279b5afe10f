"""Owns running a sandbox on loopback inside the current event loop; must never listen elsewhere."""

import asyncio
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from ipaddress import ip_address

import uvicorn

from sandbox.meta.admin import SandboxAdmin
from sandbox.meta.app import create_app
from sandbox.meta.config import SandboxConfig

_GRACE_S = 2


@dataclass(frozen=True, slots=True)
class SandboxServer:
    """`url` stands for graph.facebook.com, `dialog_url` for www.facebook.com: one host here."""

    url: str
    admin: SandboxAdmin

    @property
    def dialog_url(self) -> str:
        return self.url


class _GuestServer(uvicorn.Server):
    """Leaves signals to the process it is a guest in."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


def _listen(host: str, port: int) -> socket.socket:
    """Listening at once, so that callers may connect before the server's first turn."""
    if not ip_address("127.0.0.1" if host == "localhost" else host).is_loopback:
        raise ValueError(f"the sandbox listens on loopback only, not on {host}")
    return socket.create_server((host, port), backlog=256)


@asynccontextmanager
async def run_sandbox(config: SandboxConfig, *, host: str = "127.0.0.1", port: int = 0) -> AsyncIterator[SandboxServer]:
    """Serve until the block ends. Port 0 takes a free one; a port in use raises OSError."""
    app = create_app(config)
    listener = _listen(host, port)
    # No access log: its lines would hold tokens.
    settings = uvicorn.Config(
        app, log_config=None, access_log=False, lifespan="off", timeout_graceful_shutdown=_GRACE_S
    )
    server = _GuestServer(settings)
    serving = asyncio.create_task(server.serve(sockets=[listener]))
    try:
        yield SandboxServer(f"http://127.0.0.1:{listener.getsockname()[1]}", SandboxAdmin(app.state.sandbox))
    finally:
        server.should_exit = True
        await serving
        listener.close()

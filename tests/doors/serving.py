"""Runs an application in this process on a free port, with the server's own uvicorn settings."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from starlette.types import ASGIApp

from sandbox.server import PromptServer
from startup.process import listening_socket
from startup.server import Server, make_server


class _PromptServer(Server, PromptServer):
    """The server of the web process, for which no test waits."""


@asynccontextmanager
async def serving(app: ASGIApp) -> AsyncIterator[tuple[str, Server]]:
    """The URL, and the server itself for tests of its end."""
    listener = listening_socket("127.0.0.1", 0)
    listener.listen()
    server = _PromptServer(make_server(app).config)
    task = asyncio.create_task(server.serve(sockets=[listener]))
    # Otherwise the tasks of its start could appear at any moment of a test that counts tasks.
    await server.is_ready.wait()
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}", server
    finally:
        server.should_exit = True
        await task
        listener.close()

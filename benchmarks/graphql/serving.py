"""Runs an ASGI application as its users would: uvicorn with its own choice of loop and parser, one process."""

import sys
from typing import Any

import uvicorn

from startup.process import listening_socket


def serve(app: Any) -> None:
    """On a free port, which is printed first; until the process is ended."""
    listener = listening_socket("127.0.0.1", 0)
    listener.listen(1024)
    sys.stdout.write(f"{listener.getsockname()[1]}\n")
    sys.stdout.flush()
    config = uvicorn.Config(app, access_log=False, log_level="warning")
    uvicorn.Server(config).run(sockets=[listener])

"""Owns an answer that is none: the connection breaks instead; must not decide when that happens."""

from collections.abc import Callable

from starlette.responses import Response
from starlette.types import Receive, Scope, Send

# Where a request's state holds the way to break its connection off (sandbox/server.py).
RESET = "reset"


class BrokenConnection(Response):
    """Breaks the connection off before a byte of an answer."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG002 - nothing is sent
        reset: Callable[[], None] = scope["state"][RESET]
        reset()
        while (await receive())["type"] != "http.disconnect":
            pass

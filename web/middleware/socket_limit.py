"""Limits how many WebSockets and streams of events one caller may have open in this process; one more is refused."""

from collections import Counter

import structlog
from starlette.datastructures import Headers
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from auth.limits.buckets import network_of
from errors import RateLimited

log = structlog.get_logger(__name__)

_EVENTS = "text/event-stream"
RETRY_S = 10  # a guess: it is not known when one of the open connections ends


class SocketLimitMiddleware:
    """Counts open connections by address, since a socket's credentials come only after the handshake."""

    def __init__(self, app: ASGIApp, most: int) -> None:
        self.app = app
        self.most = most
        self.open: Counter[str] = Counter()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if not _is_held(scope):
            await self.app(scope, receive, send)
            return
        client = scope.get("client")
        caller = network_of(client[0] if client else None)
        if self.open[caller] >= self.most:
            log.info("socket_refused", reason="too many of one caller")
            await _refusal(self.most)(scope, receive, send)
            return
        self.open[caller] += 1
        try:
            await self.app(scope, receive, send)
        finally:
            self.open[caller] -= 1
            if not self.open[caller]:
                del self.open[caller]


def _is_held(scope: Scope) -> bool:
    """Whether it is a socket, or a request that a stream of events may answer."""
    accepted = Headers(scope=scope).getlist("accept") if scope["type"] == "http" else ()
    return scope["type"] == "websocket" or any(_EVENTS in each.lower() for each in accepted)


def _refusal(most: int) -> JSONResponse:
    message = f"At most {most} WebSockets and streams at once come from one address: close one, or share a socket."
    body = {"error": RateLimited.code, "message": message, "retryAfter": RETRY_S}
    return JSONResponse(body, 429, {"retry-after": str(RETRY_S), "cache-control": "no-store"})

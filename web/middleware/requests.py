"""What every HTTP exchange gets: a request id, a log line, and headers that restrict what browsers do with it."""

import re
import time
from contextlib import nullcontext
from uuid import uuid4

import structlog
from starlette.datastructures import MutableHeaders
from starlette.requests import HTTPConnection
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from web.telemetry import SOCKETS, count_request

log = structlog.get_logger(__name__)

HEADER = "x-request-id"
_LONGEST_PATH = 400
# Headers of every answer that does not set them itself: a page has a content policy of its own, a file may be cached.
CAREFUL = {
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "content-security-policy": "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    "x-frame-options": "DENY",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "cache-control": "no-store",
}
ONLY_HTTPS = {"strict-transport-security": "max-age=31536000"}
_SANE = re.compile(r"[A-Za-z0-9._\-]{8,128}")
_HEALTH = "/health"


def request_id_of(presented: str | None) -> str:
    """The request id that the caller sent, if it is of the right form, otherwise a new one."""
    return presented if presented is not None and _SANE.fullmatch(presented) else uuid4().hex


class RequestMiddleware:
    """The outermost middleware: sets `scope["state"]["request_id"]` for everything inside, also for WebSockets."""

    def __init__(self, app: ASGIApp, *, is_https: bool = False) -> None:
        self.app = app
        self.headers = {**CAREFUL, **(ONLY_HTTPS if is_https else {})}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in ("http", "websocket"):
            await self.app(scope, receive, send)
            return
        request_id = request_id_of(HTTPConnection(scope).headers.get(HEADER))
        scope.setdefault("state", {})["request_id"] = request_id
        sockets = SOCKETS.track_inprogress() if scope["type"] == "websocket" else nullcontext()
        with structlog.contextvars.bound_contextvars(request_id=request_id), sockets:
            await self._exchange(scope, receive, send, request_id=request_id)

    async def _exchange(self, scope: Scope, receive: Receive, send: Send, *, request_id: str) -> None:
        started, status, is_held = time.perf_counter(), 0, scope["type"] == "websocket"

        async def answer(message: Message) -> None:
            nonlocal status, is_held
            if message["type"] in ("http.response.start", "websocket.accept"):
                status = int(message.get("status", 101))
                headers = MutableHeaders(scope=message)
                is_held |= headers.get("content-type", "").startswith("text/event-stream")
                headers[HEADER] = request_id
                for name, value in self.headers.items():
                    headers.setdefault(name, value)
            await send(message)

        try:
            await self.app(scope, receive, answer)
        finally:
            level = "debug" if scope["path"].startswith(_HEALTH) else "info"
            duration_s = time.perf_counter() - started
            method = scope.get("method", "WEBSOCKET")
            count_request(method, scope["path"], status, None if is_held else duration_s)
            getattr(log, level)(
                "request_finished",
                method=method,
                path=scope["path"][:_LONGEST_PATH],
                status=status,
                duration_ms=round(duration_s * 1000, 2),
            )

"""Gzip for answers whose caller accepts it: whole texts of more than 1 KiB without secrets.

Starlette's own middleware flushes streams piece by piece, and takes `gzip;q=0` for a yes. Answers that come in pieces,
are encoded already, or say `no-transform` are passed on unchanged, and so are answers that set a cookie: compressing a
secret beside text that a caller chooses would reveal it by the size (docs/security.md).
"""

import asyncio
import gzip

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

MIN_BYTES = 1024
# Larger bodies are compressed in a thread. For smaller ones the change of threads would cost more than the work: 64 KiB
# of rows are compressed in about a millisecond.
_THREAD_BYTES = 64 * 1024
# gzip's level. Measured with 896 KB of rows: level 4 makes 151 KB in 15 ms, level 9 makes 133 KB in 96 ms.
_LEVEL = 4
_TEXTS = ("application/json", "application/graphql-response+json", "application/javascript", "image/svg+xml")
_EVENTS = "text/event-stream"


def takes_gzip(accepted: str) -> bool:
    """Whether an `Accept-Encoding` accepts gzip, by its name or by `*`; a weight of 0, or an invalid one, is a no."""
    weights: dict[str, bool] = {}
    for part in accepted.lower().split(","):
        name, _, parameters = part.partition(";")
        weights[name.strip()] = _is_wanted(parameters.strip())
    return weights.get("gzip", weights.get("x-gzip", weights.get("*", False)))


def _is_wanted(parameters: str) -> bool:
    if not parameters:
        return True
    name, _, weight = parameters.partition("=")
    try:
        return name.strip() == "q" and 0 < float(weight) <= 1
    except ValueError:
        return False


class CompressionMiddleware:
    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        accepted = ",".join(Headers(scope=scope).getlist("accept-encoding"))
        answer = _Answer(send, is_taken=takes_gzip(accepted))
        await self.app(scope, receive, answer.send)


class _Answer:
    """Sends one answer; its head is kept until the body shows whether it is compressed."""

    def __init__(self, send: Send, *, is_taken: bool) -> None:
        self._send = send
        self._is_taken = is_taken
        self._head: Message | None = None

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start" and _may_be_compressed(MutableHeaders(scope=message)):
            self._head = message
            return
        if self._head is not None:
            head, self._head = self._head, None
            if message["type"] == "http.response.body" and not message.get("more_body", False):
                message = await self._whole(head, message)
            await self._send(head)
        await self._send(message)

    async def _whole(self, head: Message, message: Message) -> Message:
        body = message.get("body", b"")
        if len(body) <= MIN_BYTES:
            return message
        headers = MutableHeaders(scope=head)
        headers.add_vary_header("Accept-Encoding")
        if not self._is_taken:
            return message
        packed = await asyncio.to_thread(_packed, body) if len(body) > _THREAD_BYTES else _packed(body)
        headers["content-encoding"] = "gzip"
        headers["content-length"] = str(len(packed))
        return {**message, "body": packed}


def _packed(body: bytes) -> bytes:
    return gzip.compress(body, _LEVEL, mtime=0)


def _may_be_compressed(headers: MutableHeaders) -> bool:
    media_type = headers.get("content-type", "").partition(";")[0].strip().lower()
    is_text = media_type in _TEXTS or (media_type.startswith("text/") and media_type != _EVENTS)
    is_settled = any(name in headers for name in ("content-encoding", "content-range", "set-cookie"))
    return is_text and not is_settled and "no-transform" not in headers.get("cache-control", "")

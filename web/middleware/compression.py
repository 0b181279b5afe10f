"""Gzip for whole answers whose caller takes it: text of more than 1 KiB, and nothing that holds a secret.

Starlette's own middleware would flush streams piece by piece, and reads `gzip;q=0` as a yes. What comes in pieces, is
encoded already, or says `no-transform` passes as it is; so does what sets a cookie (docs/security.md says why).
"""

import asyncio
import gzip

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

MIN_BYTES = 1024
# Below it the hop to a thread costs more than the work: 64 KiB of rows are compressed in about a millisecond.
_THREAD_BYTES = 64 * 1024
# Of the levels, the one where JSON stops to shrink much: level 9 takes several times as long for a few percent.
_LEVEL = 4
_TEXTS = ("application/json", "application/graphql-response+json", "application/javascript", "image/svg+xml")
_EVENTS = "text/event-stream"


def takes_gzip(accepted: str) -> bool:
    """What `Accept-Encoding` says of gzip, or of all that it does not name; a weight of 0, or no number, is a no."""
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
    """One answer: its head waits for the body, which decides."""

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

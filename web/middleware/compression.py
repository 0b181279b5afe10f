"""Compresses answers for callers that accept it: whole texts from 1 KiB on without secrets.

Middleware of others compresses streams piece by piece, ignores `no-transform` and which coding a caller prefers, and
holds the event loop meanwhile. Here answers that come in pieces, are encoded already, or say `no-transform` are passed
on unchanged, and so are answers that set a cookie: compressing a secret beside text that a caller chooses would reveal
it by the size (docs/security.md).
"""

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from web.codings import MIN_BYTES, Wish, wish_of

_TEXTS = ("application/json", "application/graphql-response+json", "application/javascript", "image/svg+xml")
_EVENTS = "text/event-stream"


class CompressionMiddleware:
    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        accepted = ",".join(Headers(scope=scope).getlist("accept-encoding"))
        answer = _Answer(send, wish_of(accepted))
        await self.app(scope, receive, answer.send)


class _Answer:
    """Sends one answer; its head is kept until the body shows whether it is compressed."""

    def __init__(self, send: Send, wish: Wish) -> None:
        self._send = send
        self._wish = wish
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
        headers = MutableHeaders(scope=head)
        if len(body) >= MIN_BYTES and "accept-encoding" not in headers.get("vary", "").lower():
            headers.add_vary_header("Accept-Encoding")
        coding = self._wish.of(len(body)) if body else None
        if coding is None:
            return message
        packed = await coding.packed(body)
        headers["content-encoding"] = coding.name
        headers["content-length"] = str(len(packed))
        _weaken(headers)
        return {**message, "body": packed}


def _weaken(headers: MutableHeaders) -> None:
    """A strong ETag promises the same bytes, which those of another coding are not (RFC 9110, 8.8.1)."""
    tag = headers.get("etag", "")
    if tag.startswith('"'):
        headers["etag"] = f"W/{tag}"


def _may_be_compressed(headers: MutableHeaders) -> bool:
    media_type = headers.get("content-type", "").partition(";")[0].strip().lower()
    is_text = media_type in _TEXTS or (media_type.startswith("text/") and media_type != _EVENTS)
    is_settled = any(name in headers for name in ("content-encoding", "content-range", "set-cookie"))
    return is_text and not is_settled and "no-transform" not in headers.get("cache-control", "")

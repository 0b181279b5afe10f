"""HTTP/1.1 connections that end when the sender is slow or its headers are large; uvicorn's own have no such limit."""

import asyncio

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

HEADERS_S = 10.0
BODY_S = 30.0
MAX_HEADER_BYTES = 32 * 1024
MAX_HEADERS = 100
_ANSWER = b"HTTP/1.1 %d %s\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"


class PunctualProtocol(HttpToolsProtocol):
    """A request's headers come within HEADERS_S of its first byte or of the connection, its body within BODY_S more."""

    headers_s, body_s = HEADERS_S, BODY_S
    _deadline: asyncio.TimerHandle | None = None
    _head_bytes = 0
    _reads_head = True

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn's own
        super().connection_made(transport)
        self._arm(self.headers_s)

    def connection_lost(self, exc: Exception | None) -> None:
        self._disarm()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        if self._reads_head:
            self._head_bytes += len(data)
            if self._head_bytes > MAX_HEADER_BYTES:
                self._end(431, b"Request Header Fields Too Large")

    # ------------------------------------------------------------------ what the parser tells
    def on_message_begin(self) -> None:
        super().on_message_begin()
        self._reads_head, self._head_bytes = True, 0
        self._arm(self.headers_s)

    def on_header(self, name: bytes, value: bytes) -> None:
        super().on_header(name, value)
        size = sum(len(name) + len(value) for name, value in self.headers)
        if len(self.headers) > MAX_HEADERS or size > MAX_HEADER_BYTES:
            raise ValueError("too many headers")  # the parser tells it as a bad request

    def on_headers_complete(self) -> None:
        self._reads_head = False
        self._arm(self.body_s)
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        self._disarm()
        super().on_message_complete()

    def handle_websocket_upgrade(self) -> None:
        self._disarm()
        super().handle_websocket_upgrade()

    # ------------------------------------------------------------------ the deadline
    def _arm(self, after_s: float) -> None:
        self._disarm()
        self._deadline = self.loop.call_later(after_s, self._end, 408, b"Request Timeout")

    def _disarm(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None

    def _end(self, status: int, reason: bytes) -> None:
        if self.transport.is_closing():
            return
        cycle = self.cycle
        # Of several requests in a row the one before may still be answering: nothing may be written in between.
        is_idle = cycle is None or cycle.response_complete
        if is_idle or not (self._reads_head or cycle.response_started):
            self.transport.write(_ANSWER % (status, reason))
        self.transport.close()

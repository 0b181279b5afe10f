"""HTTP/1.1 connections that end when a caller is slow, idle or sends more than a request needs; uvicorn's own do not.

What follows a body in chunks (trailers) is dropped: a proxy checks the headers before a body, never those behind it.
"""

import asyncio
from math import inf

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

HEADERS_S = 10.0
BODY_S = 30.0
# Answers leave in bursts: the system takes a part of its own buffer at a time, which a slow line needs a while for.
UNREAD_S = 60.0
MAX_HEADER_BYTES = 32 * 1024
MAX_HEADERS = 100
# A body sent one byte a chunk has five bytes of framing for each.
_FRAMING_OF_A_BYTE = 8
_ANSWER = b"HTTP/1.1 %d %s\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"
_TOO_LARGE = (431, b"Request Header Fields Too Large")


class PunctualProtocol(HttpToolsProtocol):
    """A request's headers come within HEADERS_S of its first byte or of the connection, its body within BODY_S more.

    Between requests a connection is kept for uvicorn's `timeout_keep_alive`, however the last one was answered.
    A caller who takes nothing of an answer for UNREAD_S has gone.
    """

    headers_s, body_s, unread_s = HEADERS_S, BODY_S, UNREAD_S
    _deadline: asyncio.TimerHandle | None = None
    _next_look: asyncio.TimerHandle | None = None
    _received = 0  # bytes, since the head or the body of this request began
    _quiet = 0  # bytes, since the last that were body
    _body_bytes = 0
    _header_bytes = 0
    _trailers = 0
    _reads_head = True
    _reads_body = False
    _is_of_two = False

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn's own
        super().connection_made(transport)
        self._arm(self.headers_s)

    def connection_lost(self, exc: Exception | None) -> None:
        self._disarm()
        self._look_no_more()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        if self.transport.is_closing():
            return
        self._is_of_two = False
        body_before = self._body_bytes
        super().data_received(data)
        # Where one request ends and the next begins, the bytes of each are not known.
        self._received += 0 if self._is_of_two else len(data)
        self._quiet = self._quiet + len(data) if self._body_bytes == body_before else 0
        if self._sends_too_much():
            self._end(*_TOO_LARGE)

    def _sends_too_much(self) -> bool:
        """More head than any request needs, or more around the body: sizes, extensions and trailers of chunks."""
        if self._reads_head:
            return self._received > MAX_HEADER_BYTES
        framing, most = self._received - self._body_bytes, self._body_bytes * _FRAMING_OF_A_BYTE
        return self._reads_body and (self._quiet > MAX_HEADER_BYTES or framing > MAX_HEADER_BYTES + most)

    # ------------------------------------------------------------------ what the parser tells
    def on_message_begin(self) -> None:
        super().on_message_begin()
        self._reads_head, self._received, self._header_bytes = True, 0, 0
        self._arm(self.headers_s)

    def on_header(self, name: bytes, value: bytes) -> None:
        if not self._reads_head:
            self._trailers += 1
            if self._trailers > MAX_HEADERS:
                raise ValueError("too many trailers")  # the parser tells it as a bad request
            return
        super().on_header(name, value)
        self._header_bytes += len(name) + len(value)
        if len(self.headers) > MAX_HEADERS or self._header_bytes > MAX_HEADER_BYTES:
            raise ValueError("too many headers")  # as above

    def on_headers_complete(self) -> None:
        self._reads_head, self._reads_body = False, True
        self._received, self._quiet, self._body_bytes, self._trailers = -self._header_bytes, 0, 0, 0
        self._arm(self.body_s)
        super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        self._body_bytes += len(body)
        super().on_body(body)

    def on_message_complete(self) -> None:
        self._reads_body, self._is_of_two = False, True
        self._disarm()
        super().on_message_complete()
        self._arm_if_idle()

    def handle_websocket_upgrade(self) -> None:
        self._disarm()
        self._look_no_more()
        super().handle_websocket_upgrade()

    # ------------------------------------------------------------------ what uvicorn tells
    def on_response_complete(self) -> None:
        super().on_response_complete()
        self._unset_keepalive_if_required()
        self._arm_if_idle()
        if not self.flow.write_paused:
            self._look_again()

    def pause_writing(self) -> None:
        super().pause_writing()
        self._look_again()

    def resume_writing(self) -> None:
        super().resume_writing()
        self._look_no_more()

    def send_400_response(self, msg: str) -> None:
        if self._may_answer():
            super().send_400_response(msg)
        else:
            self.transport.close()

    # ------------------------------------------------------------------ the deadline
    def _arm(self, after_s: float) -> None:
        self._disarm()
        self._deadline = self.loop.call_later(after_s, self._end, 408, b"Request Timeout")

    def _arm_if_idle(self) -> None:
        """In place of uvicorn's own timer: any byte stops that one, so who was answered early could stay for ever."""
        is_reading = self._reads_body or self._deadline is not None
        if not is_reading and self.cycle is not None and self.cycle.response_complete:
            self._deadline = self.loop.call_later(self.timeout_keep_alive, self.transport.close)

    def _disarm(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None

    # ------------------------------------------------------------------ who does not read
    def _look_again(self, before: float = inf) -> None:
        """Ends the connection when as much waits to be read as at the last look: closing it would wait on for ever."""
        self._look_no_more()
        left = self.transport.get_write_buffer_size()
        if left >= before:
            self.transport.abort()
        elif left:
            self._next_look = self.loop.call_later(self.unread_s, self._look_again, left)

    def _look_no_more(self) -> None:
        if self._next_look is not None:
            self._next_look.cancel()
            self._next_look = None

    def _end(self, status: int, reason: bytes) -> None:
        if self.transport.is_closing():
            return
        if self._may_answer():
            self.transport.write(_ANSWER % (status, reason))
        self.transport.close()

    def _may_answer(self) -> bool:
        """Of several requests in a row the one before may still be answering, and a request has one answer."""
        cycle = self.cycle
        if self._reads_head:
            return cycle is None or cycle.response_complete
        return cycle is not None and not cycle.response_started and not self.pipeline

"""HTTP/1.1 connections that end when a caller is slow, idle or sends more than a request needs; uvicorn's do not.

Headers behind a chunked body (trailers) are dropped: a proxy checks the headers before a body, not those behind it. The
class overrides methods of uvicorn's protocol, some of them private; uvicorn's version is pinned.
"""

import asyncio
from math import inf

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

HEADERS_S = 10.0
BODY_S = 30.0
# Long, since an answer leaves in bursts: the operating system takes a part of its buffer at a time, and a slow line
# needs a while to empty it.
UNREAD_S = 60.0
MAX_HEADER_BYTES = 32 * 1024
MAX_HEADERS = 100
# The most bytes of framing (sizes of chunks and line ends) for each byte of a body. A body with one byte a chunk has
# five.
_FRAMING_OF_A_BYTE = 8
_ANSWER = b"HTTP/1.1 %d %s\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"
_TOO_LARGE = (431, b"Request Header Fields Too Large")


class PunctualProtocol(HttpToolsProtocol):
    """Ends connections by these rules.

    The headers of a request must come within HEADERS_S, counted from the connection or from the request's first byte,
    and its body within BODY_S more. Between requests a connection is kept for uvicorn's `timeout_keep_alive`, also if
    the last request was answered before its body had come. A caller that takes nothing of an answer for UNREAD_S is
    taken to be gone.
    """

    headers_s, body_s, unread_s = HEADERS_S, BODY_S, UNREAD_S
    _deadline: asyncio.TimerHandle | None = None
    _next_look: asyncio.TimerHandle | None = None
    _received = 0  # bytes received since the headers, or the body, of this request began
    _quiet = 0  # bytes received since the last byte of a body
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
        # If one request ended and the next began within `data`, it is not known how many bytes belong to which.
        self._received += 0 if self._is_of_two else len(data)
        self._quiet = self._quiet + len(data) if self._body_bytes == body_before else 0
        if self._sends_too_much():
            self._end(*_TOO_LARGE)

    def _sends_too_much(self) -> bool:
        """Whether the caller sends more headers than a request needs, or too much framing around a body.

        Framing are the sizes and extensions of chunks, and trailers.
        """
        if self._reads_head:
            return self._received > MAX_HEADER_BYTES
        framing, most = self._received - self._body_bytes, self._body_bytes * _FRAMING_OF_A_BYTE
        return self._reads_body and (self._quiet > MAX_HEADER_BYTES or framing > MAX_HEADER_BYTES + most)

    # ------------------------------------------------------------------ called by the parser
    def on_message_begin(self) -> None:
        super().on_message_begin()
        self._reads_head, self._received, self._header_bytes = True, 0, 0
        self._arm(self.headers_s)

    def on_header(self, name: bytes, value: bytes) -> None:
        if not self._reads_head:
            self._trailers += 1
            if self._trailers > MAX_HEADERS:
                raise ValueError("too many trailers")  # the parser reports it as a bad request
            return
        super().on_header(name, value)
        self._header_bytes += len(name) + len(value)
        if len(self.headers) > MAX_HEADERS or self._header_bytes > MAX_HEADER_BYTES:
            raise ValueError("too many headers")  # as above

    def on_headers_complete(self) -> None:
        self._reads_head, self._reads_body = False, True
        # The piece of data that is being parsed has these headers in it, and is added to `_received` afterwards.
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

    # ------------------------------------------------------------------ called by uvicorn
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
        """Begins to wait for the next request, if the last one was read and answered.

        It replaces uvicorn's own timer, which any received byte stops: a caller that was answered before its body had
        come could keep the connection for ever.
        """
        is_reading = self._reads_body or self._deadline is not None
        if not is_reading and self.cycle is not None and self.cycle.response_complete:
            self._deadline = self.loop.call_later(self.timeout_keep_alive, self.transport.close)

    def _disarm(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None

    # ------------------------------------------------------------------ callers that do not read
    def _look_again(self, before: float = inf) -> None:
        """Ends the connection if nothing of the answer was read since the last look, else looks again in UNREAD_S.

        It aborts: closing would wait for the caller to read, possibly for ever.
        """
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
        """Whether an error may be written: the request before is answered completely, and this one not yet.

        A caller may send several requests in a row (pipelining), so an earlier one may still be answering.
        """
        cycle = self.cycle
        if self._reads_head:
            return cycle is None or cycle.response_complete
        return cycle is not None and not cycle.response_started and not self.pipeline

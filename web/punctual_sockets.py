"""WebSocket connections that store no more for a caller than it reads, and whose callers cannot fill the log.

uvicorn's own connections answer any number of pings, and log errors for things that every caller can do.
"""

import asyncio
from typing import Any

from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from websockets.frames import CloseCode, Frame


class Inbox:
    """What has come and was not read yet, for one reader: a tenth of the memory of asyncio's Queue."""

    __slots__ = ("_messages", "_waiter")

    def __init__(self) -> None:
        self._messages: list[Any] = []
        self._waiter: asyncio.Future[None] | None = None

    def put_nowait(self, message: Any) -> None:
        self._messages.append(message)
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)

    def empty(self) -> bool:
        return not self._messages

    async def get(self) -> Any:
        if not self._messages:
            self._waiter = asyncio.get_running_loop().create_future()
            try:
                await self._waiter
            finally:
                self._waiter = None
        return self._messages.pop(0)  # there are few: reading pauses while one waits


class PunctualSocket(WebSocketsSansIOProtocol):
    """While a caller does not read, only the newest pong is kept for it, which RFC 6455, 5.5.3 allows."""

    _late_pong = b""

    def __init__(self, *given: Any, **options: Any) -> None:
        super().__init__(*given, **options)
        self.queue = Inbox()  # type: ignore[assignment]  # it has what uvicorn calls

    def handle_ping(self) -> None:
        if self.writable.is_set() or self.conn.close_rcvd is not None:
            super().handle_ping()
            return
        pongs = self.conn.data_to_send()  # the pongs of all pings that came at once; later ones of these find none
        self._late_pong = pongs[-1] if pongs else self._late_pong

    def keepalive_timeout(self) -> None:
        super().keepalive_timeout()
        if self.transport.get_write_buffer_size():
            # Whoever reads nothing never takes the close frame either. uvicorn waits for that, which would keep the
            # connection and its subscriptions for ever.
            self.transport.abort()

    def handle_connect(self, event: Any) -> None:
        super().handle_connect(event)
        # Kept as long as the connection by whoever parses it, and read by nobody: the scope has them.
        event.headers.clear()

    async def send(self, message: Any) -> None:
        await super().send(message)
        if self.handshake_complete:
            self.response = None  # type: ignore[assignment]  # it is sent, and as large as the request
        if self.close_sent:
            # After a refusal with a body uvicorn still waits for the handshake and would log an error.
            self.handshake_complete = True

    def send_receive_event_to_app(self) -> None:
        if self.curr_msg_data_type == "text" and not _is_utf8(b"".join(self.frames)):
            self.frames = []
            self.conn.fail(CloseCode.INVALID_DATA)
            self.handle_parser_exception()
            return
        super().send_receive_event_to_app()

    def resume_writing(self) -> None:
        super().resume_writing()
        if self._late_pong and not self.transport.is_closing():
            self.transport.write(self._late_pong)
        self._late_pong = b""

    def handle_cont(self, event: Frame) -> None:
        # A part without content is dropped: it adds nothing, and the largest size of a message does not limit how many
        # of them there are.
        if event.data or event.fin:
            super().handle_cont(event)


def _is_utf8(data: bytes) -> bool:
    try:
        data.decode()
    except UnicodeDecodeError:
        return False
    return True

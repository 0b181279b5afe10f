"""WebSocket connections that hold no more for a caller than it reads, and whose callers cannot fill the log.

uvicorn's own answer pings without end, and write errors about what any caller may do.
"""

from typing import Any

from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from websockets.frames import CloseCode, Frame


class PunctualSocket(WebSocketsSansIOProtocol):
    """While a caller does not read, of the pongs it asks for only the newest is kept, as RFC 6455, 5.5.3, allows."""

    _late_pong = b""

    def handle_ping(self) -> None:
        if self.writable.is_set() or self.conn.close_rcvd is not None:
            super().handle_ping()
            return
        pongs = self.conn.data_to_send()  # all that came at once; the later pings of them find none left
        self._late_pong = pongs[-1] if pongs else self._late_pong

    async def send(self, message: Any) -> None:
        await super().send(message)
        if self.close_sent:
            # After a refusal with a body uvicorn still waits for the handshake, and would log an error.
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
        # A part without content adds nothing, but any number of them fits below the largest size of a message.
        if event.data or event.fin:
            super().handle_cont(event)


def _is_utf8(data: bytes) -> bool:
    try:
        data.decode()
    except UnicodeDecodeError:
        return False
    return True

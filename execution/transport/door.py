"""Door: the protocol by which the transports ask the application who sent a request or opened a socket."""

from typing import Any, Protocol

from starlette.requests import HTTPConnection, Request
from starlette.responses import Response
from starlette.websockets import WebSocket

from execution.context import OperationContext


class SocketContext(OperationContext, Protocol):
    """A connection's context; the handler puts the payload of connection_init into `connection_params`."""

    connection_params: dict[str, Any] | None


class Door(Protocol):
    async def request_context(self, request: Request, answer: Response | None) -> OperationContext:
        """The context of one HTTP request.

        With invalid credentials it is anonymous, and knows that some were presented. A cookie that is set on `answer`,
        also later while the operation runs, is sent with the real answer; a stream of events has none, since its head
        leaves first.
        """
        ...

    async def socket_context(self, socket: WebSocket) -> SocketContext:
        """The context of a socket that has not sent connection_init yet."""
        ...

    async def admit(self, context: Any) -> float | None:
        """Sets the context's viewer from `connection_params`; answers the seconds until the token ends.

        Answers None when no credentials were presented; raises Unauthenticated when they are not valid.
        """
        ...

    def left_s(self, context: Any) -> float | None:
        """The seconds until the token of the context's viewer ends; None for somebody without one."""
        ...

    async def recheck(self, context: Any) -> float | None:
        """Checks the viewer again while the connection is open; answers the seconds until the token ends.

        Raises Unauthenticated when the token has ended or is no longer valid.
        """
        ...


def request_id_of(connection: HTTPConnection) -> str:
    """The id that the request-id middleware gave the request."""
    return str(connection.scope.get("state", {}).get("request_id", ""))

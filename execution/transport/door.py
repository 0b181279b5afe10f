"""Door: what the transports ask of the application: who is at the other end of a request or a socket."""

from typing import Any, Protocol

from starlette.requests import HTTPConnection, Request
from starlette.responses import Response
from starlette.websockets import WebSocket

from execution.engine import OperationContext


class SocketContext(OperationContext, Protocol):
    """A connection's context; the handler puts the payload of connection_init into `connection_params`."""

    connection_params: dict[str, Any] | None


class Door(Protocol):
    async def request_context(self, request: Request, answer: Response) -> OperationContext:
        """The context of one HTTP request; invalid credentials make it anonymous and remembered as presented.

        A cookie that is set on `answer`, also later while the operation runs, goes out with the real one.
        """
        ...

    async def socket_context(self, socket: WebSocket) -> SocketContext:
        """The context of a socket that has not introduced itself yet."""
        ...

    async def admit(self, context: Any) -> float | None:
        """Puts the viewer of `connection_params` into the context; the seconds until the token ends, None without one.

        Raises Unauthenticated when credentials were presented and are not valid.
        """
        ...

    async def recheck(self, context: Any) -> float | None:
        """Looks again while the socket lives; the seconds until the token ends. Raises Unauthenticated after that."""
        ...


def request_id_of(connection: HTTPConnection) -> str:
    """The id that the request-id middleware gave the request."""
    return str(connection.scope.get("state", {}).get("request_id", ""))

"""FrontDoor: turns HTTP requests and sockets into Contexts; the transports of execution/ ask it who is there."""

from typing import Any

import structlog
from starlette.requests import HTTPConnection, Request
from starlette.responses import Response
from starlette.websockets import WebSocket

from auth.caller import origin_of
from auth.cookies import cookies_of
from auth.credential_words import IN_SOCKET_HEADERS, NOT_BEARER, OTHER_ROLE
from auth.session_cookie import session_cookie
from auth.viewer import Viewer
from errors import Unauthenticated
from resolvers.context import Context
from services.toolbox import Toolbox

# One operation resolves siblings at once: more sessions than this would let it drain the pool.
SESSIONS_PER_REQUEST = 4


class FrontDoor:
    def __init__(self, tools: Toolbox, *, shows_schema: bool = True) -> None:
        self._tools = tools
        self._shows_schema = shows_schema

    async def request_context(self, request: Request, answer: Response) -> Context:
        """Invalid credentials make it anonymous: the open fields ignore them, all others say what they are."""
        context = self._context(request)
        cookies = cookies_of(request.headers.getlist("cookie"))
        context.session_cookie = session_cookie(
            request.headers, cookies, public_url=self._tools.public_url, answer=answer.headers
        )
        authorization = request.headers.get("authorization")
        if authorization is not None:
            try:
                context.viewer = await self._tools.authenticator.authenticate(authorization, context.origin)
            except Unauthenticated as error:
                context.why_nobody = error.message
                return context
            _settle(context)
        return context

    async def socket_context(self, socket: WebSocket) -> Context:
        context = self._context(socket)
        if "authorization" in socket.headers:
            context.why_nobody = IN_SOCKET_HEADERS
        return context

    async def admit(self, context: Context) -> float | None:
        """Raises Unauthenticated for credentials that are not valid; without any the socket is anonymous."""
        authorization = _authorization(context.connection_params or {})
        if authorization is None:
            return None
        context.viewer = await self._tools.authenticator.authenticate(authorization, context.origin)
        _settle(context)
        return self._left_s(context.viewer)

    async def recheck(self, context: Context) -> float | None:
        """Raises Unauthenticated once the token or the session ended, or the role is another.

        Running operations hold the viewer that they began with, so a changed one means a new connection.
        """
        viewer = context.viewer
        if viewer is None:
            return None
        today = await self._tools.authenticator.recheck(viewer)
        if (today.tenant_id, today.role, today.is_staff) != (viewer.tenant_id, viewer.role, viewer.is_staff):
            raise Unauthenticated(OTHER_ROLE)
        return self._left_s(viewer)

    def _left_s(self, viewer: Viewer) -> float:
        return (viewer.token_expires_at - self._tools.clock()).total_seconds()

    def _context(self, connection: HTTPConnection) -> Context:
        return Context(
            viewer=None,
            tools=self._tools,
            db=self._tools.db.bounded(SESSIONS_PER_REQUEST),
            origin=origin_of(connection),
            shows_schema=self._shows_schema,
        )


def _authorization(params: dict[str, Any]) -> str | None:
    """`authorization` of connection_init, whatever its case: editors pass on headers as they are written."""
    for name, value in params.items():
        if name.lower() == "authorization":
            if not isinstance(value, str):
                raise Unauthenticated(NOT_BEARER)
            return value
    return None


def _settle(context: Context) -> None:
    """The loaders and the log lines know the viewer from here on."""
    viewer: Viewer | None = context.viewer
    context.renew()
    if viewer is not None and viewer.tenant_id is not None:
        structlog.contextvars.bind_contextvars(tenant_id=str(viewer.tenant_id))

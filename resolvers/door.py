"""FrontDoor: makes a Context for each HTTP request and socket; the transports of execution/ ask it for them."""

from math import inf
from typing import Any

import structlog
from starlette.requests import HTTPConnection, Request
from starlette.responses import Response
from starlette.websockets import WebSocket

from auth.caller import origin_of
from auth.cookies import cookies_of
from auth.credential_words import IN_SOCKET_HEADERS, NOT_BEARER, OTHER_ROLE
from auth.session_cookie import session_cookie
from errors import Unauthenticated
from execution.answers.cache import AnswerCache
from execution.persisted.lookup import Documents
from resolvers.context import Context
from services.toolbox import Toolbox

# Fields of one operation are resolved at the same time: without a limit one operation could take the whole pool.
SESSIONS_PER_REQUEST = 4


class FrontDoor:
    def __init__(
        self,
        tools: Toolbox,
        *,
        shows_schema: bool = True,
        documents: Documents | None = None,
        answers: AnswerCache | None = None,
    ) -> None:
        self._tools = tools
        self._answers = answers
        self._shows_schema = shows_schema
        self._documents = documents or Documents()

    async def request_context(self, request: Request, answer: Response | None) -> Context:
        """The context of an HTTP request. With invalid credentials it is anonymous and knows why they were refused.

        Fields that are open to everybody ignore that; the others tell the caller. Without an `answer` that can take a
        cookie there is no session cookie, and tokens are in the data.
        """
        context = self._context(request)
        if answer is not None:
            cookies = cookies_of(request.headers.getlist("cookie"))
            context.session_cookie = session_cookie(
                request.headers, cookies, public_url=self._tools.addresses.public_url, answer=answer.headers
            )
        authorization = request.headers.get("authorization")
        if authorization is not None:
            try:
                await self._recognise(context, authorization)
            except Unauthenticated as error:
                context.why_nobody = error.message
                return context
        return context

    async def socket_context(self, socket: WebSocket) -> Context:
        context = self._context(socket)
        if "authorization" in socket.headers:
            context.why_nobody = IN_SOCKET_HEADERS
        return context

    async def admit(self, context: Context) -> float | None:
        """Sets the viewer by the payload of connection_init; answers the seconds until the token ends.

        Raises Unauthenticated for invalid credentials; without any the socket is anonymous, and the answer None.
        """
        authorization = _authorization(context.connection_params or {})
        if authorization is None:
            return None
        await self._recognise(context, authorization)
        return self.left_s(context)

    async def recheck(self, context: Context) -> float | None:
        """Checks the viewer of an open socket or stream; answers the seconds until the token ends.

        Raises Unauthenticated once the token or the session has ended, or the role or tenant has changed: operations
        that run keep the viewer that they began with, so the client has to connect anew.
        """
        viewer = context.viewer
        if context.agent is not None:
            await self._tools.credentials.authenticator.recheck_agent(context.agent)
        if viewer is None:
            return self.left_s(context)
        today = await self._tools.credentials.authenticator.recheck(viewer)
        if (today.tenant_id, today.role, today.is_staff) != (viewer.tenant_id, viewer.role, viewer.is_staff):
            raise Unauthenticated(OTHER_ROLE)
        return self.left_s(context)

    def left_s(self, context: Context) -> float | None:
        """The seconds until the caller's token ends, that of a browser extension by itself never; None for nobody."""
        viewer = context.viewer
        if context.agent is not None:
            return inf
        return None if viewer is None else (viewer.token_expires_at - self._tools.clock()).total_seconds()

    async def _recognise(self, context: Context, authorization: str) -> None:
        """Sets who asks; raises Unauthenticated. The loaders and the log lines know it from here on."""
        authenticator = self._tools.credentials.authenticator
        context.agent = await authenticator.agent(authorization, context.origin)
        if context.agent is None:
            context.viewer = await authenticator.authenticate(authorization, context.origin)
        context.renew()
        if context.caller is not None and context.caller.tenant_id is not None:
            structlog.contextvars.bind_contextvars(tenant_id=str(context.caller.tenant_id))

    def _context(self, connection: HTTPConnection) -> Context:
        return Context(
            viewer=None,
            tools=self._tools,
            db=self._tools.db.bounded(SESSIONS_PER_REQUEST),
            origin=origin_of(connection),
            shows_schema=self._shows_schema,
            documents=self._documents,
            answers=self._answers,
        )


def _authorization(params: dict[str, Any]) -> str | None:
    """`authorization` in the payload of connection_init, in upper or lower case: editors send headers as typed."""
    for name, value in params.items():
        if name.lower() == "authorization":
            if not isinstance(value, str):
                raise Unauthenticated(NOT_BEARER)
            return value
    return None

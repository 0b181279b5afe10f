"""GraphQL over HTTP and WebSocket as ASGI: the GraphQL-over-HTTP draft, JSON bodies only, errors as JSON always.

A request over HTTP goes straight to the engine's `OperationRun`; sockets take the way of Strawberry's view.
"""

import json
from collections.abc import Collection, Mapping, Sequence
from datetime import timedelta
from http import HTTPStatus
from typing import Any

import structlog
from graphql import OperationType
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from starlette.websockets import WebSocket
from strawberry.asgi import GraphQL
from strawberry.subscriptions import GRAPHQL_TRANSPORT_WS_PROTOCOL
from strawberry.types.execution import ExecutionResult, PreExecutionError

from errors import AppError, BadInput, DatabaseUnavailable, InternalError, RateLimited, Unauthenticated
from execution.engine import Engine
from execution.limits.large_input import LARGE_BODY_BYTES, large_fields
from execution.masking import FAULT, extensions_of
from execution.pipeline import OperationRun
from execution.request import OperationRequest, request_of
from execution.transport.door import Door, request_id_of
from execution.transport.entity_tags import is_tagged, with_tag
from execution.transport.events import EventStream, StreamPace
from execution.transport.json_text import decode_json, encode_json, response_of
from execution.transport.negotiation import (
    ASKING_FIRST,
    JSON,
    AcceptedTypes,
    accepted_types,
    asks_first,
    is_coded,
    is_form,
    is_json,
)
from execution.transport.sockets import SocketAdapter, SocketHandler
from execution.transport.uploads import MAX_UPLOAD_BYTES, UploadDesk

log = structlog.get_logger(__name__)

MAX_BODY_BYTES = 1024 * 1024
INIT_WAIT = timedelta(seconds=5)
LIMIT_HEADERS = {
    "retry-after": "retryAfter",
    "x-ratelimit-limit": "limit",
    "x-ratelimit-remaining": "remaining",
    "x-ratelimit-reset": "resetAt",
}
# Mutations alone answer tokens and keys. Neither we nor a proxy may compress these answers: if they also had text that
# an attacker chooses, the compressed size would tell something about the secret.
_AS_IT_IS = {"cache-control": "no-store, no-transform"}
CHALLENGE = {"www-authenticate": 'Bearer error="invalid_token"'}
ALLOW = {"allow": "GET, POST"}
# What may come by each method; subscriptions need a stream of events or a WebSocket.
ALLOWED = {
    "GET": frozenset({OperationType.QUERY}),
    "POST": frozenset({OperationType.QUERY, OperationType.MUTATION}),
}

# What keeps a request from becoming an operation, besides _Problem.
_REFUSED: Mapping[type[AppError], HTTPStatus] = {
    BadInput: HTTPStatus.BAD_REQUEST,
    RateLimited: HTTPStatus.TOO_MANY_REQUESTS,
    DatabaseUnavailable: HTTPStatus.SERVICE_UNAVAILABLE,
}


# The status of an operation that was not executed, by the code of all its errors.
_OF_CODES: dict[Any, HTTPStatus] = {
    RateLimited.code: HTTPStatus.TOO_MANY_REQUESTS,
    Unauthenticated.code: HTTPStatus.UNAUTHORIZED,
}


# What the origins of browser extensions begin with, of whatever id: a browser gives each installation its own.
EXTENSIONS = ("chrome-extension://", "moz-extension://", "safari-web-extension://")
NEEDS_PREFLIGHT = (
    f"A GET needs `content-type: {JSON}` or one of the headers {', '.join(ASKING_FIRST)}, with any value: "
    "browsers let pages of other sites send none of them."
)


class _Problem(Exception):
    """A request that does not become an operation, with the status of its answer."""

    def __init__(self, status: HTTPStatus, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.error = BadInput(message)


class GraphQLView(GraphQL[Any, None]):
    """The `/graphql` endpoint."""

    schema: Engine
    graphql_transport_ws_handler_class = SocketHandler
    websocket_adapter_class = SocketAdapter
    pace = StreamPace()

    def __init__(
        self, schema: Engine, door: Door, *, allowed_origins: Sequence[str] = (), init_wait: timedelta = INIT_WAIT
    ) -> None:
        super().__init__(
            schema,
            graphql_ide=None,
            subscription_protocols=(GRAPHQL_TRANSPORT_WS_PROTOCOL,),
            connection_init_wait_timeout=init_wait,
            max_subscriptions_per_connection=None,  # SocketHandler has the limit, with a code
            allowed_origins=allowed_origins,
        )
        self.door = door
        self.uploads = UploadDesk(schema.core)
        self._large = large_fields(schema.core)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await super().__call__(scope, receive, send)
            return
        has_files = self._has_files(Request(scope))
        largest = LARGE_BODY_BYTES if self._large else MAX_BODY_BYTES
        request = Request(scope, receive=_limited(receive, MAX_UPLOAD_BYTES if has_files else largest))
        response = await self._answer(request)
        await response(scope, receive, send)

    async def _answer(self, request: Request) -> ASGIApp:
        try:
            return await self._operation_answer(request)
        except _Problem as problem:
            return _refusal(request, problem.error, problem.status)
        except tuple(_REFUSED) as error:
            return _refusal(request, error, next(_REFUSED[kind] for kind in _REFUSED if isinstance(error, kind)))
        except ClientDisconnect:  # the client has left, so nobody reads the answer; it is no fault of ours
            return _refusal(request, BadInput("The body has no end."), HTTPStatus.BAD_REQUEST)
        except Exception:  # the outermost handler: the text of an unexpected error must not reach the client
            log.exception("request_failed")
            return _refusal(request, InternalError(FAULT), HTTPStatus.INTERNAL_SERVER_ERROR)

    async def _operation_answer(self, request: Request) -> ASGIApp:
        """Reads the request, runs its operation and answers the result; raises _Problem for what is no request."""
        if request.method not in ALLOWED:
            raise _Problem(HTTPStatus.METHOD_NOT_ALLOWED, "GraphQL is asked by GET or POST.")
        wanted = accepted_types(request.headers.get("accept"))
        if wanted.media_type is None and not wanted.wants_events:
            raise _Problem(HTTPStatus.NOT_ACCEPTABLE, f"This endpoint answers with {JSON}.")
        if is_coded(request.headers.get("content-encoding")):
            raise _Problem(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "Send the request as it is, without a Content-Encoding.")
        if self._has_files(request):
            if not asks_first(request.headers):
                raise _Problem(
                    HTTPStatus.BAD_REQUEST, f"A request with files needs one of the headers {', '.join(ASKING_FIRST)}."
                )
            async with self.uploads.operations(request) as data:
                return await self._single(request, request_of(data), wanted)
        asked = await _asked(request, self._large)
        return await (self._stream(request, asked) if wanted.wants_events else self._single(request, asked, wanted))

    def _has_files(self, request: Request) -> bool:
        return self.uploads.are_taken and request.method == "POST" and is_form(request.headers.get("content-type"))

    async def _single(self, request: Request, asked: OperationRequest, wanted: AcceptedTypes) -> Response:
        cookies = Response()  # takes those that the operation sets
        context = await self.door.request_context(request, cookies)
        run = self.schema.run(asked, context)
        result = await run.single(ALLOWED[request.method])
        refused = HTTPStatus.OK if wanted.reads_errors_from_200 else HTTPStatus.BAD_REQUEST
        status = _status(run, result, refused=refused)
        headers = _headers(result, status) | _cookie(cookies) | _secrecy(run)
        media_type = f"{wanted.media_type or JSON}; charset=utf-8"
        answer = Response(encode_json(response_of(result)), status, headers, media_type)
        is_repeatable = is_tagged(request, asked, run, result)
        return with_tag(request, answer, result.data, reader=context.reader) if is_repeatable else answer

    async def _stream(self, request: Request, asked: OperationRequest) -> EventStream:
        context = await self.door.request_context(request, None)
        allowed = ALLOWED[request.method] | {OperationType.SUBSCRIPTION}
        return EventStream(self.schema.run(asked, context).events(allowed), self.door, context, self.pace)

    # ------------------------------------------------------------------ methods that Strawberry's sockets call
    async def get_context(self, request: Request | WebSocket, response: Any) -> Any:  # noqa: ARG002 - Strawberry's
        return await self.door.socket_context(request)  # type: ignore[arg-type]  # requests take the path above

    def is_websocket_origin_allowed(self, request: WebSocket, origin: str) -> bool:
        """Also a browser extension may connect: no page has such an origin, and no socket of ours reads a cookie."""
        return origin.startswith(EXTENSIONS) or super().is_websocket_origin_allowed(request, origin)

    def encode_json(self, data: object) -> str:
        return encode_json(data)

    def decode_json(self, data: str | bytes) -> object:
        return decode_json(data)


def _limited(receive: Receive, most: int) -> Receive:
    """Raises _Problem as soon as more than `most` bytes of the body have come."""
    received = 0

    async def limited() -> Message:
        nonlocal received
        message = await receive()
        received += len(message.get("body", b""))
        if received > most:
            raise _too_large(most)
        return message

    return limited


def _too_large(most: int) -> _Problem:
    return _Problem(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, f"A request may have at most {most // 1024**2} MiB.")


async def _asked(request: Request, large: Collection[str]) -> OperationRequest:
    """The operation that a request asks for; raises _Problem if it asks for none.

    A body of more bytes than usual names one of the `large` fields; whether it asks for it, the operation shows.
    """
    is_large = False
    content_type = request.headers.get("content-type")
    if content_type and not is_json(content_type):
        raise _Problem(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, f"Send the request as {JSON} in UTF-8.")
    if request.method == "GET":
        # Else any page could have the browser of somebody who reads it ask us, and learn from how long that takes.
        if not content_type and not asks_first(request.headers):
            raise _Problem(HTTPStatus.BAD_REQUEST, NEEDS_PREFLIGHT)
        data: Any = {name: value for name, value in request.query_params.items() if value}
        for name in ("variables", "extensions"):
            if name in data:
                data[name] = _decoded(data[name])
    elif content_type:
        body = await request.body()
        is_large = len(body) > MAX_BODY_BYTES
        if is_large and not any(name.encode() in body for name in large):
            raise _too_large(MAX_BODY_BYTES)
        data = _decoded(body)
    else:
        raise _Problem(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, f"Send the request as {JSON} in UTF-8.")
    return request_of(data, is_large=is_large)


def _decoded(text: str | bytes) -> Any:
    try:
        return decode_json(text)
    except json.JSONDecodeError as error:
        raise _Problem(HTTPStatus.BAD_REQUEST, "The request is no JSON.") from error


def _status(run: OperationRun, result: ExecutionResult, *, refused: HTTPStatus) -> HTTPStatus:
    """The status of an answer.

    200 for every operation that was executed, with errors or without. One that was not has 405, 429 or 401 where this
    is why, and otherwise `refused`.
    """
    if not isinstance(result, PreExecutionError):
        return HTTPStatus.OK
    if run.is_of_wrong_kind:
        return HTTPStatus.METHOD_NOT_ALLOWED
    codes = {(error.extensions or {}).get("code") for error in result.errors or ()}
    return _OF_CODES.get(codes.pop(), refused) if len(codes) == 1 else refused


def _secrecy(run: OperationRun) -> dict[str, str]:
    return _AS_IT_IS if run.kind is OperationType.MUTATION else {}


def _cookie(answer: Response) -> dict[str, str]:
    found = answer.headers.get("set-cookie")
    return {} if found is None else {"set-cookie": found}


def _headers(result: ExecutionResult, status: HTTPStatus) -> dict[str, str]:
    if status is HTTPStatus.METHOD_NOT_ALLOWED:
        return ALLOW
    if status is HTTPStatus.UNAUTHORIZED:
        return CHALLENGE
    errors: Any = result.errors or ()
    if not errors or any(error.extensions["code"] != RateLimited.code for error in errors):
        return {}
    tightest = max((error.extensions for error in errors), key=lambda told: told["retryAfter"])
    return {name: str(tightest[key]) for name, key in LIMIT_HEADERS.items() if key in tightest}


def _refusal(request: Request, error: AppError, status: HTTPStatus) -> Response:
    """The GraphQL response to a request that did not become an operation."""
    body = {"errors": [{"message": error.message, "extensions": extensions_of(error, request_id_of(request))}]}
    media_type = accepted_types(request.headers.get("accept")).media_type or JSON
    headers = ALLOW if status is HTTPStatus.METHOD_NOT_ALLOWED else {}
    if isinstance(error, RateLimited):
        headers = {"retry-after": str(error.retry_after_s)}
    return Response(encode_json(body), status, headers, f"{media_type}; charset=utf-8")

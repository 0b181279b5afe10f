"""GraphQL over HTTP and WebSocket as ASGI: the GraphQL-over-HTTP draft, JSON bodies only, errors as JSON always."""

from collections.abc import Sequence
from datetime import timedelta
from http import HTTPStatus
from typing import Any

import structlog
from cross_web import AsyncHTTPRequestAdapter, HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.types import Message, Receive, Scope, Send
from starlette.websockets import WebSocket
from strawberry.asgi import GraphQL
from strawberry.http import GraphQLHTTPResponse, GraphQLRequestData
from strawberry.schema.exceptions import CannotGetOperationTypeError, InvalidOperationTypeError
from strawberry.subscriptions import GRAPHQL_TRANSPORT_WS_PROTOCOL
from strawberry.types.execution import ExecutionResult, PreExecutionError
from strawberry.types.graphql import OperationType

from errors import AppError, BadInput, DatabaseUnavailable, InternalError, RateLimited, Unauthenticated
from execution.engine import Engine, operation_kind
from execution.masking import FAULT, extensions_of
from execution.persisted.asked import AskedDocument
from execution.transport.door import Door, request_id_of
from execution.transport.json_text import decode_json, encode_json
from execution.transport.negotiation import JSON, is_json, reads_errors_from_200, response_type
from execution.transport.sockets import SocketAdapter, SocketHandler

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


class GraphQLView(GraphQL[Any, None]):
    """The `/graphql` endpoint."""

    graphql_transport_ws_handler_class = SocketHandler
    websocket_adapter_class = SocketAdapter

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

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await super().__call__(scope, receive, send)
            return
        request = Request(scope, receive=_limited(receive))
        response = await self._answer(request)
        await response(scope, receive, send)

    async def _answer(self, request: Request) -> Response:
        try:
            return await self.run(request)
        except HTTPException as error:
            return _problem(request, BadInput(error.reason), error.status_code)
        except DatabaseUnavailable as error:
            return _problem(request, error, HTTPStatus.SERVICE_UNAVAILABLE)
        except ClientDisconnect:  # the client has left, so nobody reads the answer; it is no fault of ours
            return _problem(request, BadInput("The body has no end."), HTTPStatus.BAD_REQUEST)
        except Exception:  # the outermost handler: the text of an unexpected error must not reach the client
            log.exception("request_failed")
            return _problem(request, InternalError(FAULT), HTTPStatus.INTERNAL_SERVER_ERROR)

    # ------------------------------------------------------------------ methods that Strawberry's view calls
    async def get_context(self, request: Request | WebSocket, response: Any) -> Any:
        if isinstance(request, WebSocket):
            return await self.door.socket_context(request)
        return await self.door.request_context(request, response)

    async def get_sub_response(self, request: Request | WebSocket) -> Response:
        """The response whose media type and status `create_response` uses.

        The status is that of an operation that is refused before it runs.
        """
        response = await super().get_sub_response(request)
        accept = request.headers.get("accept")
        media_type = response_type(accept)
        if media_type is None:
            raise HTTPException(HTTPStatus.NOT_ACCEPTABLE, f"This endpoint answers with {JSON}.")
        response.media_type = media_type
        response.status_code = HTTPStatus.OK if reads_errors_from_200(accept) else HTTPStatus.BAD_REQUEST
        return response

    def should_render_graphql_ide(self, request: Any) -> bool:  # noqa: ARG002 - the page is web/pages/graphiql.py
        return False

    async def parse_http_body(self, request: AsyncHTTPRequestAdapter) -> GraphQLRequestData:
        if request.method == "GET":
            data: Any = self.parse_query_params(request.query_params)
        elif is_json(request.content_type):
            data = self.parse_json(await request.get_body())
        else:
            raise HTTPException(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, f"Send the request as {JSON} in UTF-8.")
        return _request_data(data)

    async def execute_single(  # type: ignore[override]  # it is called by names, and these are the ones we need
        self, *, request: Request, context: Any, request_data: GraphQLRequestData, **_others: Any
    ) -> ExecutionResult:
        """Runs a query or a mutation; by GET only a query. Subscriptions need a WebSocket."""
        allowed = {OperationType.QUERY} if request.method == "GET" else {OperationType.QUERY, OperationType.MUTATION}
        try:
            return await self.schema.execute(
                request_data.query,
                variable_values=request_data.variables,
                context_value=context,
                operation_name=request_data.operation_name,
                allowed_operation_types=allowed,
            )
        except CannotGetOperationTypeError as error:
            raise HTTPException(HTTPStatus.BAD_REQUEST, error.as_http_error_reason()) from error
        except InvalidOperationTypeError as error:
            reason = f"A {error.operation_type.value} cannot be sent by {request.method}."
            raise HTTPException(HTTPStatus.METHOD_NOT_ALLOWED, reason) from error

    async def process_result(self, request: Request, result: ExecutionResult) -> GraphQLHTTPResponse:
        response = await super().process_result(request, result)
        if isinstance(result, PreExecutionError):
            del response["data"]
        return response

    def create_response(self, response_data: Any, sub_response: Response) -> Response:
        status = _status(response_data, refused=HTTPStatus(sub_response.status_code))
        return Response(
            self.encode_json(response_data),
            status_code=status,
            headers=_headers(response_data, status) | _cookie(sub_response) | _secrecy(),
            media_type=f"{sub_response.media_type}; charset=utf-8",
        )

    def encode_json(self, data: object) -> str:
        return encode_json(data)

    def decode_json(self, data: str | bytes) -> object:
        return decode_json(data)


def _limited(receive: Receive) -> Receive:
    """Raises HTTPException as soon as more than MAX_BODY_BYTES of the body have come."""
    received = 0

    async def limited() -> Message:
        nonlocal received
        message = await receive()
        received += len(message.get("body", b""))
        if received > MAX_BODY_BYTES:
            raise HTTPException(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "A request may have at most 1 MiB.")
        return message

    return limited


def _request_data(data: Any) -> GraphQLRequestData:
    """The request in a decoded body; raises HTTPException for anything else, such as a list (a batch)."""
    if not isinstance(data, dict):
        raise HTTPException(HTTPStatus.BAD_REQUEST, "A request is a JSON object; batches are not supported.")
    expected: dict[str, Any] = {
        "query": str,
        "documentId": str,
        "operationName": str,
        "variables": dict,
        "extensions": dict,
    }
    for name, kind in expected.items():
        if data.get(name) is not None and not isinstance(data[name], kind):
            raise HTTPException(
                HTTPStatus.BAD_REQUEST, f"`{name}` must be {'a string' if kind is str else 'an object'}."
            )
    if (asked := AskedDocument.of(data)) is None:
        raise HTTPException(HTTPStatus.BAD_REQUEST, "The request has no `query`, and no `documentId` in its place.")
    return GraphQLRequestData(asked, data.get("variables"), data.get("operationName"), data.get("extensions"))


def _status(response: GraphQLHTTPResponse, *, refused: HTTPStatus) -> HTTPStatus:
    """The status of an answer.

    `refused` for an operation that was not executed. 429 and 401 when all errors are of that kind and there are no
    data. In all other cases 200, with errors or without.
    """
    errors: Any = response.get("errors") or ()
    codes = {(error.get("extensions") or {}).get("code") for error in errors}
    is_empty = not any(value is not None for value in (response.get("data") or {}).values())
    if codes == {RateLimited.code} and is_empty:
        return HTTPStatus.TOO_MANY_REQUESTS
    if "data" not in response:
        return refused
    if codes == {Unauthenticated.code} and is_empty:
        return HTTPStatus.UNAUTHORIZED
    return HTTPStatus.OK


def _secrecy() -> dict[str, str]:
    return _AS_IT_IS if operation_kind.get() is OperationType.MUTATION else {}


def _cookie(sub_response: Response) -> dict[str, str]:
    found = sub_response.headers.get("set-cookie")
    return {} if found is None else {"set-cookie": found}


def _headers(response: GraphQLHTTPResponse, status: HTTPStatus) -> dict[str, str]:
    if status is HTTPStatus.UNAUTHORIZED:
        return CHALLENGE
    if status is not HTTPStatus.TOO_MANY_REQUESTS:
        return {}
    errors: Any = response["errors"]
    tightest = max((error["extensions"] for error in errors), key=lambda told: told["retryAfter"])
    return {name: str(tightest[key]) for name, key in LIMIT_HEADERS.items() if key in tightest}


def _problem(request: Request, error: AppError, status: int) -> Response:
    """The GraphQL response to a request that did not become an operation."""
    body = {"errors": [{"message": error.message, "extensions": extensions_of(error, request_id_of(request))}]}
    media_type = response_type(request.headers.get("accept")) or JSON
    headers = {"allow": "GET, POST"} if status == HTTPStatus.METHOD_NOT_ALLOWED else None
    return Response(encode_json(body), status, headers, f"{media_type}; charset=utf-8")

"""The protocol graphql-transport-ws: who may stay connected, for how long, and with how many operations."""

import asyncio
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

import structlog
from graphql import GraphQLError
from starlette.websockets import WebSocketDisconnect
from starlette.websockets import WebSocketDisconnected as SocketIsClosed
from strawberry.asgi import ASGIWebSocketAdapter
from strawberry.http.exceptions import WebSocketDisconnected
from strawberry.subscriptions.protocols.graphql_transport_ws.handlers import BaseGraphQLTransportWSHandler

from errors import AppError, BadInput, QueryTooComplex, Unauthenticated
from execution.masking import public_error
from execution.request import request_of
from execution.transport.guard import RECHECK_EVERY_S, end_of_stay

log = structlog.get_logger(__name__)

MAX_OPERATIONS = 20
LONGEST_REASON = 123  # bytes that a close frame has room for
LONGEST_WORD = 64  # bytes of a type or an id: Strawberry repeats them in close frames
UNAUTHORIZED = 4401
TRY_AGAIN_LATER = 1013


class SocketAdapter(ASGIWebSocketAdapter):
    """Sends on a socket that may be closed already.

    A caller may leave at any moment, and another operation may have closed the socket: neither is an error of ours.
    """

    async def send_json(self, message: Mapping[str, object]) -> None:
        try:
            await super().send_json(message)
        except SocketIsClosed as error:
            raise WebSocketDisconnected from error

    async def close(self, code: int, reason: str) -> None:
        with suppress(WebSocketDisconnect, SocketIsClosed):
            await super().close(code, reason)


class SocketHandler(BaseGraphQLTransportWSHandler[Any, None]):
    """Strawberry's handler, with credentials checked at connection_init and again while the socket is open."""

    recheck_every_s = RECHECK_EVERY_S
    _guard: "asyncio.Task[None] | None" = None

    async def handle_message(self, message: Any) -> None:
        if not _is_message(message):
            await self.handle_invalid_message(f"A message is an object; type and id have up to {LONGEST_WORD} bytes")
            return
        await super().handle_message(message)

    async def handle_connection_init(self, message: Any) -> None:
        payload = message.get("payload", {})
        if isinstance(payload, dict) and not self.connection_init_received and not await self._admit(payload):
            return
        await super().handle_connection_init(message)
        if self.connection_acknowledged:
            self.connection_init_timeout_task = None  # cancelled, and of no more use

    async def _admit(self, payload: dict[str, Any]) -> bool:
        self.context.connection_params = payload
        try:
            left_s = await self.view.door.admit(self.context)  # type: ignore[attr-defined]  # our view has a door
        except AppError as error:
            await self._refuse(error)
            return False
        self._guard = asyncio.create_task(self._watch(left_s))
        return True

    async def _refuse(self, error: AppError) -> None:
        if isinstance(error, Unauthenticated):
            await self.websocket.close(code=UNAUTHORIZED, reason=_cut(error.message))
        else:
            log.warning("socket_not_admitted", code=error.code)
            await self.websocket.close(code=TRY_AGAIN_LATER, reason="Try again later")

    async def _watch(self, left_s: float | None) -> None:
        """Closes the socket when its token ends, or when a check finds that it is no longer valid."""
        door = self.view.door  # type: ignore[attr-defined]  # as above
        error = await end_of_stay(door, self.context, left_s, every_s=self.recheck_every_s)
        if error is not None:
            await self._refuse(error)

    async def handle_subscribe(self, message: Any) -> None:
        try:
            request = request_of(message.get("payload"))
        except BadInput:
            request = None
        if request is None or not isinstance(message.get("id"), str):
            await self.handle_invalid_message("The payload of subscribe is not a GraphQL request")
        elif self.connection_acknowledged and len(self.operations) >= MAX_OPERATIONS:
            await self._refuse_operation(message["id"])
        else:
            # Strawberry's handler passes what it finds as the query to the engine's `stream`, and looks at nothing.
            await super().handle_subscribe({**message, "payload": {"query": request}})  # type: ignore[typeddict-item]

    async def _refuse_operation(self, operation_id: str) -> None:
        error = QueryTooComplex(f"A connection runs at most {MAX_OPERATIONS} operations at once.")
        shown = public_error(GraphQLError(error.message, original_error=error), self.context.request_id)
        await self.websocket.send_json({"id": operation_id, "type": "error", "payload": [shown.formatted]})

    async def handle_task_exception(self, error: Exception) -> None:
        if isinstance(error, WebSocketDisconnected):
            log.debug("socket_gone")  # the client left in the middle of an operation
        else:
            await super().handle_task_exception(error)

    async def shutdown(self) -> None:
        if self._guard is not None:
            self._guard.cancel()
            with suppress(asyncio.CancelledError):
                await self._guard
        await super().shutdown()


def _cut(reason: str) -> str:
    return reason.encode()[:LONGEST_REASON].decode(errors="ignore")


def _is_message(message: Any) -> bool:
    return isinstance(message, dict) and _is_word(message.get("type")) and _is_word(message.get("id", ""))


def _is_word(value: Any) -> bool:
    return isinstance(value, str) and len(value.encode()) <= LONGEST_WORD

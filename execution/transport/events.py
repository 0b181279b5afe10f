"""EventStream: the protocol graphql-sse in its mode of distinct connections, an operation a request.

A caller that does not read holds one event beside the buffer of its connection: the next result is asked for when the
one before has been written. So a subscriber that is slow gets the newest state, and the server ends the connection of
one that reads nothing (web/punctual_http.py).
"""

import asyncio
from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing
from dataclasses import dataclass
from typing import Any

import structlog
from graphql import GraphQLError
from starlette.types import Receive, Scope, Send
from strawberry.types import ExecutionResult

from errors import AppError, InternalError
from execution.context import OperationContext
from execution.masking import FAULT, public_error
from execution.transport.door import Door
from execution.transport.guard import RECHECK_EVERY_S, end_of_stay
from execution.transport.json_text import encode_json, response_of
from execution.transport.negotiation import EVENTS

log = structlog.get_logger(__name__)

KEEP_ALIVE_S = 12.0
# The name in `scope["state"]` of an asyncio.Event that the server sets when it begins to stop.
STOPPING = "stopping"
_HEAD = [
    (b"content-type", f"{EVENTS}; charset=utf-8".encode()),
    # Events may hold tokens, and a proxy that compresses them also holds them back.
    (b"cache-control", b"no-store, no-transform"),
    (b"x-accel-buffering", b"no"),
]
_COMPLETE = b"event: complete\ndata:\n\n"  # without `data` browsers would pass over it
_COMMENT = b":\n\n"


@dataclass(frozen=True, slots=True)
class StreamPace:
    """How often something is sent to a quiet stream, and how often its viewer is looked at again."""

    keep_alive_s: float = KEEP_ALIVE_S
    recheck_every_s: float = RECHECK_EVERY_S


class EventStream:
    """The answer to one request, as an ASGI application.

    It ends with `complete` when the operation does, or after an error when the viewer may no longer be connected. When
    the server stops it ends without one, so that clients connect again.
    """

    def __init__(
        self, results: AsyncGenerator[ExecutionResult, None], door: Door, context: OperationContext, pace: StreamPace
    ) -> None:
        self._results = results
        self._door = door
        self._context = context
        self._pace = pace
        self._was_quiet = True

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": _HEAD})
        told = asyncio.create_task(self._tell(send))
        stay = asyncio.create_task(self._end_of_stay())
        others = [asyncio.create_task(self._keep_alive(send)), asyncio.create_task(_end_of(receive))]
        if (stopping := scope.get("state", {}).get(STOPPING)) is not None:
            others.append(asyncio.create_task(stopping.wait()))
        first = await _first_of(told, stay, *others)
        if first is stay:
            await self._write_refusal(send, stay.result())
        await send({"type": "http.response.body", "body": b""})

    async def _tell(self, send: Send) -> None:
        """Writes the results; a new one is asked for when the one before has left for the network."""
        try:
            async with aclosing(self._results) as results:
                async for result in results:
                    await self._write(send, _next(response_of(result)))
                    # A connection that has ended takes everything at once: without a pause nobody would notice the end.
                    await asyncio.sleep(0)
            await self._write(send, _COMPLETE)
        except Exception:  # as in the view: the text of an unexpected error must not reach the client
            log.exception("stream_failed")
            await self._write_refusal(send, InternalError(FAULT))

    async def _write_refusal(self, send: Send, error: AppError) -> None:
        shown = public_error(GraphQLError(error.message, original_error=error), self._context.request_id)
        await self._write(send, _next({"errors": [shown.formatted]}) + _COMPLETE)

    async def _write(self, send: Send, text: bytes) -> None:
        self._was_quiet = False
        await send({"type": "http.response.body", "body": text, "more_body": True})

    async def _keep_alive(self, send: Send) -> None:
        while True:
            self._was_quiet = True
            await asyncio.sleep(self._pace.keep_alive_s)
            if self._was_quiet:
                await self._write(send, _COMMENT)

    async def _end_of_stay(self) -> AppError:
        left_s = self._door.left_s(self._context)
        error = await end_of_stay(self._door, self._context, left_s, every_s=self._pace.recheck_every_s)
        return error if error is not None else await asyncio.get_running_loop().create_future()


async def _first_of(*tasks: "asyncio.Task[Any]") -> "asyncio.Task[Any]":
    """The first task that ends; of several the first in this order. The others are cancelled and have ended then."""
    try:
        ended, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.wait(tasks)
    return next(task for task in tasks if task in ended)


async def _end_of(receive: Receive) -> None:
    """Waits until the client has left."""
    while (await receive())["type"] != "http.disconnect":
        pass


def _next(response: Mapping[str, Any]) -> bytes:
    """The event, in one line: a part that comes from Postgres as text may have line breaks, but none within strings."""
    text = encode_json(response).replace("\r", " ").replace("\n", " ")
    return f"event: next\ndata: {text}\n\n".encode()

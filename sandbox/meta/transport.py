"""Owns how an answer travels: whole, slowly, endlessly or not at all; must not decide what it says."""

import asyncio
from collections.abc import AsyncIterator, Callable

from starlette.responses import Response, StreamingResponse
from starlette.types import Receive, Scope, Send

from sandbox.meta.pipeline import Outcome
from sandbox.meta.trouble.faults import FaultKind

# Where a request's state holds the way to break its connection off.
RESET = "reset"
_PIECES = 20
_DRIP_S = 0.05


class _Reset(Response):
    """Breaks the connection off before a byte of an answer."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG002 - nothing is sent
        reset: Callable[[], None] = scope["state"][RESET]
        reset()
        while (await receive())["type"] != "http.disconnect":
            pass


def response_of(outcome: Outcome) -> Response:
    delay_s = outcome.rule.delay_s if outcome.rule else 0.0
    match outcome.fault:
        case FaultKind.RESET | FaultKind.ANSWER_LOST:
            return _Reset()
        case FaultKind.SLOW_BODY:
            return _streamed(outcome, _in_pieces(outcome.body, delay_s))
        case FaultKind.DRIP:
            return _streamed(outcome, _drip(delay_s or _DRIP_S))
        case _:
            return Response(outcome.body, outcome.status, outcome.headers, outcome.media_type)


def _streamed(outcome: Outcome, content: AsyncIterator[bytes]) -> Response:
    return StreamingResponse(content, outcome.status, outcome.headers, outcome.media_type)


async def _in_pieces(body: bytes, whole_s: float) -> AsyncIterator[bytes]:
    size = max(1, -(-len(body) // _PIECES))
    for start in range(0, len(body), size):
        await asyncio.sleep(whole_s / _PIECES)
        yield body[start : start + size]


async def _drip(every_s: float) -> AsyncIterator[bytes]:
    """White space before a JSON document that never comes: no read takes long, the whole never ends."""
    while True:
        yield b" "
        await asyncio.sleep(every_s)

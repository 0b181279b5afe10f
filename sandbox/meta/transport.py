"""Owns how an answer travels: whole, slowly, endlessly or not at all; must not decide what it says."""

import asyncio
from collections.abc import AsyncIterator

from starlette.responses import Response, StreamingResponse

from sandbox.connection import BrokenConnection
from sandbox.meta.pipeline import Outcome
from sandbox.meta.trouble.faults import FaultKind

_PIECES = 20
_DRIP_S = 0.05


def response_of(outcome: Outcome) -> Response:
    delay_s = outcome.rule.delay_s if outcome.rule else 0.0
    match outcome.fault:
        case FaultKind.RESET | FaultKind.ANSWER_LOST:
            return BrokenConnection()
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

"""Owns what every call passes before and after it is answered: faults, latency, log; must not know what calls do."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from sandbox.connection import BrokenConnection
from sandbox.marketplaces.faults import CallFault, CallFaultKind
from sandbox.marketplaces.memory import CallLogEntry, MarketplaceSandbox

Endpoint = Callable[[Request], Awaitable[Response]]
_PIECES = 10


@dataclass(slots=True)
class SeenCall:
    """What the log will say; whoever answers fills in the seller."""

    name: str
    seller_id: str | None = None


async def through_faults(request: Request, seen: SeenCall, act: Callable[[], Awaitable[Response]]) -> Response:
    sandbox: MarketplaceSandbox[Any, Any] = request.app.state.sandbox
    fault = sandbox.faults.pick(seen.name, request.url.path)
    is_late = fault is not None and fault.kind is not CallFaultKind.DRIP
    pause_s = sandbox.latency_s + (fault.delay_s if fault is not None and is_late else 0.0)
    if pause_s:
        await asyncio.sleep(pause_s)
    response = await (act() if fault is None else _spoiled(fault, act))
    _record(sandbox, request, seen=seen, outcome=(response.status_code, fault))
    return response


async def _spoiled(fault: CallFault, act: Callable[[], Awaitable[Response]]) -> Response:
    match fault.kind:
        case CallFaultKind.ANSWER:
            return Response(fault.body, fault.status, fault.headers, fault.media_type)
        case CallFaultKind.DRIP:
            return StreamingResponse(_dripped(fault), fault.status, fault.headers, fault.media_type)
        case CallFaultKind.DELAY:
            return await act()
        case CallFaultKind.RESET:
            return BrokenConnection()
        case CallFaultKind.ANSWER_LOST:
            await act()
            return BrokenConnection()


async def _dripped(fault: CallFault) -> AsyncIterator[bytes]:
    raw = fault.body.encode()
    size = max(1, -(-len(raw) // _PIECES))
    for start in range(0, len(raw), size):
        yield raw[start : start + size]
        await asyncio.sleep(fault.delay_s / _PIECES)


def _record(
    sandbox: MarketplaceSandbox[Any, Any], request: Request, *, seen: SeenCall, outcome: tuple[int, CallFault | None]
) -> None:
    sandbox.logged += 1
    status, fault = outcome
    is_broken = fault is not None and fault.kind in (CallFaultKind.RESET, CallFaultKind.ANSWER_LOST)
    sandbox.log.append(
        CallLogEntry(
            number=sandbox.logged,
            call=seen.name,
            method=request.method,
            path=request.url.path,
            query=request.url.query,
            seller_id=seen.seller_id,
            status=0 if is_broken else status,
            fault=fault.kind.value if fault else None,
        )
    )

"""Owns control of a sandbox over HTTP, under /_sandbox/, for whoever has the admin token; must not hold a vendor's
rules.

A module adds its own orders with a table of ControlRoute, which the vendor's `app.py` gathers.
"""

import hmac
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from inspect import isawaitable
from typing import Any, TypeVar

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from sandbox.marketplaces.memory import MarketplaceSandbox

_HEADER = "x-sandbox-token"
_DONE = {"success": True}
Body = TypeVar("Body")
Sandbox = TypeVar("Sandbox")
# Of the vendor's sandbox and the body.
Order = Callable[[Any, bytes], object]


@dataclass(frozen=True, slots=True)
class ControlRoute:
    """`path` is under /_sandbox/. `act` gets the body; None as an answer is `{"success": true}`."""

    method: str
    path: str
    act: Order


def takes(shape: type[Body], act: Callable[[Sandbox, Body], object]) -> Callable[[Sandbox, bytes], object]:
    """An order whose body has a shape; what does not fit is answered with 422."""
    return lambda sandbox, raw: act(sandbox, msgspec.json.decode(raw, type=shape))


def set_given(target: object, body: msgspec.Struct, *names: str) -> None:
    """What the body says of these fields, of all where none is named; what is absent stays."""
    for name in names or body.__struct_fields__:
        value = getattr(body, name)
        if value is not None:
            setattr(target, name, value)


def carried_out(orders: Sequence[ControlRoute], sandbox: Any, path: str, /, **body: object) -> Any:
    """What a POST to the path answers, without its HTTP: of an order that waits, what to wait for."""
    act = next(order.act for order in orders if (order.method, order.path) == ("POST", path))
    return act(sandbox, msgspec.json.encode(body))


class _Moment(msgspec.Struct, forbid_unknown_fields=True):
    now: datetime | None = None
    skew_s: float = 0.0


def _set_clock(sandbox: MarketplaceSandbox[Any, Any], body: _Moment) -> object:
    sandbox.clock.set(body.now)
    sandbox.clock.skew = timedelta(seconds=body.skew_s)
    return {"now": sandbox.clock.now().isoformat()}


def _clear_faults(sandbox: MarketplaceSandbox[Any, Any], _raw: bytes) -> None:
    sandbox.faults.clear()


def _log(sandbox: MarketplaceSandbox[Any, Any], _raw: bytes) -> object:
    return {"calls": list(sandbox.log)}


def _clear_log(sandbox: MarketplaceSandbox[Any, Any], _raw: bytes) -> None:
    sandbox.log.clear()


# Of every marketplace; faults are added in the vendor's own shape.
CONTROL = (
    ControlRoute("POST", "clock", takes(_Moment, _set_clock)),
    ControlRoute("DELETE", "faults", _clear_faults),
    ControlRoute("GET", "log", _log),
    ControlRoute("DELETE", "log", _clear_log),
)


def control_routes(orders: Sequence[ControlRoute]) -> list[Route]:
    return [Route(f"/_sandbox/{order.path}", _endpoint(order.act), methods=[order.method]) for order in orders]


def _endpoint(act: Order) -> Callable[[Request], Awaitable[Response]]:
    async def endpoint(request: Request) -> Response:
        sandbox: MarketplaceSandbox[Any, Any] = request.app.state.sandbox
        given = request.headers.get(_HEADER, "")
        if not hmac.compare_digest(given.encode(), sandbox.config.admin_token.encode()):
            return _json({"error": "X-Sandbox-Token is missing or wrong"}, 403)
        try:
            answer = act(sandbox, await request.body())
            found = await answer if isawaitable(answer) else answer
        except (msgspec.MsgspecError, ValueError, KeyError, OverflowError, RecursionError) as error:
            return _json({"error": str(error)}, 422)
        sandbox.save()
        return _json(found)

    return endpoint


def _json(content: object, status: int = 200) -> Response:
    return Response(msgspec.json.encode(_DONE if content is None else content), status, media_type="application/json")

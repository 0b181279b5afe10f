"""Owns control of a sandbox over HTTP, under /_sandbox/, for whoever has the admin token; must not hold eBay's rules.

A module adds its own orders with a table of ControlRoute, which `app.py` gathers as it does the tables of calls.
"""

import hmac
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from inspect import isawaitable
from typing import TypeVar

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from sandbox.ebay.faults import EbayFault
from sandbox.ebay.notifications.announcing import announce, user_data
from sandbox.ebay.notifications.topics import REVOCATION
from sandbox.ebay.sellers import Seller, Shop
from sandbox.ebay.sign_in.grants import full_scopes, grant, revoke
from sandbox.ebay.state import EbaySandbox

_HEADER = "x-sandbox-token"
_DONE = {"success": True}
Body = TypeVar("Body")
Order = Callable[[EbaySandbox, bytes], object]


@dataclass(frozen=True, slots=True)
class ControlRoute:
    """`path` is under /_sandbox/. `act` gets the body; None as an answer is `{"success": true}`."""

    method: str
    path: str
    act: Order


def takes(shape: type[Body], act: Callable[[EbaySandbox, Body], object]) -> Order:
    """An order whose body has a shape; what does not fit is answered with 422."""
    return lambda sandbox, raw: act(sandbox, msgspec.json.decode(raw, type=shape))


def shop_of(sandbox: EbaySandbox, seller_id: str) -> Shop:
    """By the seller's id, or by the marketplace of a seeded seller, such as EBAY_DE; raises ValueError."""
    for shop in sandbox.book.shops.values():
        if seller_id in (shop.seller.user_id, shop.seller.marketplace):
            return shop
    raise ValueError(f"there is no seller {seller_id}")


class _Moment(msgspec.Struct, forbid_unknown_fields=True):
    now: datetime | None = None
    skew_s: float = 0.0


class _Pace(msgspec.Struct, forbid_unknown_fields=True):
    """What is absent stays."""

    latency_s: float | None = None
    write_s: float | None = None
    fetches_pictures: bool | None = None


class _Throttled(msgspec.Struct, forbid_unknown_fields=True):
    apis: list[str]


class _TokenOrder(msgspec.Struct, forbid_unknown_fields=True):
    seller: str
    scopes: list[str] | None = None


class _SellerOrder(msgspec.Struct, forbid_unknown_fields=True):
    seller: str


def _set_clock(sandbox: EbaySandbox, body: _Moment) -> object:
    sandbox.clock.set(body.now)
    sandbox.clock.skew = timedelta(seconds=body.skew_s)
    return {"now": sandbox.clock.now().isoformat()}


def _set_pace(sandbox: EbaySandbox, body: _Pace) -> None:
    if body.latency_s is not None:
        sandbox.latency_s = body.latency_s
    if body.write_s is not None:
        sandbox.write_s = body.write_s
    if body.fetches_pictures is not None:
        sandbox.fetches_pictures = body.fetches_pictures


def _set_throttled(sandbox: EbaySandbox, body: _Throttled) -> None:
    sandbox.throttled[:] = body.apis


def _issue(sandbox: EbaySandbox, body: _TokenOrder) -> object:
    shop = shop_of(sandbox, body.seller)
    scopes = full_scopes(sandbox.config.scopes if body.scopes is None else tuple(body.scopes))
    refresh_token, access_token = grant(sandbox, shop.seller.user_id, scopes)
    return {"access_token": access_token, "refresh_token": refresh_token}


def _revoke(sandbox: EbaySandbox, body: _SellerOrder) -> object:
    seller = shop_of(sandbox, body.seller).seller
    revoked = revoke(sandbox, seller.user_id)
    announce(sandbox, REVOCATION, seller, user_data(seller))
    return {"revoked": revoked}


def _add_seller(sandbox: EbaySandbox, body: Seller) -> None:
    if body.user_id in sandbox.book.shops:
        raise ValueError(f"there is a seller {body.user_id} already")
    sandbox.add_shop(body)


def _sellers(sandbox: EbaySandbox, _raw: bytes) -> object:
    return {"sellers": [shop.seller for shop in sandbox.book.shops.values()]}


def _shop(sandbox: EbaySandbox, body: _SellerOrder) -> object:
    return shop_of(sandbox, body.seller)


def _log(sandbox: EbaySandbox, _raw: bytes) -> object:
    return {"calls": list(sandbox.log)}


CONTROL = (
    ControlRoute("POST", "clock", takes(_Moment, _set_clock)),
    ControlRoute("POST", "pace", takes(_Pace, _set_pace)),
    ControlRoute("POST", "throttle", takes(_Throttled, _set_throttled)),
    ControlRoute("POST", "faults", takes(EbayFault, lambda sandbox, body: sandbox.faults.add(body))),
    ControlRoute("DELETE", "faults", lambda sandbox, _raw: sandbox.faults.clear()),
    ControlRoute("POST", "tokens", takes(_TokenOrder, _issue)),
    ControlRoute("POST", "revoke", takes(_SellerOrder, _revoke)),
    ControlRoute("POST", "sellers", takes(Seller, _add_seller)),
    ControlRoute("GET", "sellers", _sellers),
    ControlRoute("POST", "shop", takes(_SellerOrder, _shop)),
    ControlRoute("GET", "log", _log),
    ControlRoute("DELETE", "log", lambda sandbox, _raw: sandbox.log.clear()),
)


def control_routes(orders: tuple[ControlRoute, ...]) -> list[Route]:
    return [Route(f"/_sandbox/{order.path}", _endpoint(order.act), methods=[order.method]) for order in orders]


def _endpoint(act: Order) -> Callable[[Request], Awaitable[Response]]:
    async def endpoint(request: Request) -> Response:
        sandbox: EbaySandbox = request.app.state.sandbox
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

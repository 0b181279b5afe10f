"""Owns running a Stripe sandbox and controlling it, in process or over HTTP under /_sandbox/."""

import hmac
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import msgspec
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from sandbox.server import serve
from sandbox.stripe import subscriptions
from sandbox.stripe.config import StripeConfig
from sandbox.stripe.couriers import Courier, Delivery
from sandbox.stripe.endpoint import api_routes
from sandbox.stripe.faults import Fault, Faults
from sandbox.stripe.ledger import Ledger, open_ledger
from sandbox.stripe.pages import page_routes

_HOSTS = ("127.0.0.1", "localhost")
_HEADER = "x-sandbox-token"


class _Mode(msgspec.Struct, forbid_unknown_fields=True):
    mode: Delivery
    delay_s: float = 1.0


class _Change(msgspec.Struct, forbid_unknown_fields=True):
    subscription: str
    fields: dict[str, Any]


class _Renewal(msgspec.Struct, forbid_unknown_fields=True):
    subscription: str
    paid: bool = True


class _FaultOrder(msgspec.Struct, forbid_unknown_fields=True):
    call: str
    status: int = 500
    body: str = "{}"
    seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class StripeServer:
    """`url` stands for api.stripe.com, and for the hosts of its pages."""

    url: str
    ledger: Ledger
    faults: Faults

    @property
    def courier(self) -> Courier:
        return self.ledger.courier

    def set_delivery(self, mode: Delivery, *, delay_s: float = 1.0) -> None:
        self.courier.mode, self.courier.delay_s = mode, delay_s


@asynccontextmanager
async def run_stripe(config: StripeConfig, *, port: int = 0) -> AsyncIterator[StripeServer]:
    """Until the block ends. Port 0 takes a free one; a port in use raises OSError."""
    app = create_stripe_app(config)
    ledger: Ledger = app.state.ledger
    async with serve(app, port=port) as url:
        ledger.url = url
        app.state.server = StripeServer(url, ledger, app.state.faults)
        try:
            yield app.state.server
        finally:
            await ledger.courier.stop()


def create_stripe_app(config: StripeConfig) -> Starlette:
    app = Starlette(
        routes=[*_admin_routes(), *api_routes(), *page_routes()],
        middleware=[Middleware(TrustedHostMiddleware, allowed_hosts=list(_HOSTS), www_redirect=False)],
    )
    app.state.ledger = open_ledger(config)
    app.state.faults = Faults()
    return app


def _set_delivery(server: StripeServer, raw: bytes) -> None:
    wanted = msgspec.json.decode(raw, type=_Mode)
    server.set_delivery(wanted.mode, delay_s=wanted.delay_s)


def _change(server: StripeServer, raw: bytes) -> object:
    wanted = msgspec.json.decode(raw, type=_Change)
    return subscriptions.change(server.ledger, wanted.subscription, **wanted.fields)


def _renew(server: StripeServer, raw: bytes) -> object:
    wanted = msgspec.json.decode(raw, type=_Renewal)
    return subscriptions.renew(server.ledger, wanted.subscription, is_paid=wanted.paid)


def _add_fault(server: StripeServer, raw: bytes) -> None:
    wanted = msgspec.json.decode(raw, type=_FaultOrder)
    server.faults.add(wanted.call, Fault(wanted.status, wanted.body, seconds=wanted.seconds))


def _events(server: StripeServer, _raw: bytes) -> object:
    return {"data": server.ledger.events}


def _admin_routes() -> list[Route]:
    return [
        Route("/_sandbox/delivery", _guarded(_set_delivery), methods=["POST"]),
        Route("/_sandbox/subscription", _guarded(_change), methods=["POST"]),
        Route("/_sandbox/renewal", _guarded(_renew), methods=["POST"]),
        Route("/_sandbox/faults", _guarded(_add_fault), methods=["POST"]),
        Route("/_sandbox/events", _guarded(_events), methods=["GET"]),
    ]


def _guarded(act: Callable[[StripeServer, bytes], object]) -> Callable[[Request], Awaitable[Response]]:
    async def endpoint(request: Request) -> Response:
        server: StripeServer = request.app.state.server
        given = request.headers.get(_HEADER, "")
        if not hmac.compare_digest(given.encode(), server.ledger.config.admin_token.encode()):
            return _json({"error": "X-Sandbox-Token is missing or wrong"}, 403)
        try:
            answer = act(server, await request.body())
        except (msgspec.MsgspecError, KeyError) as error:
            return _json({"error": str(error)}, 422)
        return _json({"success": True} if answer is None else answer)

    return endpoint


def _json(content: object, status: int = 200) -> Response:
    return Response(msgspec.json.encode(content), status, media_type="application/json")

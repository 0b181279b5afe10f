"""Owns the web application around a marketplace's calls, and running it on loopback; must not know the calls."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.routing import Route

from sandbox.marketplaces.control import ControlRoute, control_routes
from sandbox.marketplaces.memory import MarketplaceSandbox
from sandbox.marketplaces.passage import Endpoint
from sandbox.server import serve

_HOSTS = ("127.0.0.1", "localhost")
_EVERY_METHOD = ["GET", "POST", "PUT", "DELETE", "PATCH"]


def marketplace_app(
    sandbox: MarketplaceSandbox[Any, Any],
    orders: Sequence[ControlRoute],
    routes: Sequence[Route],
    *,
    unknown: Endpoint,
) -> Starlette:
    """The sandbox's memory is at `app.state.sandbox`; `unknown` answers what has no route."""
    app = Starlette(
        routes=[*control_routes(orders), *routes, Route("/{path:path}", unknown, methods=_EVERY_METHOD)],
        middleware=[Middleware(TrustedHostMiddleware, allowed_hosts=list(_HOSTS), www_redirect=False)],
    )
    app.state.sandbox = sandbox
    return app


@asynccontextmanager
async def serve_marketplace(app: Starlette, port: int) -> AsyncIterator[str]:
    """Its URL until the block ends, and with it whatever is still to be delivered."""
    sandbox: MarketplaceSandbox[Any, Any] = app.state.sandbox
    async with serve(app, port=port) as url:
        sandbox.url = url
        try:
            yield url
        finally:
            await sandbox.courier.stop()

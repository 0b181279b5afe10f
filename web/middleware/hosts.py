"""Refuses requests whose Host is not a name of this installation: a foreign one could end in a link or a cache."""

from collections.abc import Sequence

from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.types import ASGIApp, Receive, Scope, Send

from web.health import HEALTH_PATHS

THIS_MACHINE = ("localhost", "127.0.0.1", "[::1]")


class HostMiddleware:
    """Health checks are answered under any Host: load balancers use addresses, and the answers have no secrets."""

    def __init__(self, app: ASGIApp, hosts: Sequence[str]) -> None:
        self.app = app
        self.guarded = TrustedHostMiddleware(app, allowed_hosts=[*THIS_MACHINE, *hosts], www_redirect=False)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        app = self.app if scope["path"] in HEALTH_PATHS else self.guarded
        await app(scope, receive, send)

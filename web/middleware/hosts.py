"""Answers under the names of this installation alone: a foreign Host must not end in a link, a cache or a browser."""

from collections.abc import Sequence

from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.types import ASGIApp, Receive, Scope, Send

from web.health import HEALTH_PATHS

THIS_MACHINE = ("localhost", "127.0.0.1", "[::1]")


class HostMiddleware:
    """Health answers under any name: load balancers ask by address, and it tells nothing."""

    def __init__(self, app: ASGIApp, hosts: Sequence[str]) -> None:
        self.app = app
        self.guarded = TrustedHostMiddleware(app, allowed_hosts=[*THIS_MACHINE, *hosts], www_redirect=False)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        app = self.app if scope["path"] in HEALTH_PATHS else self.guarded
        await app(scope, receive, send)

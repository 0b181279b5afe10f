"""Owns the web application that stands in for Meta: its routes and its gate; must not bind a port."""

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from sandbox.meta.admin_routes import admin_routes
from sandbox.meta.config import SandboxConfig
from sandbox.meta.data.pictures import picture
from sandbox.meta.endpoint import graph_endpoint
from sandbox.meta.sign_in.dialog import dialog_decision, dialog_page
from sandbox.meta.state import open_sandbox

# A page of another site that points its name at loopback must not reach the tokens here.
_HOSTS = ("127.0.0.1", "localhost")
_DIALOGS = ("/dialog/oauth", "/{version}/dialog/oauth")


def _unknown_admin(_request: Request) -> Response:
    return PlainTextResponse("No such admin route", 404)


def create_app(config: SandboxConfig) -> Starlette:
    """The sandbox's memory is at `app.state.sandbox`."""
    dialogs = [
        route
        for path in _DIALOGS
        for route in (
            Route(path, dialog_page, methods=["GET"]),
            Route(path, dialog_decision, methods=["POST"]),
        )
    ]
    app = Starlette(
        routes=[
            *admin_routes(),
            Route("/_sandbox/{rest:path}", _unknown_admin),
            *dialogs,
            Route("/media/{asset}.png", picture, methods=["GET"]),
            Route("/{path:path}", graph_endpoint, methods=["GET", "POST", "DELETE"]),
        ],
        middleware=[Middleware(TrustedHostMiddleware, allowed_hosts=list(_HOSTS), www_redirect=False)],
    )
    app.state.sandbox = open_sandbox(config)
    return app

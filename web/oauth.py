"""Owns the two addresses of a dialog's round trip, our link out and the way back; decides nothing about accounts.

A provider's text never reaches a page of ours: what is shown is fixed, and what is kept is a code or a fixed word.
"""

from collections.abc import Awaitable, Callable

import structlog
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Route

from errors import DatabaseUnavailable
from services.connections import FACEBOOK, dialog_url
from services.oauth_flows import FLOW_LIFE, DialogAnswer, FlowNotFound, answer_flow, open_flow
from services.toolbox import Toolbox

_log = structlog.get_logger(__name__)

START_PATH = "/auth/start/{start}"
FACEBOOK_CALLBACK_PATH = "/auth/facebook/callback"
_SEE_OTHER = 303
_REFUSED = "access_denied"
_HEADERS = {
    "Cache-Control": "no-store",
    # The address holds one-time values: it must not be told to the next site.
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
}
_PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>{title}</title></head>
<body><h1>{title}</h1><p>{text}</p></body></html>
"""
_GONE = (
    "This connection cannot be continued",
    "The link was used already, is older than 10 minutes, or belongs to another browser: begin again.",
)
_UNAVAILABLE = ("Adgraph is not available at the moment", "Try again in a minute.")

Handler = Callable[[Request], Awaitable[Response]]


def oauth_routes(tools: Toolbox) -> list[Route]:
    """The routes of every provider's dialog."""

    async def start(request: Request) -> Response:
        opened = await open_flow(tools, request.path_params["start"], browser=_browser(tools, request))
        response = RedirectResponse(dialog_url(tools, opened), _SEE_OTHER, _HEADERS)
        response.set_cookie(
            _cookie_name(tools),
            opened.browser,
            max_age=int(FLOW_LIFE.total_seconds()),
            path="/",
            secure=_is_https(tools),
            httponly=True,
            samesite="lax",
        )
        return response

    async def facebook_callback(request: Request) -> Response:
        query = request.query_params
        answer = DialogAnswer(query.get("code"), is_refusal=query.get("error") == _REFUSED)
        target = await answer_flow(
            tools, FACEBOOK, state=query.get("state"), browser=_browser(tools, request), answer=answer
        )
        return RedirectResponse(target, _SEE_OTHER, _HEADERS)

    return [
        Route(START_PATH, _guarded(start), methods=["GET"]),
        Route(FACEBOOK_CALLBACK_PATH, _guarded(facebook_callback), methods=["GET"]),
    ]


def _guarded(handler: Handler) -> Handler:
    async def guarded(request: Request) -> Response:
        if request.method == "HEAD":
            # Whoever looks at a link before a person opens it must not use it up.
            return Response(headers=_HEADERS)
        try:
            return await handler(request)
        except FlowNotFound:
            _log.info("oauth_flow_not_found")
            return _page(_GONE, 400)
        except DatabaseUnavailable:
            return _page(_UNAVAILABLE, 503)

    return guarded


def _page(content: tuple[str, str], status: int) -> HTMLResponse:
    title, text = content
    return HTMLResponse(_PAGE.format(title=title, text=text), status, _HEADERS)


def _browser(tools: Toolbox, request: Request) -> str | None:
    return request.cookies.get(_cookie_name(tools))


def _cookie_name(tools: Toolbox) -> str:
    """The __Host- prefix keeps other hosts of the domain from planting the cookie; browsers take it with https only."""
    return "__Host-oauth_flow" if _is_https(tools) else "oauth_flow"


def _is_https(tools: Toolbox) -> bool:
    return tools.public_url.startswith("https://")

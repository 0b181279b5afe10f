"""The addresses of a provider's dialog (our links to it, and its way back to us) and of signing out; decides nothing.

A provider's text never reaches our pages: they show fixed texts, and of its answer only a code or a fixed word is kept.
"""

import re
import secrets
from collections.abc import Awaitable, Callable

import structlog
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from auth.caller import origin_of
from auth.cookies import cookies_of
from auth.session_cookie import session_cookie
from errors import DatabaseUnavailable, Refused, Unauthenticated, UpstreamUnavailable, UserErrorCode
from models.channels.channel import ChannelKind
from models.people.oauth_identity import IdentityProvider
from services.oauth import CODE_LIFE, FLOW_LIFE, DialogAnswer, FlowNotFound, answer_flow, challenge_of, open_flow
from services.oauth_purposes import fetch_dialog_url
from services.people.sessions import end_session
from services.sign_in.by_provider import begin_sign_in
from services.sign_in.providers import name_of
from services.toolbox import Toolbox
from services.tools import PublicAddresses
from web.middleware.requests import CAREFUL
from web.pages.plain import UNAVAILABLE, plain_page

_log = structlog.get_logger(__name__)

START_PATH = "/auth/start/{start}"
LOGOUT_PATH = "/auth/logout"
_SEE_OTHER = 303
_REFUSED = "access_denied"
_VERIFIER = re.compile(r"[A-Za-z0-9_-]{43,128}")
# The flow's cookie is for the server alone. The verifier's cookie is for scripts of our own pages, which need it to
# exchange the code.
_FLOW_COOKIE, _VERIFIER_COOKIE = "oauth_flow", "oauth_verifier"
_STATUSES = {UserErrorCode.NOT_CONFIGURED: 404}
_GONE = (
    "This cannot be continued",
    "The link was used already, is older than 10 minutes, or belongs to another browser: begin again.",
)
_DECLINED = ("Nothing was connected", "Access was declined. Close this page, or begin again in Adgraph and allow it.")
_NOT_BEGUN = "The sign-in cannot begin"

Handler = Callable[[Request], Awaitable[Response]]


def oauth_routes(tools: Toolbox) -> list[Route]:
    """The routes of every provider's dialog, and of signing out."""
    routes = [
        Route(START_PATH, _guarded(_start(tools)), methods=["GET"]),
        Route(LOGOUT_PATH, _logout(tools), methods=["POST"]),
    ]
    for provider in IdentityProvider:
        begin = _guarded(_begin(tools, provider))
        at = f"/auth/{name_of(provider)}"
        routes += [
            Route(f"{at}/login", begin, methods=["GET"]),
            Route(f"{at}/start", begin, methods=["GET"]),
            Route(f"{at}/callback", _guarded(_callback(tools, provider)), methods=["GET"]),
        ]
    for kind, marketplace in tools.vendors.selling.items():
        at, callback = f"/auth/{marketplace.dialog_name}", _guarded(_seller_callback(tools, kind))
        routes += [Route(f"{at}/{end}", callback, methods=["GET"]) for end in ("callback", "declined")]
    return routes


def _start(tools: Toolbox) -> Handler:
    """The handler of the links that beginSignIn and beginConnection answer."""

    async def start(request: Request) -> Response:
        return await _to_dialog(tools, request, request.path_params["start"])

    return start


def _begin(tools: Toolbox, provider: IdentityProvider) -> Handler:
    """The handler of a plain link for signing in: `returnUrl` and `codeChallenge` as in beginSignIn, or neither.

    Without a challenge the verifier is made here, and scripts of our own pages read it from a cookie when the browser
    comes back. Somebody who has only the code in the address cannot use it.
    """

    async def begin(request: Request) -> Response:
        return_url = request.query_params.get("returnUrl", "/")
        challenge = request.query_params.get("codeChallenge")
        verifier = None if challenge else _verifier(tools.addresses, request)
        if verifier is not None and not return_url.startswith("/"):
            raise Refused(UserErrorCode.INVALID, "To return to another site, the link needs a codeChallenge.")
        url = await begin_sign_in(
            tools,
            provider=provider,
            return_url=return_url,
            code_challenge=challenge or challenge_of(verifier or ""),
        )
        response = await _to_dialog(tools, request, url.rpartition("/")[2])
        if verifier is not None:
            _set_cookie(tools.addresses, response, _VERIFIER_COOKIE, verifier)
        return response

    return begin


def _callback(tools: Toolbox, provider: IdentityProvider) -> Handler:
    async def callback(request: Request) -> Response:
        query, name, vendor = request.query_params, name_of(provider), tools.vendors.sign_in[provider]
        if not vendor.is_set_up:
            raise FlowNotFound
        # An answer that names another provider as its issuer counts as none: its code is not even stored.
        is_own = await vendor.is_own_answer(query.get("iss"))
        answer = DialogAnswer(
            query.get("code") if is_own and "error" not in query else None,
            is_refusal=is_own and query.get("error") == _REFUSED,
        )
        return await _to_app(tools, request, name, answer)

    return callback


def _seller_callback(tools: Toolbox, kind: ChannelKind) -> Handler:
    """The handler of a marketplace's way back, also of the address at which some send those who decline."""

    async def callback(request: Request) -> Response:
        query, marketplace = request.query_params, tools.vendors.selling[kind]
        if not marketplace.is_set_up:
            raise FlowNotFound
        is_refusal = request.url.path.endswith("/declined") or query.get("error") == _REFUSED
        if is_refusal and "state" not in query:
            # eBay promises nothing there by which the flow could be found: it ends by itself.
            return plain_page(*_DECLINED)
        code = None if is_refusal or "error" in query else query.get("code")
        answer = DialogAnswer(code, is_refusal=is_refusal)
        return await _to_app(tools, request, marketplace.dialog_name, answer)

    return callback


async def _to_app(tools: Toolbox, request: Request, name: str, answer: DialogAnswer) -> Response:
    browser = _cookie(tools.addresses, request, _FLOW_COOKIE)
    target = await answer_flow(tools, name, state=request.query_params.get("state"), browser=browser, answer=answer)
    return RedirectResponse(target, _SEE_OTHER, CAREFUL)


def _logout(tools: Toolbox) -> Handler:
    """The handler of signing out. It needs the Authorization header: unlike a cookie, a browser never sends that for a
    page of another site.
    """

    async def logout(request: Request) -> Response:
        try:
            authorization = request.headers.get("authorization", "")
            viewer = await tools.credentials.authenticator.authenticate(authorization, origin_of(request))
            await end_session(tools, viewer)
        except Unauthenticated as error:
            headers = CAREFUL | {"WWW-Authenticate": 'Bearer error="invalid_token"'}
            return JSONResponse({"error": error.code, "message": error.message}, 401, headers)
        except Refused as refusal:
            return JSONResponse({"error": refusal.user_code, "message": refusal.message}, 400, CAREFUL)
        except DatabaseUnavailable as error:
            return JSONResponse({"error": error.code, "message": error.message}, 503, CAREFUL)
        response = Response(status_code=204, headers=CAREFUL)
        # If the request came from our own page, the browser's cookie is that of the session that has just ended.
        session_cookie(request.headers, {}, public_url=tools.addresses.public_url, answer=response.headers).clear()
        return response

    return logout


async def _to_dialog(tools: Toolbox, request: Request, start: str) -> Response:
    opened = await open_flow(tools, start, browser=_cookie(tools.addresses, request, _FLOW_COOKIE))
    response = RedirectResponse(await fetch_dialog_url(tools.vendors, opened), _SEE_OTHER, CAREFUL)
    _set_cookie(tools.addresses, response, _FLOW_COOKIE, opened.browser)
    return response


def _guarded(handler: Handler) -> Handler:
    async def guarded(request: Request) -> Response:
        if request.method == "HEAD":
            # Mail scanners and previews look at links before a person opens them: that must not use a link up.
            return Response(headers=CAREFUL)
        try:
            return await handler(request)
        except FlowNotFound:
            _log.info("oauth_flow_not_found")
            return plain_page(*_GONE, 400)
        except Refused as refusal:
            return plain_page(_NOT_BEGUN, refusal.message, _STATUSES.get(refusal.user_code, 400))
        except UpstreamUnavailable as error:
            return plain_page(_NOT_BEGUN, error.message, 503)
        except DatabaseUnavailable:
            return plain_page(UNAVAILABLE, "Try again in a minute.", 503)

    return guarded


def _verifier(addresses: PublicAddresses, request: Request) -> str:
    """The verifier in the browser's cookie if it has one, so that two tabs use the same; a new one otherwise."""
    kept = _cookie(addresses, request, _VERIFIER_COOKIE) or ""
    return kept if _VERIFIER.fullmatch(kept) else secrets.token_urlsafe(32)


def _set_cookie(addresses: PublicAddresses, response: Response, name: str, value: str) -> None:
    is_ours = name == _FLOW_COOKIE
    response.set_cookie(
        _cookie_name(addresses, name),
        value,
        max_age=int((FLOW_LIFE if is_ours else FLOW_LIFE + CODE_LIFE).total_seconds()),
        path="/",
        secure=_is_https(addresses),
        httponly=is_ours,
        samesite="lax",
    )


def _cookie(addresses: PublicAddresses, request: Request, name: str) -> str | None:
    return cookies_of(request.headers.getlist("cookie")).get(_cookie_name(addresses, name))


def _cookie_name(addresses: PublicAddresses, name: str) -> str:
    """The cookie's name. The prefix __Host- keeps other hosts of the domain from setting it; it needs https."""
    return f"__Host-{name}" if _is_https(addresses) else name


def _is_https(addresses: PublicAddresses) -> bool:
    return addresses.public_url.startswith("https://")

"""Owns the page on which a seller agrees or declines by a click; must not mint tokens.

What is wrong with the app or its address stays on the page; whatever else is wrong, and a refusal, goes back to the
app with `error`.
"""

import re
from html import escape

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from sandbox.etsy.config import SCOPES
from sandbox.etsy.fields import whole_number
from sandbox.etsy.sign_in.grants import issue_code
from sandbox.etsy.state import EtsySandbox
from sandbox.forms import read_form
from sandbox.marketplaces.consent import ConsentRefused, consent_form, open_ticket, to_the_app, with_query
from sandbox.pages import html_page

_PATH = "/oauth/connect"
_CHALLENGE = re.compile(r"[A-Za-z0-9_-]{43}")


def dialog_routes() -> list[Route]:
    return [Route(_PATH, consent_page, methods=["GET"]), Route(_PATH, consent_choice, methods=["POST"])]


def consent_page(request: Request) -> Response:
    sandbox: EtsySandbox = request.app.state.sandbox
    params = dict(request.query_params)
    try:
        _check_app(sandbox, params)
    except ConsentRefused as refusal:
        return html_page("An error occurred", f"<p>{escape(str(refusal))}</p>", status=400)
    wrong = _wrong_request(params)
    if wrong is not None:
        return _back(params, {"error": wrong[0], "error_description": wrong[1]})
    sellers = [
        (str(shop.seller.user_id), f"{shop.seller.shop_name} ({shop.seller.country})")
        for shop in sandbox.book.shops.values()
    ]
    form = consent_form(sandbox.tickets, params, sellers=sellers, buttons=("Allow access", "Cancel"))
    return html_page("An application would like to connect (Etsy sandbox)", form, redirect=params["redirect_uri"])


async def consent_choice(request: Request) -> Response:
    sandbox: EtsySandbox = request.app.state.sandbox
    form = await read_form(request)
    try:
        params = open_ticket(sandbox.tickets, form)
        if form.get("answer") != "agree":
            return _back(params, {"error": "access_denied", "error_description": "The user denied the request"})
        code = _code(sandbox, params, form.get("seller", ""))
    except ConsentRefused as refusal:
        return html_page("This page is no longer valid", f"<p>{escape(str(refusal))}</p>", status=400)
    return _back(params, {"code": code})


def _code(sandbox: EtsySandbox, params: dict[str, str], user: str) -> str:
    shop = sandbox.shop_of_user(whole_number(user) or 0)
    if shop is None:
        raise ConsentRefused("There is no such seller.")
    return issue_code(
        sandbox,
        shop.seller.user_id,
        params["scope"].split(),
        redirect_uri=params["redirect_uri"],
        challenge=params["code_challenge"],
    )


def _check_app(sandbox: EtsySandbox, params: dict[str, str]) -> None:
    if params.get("client_id") != sandbox.config.keystring:
        raise ConsentRefused("The application that is asking for access is unknown.")
    if params.get("redirect_uri") not in sandbox.config.redirect_uris:
        raise ConsentRefused("The requested redirect URL is not permitted.")


def _wrong_request(params: dict[str, str]) -> tuple[str, str] | None:
    """The error and what it says; None for a request that may be shown."""
    asked = params.get("scope", "").split()
    problems = (
        (params.get("response_type") != "code", "unsupported_response_type", "response_type must be code"),
        (not params.get("state"), "invalid_request", "state is required"),
        (params.get("code_challenge_method") != "S256", "invalid_request", "code_challenge_method must be S256"),
        (
            not _CHALLENGE.fullmatch(params.get("code_challenge", "")),
            "invalid_request",
            "code_challenge is required, and is the S256 hash of a verifier",
        ),
        (not asked, "invalid_scope", "scope is required"),
        (not set(asked) <= set(SCOPES), "invalid_scope", "scope is unknown"),
    )
    return next(((error, said) for is_wrong, error, said in problems if is_wrong), None)


def _back(params: dict[str, str], answer: dict[str, str]) -> RedirectResponse:
    state = {"state": params["state"]} if "state" in params else {}
    return to_the_app(with_query(params["redirect_uri"], answer | state))

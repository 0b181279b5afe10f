"""Owns the consent page of the OAuth dialog: it always asks for a click; must not exchange tokens."""

import secrets
from html import escape
from urllib.parse import urlencode, urlsplit

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from sandbox.forms import read_form
from sandbox.meta.sign_in.tokens import DEMO_USER, DIALOG_SCOPES, SCOPES, Token
from sandbox.meta.state import Sandbox
from sandbox.pages import html_page

# For somebody who only says who they are, and for an app that asks for ad accounts: two pages, as on Meta's.
_SIGN_IN = {
    "allow": "Continue as Demo Marketer",
    "allow_without_email": "Continue without the e-mail address",
    "deny": "Cancel",
}
_CONNECTION = {
    "allow": "Allow",
    "allow_without_ads_read": "Allow without ads_read",
    "allow_one_account": "Allow for the first ad account only",
    "deny": "Deny",
}
_DECISIONS = _SIGN_IN.keys() | _CONNECTION.keys()
_DECLINED = {"allow_without_ads_read": ("ads_read",), "allow_without_email": ("email",)}
_MOST_TICKETS = 1000


class DialogRefused(Exception):
    """The request is not one to redirect from: the page says why and stays."""


def dialog_page(request: Request) -> Response:
    sandbox: Sandbox = request.app.state.sandbox
    params = dict(request.query_params)
    try:
        check_dialog(sandbox, params)
    except DialogRefused as refusal:
        return html_page("This app cannot be connected", f"<p>{escape(str(refusal))}</p>", status=400)
    title = (
        "Adgraph wants to connect your ad accounts (Meta sandbox)"
        if _asks_accounts(params)
        else "Sign in to Adgraph with Facebook (sandbox)"
    )
    return html_page(title, _form(open_ticket(sandbox, params), params), redirect=params["redirect_uri"])


async def dialog_decision(request: Request) -> Response:
    sandbox: Sandbox = request.app.state.sandbox
    form = await read_form(request)
    try:
        location = decide(sandbox, form.get("ticket", ""), decision=form.get("decision", ""))
    except DialogRefused as refusal:
        return html_page("This page is no longer valid", f"<p>{escape(str(refusal))}</p>", status=400)
    return RedirectResponse(location, 303, {"Cache-Control": "no-store", "Referrer-Policy": "no-referrer"})


def check_dialog(sandbox: Sandbox, params: dict[str, str]) -> None:
    redirect_uri = params.get("redirect_uri", "")
    app = sandbox.config.apps.find(params.get("client_id"))
    if app is None:
        raise DialogRefused("Invalid app id: client_id is not this sandbox's app.")
    if urlsplit(redirect_uri).scheme not in ("http", "https") or (
        app.allowed_redirects and redirect_uri not in app.allowed_redirects
    ):
        raise DialogRefused("redirect_uri is not in the app's list of valid OAuth redirect URIs.")
    if params.get("response_type", "code") != "code":
        raise DialogRefused("Only response_type=code is offered.")
    if "code_challenge" in params and params.get("code_challenge_method") != "S256":
        raise DialogRefused("code_challenge_method must be S256.")


def open_ticket(sandbox: Sandbox, params: dict[str, str]) -> str:
    """Binds the coming click to the request that was shown, for one click."""
    if len(sandbox.dialog_tickets) >= _MOST_TICKETS:
        sandbox.dialog_tickets.clear()
    ticket = secrets.token_urlsafe(24)
    sandbox.dialog_tickets[ticket] = params
    return ticket


def decide(sandbox: Sandbox, ticket: str, *, decision: str, person_id: str = DEMO_USER) -> str:
    """Where the browser goes after the person's click: back to the app, with a code or with the refusal."""
    if decision not in _DECISIONS:
        raise DialogRefused("Unknown decision.")
    params = sandbox.dialog_tickets.pop(ticket, None)
    if params is None:
        raise DialogRefused("This dialog was answered already or has expired. Start again from the app.")
    if decision == "deny":
        answer = _refusal()
    else:
        answer = {"code": _code(sandbox, params, decision=decision, person_id=person_id)}
    if "state" in params:
        answer["state"] = params["state"]
    redirect_uri = params["redirect_uri"]
    joint = "&" if urlsplit(redirect_uri).query else "?"
    return f"{redirect_uri}{joint}{urlencode(answer)}"


def _refusal() -> dict[str, str]:
    return {
        "error": "access_denied",
        "error_code": "200",
        "error_description": "Permissions error",
        "error_reason": "user_denied",
    }


def _code(sandbox: Sandbox, params: dict[str, str], *, decision: str, person_id: str) -> str:
    app = sandbox.config.apps.of(params["client_id"])
    asked = [scope for scope in _asked(params) if scope in DIALOG_SCOPES]
    declined = _DECLINED.get(decision, ())
    granted = tuple(scope for scope in dict.fromkeys((*asked, "public_profile")) if scope not in declined)
    first_account = next(iter(sandbox.dataset.accounts))
    accounts = (first_account,) if decision == "allow_one_account" else None
    user_id = sandbox.config.apps.user_id(app, person_id)
    grant = Token("", "USER", user_id, granted, declined, accounts, app_id=sandbox.config.apps.name(app))
    return sandbox.tokens.issue_code(
        grant,
        params["redirect_uri"],
        challenge=params.get("code_challenge"),
        now_s=sandbox.clock.now_s(),
    )


def _asked(params: dict[str, str]) -> list[str]:
    return params.get("scope", "").replace(" ", ",").split(",")


def _asks_accounts(params: dict[str, str]) -> bool:
    return bool({*_asked(params)} & {*SCOPES} - {"public_profile"})


def _form(ticket: str, params: dict[str, str]) -> str:
    offered = _CONNECTION if _asks_accounts(params) else _SIGN_IN
    buttons = "".join(
        f'<p><button name="decision" value="{value}">{label}</button></p>' for value, label in offered.items()
    )
    asked = escape(params.get("scope", "") or "public_profile")
    return (
        f"<p>You are Demo Marketer. The app asks for: <code>{asked}</code>.</p>"
        f'<form method="post"><input type="hidden" name="ticket" value="{ticket}">{buttons}</form>'
    )

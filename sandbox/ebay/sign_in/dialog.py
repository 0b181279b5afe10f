"""Owns the page on which a seller agrees or cancels by a click; must not issue tokens.

A refusal goes to the other registered address, and carries nothing: eBay documents no parameters for it.
"""

import secrets
from html import escape
from urllib.parse import quote, urlencode, urlsplit

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from sandbox.ebay.sign_in.grants import CODE_LIFE_S, full_scopes, issue_code
from sandbox.ebay.state import EbaySandbox
from sandbox.forms import read_form
from sandbox.pages import html_page

_PATH = "/oauth2/authorize"
_MOST_TICKETS = 1_000


class ConsentRefused(Exception):
    """The request is not one to redirect from: the page says why and stays."""


def dialog_routes() -> list[Route]:
    return [Route(_PATH, consent_page, methods=["GET"]), Route(_PATH, consent_choice, methods=["POST"])]


def consent_page(request: Request) -> Response:
    sandbox: EbaySandbox = request.app.state.sandbox
    params = dict(request.query_params)
    try:
        check_request(sandbox, params)
    except ConsentRefused as refusal:
        return html_page("eBay cannot show this page", f"<p>{escape(str(refusal))}</p>", status=400)
    return html_page(
        "Grant application access (eBay sandbox)",
        _form(sandbox, params),
        redirect=sandbox.config.accept_url,
    )


async def consent_choice(request: Request) -> Response:
    sandbox: EbaySandbox = request.app.state.sandbox
    form = await read_form(request)
    try:
        location = choose(sandbox, form)
    except ConsentRefused as refusal:
        return html_page("This page is no longer valid", f"<p>{escape(str(refusal))}</p>", status=400)
    return RedirectResponse(location, 303, {"Cache-Control": "no-store", "Referrer-Policy": "no-referrer"})


def check_request(sandbox: EbaySandbox, params: dict[str, str]) -> None:
    """Raises ConsentRefused for what eBay shows an error page for."""
    asked, known = params.get("scope", "").split(), full_scopes(sandbox.config.scopes)
    problems = {
        "unauthorized_client: the client id is unknown.": params.get("client_id") != sandbox.config.client_id,
        "invalid_request: redirect_uri is the RuName of the app, not a URL.": params.get("redirect_uri")
        != sandbox.config.ru_name,
        "unsupported_response_type: response_type is code.": params.get("response_type") != "code",
        "invalid_scope: no scope is asked for.": not asked,
        "invalid_scope: the app may not ask for one of these scopes.": not set(asked) <= set(known),
    }
    for problem, is_there in problems.items():
        if is_there:
            raise ConsentRefused(problem)


def choose(sandbox: EbaySandbox, form: dict[str, str]) -> str:
    """Where the browser goes after the click: to the address for consents with a code, or to that for refusals."""
    params = sandbox.tickets.pop(form.get("ticket", ""), None)
    if params is None:
        raise ConsentRefused("This page was answered already or has expired. Start again from the app.")
    if form.get("answer") != "agree":
        return sandbox.config.decline_url
    seller_id = form.get("seller", "")
    if seller_id not in sandbox.book.shops:
        raise ConsentRefused("There is no such seller.")
    code = issue_code(sandbox, seller_id, params["scope"].split())
    answer = {"code": code, "expires_in": str(CODE_LIFE_S)}
    if "state" in params:
        answer = {"state": params["state"], **answer}
    address = sandbox.config.accept_url
    return f"{address}{'&' if urlsplit(address).query else '?'}{urlencode(answer, quote_via=quote)}"


def _form(sandbox: EbaySandbox, params: dict[str, str]) -> str:
    if len(sandbox.tickets) >= _MOST_TICKETS:
        sandbox.tickets.clear()
    ticket = secrets.token_urlsafe(24)
    sandbox.tickets[ticket] = params
    sellers = "".join(
        f'<p><label><input type="radio" name="seller" value="{shop.seller.user_id}"{" checked" if not place else ""}> '
        f"{escape(shop.seller.username)} ({shop.seller.marketplace})</label></p>"
        for place, shop in enumerate(sandbox.book.shops.values())
    )
    scopes = "".join(f"<li>{escape(scope)}</li>" for scope in params["scope"].split())
    buttons = '<button name="answer" value="agree">Agree</button> <button name="answer" value="cancel">Cancel</button>'
    hidden = f'<input type="hidden" name="ticket" value="{ticket}">'
    return f'<form method="post">{hidden}{sellers}<p>The app asks for</p><ul>{scopes}</ul><p>{buttons}</p></form>'

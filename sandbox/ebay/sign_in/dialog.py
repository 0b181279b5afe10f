"""Owns the page on which a seller agrees or cancels by a click; must not issue tokens.

A refusal goes to the other registered address, and carries nothing: eBay documents no parameters for it.
"""

from html import escape

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from sandbox.ebay.sign_in.grants import CODE_LIFE_S, full_scopes, issue_code
from sandbox.ebay.state import EbaySandbox
from sandbox.forms import read_form
from sandbox.marketplaces.consent import ConsentRefused, consent_form, open_ticket, to_the_app, with_query
from sandbox.pages import html_page

_PATH = "/oauth2/authorize"


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
    return to_the_app(location)


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
    params = open_ticket(sandbox.tickets, form)
    if form.get("answer") != "agree":
        return sandbox.config.decline_url
    seller_id = form.get("seller", "")
    if seller_id not in sandbox.book.shops:
        raise ConsentRefused("There is no such seller.")
    code = issue_code(sandbox, seller_id, params["scope"].split())
    answer = {"code": code, "expires_in": str(CODE_LIFE_S)}
    if "state" in params:
        answer = {"state": params["state"], **answer}
    return with_query(sandbox.config.accept_url, answer)


def _form(sandbox: EbaySandbox, params: dict[str, str]) -> str:
    sellers = [
        (shop.seller.user_id, f"{shop.seller.username} ({shop.seller.marketplace})")
        for shop in sandbox.book.shops.values()
    ]
    return consent_form(sandbox.tickets, params, sellers=sellers, buttons=("Agree", "Cancel"))

"""Owns the page on which a person chooses an account and agrees by a click; must not issue tokens."""

from html import escape
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from sandbox.forms import read_form
from sandbox.google.hostility import Hostility
from sandbox.google.state import GoogleSandbox
from sandbox.pages import html_page

_DENY = "deny"
_MOST_TICKETS = 1000


class ChoiceRefused(Exception):
    """The request is not one to redirect from: the page says why and stays."""


def authorize_page(request: Request) -> Response:
    sandbox: GoogleSandbox = request.app.state.sandbox
    params = dict(request.query_params)
    try:
        check_request(sandbox, params)
    except ChoiceRefused as refusal:
        return html_page("Access blocked", f"<p>{escape(str(refusal))}</p>", status=400)
    return html_page(
        "Choose an account to go on to Adgraph (Google sandbox)",
        _form(sandbox, sandbox.open_ticket(params)),
        redirect=params["redirect_uri"],
    )


async def authorize_choice(request: Request) -> Response:
    sandbox: GoogleSandbox = request.app.state.sandbox
    form = await read_form(request)
    try:
        location = choose(sandbox, form.get("ticket", ""), choice=form.get("choice", ""))
    except ChoiceRefused as refusal:
        return html_page("This page is no longer valid", f"<p>{escape(str(refusal))}</p>", status=400)
    return RedirectResponse(location, 303, {"Cache-Control": "no-store", "Referrer-Policy": "no-referrer"})


def check_request(sandbox: GoogleSandbox, params: dict[str, str]) -> None:
    problems = {
        "client_id is not this sandbox's client.": params.get("client_id") != sandbox.config.client_id,
        "redirect_uri is not one of the client's.": params.get("redirect_uri") not in sandbox.config.allowed_redirects,
        "Only response_type=code is offered.": params.get("response_type") != "code",
        "The scope must hold openid.": "openid" not in params.get("scope", "").split(),
        "code_challenge_method must be S256.": params.get("code_challenge_method") != "S256",
        "code_challenge is missing.": not params.get("code_challenge"),
    }
    for problem, is_there in problems.items():
        if is_there:
            raise ChoiceRefused(problem)
    if len(sandbox.tickets) >= _MOST_TICKETS:
        sandbox.tickets.clear()


def choose(sandbox: GoogleSandbox, ticket: str, *, choice: str) -> str:
    """Where the browser goes after the click: back to the app, with a code or with the refusal."""
    if choice != _DENY and choice not in sandbox.people:
        raise ChoiceRefused("Unknown choice.")
    params = sandbox.tickets.pop(ticket, None)
    if params is None:
        raise ChoiceRefused("This page was answered already or has expired. Start again from the app.")
    if sandbox.hostility is Hostility.SCRIPT_IN_ERROR:
        answer = {"error": "server_error", "error_description": "<script>alert(1)</script>"}
    elif choice == _DENY:
        answer = {"error": "access_denied"}
    else:
        answer = {"code": sandbox.issue_code(sandbox.people[choice], params)}
    answer |= _issuer(sandbox) | ({"state": params["state"]} if "state" in params else {})
    return f"{params['redirect_uri']}?{urlencode(answer)}"


def _issuer(sandbox: GoogleSandbox) -> dict[str, str]:
    """RFC 9207: every answer names who gave it."""
    if sandbox.hostility is Hostility.NO_ISS_PARAMETER:
        return {}
    is_wrong = sandbox.hostility is Hostility.WRONG_ISS_PARAMETER
    return {"iss": "https://attacker.example" if is_wrong else sandbox.issuer}


def _form(sandbox: GoogleSandbox, ticket: str) -> str:
    choices = ((person.subject, f"Continue as {person.label}") for person in sandbox.people.values())
    buttons = "".join(
        f'<p><button name="choice" value="{value}">{escape(label)}</button></p>'
        for value, label in (*choices, (_DENY, "Cancel"))
    )
    return f'<form method="post"><input type="hidden" name="ticket" value="{ticket}">{buttons}</form>'

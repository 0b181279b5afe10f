"""Owns the page on which a seller agrees or declines by one click; must not know what an app may ask for."""

import secrets
from collections.abc import Sequence
from html import escape
from urllib.parse import quote, urlencode, urlsplit

from starlette.responses import RedirectResponse

Tickets = dict[str, dict[str, str]]
_MOST_TICKETS = 1_000
_HEADERS = {"Cache-Control": "no-store", "Referrer-Policy": "no-referrer"}


class ConsentRefused(Exception):
    """The request is not one to redirect from: the page says why and stays."""


def consent_form(
    tickets: Tickets, params: dict[str, str], *, sellers: Sequence[tuple[str, str]], buttons: tuple[str, str]
) -> str:
    """The form for one click: sellers by id and name, the scopes asked for, the words of both buttons.

    `answer` will be "agree" or "cancel", `seller` the chosen id, `ticket` what `open_ticket` takes.
    """
    if len(tickets) >= _MOST_TICKETS:
        tickets.clear()
    ticket = secrets.token_urlsafe(24)
    tickets[ticket] = params
    choices = "".join(
        f'<p><label><input type="radio" name="seller" value="{escape(seller_id)}"{" checked" if not place else ""}> '
        f"{escape(name)}</label></p>"
        for place, (seller_id, name) in enumerate(sellers)
    )
    scopes = "".join(f"<li>{escape(scope)}</li>" for scope in params["scope"].split())
    agree, cancel = buttons
    clicks = (
        f'<button name="answer" value="agree">{agree}</button> <button name="answer" value="cancel">{cancel}</button>'
    )
    hidden = f'<input type="hidden" name="ticket" value="{ticket}">'
    return f'<form method="post">{hidden}{choices}<p>The app asks for</p><ul>{scopes}</ul><p>{clicks}</p></form>'


def open_ticket(tickets: Tickets, form: dict[str, str]) -> dict[str, str]:
    """The parameters of the page that was answered, once; raises ConsentRefused."""
    params = tickets.pop(form.get("ticket", ""), None)
    if params is None:
        raise ConsentRefused("This page was answered already or has expired. Start again from the app.")
    return params


def with_query(address: str, answer: dict[str, str]) -> str:
    return f"{address}{'&' if urlsplit(address).query else '?'}{urlencode(answer, quote_via=quote)}"


def to_the_app(location: str) -> RedirectResponse:
    return RedirectResponse(location, 303, _HEADERS)

"""Owns the pages that people click: the checkout and the portal; must not know the API."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from html import escape
from typing import Any

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from sandbox.forms import read_form
from sandbox.pages import html_page
from sandbox.stripe import subscriptions
from sandbox.stripe.calls import Refusal, pay_checkout
from sandbox.stripe.config import SandboxPrice
from sandbox.stripe.ledger import Ledger, Object

_AWAY = {"Cache-Control": "no-store", "Referrer-Policy": "no-referrer"}
_GONE = "<p>It was used, has expired or never was. Start again from the app.</p>"

# What the portal's buttons do to a subscription.
_ACTIONS: Mapping[str, tuple[str, Callable[[Ledger, str], Any]]] = {
    "cancel": (
        "Cancel at the end of the period",
        lambda led, sub: subscriptions.change(led, sub, cancel_at_period_end=True),
    ),
    "resume": ("Do not cancel", lambda led, sub: subscriptions.change(led, sub, cancel_at_period_end=False)),
    "cancel_now": ("Cancel now", subscriptions.cancel),
    "pay": ("Pay and begin the next period", lambda led, sub: subscriptions.renew(led, sub, is_paid=True)),
    "fail": ("Let the next payment fail", lambda led, sub: subscriptions.renew(led, sub, is_paid=False)),
}


def page_routes() -> list[Route]:
    return [
        Route("/pay/{id}", _checkout_page, methods=["GET"]),
        Route("/pay/{id}", _checkout_click, methods=["POST"]),
        Route("/portal/{id}", _portal_page, methods=["GET"]),
        Route("/portal/{id}", _portal_click, methods=["POST"]),
    ]


def _ledger(request: Request) -> Ledger:
    ledger: Ledger = request.app.state.ledger
    return ledger


def _checkout_page(request: Request) -> Response:
    ledger = _ledger(request)
    session = ledger.book.checkouts.get(request.path_params["id"])
    if session is None or session["status"] != "open":
        return html_page("This checkout is no longer open", _GONE, status=410)
    days = session["_subscription_data"].get("trial_period_days", 0)
    trial = f"<p>The first {days} days are free.</p>" if days else ""
    body = (
        f"<p>{_words(ledger.prices[session['_price']])}</p>{trial}<p>This is a sandbox: no card, no money.</p>"
        f"<form method='post'>{_button('pay', 'Subscribe')}{_button('leave', 'Back without buying')}</form>"
    )
    return html_page("Adgraph at Stripe (sandbox)", body, redirect=session["success_url"])


async def _checkout_click(request: Request) -> Response:
    ledger, session_id = _ledger(request), request.path_params["id"]
    session = ledger.book.checkouts.get(session_id)
    decision = (await read_form(request)).get("action")
    if session is None:
        return html_page("This checkout is no longer open", _GONE, status=410)
    if decision == "leave":
        return RedirectResponse(session["cancel_url"] or session["success_url"], 303, _AWAY)
    try:
        pay_checkout(ledger, session_id)
    except Refusal:
        return html_page("This checkout is no longer open", _GONE, status=410)
    return RedirectResponse(session["success_url"], 303, _AWAY)


def _portal_page(request: Request) -> Response:
    ledger = _ledger(request)
    session = ledger.book.portals.get(request.path_params["id"])
    if session is None:
        return html_page("This portal is not open", _GONE, status=410)
    mine = subscriptions.of_customer(ledger, session["customer"])
    shown = "".join(_subscription(ledger, each) for each in mine) or "<p>No subscription.</p>"
    back = f"<form method='post'>{_button('back', 'Back to Adgraph')}</form>"
    return html_page("Your subscription at Stripe (sandbox)", shown + back, redirect=session["return_url"])


async def _portal_click(request: Request) -> Response:
    ledger = _ledger(request)
    session = ledger.book.portals.get(request.path_params["id"])
    if session is None:
        return html_page("This portal is not open", _GONE, status=410)
    form = await read_form(request)
    action, subscription_id = form.get("action", ""), form.get("subscription", "")
    if action == "back":
        return RedirectResponse(session["return_url"] or request.url.path, 303, _AWAY)
    mine = ledger.book.subscriptions.get(subscription_id)
    if mine is None or mine["customer"] != session["customer"] or not subscriptions.is_live(mine):
        return html_page("This subscription cannot be changed", _GONE, status=400)
    if action in _ACTIONS:
        _ACTIONS[action][1](ledger, subscription_id)
    elif action in ledger.prices:
        subscriptions.change_price(ledger, subscription_id, ledger.prices[action])
    return RedirectResponse(request.url.path, 303, _AWAY)


def _subscription(ledger: Ledger, found: Object) -> str:
    item = found["items"]["data"][0]
    price = ledger.prices.get(item["price"]["id"])
    until = datetime.fromtimestamp(item["current_period_end"], UTC)
    ends = ", ends then" if found["cancel_at_period_end"] else ""
    name = _words(price) if price else "A price of before"
    line = f"<p><b>{name}</b>: {found['status']}, until {until:%d %B %Y}{ends}</p>"
    if not subscriptions.is_live(found):
        return line
    others = [each for each in ledger.config.prices if price is None or each.id != price.id]
    buttons = [_button(name, label) for name, (label, _) in _ACTIONS.items()]
    buttons += [_button(each.id, f"Change to {_words(each)}") for each in others]
    hidden = f"<input type='hidden' name='subscription' value='{escape(found['id'])}'>"
    return f"{line}<form method='post'>{hidden}{''.join(buttons)}</form>"


def _words(price: SandboxPrice) -> str:
    return escape(f"{price.product}, {price.amount / 100:.2f} {price.currency.upper()} per {price.interval}")


def _button(value: str, label: str) -> str:
    return f"<p><button name='action' value='{escape(value)}'>{escape(label)}</button></p>"

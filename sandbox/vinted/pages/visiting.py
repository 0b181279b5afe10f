"""Owns the pages that a visitor looks at: home, a wardrobe, an item, the inbox; must not change anything."""

from collections.abc import Callable
from html import escape

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from sandbox.vinted.calls import whole_number
from sandbox.vinted.members import Member
from sandbox.vinted.pages.doors import LOGIN
from sandbox.vinted.pages.layout import not_found, page
from sandbox.vinted.sessions import greet, member_of, session_of
from sandbox.vinted.state import VintedSandbox
from sandbox.vinted.wardrobe.lookup import find_item, listed_items

# Of the sandbox, the visitor, and the number of the address: a title and HTML.
Told = tuple[str, str]
Tell = Callable[[VintedSandbox, Member | None, int], Told | None]


def home(_sandbox: VintedSandbox, member: Member | None, _number: int) -> Told:
    if member is None:
        return "Sell what you no longer wear", "<p>This is a stand-in of the site, for trying things out.</p>"
    return "Home", f"<p>Signed in as {escape(member.login)}.</p>"


def wardrobe(sandbox: VintedSandbox, _visitor: Member | None, number: int) -> Told | None:
    member = sandbox.book.members.get(number)
    if member is None:
        return None
    rows = "".join(
        f'<li><a href="/items/{item.item_id}">{escape(item.given["title"])}</a> {item.given["price"]}</li>'
        for item in listed_items(sandbox, member)
        if item.state in ("live", "reserved", "sold")
    )
    return member.login, f"<ul>{rows}</ul>"


def item_page(sandbox: VintedSandbox, _visitor: Member | None, number: int) -> Told | None:
    item = find_item(sandbox, number)
    if item is None or item.state in ("hidden", "draft"):
        return None
    text = escape(item.given["description"]).replace("\n", "<br>")
    return item.given["title"], f"<p>{item.given['price']} {item.given['currency']}</p><p>{text}</p>"


def new_item(_sandbox: VintedSandbox, _visitor: Member | None, _number: int) -> Told:
    return "Sell an item", "<p>The form is not part of the sandbox.</p>"


def inbox(_sandbox: VintedSandbox, visitor: Member | None, _number: int) -> Told:
    talks = sorted(visitor.talks.values(), key=lambda talk: -talk.updated_s) if visitor else []
    rows = "".join(f'<li><a href="/inbox/{talk.conversation_id}">{escape(talk.login)}</a></li>' for talk in talks)
    return "Inbox", f"<ul>{rows}</ul>"


def conversation(_sandbox: VintedSandbox, visitor: Member | None, number: int) -> Told | None:
    talk = visitor.talks.get(number) if visitor else None
    if talk is None:
        return None
    rows = "".join(f"<li>{escape(message.body)}</li>" for message in talk.messages)
    return talk.login, f"<ul>{rows}</ul>"


def visit(tell: Tell, *, is_private: bool = False) -> Callable[[Request], Response]:
    """A page; who is signed out is led from a private one to the form. Loading a page renews a stale session."""

    def show(request: Request) -> Response:
        sandbox: VintedSandbox = request.app.state.sandbox
        session = session_of(sandbox, request)
        member = member_of(sandbox, session)
        if member is None and is_private:
            return RedirectResponse(f"{LOGIN}?ref_url={request.url.path}", 302)
        if session is not None:
            session.is_stale = False
        # Addresses have a name after the number, as in /items/5-blue-coat.
        number = whole_number(str(request.path_params.get("named", "0")).partition("-")[0])
        told = None if number is None else tell(sandbox, member, number)
        if told is None:
            return not_found()
        response = page(*told, member=member, session=session, csrf_place=sandbox.csrf_place)
        greet(request, response)
        return response

    return show

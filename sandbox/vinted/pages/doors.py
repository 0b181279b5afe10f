"""Owns signing in and out by a form."""

import hmac
from html import escape

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from sandbox.forms import read_form
from sandbox.vinted.pages.layout import page
from sandbox.vinted.sessions import greet, let_in, let_out
from sandbox.vinted.state import VintedSandbox

LOGIN = "/member/login"
_FORM = """<form method="post"><p><label>Name <input name="login" autocomplete="username"></label></p>
<p><label>Password <input name="password" type="password" autocomplete="current-password"></label></p>
<p><button>Sign in</button></p></form>"""
_KNOWN = "<p>This stand-in has the members {members}; the password of each is <code>{password}</code>.</p>"


def _form(sandbox: VintedSandbox) -> str:
    """With what whoever tries things out has to type: there is no secret here."""
    members = " and ".join(f"<code>{escape(member.login)}</code>" for member in sandbox.book.members.values())
    return _FORM + _KNOWN.format(members=members, password=escape(sandbox.config.password))


async def show_form(request: Request) -> Response:
    response = page("Sign in", _form(request.app.state.sandbox))
    greet(request, response)
    return response


async def sign_in(request: Request) -> Response:
    """Whoever knows the name of a member, and the password of them all."""
    sandbox: VintedSandbox = request.app.state.sandbox
    form = await read_form(request)
    member = next((each for each in sandbox.book.members.values() if each.login == form.get("login")), None)
    is_right = hmac.compare_digest(form.get("password", "").encode(), sandbox.config.password.encode())
    if member is None or not is_right:
        return page("Sign in", f"<p>Name or password is wrong.</p>{_form(sandbox)}", status=401)
    response = RedirectResponse("/", 303)
    let_in(sandbox, response, member)
    sandbox.save()
    return response


async def sign_out(request: Request) -> Response:
    sandbox: VintedSandbox = request.app.state.sandbox
    response = RedirectResponse("/", 303)
    let_out(sandbox, request, response)
    sandbox.save()
    return response

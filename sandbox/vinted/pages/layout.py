"""Owns the look of the site's pages and where they carry the CSRF token; must not know what a page says."""

import json
import secrets
from html import escape

from starlette.responses import HTMLResponse

from sandbox.vinted.members import Member, Session

_STYLE = "body{font:16px/1.5 system-ui;max-width:50rem;margin:2rem auto;padding:0 1rem}nav form{display:inline}"
_PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>{title}</title>{meta}<style nonce="{nonce}">{style}</style></head>
<body><nav><a href="/">Home</a> {doors}</nav><h1>{title}</h1>{body}{script}</body></html>"""
_OUT = '<form method="post" action="/member/logout"><button>Sign out</button></form>'
_IN = '<a href="/member/login">Sign in</a>'


def page(
    title: str,
    body: str,
    *,
    member: Member | None = None,
    session: Session | None = None,
    csrf_place: str = "BOTH",
    status: int = 200,
) -> HTMLResponse:
    """`body` is HTML already. Who is signed in finds the token in a meta tag, in a script, or in both."""
    nonce = secrets.token_urlsafe(16)
    token = session.csrf_token if session else ""
    content = _PAGE.format(
        title=escape(title),
        meta=f'<meta name="csrf-token" content="{token}">' if token and csrf_place != "SCRIPT" else "",
        nonce=nonce,
        style=_STYLE,
        doors=_doors(member),
        body=body,
        script=_script(token, member, nonce) if token and csrf_place != "META" else "",
    )
    return HTMLResponse(content, status, _headers(nonce))


def not_found() -> HTMLResponse:
    return page("This page does not exist", "<p>Nothing is here.</p>", status=404)


def _doors(member: Member | None) -> str:
    if member is None:
        return _IN
    own = f'<a href="/member/{member.member_id}-{escape(member.login)}">{escape(member.login)}</a>'
    return f'{own} <a href="/inbox">Inbox</a> <a href="/items/new">Sell</a> {_OUT}'


def _script(token: str, member: Member | None, nonce: str) -> str:
    """As the site streams what its page needs: JSON inside a text of JavaScript."""
    told = {"CSRF_TOKEN": token, "userId": str(member.member_id) if member else None}
    chunk = json.dumps("1:" + json.dumps(told, separators=(",", ":")))
    return f'<script nonce="{nonce}">(self.__next_f=self.__next_f||[]).push([1,{chunk}])</script>'


def _headers(nonce: str) -> dict[str, str]:
    policy = (
        f"default-src 'none'; style-src 'nonce-{nonce}'; script-src 'nonce-{nonce}'; img-src 'self'; "
        "connect-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
    )
    return {
        "Content-Security-Policy": policy,
        "Cache-Control": "no-store",
        "X-Content-Type-Options": "nosniff",
    }

"""Owns the look and the headers of the stand-ins' pages for people: one plain form under a strict policy."""

import secrets
from urllib.parse import urlsplit

from starlette.responses import HTMLResponse

_STYLE = "body{font:16px/1.5 system-ui;max-width:36rem;margin:4rem auto;padding:0 1rem}button{padding:.5rem 1rem}"
_PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>{title}</title><style nonce="{nonce}">{style}</style></head>
<body><h1>{title}</h1>{body}</body></html>"""


def html_page(title: str, body: str, *, status: int = 200, redirect: str | None = None) -> HTMLResponse:
    """`body` is HTML already; `redirect` is where the form's answer leads to."""
    nonce = secrets.token_urlsafe(16)
    # Browsers hold the redirect after a form to form-action, so the app's origin has to be named too.
    target = f" {_origin(redirect)}" if redirect else ""
    policy = (
        f"default-src 'none'; style-src 'nonce-{nonce}'; form-action 'self'{target}; "
        "frame-ancestors 'none'; base-uri 'none'"
    )
    headers = {
        "Content-Security-Policy": policy,
        "Cache-Control": "no-store",
        "Referrer-Policy": "no-referrer",
        "X-Content-Type-Options": "nosniff",
    }
    return HTMLResponse(_PAGE.format(title=title, nonce=nonce, style=_STYLE, body=body), status, headers)


def _origin(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"

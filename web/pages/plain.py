"""Pages that say one thing, without script and style: what a browser shows between two sites."""

from html import escape

from starlette.responses import HTMLResponse

from web.middleware.requests import CAREFUL

UNAVAILABLE = "Adgraph is not available at the moment"
_PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>{title}</title></head>
<body><h1>{title}</h1><p>{text}</p></body></html>
"""


def plain_page(title: str, text: str, status: int = 200) -> HTMLResponse:
    """Never kept, and with an address that is not told to the next site: it may hold one-time values."""
    return HTMLResponse(_PAGE.format(title=escape(title), text=escape(text)), status, CAREFUL)

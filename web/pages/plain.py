"""Plain pages: a title and a sentence, without script and style, for browsers on the way between two sites."""

from html import escape

from starlette.responses import HTMLResponse

from web.middleware.requests import CAREFUL

UNAVAILABLE = "Adgraph is not available at the moment"
_PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>{title}</title></head>
<body><h1>{title}</h1><p>{text}</p></body></html>
"""


def plain_page(title: str, text: str, status: int = 200) -> HTMLResponse:
    """A plain page. It is not cached, and browsers do not send its address to the next site: it may have one-time
    values in it.
    """
    return HTMLResponse(_PAGE.format(title=escape(title), text=escape(text)), status, CAREFUL)

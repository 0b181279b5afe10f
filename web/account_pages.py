"""Pages behind the links of mails, for installations without a front end of their own; the API does the work."""

import mimetypes
from collections.abc import Sequence
from pathlib import Path

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import BaseRoute, Route

PATHS = ("/verify-email", "/reset-password", "/accept-invitation")
_FOLDER = Path(__file__).resolve().parent.parent / "static" / "account"
_HEADERS = {
    "content-security-policy": "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; "
    "img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    "cache-control": "no-cache",
}
_HTML = (
    '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
    '<meta name="viewport" content="width=device-width, initial-scale=1">\n<title>Adgraph</title>\n'
    '<link rel="icon" href="data:,">\n<link rel="stylesheet" href="/account/account.css">\n'
    '<script src="/account/account.js" defer></script>\n</head>\n<body><main></main></body>\n</html>\n'
)


def account_page_routes(folder: Path = _FOLDER) -> Sequence[BaseRoute]:
    """One page for all links: its script goes by the path, and takes the token from behind the #."""

    async def page(_request: Request) -> Response:
        return HTMLResponse(_HTML, headers=_HEADERS)

    def file(path: Path) -> Route:
        body, media_type = path.read_bytes(), mimetypes.guess_type(path.name)[0]

        async def answer(_request: Request) -> Response:
            return Response(body, headers={"cache-control": "no-cache"}, media_type=media_type)

        return Route(f"/account/{path.name}", answer)

    return [*(Route(path, page) for path in PATHS), *map(file, sorted(folder.iterdir()))]

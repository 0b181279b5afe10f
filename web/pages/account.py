"""Pages behind the links in letters, for installations without a front end of their own; the API does the work."""

import json
from collections.abc import Sequence
from pathlib import Path

from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import BaseRoute, Route

from errors import DatabaseUnavailable, Refused
from services.tenants.invitations import load_offer
from services.toolbox import Toolbox
from web.bodies import read_body
from web.pages.files import ASK_AGAIN, UnchangingFile

INVITATION = "/accept-invitation"
PATHS = ("/verify-email", "/reset-password", INVITATION)
_MAX_BODY_BYTES = 2048
_FOLDER = Path(__file__).resolve().parents[2] / "static" / "account"
OWN_DOCUMENTS = _FOLDER / "documents.json"  # what the script runs, by id: no other text of ours comes from a browser
_HEADERS = {
    "content-security-policy": "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; "
    "img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    "cache-control": "no-cache",
}
_HTML = (
    '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
    '<meta name="viewport" content="width=device-width, initial-scale=1">\n<title>Adgraph</title>\n'
    '<link rel="icon" href="data:,">\n<link rel="stylesheet" href="/account/account.css">\n'
    '<script src="/account/account.js" defer></script>\n</head>\n'
    '<body><main data-home="{home}"></main></body>\n</html>\n'
)


def account_page_routes(tools: Toolbox, *, has_home: bool, folder: Path = _FOLDER) -> Sequence[BaseRoute]:
    """The routes of one page for all links: its script reads the path, and the token from the fragment (behind the #).

    `has_home`: whether there is a page at `/` to go on with.
    """
    html = _HTML.format(home="/" if has_home else "")

    async def page(_request: Request) -> Response:
        return HTMLResponse(html, headers=_HEADERS)

    async def invitation(request: Request) -> Response:
        """Answers what an invitation offers; the token is in the body, which is not logged."""
        try:
            offer = await load_offer(tools.db, tools.clock, await _token(request))
        except Refused as refusal:
            return JSONResponse({"message": refusal.message}, 400)
        except DatabaseUnavailable as error:
            return JSONResponse({"message": error.message}, 503)
        shown = {"team": offer.tenant_name, "inviter": offer.inviter_name, "email": offer.email, "role": offer.role}
        return JSONResponse(shown)

    def file(path: Path) -> Route:
        return Route(
            f"/account/{path.name}",
            UnchangingFile(path.name, path.read_bytes(), cache_control=ASK_AGAIN).answer,
        )

    pages = [Route(path, page) for path in PATHS]
    return [*pages, Route(INVITATION, invitation, methods=["POST"]), *map(file, sorted(folder.iterdir()))]


async def _token(request: Request) -> str:
    """The token in the body; '' for a body that is too large or has none."""
    body = await read_body(request, most=_MAX_BODY_BYTES)
    try:
        found = json.loads(body or b"")
    except (ValueError, RecursionError):
        return ""
    token = found.get("token") if isinstance(found, dict) else None
    return token if isinstance(token, str) else ""

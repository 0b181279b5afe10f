"""The page at `/`: GraphiQL from our own files, under a content policy that allows no other scripts."""

import json
import re
from collections.abc import Sequence
from html import escape
from pathlib import Path

from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, Response
from starlette.routing import BaseRoute, Route

from models.people.oauth_identity import IdentityProvider
from services.sign_in.providers import name_of
from web.pages.files import FOREVER, UnchangingFile
from web.pages.plain import plain_page

STATIC = Path(__file__).resolve().parents[2] / "static"
_STYLES = ("graphiql/graphiql.css", "graphiql/explorer.css", "page/page.css")
_SCRIPTS = (
    "graphiql/react.js",
    "graphiql/react-dom.js",
    "graphiql/graphiql.js",
    "graphiql/explorer.js",
    "page/page.js",
    "page/session.js",
    "page/connect.js",
    "page/sign-in.js",
)
_LICENSES = "graphiql/LICENSE.*.txt"
_HOST = re.compile(r"[A-Za-z0-9.\-\[\]:]{1,255}")


class PageFiles:
    """The page's files in memory, each under an address that contains its hash."""

    def __init__(self, folder: Path) -> None:
        self._addresses: dict[str, str] = {}
        self._files: dict[str, UnchangingFile] = {}
        for name in (*_STYLES, *_SCRIPTS, *(str(path.relative_to(folder)) for path in folder.glob(_LICENSES))):
            self._add(folder, name)

    def _add(self, folder: Path, name: str) -> None:
        file = UnchangingFile(name, (folder / name).read_bytes(), cache_control=FOREVER)
        self._addresses[name] = f"{file.digest}/{Path(name).name}"
        self._files[self._addresses[name]] = file

    def url(self, name: str) -> str:
        return f"/static/{self._addresses[name]}"

    def find(self, address: str) -> UnchangingFile | None:
        return self._files.get(address)


def tabs(folder: Path = STATIC / "page" / "operations") -> list[dict[str, str]]:
    """The operations that the page offers, in the order of their file names; `<name>.json` has the variables."""
    found = []
    for path in sorted(folder.glob("*.graphql")):
        variables = path.with_suffix(".json")
        found.append({"query": path.read_text(), "variables": variables.read_text() if variables.exists() else ""})
    return found


def content_policy(host: str, *, pictures: str = "") -> str:
    """The content policy: our own files, pictures of one more origin, and WebSockets to this host.

    The host is named because `'self'` does not include WebSockets in every browser.
    """
    sockets = f" ws://{host} wss://{host}" if _HOST.fullmatch(host) else ""
    rules = (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        f"img-src 'self' data: {pictures}".rstrip(),
        "font-src 'self' data:",
        f"connect-src 'self'{sockets}",
        "worker-src 'self'",
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors 'none'",
    )
    return "; ".join(rules)


def _html(assets: PageFiles, providers: Sequence[IdentityProvider]) -> str:
    styles = "".join(f'<link rel="stylesheet" href="{assets.url(name)}">\n' for name in _STYLES)
    scripts = "".join(f'<script src="{assets.url(name)}" defer></script>\n' for name in _SCRIPTS)
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n<title>Adgraph</title>\n'
        f'<link rel="icon" href="data:,">\n{styles}{scripts}</head>\n'
        f'<body>\n{_sign_in(providers)}\n<div id="graphiql" data-tabs="{escape(json.dumps(tabs()))}"></div>\n'
        "</body>\n</html>\n"
    )


def _sign_in(providers: Sequence[IdentityProvider]) -> str:
    """Links for signing in, which need no script, and the form in which accounts are chosen after a connection."""
    links = "".join(
        f'<a href="/auth/{name_of(each)}/login">Sign in with {each.value.title()}</a>' for each in providers
    )
    return (
        f'<nav id="sign-in">{links}<span id="signed-in" role="status"></span>'
        '<button id="connect" hidden>Connect ad accounts</button><a id="dialog" hidden>Go on at the platform</a>'
        '<button id="sign-out" hidden>Sign out</button></nav>\n'
        '<form id="choice" hidden><h2></h2><div></div><button type="submit">Connect</button>'
        '<button type="reset">Not now</button></form>'
    )


def graphiql_routes(
    folder: Path = STATIC, *, providers: Sequence[IdentityProvider] = (), pictures: str = ""
) -> Sequence[BaseRoute]:
    """The routes of `/` and its files; without the files `/` says how to install them.

    The page has a link to each of `providers`. `pictures` is another origin whose pictures it may show.
    """
    try:
        assets = PageFiles(folder)
    except FileNotFoundError:
        return [Route("/", _not_installed)]
    html = _html(assets, providers)

    async def page(request: Request) -> Response:
        headers = {
            "content-security-policy": content_policy(request.headers.get("host", ""), pictures=pictures),
            "cache-control": "no-cache",
        }
        return HTMLResponse(html, headers=headers)

    async def file(request: Request) -> Response:
        found = assets.find(request.path_params["address"])
        return PlainTextResponse("Not found", 404) if found is None else await found.answer(request)

    return [Route("/", page), Route("/static/{address:path}", file)]


def no_editor_routes() -> Sequence[BaseRoute]:
    """The route of `/` where GraphiQL could run nothing that is typed into it: the page says so."""
    return [Route("/", _no_editor)]


async def _no_editor(_request: Request) -> Response:
    return plain_page(
        "This server runs the documents of its manifest alone",
        "So there is no editor here: nothing that you type could run. Applications send the documentId of a document "
        "to /graphql. Whoever runs the server gets GraphiQL back with DOCUMENTS=open.",
    )


async def _not_installed(_request: Request) -> Response:
    return PlainTextResponse("GraphiQL's files are not installed: run `make install`, then start again.\n", 503)

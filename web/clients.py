"""Serves programs for people's own machines: the browser extension, as a file to unpack; must not know what it does."""

import io
import json
from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from web.pages.files import ASK_AGAIN, UnchangingFile

PATH = "/clients/vinted-agent.zip"
_FOLDER = Path(__file__).resolve().parent.parent / "clients" / "vinted-agent"
# What the extension sends, by id: a server that runs known documents alone knows them.
AGENT_DOCUMENTS = _FOLDER / "documents.json"
# What others read, and no browser.
_LEFT_OUT = frozenset({"package.json", "documents.json"})
_LOOPBACK = ["http://127.0.0.1/*", "http://localhost/*"]
# The first one that a zip can say: the same files are the same bytes, on whatever day they are packed.
_DATE = (1980, 1, 1, 0, 0, 0)


def agent_files(stand_in: str | None) -> Iterator[tuple[str, bytes]]:
    """Each file of the extension by its path; with the address of a stand-in, that is called instead of any site."""
    for path in sorted(_FOLDER.rglob("*")):
        name = path.relative_to(_FOLDER).as_posix()
        if path.is_file() and name not in _LEFT_OUT:
            yield name, _for_stand_in(name, path.read_bytes(), stand_in) if stand_in else path.read_bytes()


def _for_stand_in(name: str, body: bytes, stand_in: str) -> bytes:
    if name == "manifest.json":
        changes: dict[str, object] = {"name": "Adgraph agent for a stand-in of Vinted", "host_permissions": _LOOPBACK}
    elif name == "sites.json":
        changes = {"origin": stand_in, "spacingMs": 0}
    else:
        return body
    return json.dumps({**json.loads(body), **changes}, indent=2).encode()


def packed_agent(stand_in: str | None) -> bytes:
    """The extension as a zip, in one folder; the same bytes each time."""
    file = io.BytesIO()
    with ZipFile(file, "w", ZIP_DEFLATED) as packed:
        for name, body in agent_files(stand_in):
            entry = ZipInfo(f"vinted-agent/{name}", _DATE)
            entry.compress_type, entry.external_attr = ZIP_DEFLATED, 0o644 << 16
            packed.writestr(entry, body)
    return file.getvalue()


def client_routes(*, stand_in: str | None = None) -> Sequence[BaseRoute]:
    """The route of the extension's file, which is packed at the first request."""

    @cache
    def file() -> UnchangingFile:
        return UnchangingFile("vinted-agent.zip", packed_agent(stand_in), cache_control=ASK_AGAIN)

    async def answer(request: Request) -> Response:
        response = await file().answer(request)
        response.headers["content-disposition"] = 'attachment; filename="vinted-agent.zip"'
        return response

    return [Route(PATH, answer, methods=["GET"])]

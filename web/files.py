"""Serves files of a local storage at `/files/...` to whoever has a link that was signed; it lists nothing."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Protocol

from starlette.requests import Request
from starlette.responses import FileResponse, PlainTextResponse, Response
from starlette.routing import BaseRoute, Route

PATH = "/files"
# A browser must not keep the file, and no middleware may change its bytes: their hash was told.
_HEADERS = {"cache-control": "private, no-store, no-transform"}
# Pages of other origins show it: whoever has the link may.
_SHOWN_HEADERS = {**_HEADERS, "cross-origin-resource-policy": "cross-origin"}
_MISSING = "This link is not valid, or no longer: ask for a new one.\n"


class Opened(Protocol):
    @property
    def path(self) -> Path: ...

    @property
    def name(self) -> str: ...

    @property
    def shown_as(self) -> str | None:
        """The media type of what browsers may show; None for what they must save."""
        ...


def file_routes(opened: Callable[[str, Mapping[str, str]], Opened | None]) -> Sequence[BaseRoute]:
    """The route of all files; `opened` says which file a key and the query of its link allow to read."""

    async def answer(request: Request) -> Response:
        found = await asyncio.to_thread(opened, request.path_params["key"], request.query_params)
        if found is None:
            # The same for whatever is wrong: nobody learns which files there are.
            return PlainTextResponse(_MISSING, 404)
        is_shown = found.shown_as is not None
        return FileResponse(
            found.path,
            filename=found.name,
            media_type=found.shown_as or "application/octet-stream",
            headers=_SHOWN_HEADERS if is_shown else _HEADERS,
            content_disposition_type="inline" if is_shown else "attachment",
        )

    return [Route(f"{PATH}/{{key:path}}", answer, methods=["GET"])]

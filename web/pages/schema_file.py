"""The API's schema as a file at `/schema.graphql`, for tools that read SDL instead of asking by introspection."""

from collections.abc import Callable, Sequence
from functools import cache

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from web.pages.files import ASK_AGAIN, UnchangingFile

PATH = "/schema.graphql"


def schema_file_routes(text: Callable[[], str]) -> Sequence[BaseRoute]:
    """The route of the file; `text` is called at the first request: starting the server does not wait for it."""

    @cache
    def file() -> UnchangingFile:
        return UnchangingFile("schema.txt", text().encode(), cache_control=ASK_AGAIN)

    async def answer(request: Request) -> Response:
        return await file().answer(request)

    return [Route(PATH, answer)]

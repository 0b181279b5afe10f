"""The API's schema as a file, at `/schema.graphql`: for tools that read SDL and ask no introspection query."""

from collections.abc import Callable, Sequence

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import BaseRoute, Route

PATH = "/schema.graphql"


def schema_file_routes(text: Callable[[], str]) -> Sequence[BaseRoute]:
    """`text` is asked at the first request: a server that nobody asks prints no schema."""

    async def file(_request: Request) -> Response:
        return PlainTextResponse(text())

    return [Route(PATH, file)]

"""The application over real HTTP and sockets with a clock that moves, for what people do with their accounts."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from starlette.applications import Starlette
from starlette.routing import Route, WebSocketRoute

from execution.transport.events import StreamPace
from execution.transport.sockets import SocketHandler
from execution.transport.view import GraphQLView
from resolvers.door import FrontDoor
from schema import build_schema
from services.people.sessions import SignedIn
from services.toolbox import Toolbox
from tests.doors.http import GraphQLClient, Socket
from tests.doors.serving import serving
from tests.worlds.sign_in import SignInWorld, sign_in_world
from web.middleware.requests import RequestMiddleware

TICKS = "subscription { refreshJobs { id } }"


class EagerHandler(SocketHandler):
    """Looks at its viewer as often as a test has patience for; every 30 seconds in production."""

    recheck_every_s = 0.05


class EagerView(GraphQLView):
    graphql_transport_ws_handler_class = EagerHandler
    pace = StreamPace(recheck_every_s=EagerHandler.recheck_every_s)


@dataclass(frozen=True, slots=True)
class PeopleWorld(SignInWorld):
    client: GraphQLClient

    async def say(self, text: str, bearer: str | SignedIn | None = None, /, **variables: Any) -> Any:
        """The data of an operation that has no errors."""
        reply = await self.as_(bearer).ask(text, **variables)
        assert reply.errors == [], reply.text
        return reply.data

    async def codes(self, text: str, bearer: str | SignedIn | None = None, /, **variables: Any) -> list[str]:
        return (await self.as_(bearer).ask(text, **variables)).codes

    def as_(self, bearer: str | SignedIn | None) -> GraphQLClient:
        return self.client.signed_in(bearer.access_token.text if isinstance(bearer, SignedIn) else bearer)

    @asynccontextmanager
    async def watching(self, bearer: str, text: str = TICKS) -> AsyncIterator[Socket]:
        """A socket with a subscription, of which the default has nothing to say."""
        async with self.client.socket() as socket:
            await socket.introduce({"authorization": f"Bearer {bearer}"})
            await socket.start("1", text)
            yield socket


@asynccontextmanager
async def people_world(tools: Toolbox) -> AsyncIterator[PeopleWorld]:
    made = sign_in_world(tools)
    view = EagerView(build_schema(), FrontDoor(made.tools))
    routes = [Route("/graphql", view, methods=None), WebSocketRoute("/graphql", view)]
    async with serving(RequestMiddleware(Starlette(routes=routes))) as (url, _server):
        yield PeopleWorld(made.tools, made.clock, made.hasher, GraphQLClient(url))
    made.tools.credentials.passwords.close()

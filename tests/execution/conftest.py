"""A small schema of its own behind the real transports: execution/ knows nothing of ads."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from decimal import Decimal
from enum import StrEnum
from itertools import count
from typing import Any, Self

import pytest
import strawberry
from graphql import GraphQLField
from starlette.applications import Starlette
from starlette.requests import HTTPConnection, Request
from starlette.responses import Response
from starlette.routing import Route, WebSocketRoute
from starlette.websockets import WebSocket
from strawberry.schema.config import StrawberryConfig

import errors
from execution.answers.cache import AnswerCache
from execution.answers.selected import Selected
from execution.context import Throttle
from execution.engine import Engine
from execution.limits.list_sizes import written_as
from execution.persisted.lookup import Documents
from execution.transport.events import StreamPace
from execution.transport.sockets import SocketHandler
from execution.transport.view import GraphQLView
from schema.scalars import SCALARS, BigInt
from tests.doors.http import GraphQLClient
from tests.doors.serving import serving
from web.middleware.requests import RequestMiddleware

RUNS = count()
SECRET = "postgres at 10.0.0.7 said no"
GOOD, EXPIRING = "Bearer good", "Bearer expiring"


@dataclass
class Context:
    request_id: str
    viewer: str | None = None
    connection_params: dict[str, Any] | None = None
    loaders: list[str] = field(default_factory=list)
    shows_schema: bool = True
    charged: list[Any] = field(default_factory=list)
    spent: list[int] = field(default_factory=list)
    counted: list[Any] = field(default_factory=list)
    exist: Mapping[str, int] = field(default_factory=dict)
    documents: Documents = field(default_factory=Documents)
    answers: AnswerCache | None = None
    version: str | errors.AppError | None = None

    @property
    def documents_owner(self) -> str | None:
        return self.viewer

    @property
    def reader(self) -> str:
        return self.viewer or "nobody"

    async def answers_version(self, selected: Selected) -> str | None:
        if isinstance(self.version, errors.AppError):
            raise self.version
        return self.version

    async def charge(
        self, fields: Sequence[tuple[str, Mapping[str, Any]]], *, cost: int, reserves: bool = False
    ) -> None:
        self.charged.append(([(name, dict(arguments)) for name, arguments in fields], cost))
        if any(name == "limited" for name, _ in fields):
            raise errors.RateLimited("wait", retry_after_s=9, limit=5, remaining=0, reset_at=1_800_000_000)

    async def settle(self, *, spent: int) -> Throttle | None:
        self.spent.append(spent)
        return Throttle(1000, 1000 - sum(self.spent), 1000 / 60)

    def refusal(self, fields: Iterable[GraphQLField | None]) -> errors.AppError | None:
        is_closed = all(each is not None and written_as(each).python_name in ("me", "mine") for each in fields)  # type: ignore[union-attr]
        return errors.Unauthenticated() if self.viewer is None and is_closed else None

    def only_reads(self) -> None:
        pass

    def begin_again(self) -> bool:
        return False

    async def existing(self, fields: Mapping[str, tuple[str, Mapping[str, Any]]]) -> Mapping[str, Mapping[str, int]]:
        self.counted.append(dict(fields))
        return dict.fromkeys(fields, self.exist) if self.viewer else {}

    def for_operation(self, *, behind_all: Callable[[], Awaitable[None]]) -> Self:
        return replace(self, loaders=[])


@dataclass
class SmallDoor:
    """`revoked` ends every session at the next look, `expired` the token that lives for moments only.

    Without `shows_schema` introspection is off.
    """

    revoked: bool = False
    expired: bool = False
    is_database_away: bool = False
    shows_schema: bool = True
    admissions: int = 0
    documents: Documents = field(default_factory=Documents)
    answers: AnswerCache | None = None
    version: str | errors.AppError | None = None
    contexts: list[Context] = field(default_factory=list)

    async def request_context(self, request: Request, answer: Response | None) -> Context:
        if self.is_database_away:
            raise errors.DatabaseUnavailable("The database does not answer; try again.")
        presented = request.headers.get("authorization")
        viewer = "ann" if presented in (GOOD, EXPIRING) else None
        context = replace(self._context(request), viewer=viewer, connection_params={"authorization": presented})
        self.contexts.append(context)
        return context

    async def socket_context(self, socket: WebSocket) -> Context:
        return self._context(socket)

    def _context(self, connection: HTTPConnection) -> Context:
        return self.new_context(connection.scope["state"]["request_id"])

    def new_context(self, request_id: str = "request-1") -> Context:
        kept: dict[str, Any] = {"answers": self.answers, "version": self.version}
        return Context(request_id, shows_schema=self.shows_schema, documents=self.documents, **kept)

    async def admit(self, context: Context) -> float | None:
        if self.is_database_away:
            raise errors.DatabaseUnavailable("The database does not answer; try again.")
        presented = (context.connection_params or {}).get("authorization")
        if presented is None:
            return None
        if presented not in (GOOD, EXPIRING):
            raise errors.Unauthenticated
        context.viewer = "ann"
        self.admissions += 1
        return 3600.0 if presented == GOOD else 0.05

    def left_s(self, context: Context) -> float | None:
        if context.viewer is None:
            return None
        return 0.05 if (context.connection_params or {}).get("authorization") == EXPIRING else 3600.0

    async def recheck(self, context: Context) -> float | None:
        left_s = self.left_s(context)
        if self.revoked or (self.expired and left_s == 0.05):
            raise errors.Unauthenticated
        return left_s


class Colour(StrEnum):
    RED = "RED"


@strawberry.input
class Where:
    name: str


@strawberry.type
class Thing:
    name: str

    @strawberry.field
    def things(self, first: int | None = 50) -> "ThingConnection":
        return ThingConnection(nodes=[])


@strawberry.type
class ThingConnection:
    nodes: list[Thing]


def signed_in(info: strawberry.Info) -> str:
    if info.context.viewer is None:
        raise errors.Unauthenticated
    return str(info.context.viewer)


@strawberry.type
class Query:
    @strawberry.field
    def hello(self, name: str = "you") -> str:
        return f"hello {name}"

    @strawberry.field
    def paged(self, first: int | None = 50) -> ThingConnection | None:
        return ThingConnection(nodes=[Thing(name="a")])

    @strawberry.field
    def broken(self, first: int | None = 50) -> ThingConnection | None:
        raise RuntimeError(SECRET)

    @strawberry.field
    async def waits(self) -> int:
        await asyncio.Event().wait()
        return 1

    @strawberry.field
    def me(self, info: strawberry.Info) -> str | None:
        return signed_in(info)

    @strawberry.field
    def twice(self, value: Decimal) -> Decimal | None:
        return value * 2

    @strawberry.field
    def big(self, value: BigInt) -> BigInt | None:
        return value

    @strawberry.field
    def colour(self) -> Colour | None:
        return SECRET  # type: ignore[return-value]  # a row that holds what the enum does not know

    @strawberry.field
    def fails(self, how: str) -> str | None:
        error = FAILURES[how]()
        raise error

    @strawberry.field
    def find(self, where: Where) -> str | None:
        return where.name

    @strawberry.field
    def painted(self, colour: Colour | None = None) -> str | None:
        return colour

    @strawberry.field
    def limited(self) -> int | None:
        return 1

    @strawberry.field
    def ticks(self) -> int:
        """Another number at each run."""
        return next(RUNS)

    @strawberry.field
    def loads(self, info: strawberry.Info) -> int:
        info.context.loaders.append("x")
        return len(info.context.loaders)


FAILURES: dict[str, Callable[[], Exception]] = {
    "bug": lambda: RuntimeError(SECRET),
    "own_bug": lambda: errors.InternalError(SECRET),
    "stray_refusal": lambda: errors.Refused(errors.UserErrorCode.INVALID, SECRET),
    "forbidden": lambda: errors.Forbidden("no", reason="REAUTHENTICATE"),
    "rate": lambda: errors.RateLimited("wait", retry_after_s=7),
    "database": lambda: errors.DatabaseUnavailable("away"),
    "recursion": lambda: RecursionError(SECRET),
}


def changed(values: list[int] | None = None) -> str:
    return f"changed{len(values or ()) or ''}"


@strawberry.type
class Mutation:
    change: str = strawberry.mutation(resolver=changed)
    change_many: str = strawberry.mutation(resolver=changed, metadata={"large": True})


@dataclass
class Flood:
    """How much of the endless subscription was asked for, and whether it has ended."""

    asked_for: int = 0
    ended: asyncio.Event = field(default_factory=asyncio.Event)


FLOOD = Flood()


@strawberry.type
class Subscription:
    @strawberry.subscription
    async def count(self, to: int = 3) -> AsyncGenerator[int, None]:
        for number in range(to):
            yield number

    @strawberry.subscription
    async def painting(self, colour: Colour) -> AsyncGenerator[str, None]:
        yield colour

    @strawberry.subscription
    async def forever(self) -> AsyncGenerator[int, None]:
        yield 0
        await asyncio.Event().wait()

    @strawberry.subscription
    async def breaks(self) -> AsyncGenerator[int, None]:
        yield 0
        raise RuntimeError(SECRET)

    @strawberry.subscription
    async def flood(self) -> AsyncGenerator[str, None]:
        """As much as anybody asks for."""
        try:
            for number in range(100_000):
                FLOOD.asked_for = number
                yield "x" * 100_000
        finally:
            FLOOD.ended.set()

    @strawberry.subscription
    async def mine(self, info: strawberry.Info) -> AsyncGenerator[str, None]:
        yield signed_in(info)


ENGINE = Engine(Query, mutation=Mutation, subscription=Subscription, config=StrawberryConfig(scalar_map=SCALARS))


class QuickHandler(SocketHandler):
    recheck_every_s = 0.02


class QuickView(GraphQLView):
    graphql_transport_ws_handler_class = QuickHandler
    pace = StreamPace(keep_alive_s=0.05, recheck_every_s=0.02)


@pytest.fixture(scope="session")
async def small_server() -> AsyncIterator[tuple[GraphQLClient, SmallDoor]]:
    door = SmallDoor()
    view = QuickView(ENGINE, door, allowed_origins=["https://app.test"], init_wait=timedelta(milliseconds=200))
    routes = [Route("/graphql", view, methods=None), WebSocketRoute("/graphql", view)]
    async with serving(RequestMiddleware(Starlette(routes=routes))) as (url, _server):
        yield GraphQLClient(url), door


@pytest.fixture
def door(small_server: tuple[GraphQLClient, SmallDoor]) -> Iterator[SmallDoor]:
    yield small_server[1]
    small_server[1].revoked = small_server[1].expired = small_server[1].is_database_away = False
    small_server[1].shows_schema = True
    small_server[1].documents = Documents()


@pytest.fixture
def client(small_server: tuple[GraphQLClient, SmallDoor]) -> GraphQLClient:
    return small_server[0]

"""A client of the API over real HTTP and WebSockets, as a front end would use it."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from typing import Any, Self

import aiohttp
import websockets
from websockets.asyncio.client import ClientConnection, connect

LOGIN = """
mutation ($email: String!, $password: String!) {
  login(input: { email: $email, password: $password }) { accessToken userErrors { code } }
}
"""
PATIENCE_S = 20
PREFLIGHT = {"graphql-require-preflight": "1"}  # what a GET needs that has no other header of a program
PROTOCOL = "graphql-transport-ws"


@dataclass(frozen=True, slots=True)
class Reply:
    status: int
    headers: dict[str, str]
    text: str

    @property
    def body(self) -> Any:
        return json.loads(self.text)

    @property
    def data(self) -> Any:
        return self.body.get("data")

    @property
    def errors(self) -> list[dict[str, Any]]:
        return list(self.body.get("errors", []))

    @property
    def codes(self) -> list[str]:
        return [error["extensions"]["code"] for error in self.errors]


@dataclass(frozen=True, slots=True)
class GraphQLClient:
    """`url` is the server's; `token` an access token."""

    url: str
    token: str | None = None
    headers: dict[str, str] = field(default_factory=dict)

    def signed_in(self, token: str | None) -> Self:
        return replace(self, token=token)

    async def login(self, email: str, password: str) -> Self:
        reply = await self.ask(LOGIN, email=email, password=password)
        return self.signed_in(reply.data["login"]["accessToken"])

    async def ask(self, query: str, /, **variables: Any) -> Reply:
        return await self.send("POST", json={"query": query, "variables": variables})

    async def send(self, method: str, path: str = "/graphql", **options: Any) -> Reply:
        """Any request; `options` are aiohttp's."""
        asked_first = PREFLIGHT if method == "GET" and path.startswith("/graphql") else {}
        headers = {**asked_first, **self._authorization(), **self.headers, **options.pop("headers", {})}
        async with (
            aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(PATIENCE_S)) as session,
            session.request(method, self.url + path, headers=headers, allow_redirects=False, **options) as response,
        ):
            found = {name.lower(): value for name, value in response.headers.items()}
            return Reply(response.status, found, await response.text())

    @asynccontextmanager
    async def socket(
        self,
        *,
        protocol: str = "graphql-transport-ws",
        origin: str | None = None,
        headers: dict[str, str] | None = None,
    ) -> AsyncIterator["Socket"]:
        """A connected WebSocket that has said nothing yet."""
        address = self.url.replace("http", "ws", 1) + "/graphql"
        subprotocols = [websockets.Subprotocol(protocol)]
        sent_origin = websockets.Origin(origin) if origin else None
        async with connect(
            address, subprotocols=subprotocols, origin=sent_origin, additional_headers=headers
        ) as connection:
            yield Socket(connection)

    @asynccontextmanager
    async def subscribe(self, query: str, /, **variables: Any) -> AsyncIterator["Subscription"]:
        """One subscription over a socket of its own."""
        async with self.socket() as socket:
            await socket.introduce(self._authorization())
            await socket.start("1", query, variables)
            yield Subscription(socket)

    @asynccontextmanager
    async def stream(
        self, query: str, /, variables: dict[str, Any] | None = None, **options: Any
    ) -> AsyncIterator["Events"]:
        """The answer to one operation as a stream of events; `options` are aiohttp's."""
        headers = {"accept": "text/event-stream", **self._authorization(), **options.pop("headers", {})}
        method = options.pop("method", "POST")
        if method == "POST":
            options["json"] = {"query": query, "variables": variables}
        async with (
            aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(PATIENCE_S)) as session,
            session.request(method, self.url + "/graphql", headers=headers, **options) as response,
        ):
            yield Events(response)

    def _authorization(self) -> dict[str, str]:
        return {"authorization": f"Bearer {self.token}"} if self.token else {}


@dataclass(frozen=True, slots=True)
class Socket:
    connection: ClientConnection

    async def say(self, message: Any) -> None:
        await self.connection.send(json.dumps(message))

    async def hear(self) -> Any:
        """The next message; raises ConnectionClosed when there is none."""
        async with asyncio.timeout(PATIENCE_S):
            text = await self.connection.recv()
        assert isinstance(text, str), "browsers' clients do not read binary frames"
        return json.loads(text)

    async def introduce(self, payload: dict[str, Any]) -> None:
        await self.say({"type": "connection_init", "payload": payload})
        assert (await self.hear())["type"] == "connection_ack"

    async def start(self, operation_id: str, query: str, variables: dict[str, Any] | None = None) -> None:
        payload = {"query": query, "variables": variables or {}}
        await self.say({"id": operation_id, "type": "subscribe", "payload": payload})

    async def closed(self) -> int | None:
        """The close code, once the server has closed."""
        async with asyncio.timeout(PATIENCE_S):
            await self.connection.wait_closed()
        return self.connection.close_code


@dataclass(frozen=True, slots=True)
class Events:
    """The lines of a stream, read as browsers read them."""

    response: aiohttp.ClientResponse

    def __aiter__(self) -> AsyncIterator[tuple[str, Any]]:
        return self._all()

    async def _all(self) -> AsyncIterator[tuple[str, Any]]:
        """Name and data of each event until the connection ends; a comment is an event without a name."""
        name, data = "", ""
        async for line in self.response.content:
            field, _, value = line.decode().rstrip("\n").partition(":")
            match field, value.removeprefix(" "):
                case "event", text:
                    name = text
                case "data", text:
                    data = text
                case "", "" if line == b"\n" and name:
                    yield name, json.loads(data) if data else None
                    name = data = ""
                case "", "" if line == b":\n":
                    yield "", None

    async def next(self) -> tuple[str, Any]:
        return await anext(aiter(self))


@dataclass(frozen=True, slots=True)
class Subscription:
    socket: Socket

    def __aiter__(self) -> AsyncIterator[Any]:
        return self._events()

    async def _events(self) -> AsyncIterator[Any]:
        """The payloads until the server completes; a refused operation is an AssertionError."""
        while (message := await self.socket.hear())["type"] != "complete":
            assert message["type"] == "next", message
            yield message["payload"]

    async def next(self) -> Any:
        message = await self.socket.hear()
        assert message["type"] == "next", message
        return message["payload"]

"""WebSocket connections of one caller: as many as the setting says, and one more when one of them has ended."""

import asyncio
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import pytest
import websockets
from starlette.applications import Starlette
from starlette.routing import Route, WebSocketRoute

from execution.transport.view import GraphQLView
from services.toolbox import Toolbox
from settings.loading import load_settings
from settings.model import AppEnv
from startup.server import build_app
from tests.doors.http import PATIENCE_S, GraphQLClient
from tests.doors.serving import serving
from tests.execution.conftest import ENGINE, SmallDoor
from web.middleware.requests import RequestMiddleware
from web.middleware.socket_limit import SocketLimitMiddleware

MOST = 2
EVENTS = {"accept": "text/event-stream", "graphql-require-preflight": "1"}
HELLO = {"query": "{ hello }"}
BEHIND = {"trusted_proxies": "127.0.0.1"}


def app_of(tools: Toolbox, tmp_path: Path, **chosen: Any) -> Any:
    settings = load_settings(
        _env_file=None, app_env=AppEnv.TEST, data_dir=tmp_path, max_sockets_per_caller=MOST, **chosen
    )
    return build_app(tools, settings)


async def open_from(stack: AsyncExitStack, url: str, address: str = "") -> Any:
    """A connection as a proxy hands it on."""
    headers = {"x-forwarded-for": address} if address else {}
    connecting = websockets.connect(
        url.replace("http", "ws", 1) + "/graphql",
        subprotocols=[websockets.Subprotocol("graphql-transport-ws")],
        additional_headers=headers,
    )
    return await stack.enter_async_context(connecting)


async def test_one_socket_too_many_is_429_until_another_ends(tools: Toolbox, tmp_path: Path) -> None:
    async with serving(app_of(tools, tmp_path)) as (url, _server), AsyncExitStack() as stack:
        first, _second = [await open_from(stack, url) for _ in range(MOST)]
        with pytest.raises(websockets.InvalidStatus) as refused:
            await open_from(stack, url)
        response = refused.value.response
        assert (response.status_code, response.headers["retry-after"]) == (429, "10")
        assert b'"error":"RATE_LIMITED"' in (response.body or b"")
        assert (await GraphQLClient(url).ask("{ __typename }")).data  # requests are counted by themselves

        await first.close()
        async with asyncio.timeout(PATIENCE_S):
            while True:  # the server needs a moment to see the end
                try:
                    await open_from(stack, url)
                except websockets.InvalidStatus:
                    await asyncio.sleep(0.01)
                else:
                    break


@pytest.mark.parametrize(
    ("others", "is_let_in"),
    [
        ("192.0.2.8", True),
        ("192.0.2.7", False),
        ("::ffff:192.0.2.7", False),
        ("2001:db8::1", True),
    ],
)
async def test_callers_are_told_apart_by_their_network(
    tools: Toolbox, tmp_path: Path, others: str, is_let_in: bool
) -> None:
    async with serving(app_of(tools, tmp_path, **BEHIND)) as (url, _server), AsyncExitStack() as stack:
        for _ in range(MOST):
            await open_from(stack, url, "192.0.2.7")
        if is_let_in:
            await open_from(stack, url, others)
            return
        with pytest.raises(websockets.InvalidStatus):
            await open_from(stack, url, others)


async def test_streams_of_events_count_with_sockets_and_single_answers_do_not() -> None:
    view = GraphQLView(ENGINE, SmallDoor())
    app = Starlette(routes=[Route("/graphql", view, methods=None), WebSocketRoute("/graphql", view)])
    limited = RequestMiddleware(SocketLimitMiddleware(app, most=MOST))
    async with serving(limited) as (url, _server), AsyncExitStack() as stack:
        client = GraphQLClient(url)
        await open_from(stack, url)
        async with client.stream("subscription { forever }") as events:
            assert await events.next() == ("next", {"data": {"forever": 0}})
            async with client.stream("{ hello }") as refused:
                assert (refused.response.status, refused.response.headers["retry-after"]) == (429, "10")
            assert (await client.ask("{ hello }")).data
        async with asyncio.timeout(PATIENCE_S):
            while (await client.send("GET", params=HELLO, headers=EVENTS)).status == 429:  # noqa: ASYNC110 - as above
                await asyncio.sleep(0.01)


async def test_a_refused_handshake_is_not_counted(tools: Toolbox, tmp_path: Path) -> None:
    async with serving(app_of(tools, tmp_path)) as (url, _server), AsyncExitStack() as stack:
        for _ in range(MOST + 1):
            with pytest.raises(websockets.InvalidStatus) as refused:
                async with websockets.connect(url.replace("http", "ws", 1) + "/graphql", origin="https://evil.test"):  # type: ignore[arg-type]
                    pass
            assert refused.value.response.status_code == 403
        await open_from(stack, url)


async def test_without_rate_limits_there_is_no_limit_of_sockets(tools: Toolbox, tmp_path: Path) -> None:
    async with serving(app_of(tools, tmp_path, rate_limits=False)) as (url, _server), AsyncExitStack() as stack:
        for _ in range(MOST + 1):
            await open_from(stack, url)

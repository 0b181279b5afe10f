"""Connections: slow senders and large headers end them, sockets and patient readers they leave alone."""

import asyncio
from collections.abc import AsyncIterator
from urllib.parse import urlsplit

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route, WebSocketRoute
from starlette.websockets import WebSocket
from websockets.asyncio.client import connect

from tests.serving import serving
from web.punctual_http import MAX_HEADER_BYTES, MAX_HEADERS, PunctualProtocol

HEAD = b"POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 5\r\n"


async def echo(request: Request) -> Response:
    return PlainTextResponse(await request.body())


async def wait_then_greet(socket: WebSocket) -> None:
    await socket.accept()
    await asyncio.sleep(0.25)
    await socket.send_text("still here")
    await socket.close()


@pytest.fixture
async def address(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[tuple[str, int]]:
    monkeypatch.setattr(PunctualProtocol, "headers_s", 0.1)
    monkeypatch.setattr(PunctualProtocol, "body_s", 0.15)
    app = Starlette(routes=[Route("/", echo, methods=["POST"]), WebSocketRoute("/", wait_then_greet)])
    async with serving(app) as (url, _server):
        parts = urlsplit(url)
        yield str(parts.hostname), int(parts.port or 0)


async def answer_to(address: tuple[str, int], *parts: bytes) -> bytes:
    """What comes back until the server closes; at the end the sender is silent."""
    reader, writer = await asyncio.open_connection(*address)
    try:
        for part in parts:
            writer.write(part)
            await writer.drain()
        async with asyncio.timeout(5):
            return await reader.read()
    finally:
        writer.close()


@pytest.mark.parametrize(
    ("parts", "status"),
    [
        ([b""], 408),
        ([b"POST / HT"], 408),
        ([HEAD], 408),
        ([HEAD + b"\r\n", b"hel"], 408),
        ([HEAD + b"\r\nhello", HEAD], 408),
        ([b"POST / HTTP/1.1\r\nhost: " + b"a" * MAX_HEADER_BYTES], 431),
        ([HEAD + b"x: y\r\n" * MAX_HEADERS], 400),
        ([b"GET /" + b"a" * MAX_HEADER_BYTES], 431),
    ],
    ids=["nothing", "half a line", "half a head", "half a body", "half a second head", "long", "many", "long address"],
)
async def test_a_sender_that_keeps_a_connection_busy_is_told_and_cut_off(
    address: tuple[str, int], parts: list[bytes], status: int
) -> None:
    last = (await answer_to(address, *parts)).split(b"HTTP/1.1 ")[-1]
    assert last.startswith(str(status).encode())


async def test_who_is_in_time_is_answered(address: tuple[str, int]) -> None:
    assert (await answer_to(address, HEAD + b"connection: close\r\n\r\nhe", b"llo")).endswith(b"hello")


async def test_a_socket_has_no_such_end(address: tuple[str, int]) -> None:
    async with connect(f"ws://{address[0]}:{address[1]}/") as socket:
        assert await socket.recv() == "still here"

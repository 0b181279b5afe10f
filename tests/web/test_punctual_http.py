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

from tests.doors.serving import serving
from web.punctual_http import MAX_HEADER_BYTES, MAX_HEADERS, PunctualProtocol

HEAD = b"POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 5\r\n"


CHUNKED = b"POST / HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\n"
UNREAD = b"POST /early HTTP/1.1\r\nhost: a\r\ncontent-length: 5\r\n\r\n"


async def echo(request: Request) -> Response:
    body = await request.body()
    told = request.headers.get("x-forwarded-for", "")
    return PlainTextResponse(body + told.encode())


LARGE = b"x" * 30_000_000


async def answer_at_length(_: Request) -> Response:
    return Response(LARGE)


async def answer_early(_: Request) -> Response:
    return PlainTextResponse("early")


async def wait_then_greet(socket: WebSocket) -> None:
    await socket.accept()
    await asyncio.sleep(0.25)
    await socket.send_text("still here")
    await socket.close()


@pytest.fixture
async def address(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[tuple[str, int]]:
    monkeypatch.setattr(PunctualProtocol, "headers_s", 0.1)
    monkeypatch.setattr(PunctualProtocol, "body_s", 0.15)
    monkeypatch.setattr(PunctualProtocol, "unread_s", 0.2)
    routes = [
        Route("/", echo, methods=["POST"]),
        Route("/early", answer_early, methods=["POST"]),
        Route("/large", answer_at_length),
        WebSocketRoute("/", wait_then_greet),
    ]
    async with serving(Starlette(routes=routes)) as (url, server):
        server.config.timeout_keep_alive = 0.05  # type: ignore[assignment]  # whole seconds are long for a test
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
        ([CHUNKED + b"\r\n0\r\n", b"x: y\r\n" * (MAX_HEADERS + 2)], 400),
        ([CHUNKED + b"\r\n0\r\n", b"x: " + b"a" * MAX_HEADER_BYTES], 431),
        ([CHUNKED + b"\r\n5\r\nhello\r\n0\r\nx: ", *[b"a" * 4096] * 10], 431),
        ([CHUNKED + b"\r\n1;", *[b"a" * 4096] * 10], 431),
        ([CHUNKED + b"\r\n", *[b"1;" + b"a" * 3000 + b"\r\nh\r\n"] * 20], 431),
    ],
    ids=[
        "nothing",
        "half a line",
        "half a head",
        "half a body",
        "half a second head",
        "long",
        "many",
        "long address",
        "many trailers",
        "a long trailer",
        "a long trailer in pieces",
        "a long extension",
        "many long extensions",
    ],
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


async def test_trailers_are_dropped(address: tuple[str, int]) -> None:
    head = CHUNKED + b"connection: close\r\n\r\n"
    answer = await answer_to(address, head, b"5\r\nhello\r\n0\r\nx-forwarded-for: 203.0.113.7\r\n\r\n")
    assert answer.endswith(b"\r\n\r\nhello")


async def test_a_body_of_single_bytes_is_read(address: tuple[str, int]) -> None:
    head = CHUNKED + b"connection: close\r\n\r\n"
    parts = [b"1\r\na\r\n" * 2000] * 5
    assert (await answer_to(address, head, *parts, b"0\r\n\r\n")).endswith(b"\r\n\r\n" + b"a" * 10_000)


@pytest.mark.parametrize(
    "parts",
    [
        [UNREAD],
        [UNREAD, b"he"],
        [UNREAD, b"hello"],
        [UNREAD + b"hello", b"\r\n"],
        [UNREAD + b"hello" + UNREAD, b"he"],
    ],
    ids=["no body", "half a body", "all of it", "an empty line behind it", "half of a second"],
)
async def test_who_was_answered_early_is_not_kept_for_ever(address: tuple[str, int], parts: list[bytes]) -> None:
    reader, writer = await asyncio.open_connection(*address)
    writer.write(parts[0])
    async with asyncio.timeout(5):
        answer = await reader.readuntil(b"early")
        for part in parts[1:]:
            writer.write(part)
        rest = await reader.read()
    writer.close()
    assert (answer + rest).count(b"HTTP/1.1 ") == (answer + rest).count(b"HTTP/1.1 200 OK") == parts[0].count(b"POST")


async def test_nothing_is_written_into_an_answer(address: tuple[str, int]) -> None:
    """What is wrong with a second request is not told before the first is answered."""
    answer = await answer_to(address, HEAD + b"\r\nhello" + b"no request\r\n\r\n")
    assert b" 400 " not in answer


@pytest.mark.parametrize("also", [b"", b"connection: close\r\n"])
async def test_who_reads_nothing_of_an_answer_is_let_go(address: tuple[str, int], also: bytes) -> None:
    reader, writer = await asyncio.open_connection(*address, limit=1024)
    writer.write(b"GET /large HTTP/1.1\r\nhost: a\r\n" + also + b"\r\n")
    await asyncio.sleep(1)  # nothing is read beyond the limit
    with pytest.raises((ConnectionError, asyncio.IncompleteReadError)):
        await reader.readexactly(len(LARGE))
    writer.close()


async def test_who_reads_slowly_gets_the_whole_answer(address: tuple[str, int]) -> None:
    reader, writer = await asyncio.open_connection(*address)
    writer.write(b"GET /large HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n")
    await reader.readuntil(b"\r\n\r\n")
    received = 0
    while part := await reader.read(2**20):
        received += len(part)
        await asyncio.sleep(0.02)
    writer.close()
    assert received == len(LARGE)

"""WebSocket connections: pings without reading fill no memory, and parts without content are no message."""

import asyncio
import socket
from collections.abc import AsyncIterator
from urllib.parse import urlsplit

import pytest
from starlette.applications import Starlette
from starlette.routing import WebSocketRoute
from starlette.websockets import WebSocket
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol

from startup.server import Server
from tests.doors.serving import serving

HELLO = (
    b"GET / HTTP/1.1\r\nhost: a\r\nconnection: upgrade\r\nupgrade: websocket\r\n"
    b"sec-websocket-version: 13\r\nsec-websocket-key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n"
)
MASK = bytes(4)  # leaves every byte as it is
MOST_HELD = 512 * 1024


async def echo(caller: WebSocket) -> None:
    await caller.accept()
    async for text in caller.iter_text():
        await caller.send_text(text)


@pytest.fixture
async def serving_echo() -> AsyncIterator[tuple[str, Server]]:
    async with serving(Starlette(routes=[WebSocketRoute("/", echo)])) as served:
        yield served


async def shaken_hands(url: str) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    parts = urlsplit(url)
    # A caller that takes little, so that the server finds out soon that nobody reads.
    own = socket.socket()
    own.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    own.settimeout(0)
    await asyncio.get_running_loop().sock_connect(own, (str(parts.hostname), int(parts.port or 0)))
    reader, writer = await asyncio.open_connection(sock=own, limit=1024)
    writer.write(HELLO)
    assert b" 101 " in await reader.readuntil(b"\r\n\r\n")
    return reader, writer


def frame(first: int, payload: bytes = b"") -> bytes:
    return bytes((first, 0x80 | len(payload))) + MASK + payload


def protocol_of(server: Server) -> WebSocketsSansIOProtocol:
    (protocol,) = server.server_state.connections
    assert isinstance(protocol, WebSocketsSansIOProtocol)
    return protocol


def held_by(server: Server) -> int:
    """Bytes that wait in this process for the one caller."""
    return protocol_of(server).transport.get_write_buffer_size()


async def test_pings_of_a_caller_that_does_not_read_fill_no_memory(serving_echo: tuple[str, Server]) -> None:
    url, server = serving_echo
    reader, writer = await shaken_hands(url)
    # Else the system itself holds megabytes before anybody is told.
    protocol_of(server).transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4096)
    pings = b"".join(frame(0x89, number.to_bytes(125, "big")) for number in range(1000))
    most = 0
    for _ in range(8):
        writer.write(pings)
        for _ in range(50):
            await asyncio.sleep(0)
            most = max(most, held_by(server))
    writer.write(frame(0x89, b"last"))
    heard = b""
    async with asyncio.timeout(20):
        while not heard.endswith(b"\x8a\x04last"):
            heard = heard[-6:] + await reader.read(65_536)
    writer.close()
    assert 0 < most < MOST_HELD


async def test_who_reads_nothing_is_cut_off_and_told_no_more() -> None:
    told, ended = 0, asyncio.Event()

    async def tell(caller: WebSocket) -> None:
        nonlocal told
        await caller.accept()
        try:
            while True:
                await caller.send_text("x" * 100_000)
                told += 1
        finally:
            ended.set()

    async with serving(Starlette(routes=[WebSocketRoute("/", tell)])) as (url, server):
        server.config.ws_ping_interval = server.config.ws_ping_timeout = 0.1
        _, writer = await shaken_hands(url)
        async with asyncio.timeout(5):
            await ended.wait()
        writer.close()
    # Some megabytes fit into the buffers of the operating system.
    assert 0 < told < 200


async def test_parts_without_content_are_not_kept(serving_echo: tuple[str, Server]) -> None:
    url, server = serving_echo
    reader, writer = await shaken_hands(url)
    writer.write(frame(0x01, b"he") + frame(0x00) * 1000)
    writer.write(frame(0x89))
    async with asyncio.timeout(5):
        assert await reader.readexactly(2) == b"\x8a\x00"
        assert len(protocol_of(server).frames) == 1
        writer.write(frame(0x00, b"llo") + frame(0x80))
        assert await reader.readexactly(7) == b"\x81\x05hello"
    writer.close()

"""What anybody can do to a connection makes no line of level warning in the log: error lines are for faults of ours."""

import asyncio
import json
import logging
import socket
import struct
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from structlog.testing import capture_logs
from websockets.frames import Frame, Opcode

from services.toolbox import Toolbox
from settings.loading import load_settings
from settings.model import AppEnv
from startup.server import build_app
from tests.doors.http import PATIENCE_S, GraphQLClient
from tests.doors.serving import serving

LONG = "{ metricDefinitions { name description } }"
UPGRADE = (
    b"GET /graphql HTTP/1.1\r\nhost: %s\r\nupgrade: websocket\r\nconnection: Upgrade\r\nsec-websocket-version: 13\r\n"
    b"sec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\nsec-websocket-protocol: graphql-transport-ws\r\n\r\n"
)
GOING = Frame(Opcode.CLOSE, struct.pack("!H", 1000)).serialize(mask=True)


def text(message: object) -> bytes:
    data = message if isinstance(message, bytes) else json.dumps(message).encode()
    return Frame(Opcode.TEXT, data).serialize(mask=True)


def post(query: str) -> bytes:
    body = json.dumps({"query": query}).encode()
    head = b"POST /graphql HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-type: application/json\r\ncontent-length: %d\r\n\r\n"
    return head % len(body) + body


class Connection:
    """Bytes to and from a server; `reset` ends it as a program that was killed does."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader, self.writer = reader, writer

    async def answer_to(self, data: bytes) -> bytes:
        self.writer.write(data)
        async with asyncio.timeout(PATIENCE_S):
            return await self.reader.read(1000)

    async def ended(self) -> None:
        async with asyncio.timeout(PATIENCE_S):
            while await self.reader.read(100_000):
                pass

    def reset(self) -> None:
        sock: socket.socket = self.writer.get_extra_info("socket")
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.writer.transport.abort()


@asynccontextmanager
async def connected(url: str) -> AsyncIterator[Connection]:
    parts = urlsplit(url)
    reader, writer = await asyncio.open_connection(parts.hostname, parts.port)
    try:
        yield Connection(reader, writer)
    finally:
        writer.close()


@asynccontextmanager
async def quiet(caplog: pytest.LogCaptureFixture, requests: int) -> AsyncIterator[None]:
    """Nothing above info is logged until so many requests of what is done within have ended."""
    with capture_logs() as lines, caplog.at_level(logging.WARNING):
        yield
        async with asyncio.timeout(PATIENCE_S):
            while [line["event"] for line in lines].count("request_finished") < requests:  # noqa: ASYNC110
                await asyncio.sleep(0.01)
        await asyncio.sleep(0)
    assert [record.getMessage() for record in caplog.records] == []
    assert [line for line in lines if line["log_level"] not in ("debug", "info")] == []


@pytest.mark.parametrize("after_s", [0, 0.02])
async def test_a_request_that_is_reset(server: GraphQLClient, caplog: pytest.LogCaptureFixture, after_s: float) -> None:
    half = post(LONG)[:-9]
    elsewhere = half.replace(b"/graphql", b"/webhooks/meta/deauthorize")
    async with quiet(caplog, 4):
        for data in (post(LONG), post("{ plans { name } }"), half, elsewhere):
            async with connected(server.url) as connection:
                connection.writer.write(data)
                await asyncio.sleep(after_s)
                connection.reset()


@pytest.mark.parametrize("is_reset", [False, True])
async def test_a_socket_that_is_left_with_operations_under_way(
    server: GraphQLClient, caplog: pytest.LogCaptureFixture, *, is_reset: bool
) -> None:
    asked = [text({"id": str(n), "type": "subscribe", "payload": {"query": LONG}}) for n in range(18)]
    async with quiet(caplog, 4):
        for _ in range(4):
            async with connected(server.url) as connection:
                await connection.answer_to(UPGRADE % b"127.0.0.1")
                await connection.answer_to(text({"type": "connection_init"}))
                await connection.answer_to(b"".join(asked))
                if is_reset:
                    connection.reset()
                else:
                    connection.writer.write(GOING)
                    await connection.ended()


async def test_a_socket_that_sends_no_text(server: GraphQLClient, caplog: pytest.LogCaptureFixture) -> None:
    async with quiet(caplog, 1), connected(server.url) as connection:
        await connection.answer_to(UPGRADE % b"127.0.0.1")
        answer = await connection.answer_to(text(b"\xff\xfe"))
        assert struct.pack("!H", 1007) in answer
        await connection.ended()


async def test_a_socket_that_is_refused(tools: Toolbox, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    settings = load_settings(_env_file=None, app_env=AppEnv.TEST, data_dir=tmp_path, max_sockets_per_caller=1)
    async with serving(build_app(tools, settings)) as (url, _server), quiet(caplog, 3), connected(url) as first:
        assert b" 101 " in await first.answer_to(UPGRADE % b"127.0.0.1")
        for host, status in ((b"127.0.0.1", b" 429 "), (b"elsewhere.test", b" 400 ")):
            async with connected(url) as refused:
                assert status in await refused.answer_to(UPGRADE % host)
                await refused.ended()
        first.writer.write(GOING)
        await first.ended()

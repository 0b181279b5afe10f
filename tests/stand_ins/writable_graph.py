"""A Graph of a few lines that takes writes and then answers, or fails, exactly as told; it counts both."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, urlsplit

Act = Callable[["WritableGraph", asyncio.StreamWriter, str, dict[str, str]], Awaitable[None]]


@dataclass
class WritableGraph:
    """`on_write` and `on_read` are what the next calls meet, in order; afterwards all goes well."""

    url: str
    things: dict[str, dict[str, str]] = field(default_factory=dict)
    on_write: list[Act] = field(default_factory=list)
    on_read: list[Act] = field(default_factory=list)
    writes: list[tuple[str, dict[str, str]]] = field(default_factory=list)
    reads: int = 0
    writing: asyncio.Event = field(default_factory=asyncio.Event)

    def add(self, external_id: str, **fields: str) -> None:
        status = {"status": "ACTIVE", "effective_status": "ACTIVE", "updated_time": "2026-11-21T12:00:00+0000"}
        self.things[external_id] = {"id": external_id} | status | fields

    def apply(self, external_id: str, form: dict[str, str]) -> None:
        thing = self.things[external_id]
        thing |= {name: form[name] for name in ("status", "daily_budget") if name in form}
        thing["effective_status"] = thing["status"]

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        method, target, *_ = head.split(" ")
        length = next((int(line[16:]) for line in head.split("\r\n") if line.lower().startswith("content-length: ")), 0)
        form = dict(parse_qsl((await reader.readexactly(length)).decode()))
        external_id = urlsplit(target).path.split("/")[-1]
        if method == "POST":
            self.writes.append((external_id, form))
            self.writing.set()
            act = self.on_write.pop(0) if self.on_write else confirm
        else:
            self.reads += 1
            act = self.on_read.pop(0) if self.on_read else show
        try:
            await act(self, writer, external_id, form)
        except asyncio.CancelledError:
            writer.transport.abort()
            raise
        writer.close()
        with suppress(ConnectionError):
            await writer.wait_closed()


async def _answer(writer: asyncio.StreamWriter, body: Any, status: str = "200 OK") -> None:
    text = json.dumps(body).encode()
    head = f"HTTP/1.1 {status}\r\nContent-Type: application/json\r\nContent-Length: {len(text)}\r\nConnection: close"
    writer.write(f"{head}\r\n\r\n".encode() + text)
    await writer.drain()


async def confirm(graph: WritableGraph, writer: asyncio.StreamWriter, external_id: str, form: dict[str, str]) -> None:
    graph.apply(external_id, form)
    await _answer(writer, {"success": True})


async def show(graph: WritableGraph, writer: asyncio.StreamWriter, external_id: str, form: dict[str, str]) -> None:
    await _answer(writer, graph.things[external_id])


async def confirm_without_doing(
    graph: WritableGraph, writer: asyncio.StreamWriter, external_id: str, form: dict[str, str]
) -> None:
    await _answer(writer, {"success": True})


async def lose(graph: WritableGraph, writer: asyncio.StreamWriter, external_id: str, form: dict[str, str]) -> None:
    """The connection breaks before anything is done."""
    writer.transport.abort()


async def do_and_lose(
    graph: WritableGraph, writer: asyncio.StreamWriter, external_id: str, form: dict[str, str]
) -> None:
    """It is done, but its answer never arrives."""
    graph.apply(external_id, form)
    writer.transport.abort()


async def do_and_hang(
    graph: WritableGraph, writer: asyncio.StreamWriter, external_id: str, form: dict[str, str]
) -> None:
    graph.apply(external_id, form)
    await asyncio.Event().wait()


def fail(code: int, subcode: int | None = None, status: str = "400 Bad Request", **words: Any) -> Act:
    async def act(graph: WritableGraph, writer: asyncio.StreamWriter, external_id: str, form: dict[str, str]) -> None:
        error = {"message": "no", "type": "OAuthException", "code": code, **words}
        error |= {"error_subcode": subcode} if subcode else {}
        await _answer(writer, {"error": error}, status)

    return act


def hold(until: asyncio.Event) -> Act:
    """Does and confirms it once the event is set."""

    async def act(graph: WritableGraph, writer: asyncio.StreamWriter, external_id: str, form: dict[str, str]) -> None:
        await until.wait()
        await confirm(graph, writer, external_id, form)

    return act


@asynccontextmanager
async def writable_graph() -> AsyncIterator[WritableGraph]:
    graph, serving = WritableGraph(""), set[asyncio.Task[None]]()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        serving.add(task)
        await graph.serve(reader, writer)

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with server:
        graph.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        yield graph
        for task in serving:
            task.cancel()
        await asyncio.gather(*serving, return_exceptions=True)

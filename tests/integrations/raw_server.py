"""A server of a few lines that misbehaves exactly as told, below the level at which a web framework would help."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

Answer = Callable[[asyncio.StreamWriter], Awaitable[None]]


def answer(body: bytes, *, status: str = "200 OK", declared: int | None = None) -> Answer:
    """`declared` is the Content-Length that is claimed."""

    async def write(writer: asyncio.StreamWriter) -> None:
        length = len(body) if declared is None else declared
        head = f"HTTP/1.1 {status}\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n"
        writer.write(head.encode() + body)
        await writer.drain()

    return write


async def reset(writer: asyncio.StreamWriter) -> None:
    writer.transport.abort()


async def silence(writer: asyncio.StreamWriter) -> None:
    try:
        await asyncio.Event().wait()
    finally:
        writer.transport.abort()


@asynccontextmanager
async def raw_server(*answers: Answer) -> AsyncIterator[tuple[str, list[bytes]]]:
    """The address, and the heads of the requests that came; the last answer is repeated."""
    heads: list[bytes] = []
    serving: set[asyncio.Task[None]] = set()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        serving.add(task)
        heads.append(await reader.readuntil(b"\r\n\r\n"))
        await answers[min(len(heads), len(answers)) - 1](writer)
        writer.close()
        await writer.wait_closed()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}", heads
        for task in serving:
            task.cancel()
        await asyncio.gather(*serving, return_exceptions=True)

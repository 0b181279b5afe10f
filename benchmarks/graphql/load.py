"""The load generator, a process of its own: closed loops of clients that keep their connections.

Reads one JSON object a line: `url`, `headers`, `bodies`, `clients`, `seconds`; answers how many requests were answered,
how many refused with 503, and in what time. With `seconds` 0 one request is sent and its answer is told.
"""

import asyncio
import json
import sys
import time
from itertools import count
from typing import Any
from urllib.parse import urlsplit


class Client:
    """One connection. Any answer but 200 and 503, and any with errors, ends the program."""

    def __init__(self, job: dict[str, Any]) -> None:
        self._parts = urlsplit(job["url"])
        headers = {"host": self._parts.netloc, "content-type": "application/json", **job["headers"]}
        lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
        head = f"POST {self._parts.path} HTTP/1.1\r\n{lines}content-length: "
        self._requests = [f"{head}{len(body.encode())}\r\n\r\n{body}".encode() for body in job["bodies"]]

    async def open(self) -> None:
        host, port = self._parts.hostname, self._parts.port
        self._reader, self._writer = await asyncio.open_connection(host, port, limit=1 << 24)

    async def ask(self, number: int) -> bytes:
        """The body; empty when the server is too busy."""
        self._writer.write(self._requests[number % len(self._requests)])
        head = (await self._reader.readuntil(b"\r\n\r\n")).lower()
        if b"transfer-encoding: chunked" in head:
            body = await self._chunks()
        else:
            length = head.partition(b"content-length: ")[2].partition(b"\r")[0]
            body = await self._reader.readexactly(int(length))
        if head.startswith(b"http/1.1 503"):
            return b""
        if not head.startswith(b"http/1.1 200") or body.startswith(b'{"errors"'):
            raise SystemExit(f"{head.decode()}{body[:2000].decode()}")
        return body

    async def _chunks(self) -> bytes:
        found = b""
        while size := int(await self._reader.readuntil(b"\r\n"), 16):
            found += (await self._reader.readexactly(size + 2))[:-2]
        await self._reader.readexactly(2)
        return found

    def close(self) -> None:
        self._writer.close()


async def run(job: dict[str, Any]) -> dict[str, Any]:
    clients = [Client(job) for _ in range(job["clients"])]
    for client in clients:
        await client.open()
    if not job["seconds"]:
        return {"body": (await clients[0].ask(0)).decode()}
    numbers, answered, refused = count(), 0, 0
    began = time.perf_counter()

    async def keep_asking(client: Client) -> None:
        nonlocal answered, refused
        while time.perf_counter() - began < job["seconds"]:
            if await client.ask(next(numbers)):
                answered += 1
            else:
                refused += 1

    await asyncio.gather(*map(keep_asking, clients))
    seconds = time.perf_counter() - began
    for client in clients:
        client.close()
    return {"requests": answered, "refused": refused, "seconds": seconds}


if __name__ == "__main__":
    for line in sys.stdin:
        print(json.dumps(asyncio.run(run(json.loads(line)))), flush=True)

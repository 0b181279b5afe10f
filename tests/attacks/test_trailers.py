"""Attack 16: headers behind a body, which no proxy looks at, that name another caller."""

import asyncio
import json
from urllib.parse import urlsplit

from services.toolbox import Toolbox
from tests.worlds.limits import limits_world

GUESS = 'mutation { login(input: { email: "victim@example.com", password: "guess number 1" }) { accessToken } }'
A_MINUTE = 5


async def guess(url: str, *, named_behind: str) -> int:
    """The status of one guess, sent at once, as a proxy passes it on that has added the true address."""
    parts = urlsplit(url)
    body = json.dumps({"query": GUESS})
    sent = (
        f"POST /graphql HTTP/1.1\r\nhost: {parts.netloc}\r\nx-forwarded-for: 203.0.113.7\r\nconnection: close\r\n"
        "content-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n"
        f"{len(body):x}\r\n{body}\r\n0\r\nx-forwarded-for: {named_behind}\r\n\r\n"
    )
    reader, writer = await asyncio.open_connection(parts.hostname, parts.port)
    writer.write(sent.encode())
    async with asyncio.timeout(20):
        answer = await reader.read()
    writer.close()
    return int(answer.split(b" ", 2)[1])


async def test_an_address_behind_the_body_is_no_other_caller(tools: Toolbox) -> None:
    async with limits_world(tools) as world:
        found = [await guess(world.client.url, named_behind=f"198.51.100.{n}") for n in range(A_MINUTE + 2)]
    assert found == [200] * A_MINUTE + [429] * 2

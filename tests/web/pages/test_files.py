"""Files of pages: compressed once, and not sent again to who has them."""

import gzip
from collections.abc import AsyncIterator

import pytest
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.routing import Route

from tests.doors.http import GraphQLClient
from tests.doors.serving import serving
from web.middleware.compression import CompressionMiddleware
from web.pages.files import FOREVER, UnchangingFile

TEXT = b"const adgraph = 1;\n" * 100
FILE = UnchangingFile("page.js", TEXT, cache_control=FOREVER)
PLAIN, PACKED = f'"{FILE.digest}"', f'"{FILE.digest}-gzip"'


@pytest.fixture(scope="module")
async def client() -> AsyncIterator[GraphQLClient]:
    app = Starlette(routes=[Route("/page.js", FILE.answer)], middleware=[Middleware(CompressionMiddleware)])
    async with serving(app) as (url, _server):
        yield GraphQLClient(url)


@pytest.mark.parametrize(("encoding", "etag"), [("gzip", PACKED), ("br", f'"{FILE.digest}-br"'), ("identity", PLAIN)])
async def test_who_takes_a_coding_gets_it_and_all_are_told_apart(
    client: GraphQLClient, encoding: str, etag: str
) -> None:
    reply = await client.send("GET", "/page.js", headers={"accept-encoding": encoding})
    assert (reply.status, reply.text) == (200, TEXT.decode())
    assert reply.headers.get("content-encoding", "identity") == encoding
    assert (reply.headers["etag"], reply.headers["vary"]) == (etag, "Accept-Encoding")
    assert reply.headers["cache-control"] == FOREVER
    assert reply.headers["content-type"] == "text/javascript; charset=utf-8"


@pytest.mark.parametrize(
    ("presented", "status"),
    [(PACKED, 304), (f'"other", W/{PACKED}', 304), (PLAIN, 200), ('"other"', 200), ("", 200)],
)
async def test_who_has_it_is_told_so(client: GraphQLClient, presented: str, status: int) -> None:
    headers = {"accept-encoding": "gzip", "if-none-match": presented}
    reply = await client.send("GET", "/page.js", headers=headers)
    assert (reply.status, reply.headers["etag"]) == (status, PACKED)
    assert reply.text == ("" if status == 304 else TEXT.decode())
    assert "content-encoding" not in reply.headers or status == 200


async def test_it_is_compressed_once() -> None:
    request = Request({"type": "http", "headers": [(b"accept-encoding", b"gzip")]})
    first, second = await FILE.answer(request), await FILE.answer(request)
    assert first.body is second.body
    assert gzip.decompress(bytes(first.body)) == TEXT


async def test_a_small_file_is_sent_as_it_is() -> None:
    request = Request({"type": "http", "headers": [(b"accept-encoding", b"gzip")]})
    answer = await UnchangingFile("page.css", b"body {}", cache_control=FOREVER).answer(request)
    assert (answer.body, "content-encoding" in answer.headers) == (b"body {}", False)

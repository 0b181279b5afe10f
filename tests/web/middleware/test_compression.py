"""Answers over 1 KiB are compressed for who takes it, and never what holds a token."""

import gzip
import threading
import zlib
from collections.abc import AsyncIterator, Callable
from typing import Any

import aiohttp
import brotli
import pytest
import zstandard
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route

from tests.doors.http import GraphQLClient
from tests.doors.serving import serving
from tests.web.test_application import PASSWORD, REGISTER
from web.codings import CODINGS, MIN_BYTES, Coding
from web.middleware.compression import CompressionMiddleware

LARGE = "{ metricDefinitions { key name description unit } }"
TEXT = b'{"spend": "12.50"}' * 100
UNPACKED: dict[str | None, Callable[[bytes], bytes]] = {
    "zstd": lambda body: zstandard.ZstdDecompressor().decompress(body),
    "br": lambda body: bytes(brotli.decompress(body)),
    "gzip": gzip.decompress,
    "deflate": zlib.decompress,
    None: lambda body: body,
}


async def raw(url: str, accepted: str | None = "gzip", **options: Any) -> tuple[aiohttp.ClientResponse, bytes]:
    """The bytes as they were sent."""
    skipped = {"accept-encoding"} if accepted is None else set()
    headers = {} if accepted is None else {"accept-encoding": accepted}
    async with (
        aiohttp.ClientSession(auto_decompress=False, skip_auto_headers=skipped) as session,
        session.request(options.pop("method", "GET"), url, headers=headers, **options) as response,
    ):
        return response, await response.read()


async def test_a_large_answer_is_compressed_and_says_what_it_depends_on(server: GraphQLClient) -> None:
    sent: dict[str, Any] = {"method": "POST", "json": {"query": LARGE}}
    response, body = await raw(server.url + "/graphql", **sent)
    plain, whole = await raw(server.url + "/graphql", None, **sent)
    assert response.headers["content-encoding"] == "gzip"
    assert int(response.headers["content-length"]) == len(body) < len(whole) / 2
    assert gzip.decompress(body) == whole
    assert "content-encoding" not in plain.headers
    for answer in (response, plain):
        assert {part.strip().lower() for part in answer.headers["vary"].split(",")} == {"accept-encoding", "origin"}
    assert response.headers["cache-control"] == "no-store"


async def test_an_answer_with_tokens_is_never_compressed(server: GraphQLClient) -> None:
    """However it is asked for: padded beyond the limit here by texts that the caller chooses."""
    padding = " ".join(f"a{number}: __typename" for number in range(58))
    document = REGISTER.replace("accessToken refreshToken", f"token: accessToken {padding}")
    sent = {"query": document, "variables": {"email": "gzip@example.com", "password": PASSWORD}}
    response, body = await raw(server.url + "/graphql", method="POST", json=sent)
    assert b'"token":"ey' in body
    assert len(body) > MIN_BYTES
    assert "content-encoding" not in response.headers
    assert response.headers["cache-control"] == "no-store, no-transform"


@pytest.mark.parametrize(
    ("accepted", "coding"),
    [
        ("gzip", "gzip"),
        ("br", "br"),
        ("zstd", "zstd"),
        ("gzip, deflate, br, zstd", "zstd"),
        ("gzip, deflate, br", "br"),
        ("br;q=0.5, GZIP;q=0.8, *;q=0.1", "gzip"),
        ("zstd;q=0.2,br;q=0.3", "br"),
        ("zstd;q=0, br;q=0, gzip", "gzip"),
        ("x-gzip", "gzip"),
        ("*", "gzip"),
        ("*;q=0, br", "br"),
        ("identity;q=0, gzip", "gzip"),
        ("identity;q=0.5, gzip;q=0.5", "gzip"),
        ("gzip;q=0.5, identity", None),
        ("gzip;q=0.001", "gzip"),
        (None, None),
        ("", None),
        ("identity", None),
        ("deflate", None),
        ("gzip;q=0", None),
        ("*;q=0", None),
        ("identity;q=0", None),
        ("gzip;q=0, *", None),
        ("gzip;q=much", None),
        ("gzip;q=nan", None),
        ("gzip;q=2", None),
        ("gzip;level=9", None),
        ("notgzip", None),
        ("," * 500 + ";=q", None),
        ("gzip" + ", gzip" * 200, None),
    ],
)
async def test_the_caller_decides(served: str, accepted: str | None, coding: str | None) -> None:
    response, body = await raw(f"{served}/json", accepted)
    assert response.headers.get("content-encoding") == coding
    assert UNPACKED[coding](body) == TEXT


@pytest.mark.parametrize(("accepted", "coding"), [("gzip", None), ("gzip, identity;q=0", "gzip"), ("*;q=0, br", "br")])
async def test_a_short_answer_is_compressed_for_who_takes_nothing_else(
    served: str, accepted: str, coding: str | None
) -> None:
    response, body = await raw(f"{served}/small", accepted)
    assert response.headers.get("content-encoding") == coding
    assert UNPACKED[coding](body) == TEXT[: MIN_BYTES - 1]


@pytest.mark.parametrize("kind", ["small", "stream", "events", "encoded", "picture", "cookie", "careful", "part"])
async def test_what_gains_nothing_or_must_not_be_changed_passes(served: str, kind: str) -> None:
    response, body = await raw(f"{served}/{kind}", "gzip, br, zstd")
    coding = response.headers.get("content-encoding")
    assert coding == ("deflate" if kind == "encoded" else None)
    assert UNPACKED[coding](body) in (TEXT, TEXT[: MIN_BYTES - 1])


@pytest.mark.parametrize("coding", CODINGS, ids=lambda coding: coding.name)
async def test_a_large_answer_is_whole(served: str, coding: Coding) -> None:
    response, body = await raw(f"{served}/huge", coding.name)
    assert response.headers["content-encoding"] == coding.name
    assert UNPACKED[coding.name](body) == TEXT * 1000


@pytest.mark.parametrize(("size", "is_beside"), [(10, False), (11, True)])
async def test_what_takes_long_is_packed_beside_the_event_loop(size: int, is_beside: bool) -> None:
    def thread(_body: bytes) -> bytes:
        return str(threading.get_ident()).encode()

    packed = await Coding("x", thread, thread, quick_bytes=10).packed(b"x" * size)
    assert (packed != thread(b"")) is is_beside


@pytest.mark.parametrize(("kind", "sent"), [("strong", 'W/"1"'), ("weak", 'W/"1"')])
async def test_an_etag_that_promises_the_same_bytes_becomes_a_weak_one(served: str, kind: str, sent: str) -> None:
    response, _ = await raw(f"{served}/{kind}")
    assert response.headers["etag"] == sent
    response, _ = await raw(f"{served}/{kind}", None)
    assert response.headers["etag"] == sent.removeprefix("" if kind == "weak" else "W/")


async def test_the_head_of_an_answer_alone_has_the_same_headers(served: str) -> None:
    response, body = await raw(f"{served}/json", method="HEAD")
    assert (response.status, response.headers["content-encoding"], body) == (200, "gzip", b"")


@pytest.fixture(scope="module")
async def served() -> AsyncIterator[str]:
    """Answers of every sort behind the middleware."""

    async def pieces() -> AsyncIterator[bytes]:
        yield TEXT[:900]
        yield TEXT[900:]

    json = "application/json"
    with_cookie = Response(TEXT, media_type=json)
    with_cookie.set_cookie("session", "secret")
    answers = {
        "json": Response(TEXT, media_type=json),
        "huge": Response(TEXT * 1000, media_type=json),
        "small": Response(TEXT[: MIN_BYTES - 1], media_type=json),
        "strong": Response(TEXT, headers={"etag": '"1"'}, media_type=json),
        "weak": Response(TEXT, headers={"etag": 'W/"1"'}, media_type=json),
        "encoded": Response(zlib.compress(TEXT), headers={"content-encoding": "deflate"}, media_type=json),
        "picture": Response(TEXT, media_type="image/png"),
        "events": Response(TEXT, media_type="text/event-stream"),
        "cookie": with_cookie,
        "careful": Response(TEXT, headers={"cache-control": "no-store, no-transform"}, media_type=json),
        "part": Response(TEXT, 206, {"content-range": f"bytes 0-{len(TEXT) - 1}/{len(TEXT)}"}, json),
    }

    async def answer(request: Request) -> Response:
        kind = request.path_params["kind"]
        return StreamingResponse(pieces(), media_type=json) if kind == "stream" else answers[kind]

    app = Starlette(routes=[Route("/{kind}", answer)])
    async with serving(CompressionMiddleware(app)) as (url, _server):
        yield url

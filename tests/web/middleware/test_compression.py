"""Answers over 1 KiB are compressed for who takes it, and never what holds a token."""

import gzip
import zlib
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route

from tests.doors.http import GraphQLClient
from tests.doors.serving import serving
from tests.web.test_application import PASSWORD, REGISTER
from web.middleware.compression import MIN_BYTES, CompressionMiddleware

LARGE = "{ metricDefinitions { key name description unit } }"
TEXT = b'{"spend": "12.50"}' * 100


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
    ("accepted", "is_compressed"),
    [
        ("gzip", True),
        ("br;q=1.0, GZIP;q=0.8, *;q=0.1", True),
        ("x-gzip", True),
        ("*", True),
        (None, False),
        ("", False),
        ("br", False),
        ("gzip;q=0", False),
        ("*;q=0", False),
        ("gzip;q=0, *", False),
        ("gzip;q=much", False),
        ("gzip;q=nan", False),
        ("notgzip", False),
        ("," * 500 + ";=q", False),
    ],
)
async def test_the_caller_decides(served: str, accepted: str | None, is_compressed: bool) -> None:
    response, body = await raw(f"{served}/json", accepted)
    assert ("content-encoding" in response.headers) is is_compressed
    assert (gzip.decompress(body) if is_compressed else body) == TEXT


@pytest.mark.parametrize("kind", ["small", "stream", "events", "encoded", "picture", "cookie", "careful", "part"])
async def test_what_gains_nothing_or_must_not_be_changed_passes(served: str, kind: str) -> None:
    response, body = await raw(f"{served}/{kind}")
    assert response.headers.get("content-encoding") == ("deflate" if kind == "encoded" else None)
    assert (zlib.decompress(body) if kind == "encoded" else body) in (TEXT, TEXT[:MIN_BYTES])


async def test_a_very_large_answer_is_whole(served: str) -> None:
    response, body = await raw(f"{served}/huge")
    assert response.headers["content-encoding"] == "gzip"
    assert gzip.decompress(body) == TEXT * 1000


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
        "small": Response(TEXT[:MIN_BYTES], media_type=json),
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

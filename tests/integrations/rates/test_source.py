"""The address of rates: what comes from it, what is asked again, and that its query is told to nobody."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from integrations.errors import IntegrationError, Rejected, TooLarge, Unavailable
from integrations.http import HttpClient, Patience
from integrations.rates.source import RateSource
from tests.integrations.raw_server import answer, raw_server, silence


@asynccontextmanager
async def source_of(url: str, patience: Patience | None = None) -> AsyncIterator[RateSource]:
    async def do_not_wait(_seconds: float) -> None:
        pass

    http = HttpClient(patience or Patience(), sleep=do_not_wait)
    try:
        yield RateSource(url, http)
    finally:
        await http.close()


async def test_the_file_comes_as_it_is_after_a_fault() -> None:
    busy = answer(b"", status="503 Service Unavailable")
    async with raw_server(busy, answer(b"PK\x03\x04\xff")) as (url, heads), source_of(f"{url}/a.zip") as source:
        assert await source.fetch() == b"PK\x03\x04\xff"
    assert len(heads) == 2


@pytest.mark.parametrize(
    ("status", "kind", "asked"),
    [
        ("404 Not Found", Rejected, 1),
        ("302 Found", Rejected, 1),
        ("204 No Content", Rejected, 1),
        ("500 Internal Server Error", Unavailable, 4),
        ("429 Too Many Requests", Unavailable, 4),
    ],
)
async def test_what_is_no_file_is_told(status: str, kind: type[IntegrationError], asked: int) -> None:
    async with raw_server(answer(b"", status=status)) as (url, heads), source_of(url) as source:
        with pytest.raises(kind):
            await source.fetch()
    assert len(heads) == asked


async def test_a_file_without_end_is_not_read_to_its_end() -> None:
    async with (
        raw_server(answer(b"x" * 2000)) as (url, _),
        source_of(url, Patience(body_bytes=1000)) as source,
    ):
        with pytest.raises(TooLarge):
            await source.fetch()


async def test_an_address_that_never_answers_meets_the_deadline() -> None:
    async with raw_server(silence) as (url, _), source_of(url, Patience(total_s=0.05)) as source:
        with pytest.raises(Unavailable):
            await source.fetch()


async def test_the_query_is_sent_and_shown_nowhere() -> None:
    async with (
        raw_server(answer(b"", status="403 Forbidden")) as (url, heads),
        source_of(f"{url}/a?key=hush") as source,
    ):
        with pytest.raises(Rejected) as caught:
            await source.fetch()
        assert b"GET /a?key=hush" in heads[0]
        assert "hush" not in f"{source!r} {caught.value} {caught.value.said!r}"

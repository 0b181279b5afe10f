"""The one client: what is asked again, what is not, and that nothing goes on for ever."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import pytest
import pytest_asyncio

from integrations.errors import InvalidResponse, Rejected, Unavailable
from integrations.http import HttpClient, Patience, Reply, Request, TryAgain
from tests.integrations.raw_server import answer, raw_server, reset, silence

SECRET = "EAAcanarycanarycanary"
MakeClient = Callable[..., HttpClient]


class Pauses(list[float]):
    async def sleep(self, seconds: float) -> None:
        self.append(seconds)


@pytest_asyncio.fixture
async def pauses() -> Pauses:
    return Pauses()


@asynccontextmanager
async def client_of(pauses: Pauses, patience: Patience | None = None) -> AsyncIterator[HttpClient]:
    client = HttpClient(patience or Patience(), sleep=pauses.sleep, dice=lambda: 1.0)
    try:
        yield client
    finally:
        await client.close()


def ask(url: str, *, method: str = "POST", is_idempotent: bool = True) -> Request:
    """A POST unless told otherwise: aiohttp asks a GET once more by itself when a connection is lost."""
    return Request("Meta", method, f"{url}/act_1/insights", {"access_token": SECRET}, is_idempotent=is_idempotent)


def body_of(reply: Reply) -> bytes:
    if reply.status >= 500:
        raise TryAgain(Unavailable("broken"))
    return reply.body


async def test_a_reset_connection_and_a_server_fault_are_asked_again(pauses: Pauses) -> None:
    broken = answer(b"<html>", status="503 Service Unavailable")
    async with raw_server(reset, broken, answer(b"fine")) as (url, heads), client_of(pauses) as client:
        assert await client.call(ask(url), body_of) == b"fine"
    assert len(heads) == 3
    assert pauses == [0.5, 1.0]


async def test_a_body_shorter_than_announced_is_asked_again(pauses: Pauses) -> None:
    async with raw_server(answer(b"fi", declared=4), answer(b"fine")) as (url, _), client_of(pauses) as client:
        assert await client.call(ask(url), body_of) == b"fine"


async def test_after_the_last_try_the_outcome_is_raised(pauses: Pauses) -> None:
    async with raw_server(reset) as (url, heads), client_of(pauses) as client:
        with pytest.raises(Unavailable):
            await client.call(ask(url), body_of)
    assert len(heads) == Patience().attempts


async def test_what_may_be_done_once_only_is_never_asked_again(pauses: Pauses) -> None:
    async with raw_server(reset) as (url, heads), client_of(pauses) as client:
        with pytest.raises(Unavailable):
            await client.call(ask(url, is_idempotent=False), body_of)
    assert len(heads) == 1
    assert pauses == []


async def test_a_refusal_is_not_asked_again(pauses: Pauses) -> None:
    def refuse(reply: Reply) -> bytes:
        raise Rejected("no")

    async with raw_server(answer(b"no")) as (url, heads), client_of(pauses) as client:
        with pytest.raises(Rejected):
            await client.call(ask(url), refuse)
    assert len(heads) == 1


async def test_a_body_beyond_the_bound_is_not_read(pauses: Pauses) -> None:
    small = Patience(body_bytes=1000)
    async with raw_server(answer(b"x" * 2000)) as (url, _), client_of(pauses, small) as client:
        with pytest.raises(InvalidResponse):
            await client.call(ask(url), body_of)


async def test_a_server_that_never_answers_meets_the_deadline(pauses: Pauses) -> None:
    impatient = Patience(total_s=0.05)
    async with raw_server(silence) as (url, _), client_of(pauses, impatient) as client:
        with pytest.raises(Unavailable):
            await client.call(ask(url), body_of)


async def test_an_answer_is_not_followed_elsewhere(pauses: Pauses) -> None:
    moved = answer(b"", status="302 Found\r\nLocation: http://169.254.169.254/")
    async with raw_server(moved) as (url, heads), client_of(pauses) as client:
        assert await client.call(ask(url), lambda reply: reply.status) == 302
    assert len(heads) == 1


async def test_neither_a_request_nor_a_failure_shows_a_credential(pauses: Pauses) -> None:
    request = ask("http://127.0.0.1:1", method="GET")
    async with client_of(pauses) as client:
        with pytest.raises(Unavailable) as caught:
            await client.call(request, body_of)
    shown = [repr(request), str(caught.value), repr(caught.value.said), repr(caught.value.__context__)]
    assert SECRET not in "".join(shown)
    assert caught.value.__cause__ is None


def test_pauses_double_up_to_a_ceiling() -> None:
    patience = Patience(first_pause_s=1, longest_pause_s=4)
    assert [patience.pause_s(attempt, 1.0) for attempt in range(4)] == [1, 2, 4, 4]
    assert patience.pause_s(3, 0.0) == 0

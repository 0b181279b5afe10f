"""Credentials that do not hold: each answer says what was sent, over HTTP and on a socket."""

from collections.abc import AsyncIterator

import pytest

from auth import credential_words
from auth.api_key_secrets import new_secret
from execution.transport.sockets import LONGEST_REASON
from services.toolbox import Toolbox
from tests.worlds.people import PeopleWorld, people_world

ASK = "{ tenant { name } }"


@pytest.fixture
async def world(tools: Toolbox) -> AsyncIterator[PeopleWorld]:
    async with people_world(tools) as made:
        yield made


async def presented(world: PeopleWorld, kind: str) -> str:
    person = await world.person()
    token = person.access_token.text
    if kind == "expired":
        world.clock.move(minutes=10)
    return {
        "expired": f"Bearer {token}",
        "tampered": f"Bearer {token[:-4]}AAAA",
        "refresh token": f"Bearer {person.refresh_token}",
        "unknown key": f"Bearer {new_secret()}",
        "cut-off key": f"Bearer {new_secret()[:-1]}",
        "no scheme": token,
        "basic": "Basic YTpi",
    }[kind]


@pytest.mark.parametrize(
    ("kind", "told"),
    [
        ("expired", credential_words.EXPIRED),
        ("tampered", credential_words.INVALID),
        ("refresh token", credential_words.REFRESH_TOKEN),
        ("unknown key", credential_words.UNKNOWN_KEY),
        ("cut-off key", credential_words.CUT_OFF_KEY),
        ("no scheme", credential_words.NOT_BEARER),
        ("basic", credential_words.NOT_BEARER),
    ],
)
async def test_what_was_sent_is_told(world: PeopleWorld, kind: str, told: str) -> None:
    authorization = await presented(world, kind)
    reply = await world.client.send("POST", json={"query": ASK}, headers={"authorization": authorization})
    assert (reply.status, reply.errors[0]["message"]) == (401, told)
    async with world.client.socket() as socket:
        await socket.say({"type": "connection_init", "payload": {"authorization": authorization}})
        assert await socket.closed() == 4401
        assert socket.connection.close_reason == told


async def test_nothing_sent_asks_to_sign_in(world: PeopleWorld) -> None:
    reply = await world.client.ask(ASK)
    assert reply.errors[0]["message"] == "Sign in and send `Authorization: Bearer <access token>`."


async def test_a_token_in_the_headers_of_a_socket_is_told_its_place(world: PeopleWorld) -> None:
    token = (await world.person()).access_token.text
    async with world.client.socket(headers={"authorization": f"Bearer {token}"}) as socket:
        await socket.introduce({})
        await socket.start("1", ASK)
        message = (await socket.hear())["payload"][0]["message"]
    assert message == credential_words.IN_SOCKET_HEADERS
    async with world.client.socket(headers={"authorization": f"Bearer {token}"}) as socket:
        await socket.introduce({"authorization": f"Bearer {token}"})
        await socket.start("1", ASK)
        assert (await socket.hear())["payload"]["data"]["tenant"]


async def test_a_socket_that_outlives_its_token_is_told_so(world: PeopleWorld) -> None:
    person = await world.person()
    async with world.watching(person.access_token.text) as socket:
        world.clock.move(minutes=10)
        assert await socket.closed() == 4401
        assert socket.connection.close_reason == credential_words.EXPIRED


def test_every_text_that_closes_a_socket_fits_into_the_frame() -> None:
    texts = {name: text for name, text in vars(credential_words).items() if name.isupper()}
    del texts["IN_SOCKET_HEADERS"]  # an answer, since such a socket stays open
    assert {name for name, text in texts.items() if len(text.encode()) > LONGEST_REASON} == set()

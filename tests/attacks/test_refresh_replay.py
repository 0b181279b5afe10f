"""Attack 9: refresh tokens used many times at once, again later, after a logout, or after an answer that got lost."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest

from services.toolbox import Toolbox
from tests.stand_ins.mailbox import deliver, letters_to
from tests.worlds.people import PeopleWorld, people_world
from tests.worlds.sign_in import new_email

RENEW = """
mutation ($token: String!) { refreshSession(refreshToken: $token) { accessToken refreshToken userErrors { code } } }
"""
ASK = "{ tenant { name } }"


@pytest.fixture
async def world(tools: Toolbox) -> AsyncIterator[PeopleWorld]:
    async with people_world(tools) as made:
        yield made


async def renew(world: PeopleWorld, token: str) -> Any:
    return (await world.say(RENEW, token=token))["refreshSession"]


def is_refused(answer: Any) -> bool:
    return answer["userErrors"] == [{"code": "TOKEN_INVALID"}] and answer["refreshToken"] is None


async def test_fifty_at_once_get_one_successor_and_go_on(world: PeopleWorld) -> None:
    person = await world.person()
    answers = await asyncio.gather(*(renew(world, person.refresh_token) for _ in range(50)))
    assert len({answer["refreshToken"] for answer in answers}) == 1
    assert (await renew(world, answers[0]["refreshToken"]))["accessToken"]


async def test_a_replay_after_the_grace_ends_the_whole_family_and_its_sockets(world: PeopleWorld) -> None:
    email = new_email()
    person = await world.person(email=email)
    await world.change_user(person.viewer.responsible_id, email_verified_at=world.clock())
    renewed = await renew(world, person.refresh_token)
    world.clock.move(seconds=31)
    async with world.watching(renewed["accessToken"]) as socket:
        assert is_refused(await renew(world, person.refresh_token))
        assert await socket.closed() == 4401
    assert is_refused(await renew(world, renewed["refreshToken"]))
    assert await world.codes(ASK, renewed["accessToken"]) == ["UNAUTHENTICATED"]
    await deliver(world.tools)
    subjects = [letter["Subject"] for letter in letters_to(world.tools, email)]
    assert subjects.count("One of your sessions was ended") == 1


async def test_a_replay_within_the_grace_ends_it_too_once_the_successor_was_used(world: PeopleWorld) -> None:
    person = await world.person()
    stolen = await renew(world, person.refresh_token)
    await renew(world, stolen["refreshToken"])
    assert is_refused(await renew(world, person.refresh_token))
    assert await world.codes(ASK, stolen["accessToken"]) == ["UNAUTHENTICATED"]


async def test_an_answer_that_got_lost_is_given_again(world: PeopleWorld) -> None:
    person = await world.person()
    lost = await renew(world, person.refresh_token)
    again = await renew(world, person.refresh_token)
    assert (again["refreshToken"], again["userErrors"]) == (lost["refreshToken"], [])


async def test_nothing_of_a_session_works_after_its_logout(world: PeopleWorld) -> None:
    person = await world.person()
    renewed = await renew(world, person.refresh_token)
    await world.say("mutation { logout { ok } }", renewed["accessToken"])
    assert is_refused(await renew(world, renewed["refreshToken"]))
    assert is_refused(await renew(world, person.refresh_token))
    assert await world.codes(ASK, renewed["accessToken"]) == ["UNAUTHENTICATED"]

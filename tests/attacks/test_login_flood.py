"""Attack 6: many guesses in one request, or as many callers, or under many spellings of one address."""

import json
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from services.toolbox import Toolbox
from tests.worlds.limits import LimitsWorld, limits_world, told_wait
from tests.worlds.sign_in import CountingHasher, new_email

HASHER = CountingHasher()
GUESS = 'login(input: { email: "victim@example.com", password: "guess number %d" }) { accessToken }'
A_MINUTE = 5


@pytest.fixture
async def world(tools: Toolbox) -> AsyncIterator[LimitsWorld]:
    async with limits_world(replace(tools, credentials=replace(tools.credentials, passwords=HASHER))) as made:
        HASHER.operations = 0
        yield made


def aliases(count: int) -> str:
    return " ".join(f"g{number}: {GUESS % number}" for number in range(count))


@pytest.mark.parametrize(
    "text",
    [
        f"mutation {{ {aliases(100)} }}",
        f"mutation {{ {aliases(A_MINUTE + 1)} }}",
        f"mutation {{ ...f }} fragment f on Mutation {{ {aliases(A_MINUTE + 1)} }}",
        f"mutation {{ ... on Mutation {{ {aliases(3)} ... {{ {aliases(6)} }} }} }}",
        f"mutation a {{ {aliases(2)} }} mutation b {{ {aliases(A_MINUTE + 1)} }}",
    ],
    ids=["100 aliases", "6 aliases", "a fragment", "inline fragments", "one of two operations"],
)
async def test_guesses_in_one_document_never_reach_the_password(world: LimitsWorld, text: str) -> None:
    name = {"operationName": "b"} if "mutation b" in text else {}
    reply = await world.elsewhere().send("POST", json={"query": text, **name})
    assert reply.status in (200, 400, 429)
    assert set(reply.codes) <= {"RATE_LIMITED", "QUERY_TOO_COMPLEX"}
    assert reply.codes
    assert HASHER.operations == 0


async def test_batches_and_get_guess_nothing(world: LimitsWorld) -> None:
    caller, one = world.elsewhere(), {"query": f"mutation {{ {GUESS % 1} }}"}
    assert (await caller.send("POST", json=[one] * 100)).status == 400
    assert (await caller.send("GET", "/graphql", params=one)).status == 405
    assert HASHER.operations == 0


async def test_a_socket_guesses_no_more_than_requests_do(world: LimitsWorld) -> None:
    async with world.elsewhere().socket() as socket:
        await socket.introduce({})
        codes = []
        for number in range(12):
            await socket.start(str(number), f"mutation {{ {GUESS % number} }}")
            while (message := await socket.hear())["id"] != str(number) or message["type"] == "complete":
                pass
            codes.append(message["type"])
    assert (codes.count("next"), codes.count("error")) == (A_MINUTE, 7)
    assert HASHER.operations == A_MINUTE


async def test_invented_addresses_of_callers_are_not_believed(tools: Toolbox) -> None:
    async with limits_world(tools, trusted_proxies=("10.0.0.0/8",)) as world:
        for number in range(A_MINUTE):
            assert (await world.at(f"203.0.113.{number}").ask(f"mutation {{ {GUESS % number} }}")).status == 200
        for header in ("x-forwarded-for", "x-real-ip", "forwarded", "cf-connecting-ip", "true-client-ip"):
            caller = replace(world.client, headers={header: "203.0.113.77"})
            told_wait(await caller.ask(f"mutation {{ {GUESS % 0} }}"))


async def test_spellings_of_an_address_are_one_account(world: LimitsWorld) -> None:
    email = new_email()
    spellings = (email, email.upper(), f"  {email} ", f"{email}\t", email.title())
    guess = "mutation ($e: String!) { login(input: { email: $e, password: %s }) { accessToken } }"
    for number in range(10):
        text = guess % json.dumps(f"guess number {number}")
        reply = await world.elsewhere().ask(text, e=spellings[number % len(spellings)])
        assert reply.data == {"login": {"accessToken": None}}
    for spelling in spellings:
        told_wait(await world.elsewhere().ask(guess % '"another guess"', e=spelling), 200)
    before = HASHER.operations
    plus = email.replace("@", "+x@")
    assert (await world.elsewhere().ask(guess % '"another guess"', e=plus)).status == 200, "that is another account"
    assert HASHER.operations == before + 1

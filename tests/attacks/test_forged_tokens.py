"""Attack 7: access tokens that nobody was given, that were given for something else, or that are over."""

import base64
import hmac
import json
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import pytest

from auth.access_tokens import AccessTokenSigner, secret_id
from auth.authenticator import Authenticator
from models.tenants.membership import Role
from services.people.sessions import SignedIn
from services.toolbox import Toolbox
from tests.worlds.people import PeopleWorld, people_world

SECRET = "a secret of the tests, long enough"
HEADER = {"alg": "HS256", "typ": "at+jwt", "kid": secret_id(SECRET)}
ASK = "{ tenant { name } }"
RENEW = "mutation ($token: String!) { refreshSession(refreshToken: $token) { accessToken userErrors { code } } }"


@pytest.fixture
async def world(tools: Toolbox) -> AsyncIterator[PeopleWorld]:
    async with people_world(tools) as made:
        yield made


def part(value: dict[str, Any]) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")


def forged(person: SignedIn, header: dict[str, Any], claims: dict[str, Any], *, secret: str = SECRET) -> str:
    """A real token with its header and claims changed, signed by hand."""
    payload = person.access_token.text.split(".")[1]
    real: dict[str, Any] = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    changed = {name: value for name, value in {**HEADER, **header}.items() if value is not None}
    unsigned = f"{part(changed)}.{part({**real, **claims})}"
    digest = hmac.digest(secret.encode(), unsigned.encode(), "sha256")
    return f"{unsigned}.{base64.urlsafe_b64encode(digest).decode().rstrip('=')}"


async def test_no_forged_token_opens_the_door(world: PeopleWorld) -> None:
    person, victim = await world.person(), await world.person()
    assert await world.codes(ASK, forged(person, {}, {})) == []
    forgeries = [
        forged(person, {"alg": "none"}, {}).rpartition(".")[0] + ".",
        forged(person, {"alg": "RS256"}, {}),
        forged(person, {"kid": None}, {}),
        forged(person, {"kid": "00000000"}, {}),
        forged(person, {"typ": "JWT"}, {}),
        forged(person, {}, {"aud": "another-api"}),
        forged(person, {}, {"iss": "https://evil.example"}),
        forged(person, {}, {"exp": "4102444800"}),
        forged(person, {}, {"ver": 7}),
        forged(person, {}, {"sub": str(victim.viewer.user_id)}),
        forged(person, {}, {"sid": str(victim.viewer.session_id)}),
        forged(person, {}, {}, secret="another secret, just as long as ours"),
        person.access_token.text[:-3],
    ]
    answers = {(await world.as_(token).ask(ASK)).body["errors"][0]["message"] for token in forgeries}
    assert len(answers) == 1
    forgeries.append(person.refresh_token)  # told apart by its first letters alone
    assert {code for token in forgeries for code in await world.codes(ASK, token)} == {"UNAUTHENTICATED"}


async def test_a_token_names_no_tenant_that_is_not_the_persons(world: PeopleWorld) -> None:
    person, victim = await world.person(), await world.person(tenant_name="Victim")
    moved = forged(person, {}, {"tid": str(victim.viewer.tenant_id)})
    assert (await world.say("{ tenant { name } viewer { role } }", moved)) == {"tenant": None, "viewer": {"role": None}}


async def test_an_access_token_refreshes_nothing(world: PeopleWorld) -> None:
    person = await world.person()
    answer = await world.say(RENEW, token=person.access_token.text)
    assert answer["refreshSession"]["userErrors"] == [{"code": "TOKEN_INVALID"}]


@pytest.mark.parametrize("change", ["disabled_at", "deleted_at"])
async def test_a_token_ends_with_its_person(world: PeopleWorld, change: str) -> None:
    person = await world.person()
    await world.change_user(person.viewer.responsible_id, **{change: world.clock()})
    world.clock.move(seconds=15)
    assert await world.codes(ASK, person) == ["UNAUTHENTICATED"]


async def test_a_token_keeps_no_role_that_was_taken_away(world: PeopleWorld) -> None:
    person = await world.person()
    assert person.viewer.tenant_id
    await world.change_role(person.viewer.tenant_id, person.viewer.responsible_id, Role.VIEWER)
    world.clock.move(seconds=15)
    update = 'mutation { updateTenant(input: { name: "Mine" }) { tenant { name } } }'
    assert await world.codes(update, person) == ["FORBIDDEN"]


async def test_a_retired_secret_signs_nobody_in(tools: Toolbox) -> None:
    async with people_world(tools) as world:
        person = await world.person()
    for previous, codes in ((SECRET, []), (None, ["UNAUTHENTICATED"])):
        tokens = AccessTokenSigner(
            "the secret after that of the tests",
            previous=previous,
            issuer=tools.addresses.public_url,
            clock=world.clock,
        )
        authenticator = Authenticator(tools.db, tokens, world.clock)
        credentials = replace(tools.credentials, tokens=tokens, authenticator=authenticator)
        swapped = replace(tools, credentials=credentials)
        assert (await replace(world, tools=swapped).ask(ASK, bearer=person.access_token.text)).codes == codes

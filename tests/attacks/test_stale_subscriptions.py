"""Attack 5: a subscription that was allowed when it began, and what is said to open one without being allowed."""

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
from joserfc import jwt
from joserfc.jwk import OctKey

from auth.access_tokens import LIFETIME
from execution.transport.guard import RECHECK_EVERY_S
from models.tenants.membership import Role
from resolvers.node_id import encode_id
from services.people.sessions import SignedIn
from services.toolbox import Toolbox
from tests.worlds.people import TICKS, PeopleWorld, people_world
from tests.worlds.tenants import Team, team_of, user_node

NO_LONGER_GOOD = 4401
REVOKE = "mutation ($id: ID!) { revokeSession(id: $id) { userErrors { code } } }"
ACTIVITY = "subscription { activity { kind node { id } } }"


@pytest.fixture
async def world(tools: Toolbox) -> AsyncIterator[PeopleWorld]:
    async with people_world(tools) as made:
        yield made


async def change(team: Team, member: SignedIn, what: str) -> None:
    match what:
        case "removed":
            told = await team.tell(team.owner, "removeMember", userId=user_node(member))
        case "demoted":
            told = await team.tell(team.owner, "changeMemberRole", userId=user_node(member), role="VIEWER")
        case "tenant deleted":
            told = await team.tell(team.owner, "deleteTenant")
        case _:
            told = await team.tell(member, "leaveTenant")
    assert told.codes == []


@pytest.mark.parametrize("what", ["removed", "demoted", "tenant deleted", "left"])
async def test_what_somebody_has_open_ends_with_what_allowed_it(world: PeopleWorld, what: str) -> None:
    team = await team_of(world)
    member = await team.member(Role.ADMIN)
    async with world.watching(member.access_token.text) as socket:
        await change(team, member, what)
        assert await socket.closed() == NO_LONGER_GOOD


@pytest.mark.parametrize("what", ["removed", "demoted", "left", "signed out"])
async def test_nothing_of_a_team_is_told_once_the_role_or_the_session_has_ended(world: PeopleWorld, what: str) -> None:
    team = await team_of(world)
    member = await team.member(Role.ADMIN)
    async with world.watching(member.access_token.text, ACTIVITY) as socket:
        if what == "signed out":
            assert member.viewer.session_id is not None
            session = encode_id("Session", member.viewer.session_id)
            await world.say(REVOKE, member, id=session)
        else:
            await change(team, member, what)
        assert await socket.closed() == NO_LONGER_GOOD
    assert world.tools.hub.watchers == 0


async def test_a_stream_of_events_ends_with_what_allowed_it(world: PeopleWorld) -> None:
    team = await team_of(world)
    member = await team.member(Role.ADMIN)
    async with world.as_(member).stream(TICKS) as events:
        await change(team, member, "removed")
        (name, refused), last = [event async for event in events if event[0]]
    assert (name, last[0]) == ("next", "complete")
    assert [error["extensions"]["code"] for error in refused["errors"]] == ["UNAUTHENTICATED"]


def test_production_looks_often_enough() -> None:
    assert timedelta(seconds=RECHECK_EVERY_S) <= timedelta(seconds=25)


async def test_a_token_that_ends_closes_what_it_opened(world: PeopleWorld) -> None:
    person = await world.person()
    async with world.watching(person.access_token.text) as socket:
        world.clock.move(seconds=LIFETIME.total_seconds())
        assert await socket.closed() == NO_LONGER_GOOD


async def test_what_connection_init_says_is_verified(world: PeopleWorld) -> None:
    """A token whose claims are right and whose signature is not, none at all, and a refresh token."""
    person = await world.person()
    _, claims, _ = person.access_token.text.split(".")
    header = {"alg": "HS256", "typ": "at+jwt", "kid": "12345678"}
    forged = jwt.encode(header, {"sub": str(person.viewer.user_id)}, OctKey.import_key("x" * 32), algorithms=["HS256"])
    for token in (forged, f"eyJhbGciOiJub25lIn0.{claims}.", person.refresh_token):
        async with world.client.socket() as socket:
            await socket.say({"type": "connection_init", "payload": {"authorization": f"Bearer {token}"}})
            assert await socket.closed() == NO_LONGER_GOOD
    async with world.client.socket() as socket:
        await socket.introduce({})
        await socket.start("1", TICKS)
        assert "UNAUTHENTICATED" in str(await socket.hear())

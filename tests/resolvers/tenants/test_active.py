"""Several tenants per person at the front door: founding, switching, settings, and what a session carries along."""

import asyncio
from collections.abc import AsyncIterator
from uuid import uuid4

import pytest

from errors import Refused
from models.tenants.membership import Role
from resolvers.node_id import encode_id
from services.people.sessions import refresh_session
from services.toolbox import Toolbox
from tests.worlds.sign_in import ORIGIN, sign_in_world
from tests.worlds.tenants import Team, team_of, user_node

MEMBERSHIPS = "{ viewer { memberships { role tenant { name } } sessions { id } } }"


@pytest.fixture
async def team(tools: Toolbox) -> AsyncIterator[Team]:
    made = await team_of(sign_in_world(tools))
    yield made
    made.world.tools.credentials.passwords.close()


async def test_a_session_goes_on_in_a_new_tenant_and_comes_back(team: Team) -> None:
    created = await team.tell(
        team.owner, "createTenant", input={"name": "Second", "currency": "EUR", "timeZone": "Europe/Berlin"}
    )
    assert created.payload["viewer"]["role"] == "OWNER"
    assert created.payload["viewer"]["tenant"]["name"] == "Second"
    bearer = created.payload["accessToken"]
    seen = await team.world.ask("{ tenant { name currency timeZone members { totalCount } } }", bearer=bearer)
    assert seen.data["tenant"] == {
        "name": "Second", "currency": "EUR", "timeZone": "Europe/Berlin", "members": {"totalCount": 1}
    }  # fmt: skip
    with pytest.raises(Refused):  # a session has one refresh token
        await refresh_session(team.world.tools, ORIGIN, refresh_token=team.owner.refresh_token)
    renewed = await refresh_session(team.world.tools, ORIGIN, refresh_token=created.payload["refreshToken"])
    assert renewed.viewer.session_id == team.owner.viewer.session_id
    back = await team.tell(renewed, "switchTenant", tenantId=encode_id("Tenant", team.tenant_id))
    assert back.payload["viewer"]["tenant"]["name"] == "Team"
    mine = (await team.ask(renewed, MEMBERSHIPS)).data["viewer"]
    assert [each["tenant"]["name"] for each in mine["memberships"]] == ["Team", "Second"]
    assert len(mine["sessions"]) == 1


async def test_switching_makes_a_sign_in_no_younger(team: Team) -> None:
    await team.member(Role.OWNER)
    team.world.clock.move(minutes=6)
    switched = await team.tell(team.owner, "switchTenant", tenantId=encode_id("Tenant", team.tenant_id))
    left = await team.world.ask("mutation { leaveTenant { ok } }", bearer=switched.payload["accessToken"])
    assert left.codes == ["FORBIDDEN"]


async def test_a_tenant_that_is_not_mine_is_one_that_does_not_exist(team: Team) -> None:
    other = await team.stranger()
    assert other.viewer.tenant_id is not None
    ids = [encode_id("Tenant", each) for each in (other.viewer.tenant_id, uuid4())]
    told = [await team.tell(team.owner, "switchTenant", tenantId=each) for each in ids]
    assert told[0].codes == ["NOT_FOUND"]
    assert all(each == told[0] for each in told)
    assert (await team.tell(team.owner, "switchTenant", tenantId="x")).codes == ["INVALID"]


@pytest.mark.parametrize("has_tenant", [True, False])
async def test_the_same_key_founds_one_tenant(team: Team, *, has_tenant: bool) -> None:
    founder = await team.member(Role.VIEWER)
    if not has_tenant:
        await team.tell(founder, "leaveTenant")
        other = encode_id("Tenant", founder.viewer.tenant_id or uuid4())
        assert (await team.tell(founder, "switchTenant", tenantId=other)).codes == ["NOT_FOUND"]
    wanted = {"input": {"name": "Third"}, "idempotencyKey": "key-1"}
    told = await asyncio.gather(*(team.tell(founder, "createTenant", **wanted) for _ in range(4)))
    assert [each.codes for each in told] == [[]] * 4
    assert len({each.payload["viewer"]["tenant"]["id"] for each in told}) == 1
    mine = (await team.ask(founder, MEMBERSHIPS)).data["viewer"]["memberships"]
    assert [each["tenant"]["name"] for each in mine].count("Third") == 1


async def test_the_settings_change_and_the_slug_stays(team: Team) -> None:
    before = (await team.ask(team.owner, "{ tenant { slug } }")).data["tenant"]["slug"]
    told = await team.tell(team.owner, "updateTenant", input={"name": " New  name ", "currency": "SEK"})
    assert told.payload["tenant"] == {"name": "New name", "slug": before, "currency": "SEK", "timeZone": "UTC"}
    assert (await team.tell(team.owner, "updateTenant", input={"name": " "})).codes == ["INVALID"]


async def test_a_person_in_two_tenants_has_in_each_the_role_of_that_one(team: Team) -> None:
    member = await team.member(Role.VIEWER)
    own = next(each for each in (await team.ask(member, MEMBERSHIPS)).data["viewer"]["memberships"])
    assert own["role"] == "OWNER"
    assert (await team.tell(member, "removeMember", userId=user_node(team.owner))).codes == ["FORBIDDEN"]


async def test_whoever_deletes_a_tenant_stays_signed_in_without_it(team: Team) -> None:
    member = await team.member(Role.ADMIN)
    told = await team.tell(team.owner, "deleteTenant")
    assert told.payload["id"] == encode_id("Tenant", team.tenant_id)
    renewed = await refresh_session(team.world.tools, ORIGIN, refresh_token=team.owner.refresh_token)
    seen = await team.ask(renewed, "{ viewer { tenant { id } memberships { role } } tenant { id } }")
    assert seen.data == {"viewer": {"tenant": None, "memberships": []}, "tenant": None}
    assert (await team.tell(renewed, "createTenant", input={"name": "Next"})).codes == []
    assert await team.roles(member) == [None]

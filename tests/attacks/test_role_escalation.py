"""Attack 4: rising above one's own role, ruling those above, removing the last owner, alone or two at once."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from errors import Forbidden
from models.tenants.membership import Role
from services.tenants.members import leave_tenant
from services.toolbox import Toolbox
from tests.worlds.sign_in import new_email, sign_in_world
from tests.worlds.tenants import Team, team_of, user_node


@pytest.fixture
async def team(tools: Toolbox) -> AsyncIterator[Team]:
    made = await team_of(sign_in_world(tools))
    yield made
    made.world.tools.credentials.passwords.close()


async def test_nobody_rises_above_their_own_role(team: Team) -> None:
    admin, manager = await team.member(Role.ADMIN), await team.member(Role.MANAGER)
    tried = [
        await team.tell(admin, "changeMemberRole", userId=user_node(admin), role="OWNER"),
        await team.tell(admin, "changeMemberRole", userId=user_node(manager), role="OWNER"),
        await team.tell(admin, "changeMemberRole", userId=user_node(team.owner), role="VIEWER"),
        await team.tell(admin, "removeMember", userId=user_node(team.owner)),
        await team.tell(admin, "inviteMember", email=new_email(), role="OWNER"),
        await team.tell(manager, "changeMemberRole", userId=user_node(manager), role="ADMIN"),
        await team.tell(manager, "removeMember", userId=user_node(admin)),
        await team.tell(manager, "inviteMember", email=new_email(), role="VIEWER"),
        await team.tell(admin, "updateTenant", input={"name": "Mine"}),
        await team.tell(admin, "deleteTenant"),
    ]
    assert [each.codes for each in tried] == [["FORBIDDEN"]] * len(tried)
    assert await team.roles(team.owner, admin, manager) == [Role.OWNER, Role.ADMIN, Role.MANAGER]


async def test_an_invitation_is_not_repeated_for_somebody_else(team: Team) -> None:
    """The answer of an idempotency key holds the token of a role that an admin may not grant."""
    admin, again = await team.member(Role.ADMIN), {"email": new_email(), "role": "OWNER", "idempotencyKey": "a-key"}
    token = (await team.tell(team.owner, "inviteMember", **again)).payload["token"]
    assert (await team.tell(team.owner, "inviteMember", **again)).payload["token"] == token
    assert (await team.tell(admin, "inviteMember", **again)).codes == ["CONFLICT"]


async def test_an_admin_manages_everybody_up_to_admins(team: Team) -> None:
    admin, member = await team.member(Role.ADMIN), await team.member(Role.VIEWER)
    raised = await team.tell(admin, "changeMemberRole", userId=user_node(member), role="ADMIN")
    assert raised.payload["membership"] == {"role": "ADMIN", "user": {"name": "Some Body"}}
    assert (await team.tell(admin, "removeMember", userId=user_node(member))).payload["id"] == user_node(member)
    assert await team.roles(member) == [None]
    assert (await team.tell(admin, "removeMember", userId=user_node(member))).codes == ["NOT_FOUND"]


async def test_a_role_taken_away_a_moment_ago_changes_nobody(team: Team) -> None:
    """The role that requests remember for seconds is not the one that decides about people."""
    second, member = await team.member(Role.OWNER), await team.member(Role.VIEWER)
    assert (await team.ask(second, "{ viewer { role } }")).data["viewer"]["role"] == "OWNER"
    await team.tell(team.owner, "changeMemberRole", userId=user_node(second), role="VIEWER")
    raised = await team.tell(second, "changeMemberRole", userId=user_node(second), role="OWNER")
    invited = await team.tell(second, "inviteMember", email=new_email(), role="OWNER")
    removed = await team.tell(second, "removeMember", userId=user_node(member))
    assert [raised.codes, invited.codes, removed.codes] == [["FORBIDDEN"]] * 3
    assert await team.roles(second, member) == [Role.VIEWER, Role.VIEWER]


async def test_the_last_owner_stays(team: Team) -> None:
    member = await team.member(Role.ADMIN)
    tried = [
        await team.tell(team.owner, "leaveTenant"),
        await team.tell(team.owner, "removeMember", userId=user_node(team.owner)),
        await team.tell(team.owner, "changeMemberRole", userId=user_node(team.owner), role="ADMIN"),
    ]
    assert [each.codes for each in tried] == [["LAST_OWNER"]] * 3
    await team.tell(team.owner, "changeMemberRole", userId=user_node(member), role="OWNER")
    assert (await team.tell(team.owner, "leaveTenant")).codes == []
    assert await team.roles(team.owner, member) == [None, Role.OWNER]


async def test_two_owners_who_remove_each_other_at_once_leave_one(team: Team) -> None:
    for _ in range(5):
        other = await team.member(Role.OWNER)
        told = await asyncio.gather(
            team.tell(team.owner, "removeMember", userId=user_node(other)),
            team.tell(other, "removeMember", userId=user_node(team.owner)),
        )
        assert sorted(bool(each.codes) for each in told) == [False, True]
        roles = await team.roles(team.owner, other)
        assert sorted(map(str, roles)) == ["None", "OWNER"]
        if roles[0] is None:
            team = Team(team.world, other)


async def test_two_owners_who_leave_at_once_leave_one(team: Team) -> None:
    other = await team.member(Role.OWNER)
    told = await asyncio.gather(team.tell(team.owner, "leaveTenant"), team.tell(other, "leaveTenant"))
    assert sorted(code for each in told for code in each.codes) == ["LAST_OWNER"]
    assert sorted(map(str, await team.roles(team.owner, other))) == ["None", "OWNER"]


async def test_owner_changes_need_a_sign_in_within_five_minutes(team: Team) -> None:
    second, member = await team.member(Role.OWNER), await team.member(Role.VIEWER)
    team.world.clock.move(minutes=5, seconds=1)
    tried = [
        await team.tell(team.owner, "changeMemberRole", userId=user_node(member), role="OWNER"),
        await team.tell(team.owner, "changeMemberRole", userId=user_node(second), role="ADMIN"),
        await team.tell(team.owner, "removeMember", userId=user_node(second)),
        await team.tell(team.owner, "inviteMember", email=new_email(), role="OWNER"),
        await team.tell(team.owner, "leaveTenant"),
        await team.tell(team.owner, "deleteTenant"),
    ]
    assert [each.codes for each in tried] == [["FORBIDDEN"]] * len(tried)
    with pytest.raises(Forbidden) as refused:
        await leave_tenant(team.world.tools, team.owner.viewer)
    assert refused.value.reason == "REAUTHENTICATE"
    fresh = await team.again(team.owner)
    assert (await team.tell(fresh, "removeMember", userId=user_node(second))).codes == []
    assert (await team.tell(team.owner, "changeMemberRole", userId=user_node(member), role="ADMIN")).codes == []


async def test_whoever_leaves_is_outside_at_once(team: Team) -> None:
    member = await team.member(Role.MANAGER)
    assert (await team.ask(member, "mutation { leaveTenant { ok } }")).data == {"leaveTenant": {"ok": True}}
    asked = "{ viewer { tenant { id } role permissions } tenant { id } adAccounts { totalCount } }"
    seen = await team.ask(member, asked)
    assert seen.data["viewer"] == {"tenant": None, "role": None, "permissions": []}
    assert (seen.data["tenant"], seen.data["adAccounts"]) == (None, None)
    assert (await team.tell(member, "leaveTenant")).codes == ["FORBIDDEN"]


async def test_the_access_token_of_a_removed_member_opens_nothing_after_15_seconds(team: Team) -> None:
    member = await team.member(Role.ADMIN)
    assert (await team.ask(member, "{ tenant { id } }")).data["tenant"]
    await team.tell(team.owner, "removeMember", userId=user_node(member))
    team.world.clock.move(seconds=15)
    seen = await team.ask(member, "{ tenant { id } adAccounts { totalCount } }")
    assert seen.data == {"tenant": None, "adAccounts": None}

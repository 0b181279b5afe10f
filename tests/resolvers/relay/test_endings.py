"""What ends the token of a browser extension: whoever had it paired, or the channel, is no longer what it was."""

from collections.abc import Awaitable, Callable

import pytest

from models.channels.channel import Channel
from models.tenants.membership import Role
from services.channels.disconnecting import disconnect_channel
from services.people.sessions import SignedIn
from services.tenants.deletion import delete_tenant
from services.tenants.members import change_member_role, leave_tenant, remove_member
from tests.worlds.pairing import PairingWorld

End = Callable[[PairingWorld, SignedIn, Channel], Awaitable[object]]


async def disconnected(world: PairingWorld, _member: SignedIn, channel: Channel) -> None:
    await disconnect_channel(world.world.tools, world.owner.viewer, channel.id)


async def deleted(world: PairingWorld, _member: SignedIn, channel: Channel) -> None:
    await disconnect_channel(world.world.tools, world.owner.viewer, channel.id, delete_data=True)


async def removed(world: PairingWorld, member: SignedIn, _channel: Channel) -> None:
    tools, user_id = world.world.tools, member.viewer.responsible_id
    await remove_member(tools.db, tools.clock, tools.vendors.billing, world.owner.viewer, user_id=user_id)


async def gone(world: PairingWorld, member: SignedIn, _channel: Channel) -> None:
    await leave_tenant(world.world.tools, member.viewer)


async def demoted(world: PairingWorld, member: SignedIn, _channel: Channel) -> None:
    tools, user_id = world.world.tools, member.viewer.responsible_id
    await change_member_role(tools.db, tools.clock, world.owner.viewer, user_id=user_id, role=Role.MANAGER)


async def team_deleted(world: PairingWorld, _member: SignedIn, _channel: Channel) -> None:
    await delete_tenant(world.world.tools, world.owner.viewer)


ENDS = [disconnected, deleted, removed, gone, demoted, team_deleted]


@pytest.mark.parametrize("end", ENDS)
async def test_a_token_ends_at_once(world: PairingWorld, end: End) -> None:
    member = await world.member()
    token, channel = await world.paired(member)
    assert await world.is_let_in(token)
    await end(world, member, channel)
    assert not await world.is_let_in(token)


@pytest.mark.parametrize("end", ENDS)
async def test_a_code_that_waits_ends_with_it(world: PairingWorld, end: End) -> None:
    member = await world.member()
    shown = await world.code(member)
    await end(world, member, shown.channel)
    assert await world.refused(shown.code) == ["TOKEN_INVALID"]


@pytest.mark.parametrize("end", [removed, demoted])
async def test_who_comes_back_revives_no_token(world: PairingWorld, end: End) -> None:
    member = await world.member()
    token, channel = await world.paired(member)
    await end(world, member, channel)
    user_id = member.viewer.responsible_id
    if end is removed:
        await world.world.join(world.tenant_id, user_id, Role.ADMIN)
    else:
        await world.world.change_role(world.tenant_id, user_id, Role.ADMIN)
    assert not await world.is_let_in(token)


@pytest.mark.parametrize("role", [Role.ADMIN, Role.OWNER])
async def test_another_role_that_may_connect_channels_ends_nothing(world: PairingWorld, role: Role) -> None:
    member = await world.member()
    token, _ = await world.paired(member)
    tools, user_id = world.world.tools, member.viewer.responsible_id
    await change_member_role(tools.db, tools.clock, world.owner.viewer, user_id=user_id, role=role)
    assert await world.is_let_in(token)


async def test_what_changed_by_another_way_counts_too(world: PairingWorld) -> None:
    """Such as by an operator, or by a plan that has no room for the member."""
    member = await world.member()
    token, _ = await world.paired(member)
    user_id = member.viewer.responsible_id
    for change, value in (("disabled_at", world.world.clock()), ("disabled_at", None)):
        await world.world.change_user(user_id, **{change: value})
        assert await world.is_let_in(token) is (value is None)
    await world.change(f"update membership set frozen_at = now() where tenant_id = :tenant and user_id = '{user_id}'")
    assert not await world.is_let_in(token)


async def test_other_channels_and_teams_keep_their_extensions(world: PairingWorld) -> None:
    member = await world.member()
    token, _ = await world.paired(member)
    other = PairingWorld(world.world, await world.world.person())
    theirs, _ = await other.paired()
    kept, _ = await world.paired(channel_id=await world.spare())
    await removed(world, member, None)  # type: ignore[arg-type]  # the channel is not asked for
    assert not await world.is_let_in(token)
    assert await world.is_let_in(kept)
    assert await world.is_let_in(theirs)

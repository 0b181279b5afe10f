"""Subscribers of one job share its reading, and nobody hears what only another may see."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack

import pytest

from models.audit.actor import ActorKind
from models.refreshes.fenced_writes import Fence
from models.tenants.membership import Role
from resolvers.node_id import encode_id
from services.people.sessions import SignedIn
from services.toolbox import Toolbox
from tests.doors.http import Socket
from tests.worlds.ads import statements
from tests.worlds.people import PeopleWorld, people_world
from tests.worlds.running_jobs import PROGRESS, change, come_and_go, nothing_is_left, running_job
from tests.worlds.tenants import Team, team_of, user_node

LOADED = "subscription ($id: ID!) { refreshProgress(jobId: $id) { rowsFetched requestedBy { user { name } } } }"


@pytest.fixture
async def world(tools: Toolbox) -> AsyncIterator[PeopleWorld]:
    async with people_world(tools) as made:
        yield made


@pytest.fixture
async def team(world: PeopleWorld) -> Team:
    return await team_of(world)


async def watching(
    stack: AsyncExitStack, world: PeopleWorld, who: SignedIn | str, fence: Fence, text: str = PROGRESS
) -> Socket:
    token = who if isinstance(who, str) else who.access_token.text
    socket = await stack.enter_async_context(world.client.socket())
    await socket.introduce({"authorization": f"Bearer {token}"})
    await socket.start("1", text, {"id": encode_id("RefreshJob", fence.job_id)})
    return socket


async def rows_of(socket: Socket) -> int:
    message = await socket.hear()
    return int(message["payload"]["data"]["refreshProgress"]["rowsFetched"])


async def test_one_change_is_read_once_for_all_subscribers_of_the_job(world: PeopleWorld, team: Team) -> None:
    fence, member = await running_job(team), await team.member(Role.VIEWER)
    async with AsyncExitStack() as stack:
        sockets = [await watching(stack, world, who, fence) for who in [team.owner, member] * 5]
        assert [await rows_of(socket) for socket in sockets] == [0] * 10
        with statements(world.db) as sent:
            await change(team, fence, 7)
            assert [await rows_of(socket) for socket in sockets] == [7] * 10
    assert len([each for each in sent if each.startswith("SELECT refresh_job")]) == 1


async def test_a_reader_that_comes_late_hears_the_newest_state_alone(world: PeopleWorld, team: Team) -> None:
    fence = await running_job(team)
    async with AsyncExitStack() as stack:
        socket = await watching(stack, world, team.owner, fence)
        assert await rows_of(socket) == 0
        for rows in range(1, 9):  # within the half second between two events
            await change(team, fence, rows)
        heard = [await rows_of(socket)]
        while heard[-1] != 8:
            heard.append(await rows_of(socket))
    assert len(heard) <= 2


async def test_whose_role_changed_hears_no_more_while_others_go_on(world: PeopleWorld, team: Team) -> None:
    fence, member = await running_job(team), await team.member(Role.MANAGER)
    async with AsyncExitStack() as stack:
        own, theirs = [await watching(stack, world, who, fence) for who in (team.owner, member)]
        assert [await rows_of(own), await rows_of(theirs)] == [0, 0]
        told = await team.tell(team.owner, "changeMemberRole", userId=user_node(member), role="VIEWER")
        assert told.codes == []
        world.clock.move(seconds=15)  # so long a role may be remembered
        assert await theirs.closed() == 4401
        await change(team, fence, 3)
        assert await rows_of(own) == 3


async def test_who_left_the_tenant_hears_no_more_and_nothing_from_another_one(world: PeopleWorld, team: Team) -> None:
    fence, member = await running_job(team), await team.member(Role.MANAGER)
    async with AsyncExitStack() as stack:
        own, theirs = [await watching(stack, world, who, fence) for who in (team.owner, member)]
        assert [await rows_of(own), await rows_of(theirs)] == [0, 0]
        elsewhere = await team.tell(member, "createTenant", input={"name": "Another"})
        assert (await team.tell(team.owner, "removeMember", userId=user_node(member))).codes == []
        world.clock.move(seconds=15)
        assert await theirs.closed() == 4401
        again = await watching(stack, world, elsewhere.payload["accessToken"], fence)
        assert "NOT_FOUND" in str(await again.hear())
        await change(team, fence, 3)
        assert await rows_of(own) == 3


async def test_whose_token_ended_hears_no_more_while_others_go_on(world: PeopleWorld, team: Team) -> None:
    fence, member = await running_job(team), await team.member(Role.MANAGER)
    world.clock.move(minutes=8)
    later = await team.again(member, team.tenant_id)
    async with AsyncExitStack() as stack:
        early, late = [await watching(stack, world, who, fence) for who in (member, later)]
        assert [await rows_of(early), await rows_of(late)] == [0, 0]
        world.clock.move(minutes=3)
        await change(team, fence, 3)
        assert await early.closed() == 4401
        assert await rows_of(late) == 3


async def test_a_stranger_beside_subscribers_is_told_that_there_is_no_such_job(world: PeopleWorld, team: Team) -> None:
    fence, stranger = await running_job(team), await team.stranger()
    async with AsyncExitStack() as stack:
        own, theirs = await asyncio.gather(
            *(watching(stack, world, who, fence) for who in (team.owner, stranger)),
        )
        assert await rows_of(own) == 0
        assert "NOT_FOUND" in str(await theirs.hear())


async def test_what_is_loaded_below_a_job_is_loaded_for_each_viewer(world: PeopleWorld, team: Team) -> None:
    """Whom somebody may see depends on who asks: only the sockets of one session share what was loaded."""
    member = await team.member(Role.MANAGER)
    asker = {"requested_by_kind": ActorKind.USER, "requested_by_user_id": member.viewer.responsible_id}
    fence = await running_job(team, **asker)
    async with AsyncExitStack() as stack:
        sockets = [await watching(stack, world, who, fence, LOADED) for who in [member, team.owner] * 3]
        assert [await rows_of(socket) for socket in sockets] == [0] * 6
        with statements(world.db) as sent:
            await change(team, fence, 3)
            heard = [(await socket.hear())["payload"]["data"]["refreshProgress"] for socket in sockets]
    assert heard == [{"rowsFetched": 3, "requestedBy": {"user": {"name": "Some Body"}}}] * 6
    loaded = [each for each in sent if each.startswith("SELECT user_account.id")]
    assert 2 <= len(loaded) < len(sockets)


async def test_who_comes_and_goes_leaves_nothing_behind(world: PeopleWorld, team: Team) -> None:
    """Ten thousand of them in tests/drills/test_subscribers_come_and_go.py."""
    fence, client = await running_job(team), world.as_(team.owner)
    await come_and_go(client, fence, 4, at_once=4)
    await asyncio.sleep(0)
    tasks = len(asyncio.all_tasks())
    await come_and_go(client, fence, 40, at_once=20)
    await nothing_is_left(world.tools, tasks)

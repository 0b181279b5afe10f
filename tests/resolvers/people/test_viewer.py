"""Who one is and whom one sees: colleagues of the active tenant, one's own sessions, nobody else."""

from collections.abc import AsyncIterator
from uuid import UUID

import pytest

from auth.viewer import Viewer
from models.people.user import users_by_ids
from models.tenants.membership import Role
from services.people.sessions import SignedIn
from services.sign_in.by_password import login
from services.toolbox import Toolbox
from tests.worlds.sign_in import ORIGIN, PASSWORD, SignInWorld, new_email, sign_in_world

MEMBERS = """
query Members($first: Int, $after: String) {
  tenant { members(first: $first, after: $after) {
    totalCount pageInfo { hasNextPage hasPreviousPage endCursor } edges { cursor node { role user { id } } }
  } }
}
"""


@pytest.fixture
async def world(tools: Toolbox) -> AsyncIterator[SignInWorld]:
    made = sign_in_world(tools)
    yield made
    made.tools.credentials.passwords.close()


async def seen_by(world: SignInWorld, viewer: Viewer, *ids: UUID) -> set[UUID]:
    async with world.db.read(viewer) as session:
        return {user.id for user in await users_by_ids(session, ids)}


async def team_of_three(world: SignInWorld) -> tuple[SignedIn, Viewer, Viewer]:
    owner, second, third = await world.person(), (await world.person()).viewer, (await world.person()).viewer
    assert owner.viewer.tenant_id
    for viewer in (second, third):
        world.clock.move(seconds=1)
        await world.join(owner.viewer.tenant_id, viewer.responsible_id, Role.VIEWER)
    return owner, second, third


async def test_without_credentials_the_viewer_is_null_and_the_tenant_refused(world: SignInWorld) -> None:
    assert (await world.ask("{ viewer { email } }")).data == {"viewer": None}
    answer = await world.ask("{ viewer { email } tenant { name } }", bearer="expired")
    assert (answer.data, answer.codes) == ({"viewer": None, "tenant": None}, ["UNAUTHENTICATED"])


async def test_people_of_other_tenants_are_invisible(world: SignInWorld) -> None:
    owner, second, third = await team_of_three(world)
    stranger = (await world.person()).viewer
    everybody = (owner.viewer.responsible_id, second.responsible_id, third.responsible_id, stranger.responsible_id)
    assert await seen_by(world, owner.viewer, *everybody) == set(everybody[:3])
    assert await seen_by(world, stranger, *everybody) == {stranger.responsible_id}
    # In their own tenants the two are no colleagues, although a third tenant has both.
    assert await seen_by(world, second, *everybody) == {second.responsible_id}


async def test_a_person_without_a_tenant_sees_themselves(world: SignInWorld) -> None:
    email = new_email()
    viewer = (await world.person(email=email)).viewer
    assert viewer.tenant_id
    await world.change_role(viewer.tenant_id, viewer.responsible_id, None)
    signed_in = await login(world.tools, ORIGIN, email=email, password=PASSWORD)
    text = "{ viewer { email role permissions tenant { id } memberships { id } } tenant { id } }"
    answer = await world.ask(text, bearer=signed_in.access_token.text)
    assert answer.data["viewer"] == {"email": email, "role": None, "permissions": [], "tenant": None, "memberships": []}
    assert answer.data["tenant"] is None


async def test_members_come_in_pages_oldest_first(world: SignInWorld) -> None:
    owner, *_ = await team_of_three(world)
    bearer = owner.access_token.text
    first = (await world.ask(MEMBERS, bearer=bearer, first=2)).data["tenant"]["members"]
    assert (first["totalCount"], first["pageInfo"]["hasNextPage"]) == (3, True)
    rest = await world.ask(MEMBERS, bearer=bearer, first=2, after=first["pageInfo"]["endCursor"])
    assert rest.data["tenant"]["members"]["pageInfo"]["hasNextPage"] is False
    roles = [edge["node"]["role"] for edge in first["edges"] + rest.data["tenant"]["members"]["edges"]]
    assert roles == ["OWNER", "VIEWER", "VIEWER"]


@pytest.mark.parametrize("arguments", [{"first": 0}, {"first": -1}, {"after": "nonsense"}])
async def test_a_wrong_page_is_bad_input(world: SignInWorld, arguments: dict[str, object]) -> None:
    owner = await world.person()
    answer = await world.ask(MEMBERS, bearer=owner.access_token.text, **arguments)
    assert answer.codes == ["BAD_USER_INPUT"]


async def test_a_tenant_that_is_not_active_shows_a_summary_only(world: SignInWorld) -> None:
    _, second, _ = await team_of_three(world)
    email = (await world.user(second.responsible_id)).email or ""
    signed_in = await login(world.tools, ORIGIN, email=email, password=PASSWORD)
    text = "{ viewer { tenant { members { totalCount } } memberships { role user { id } tenant { id name slug } } } }"
    viewer = (await world.ask(text, bearer=signed_in.access_token.text)).data["viewer"]
    assert viewer["tenant"] == {"members": {"totalCount": 1}}
    assert [membership["role"] for membership in viewer["memberships"]] == ["OWNER", "VIEWER"]


async def test_only_ones_own_sessions_are_listed_and_the_present_one_marked(world: SignInWorld) -> None:
    email = new_email()
    first = await world.person(email=email)
    world.clock.move(minutes=1)
    await login(world.tools, ORIGIN, email=email, password=PASSWORD)
    await world.person()
    answer = await world.ask("{ viewer { sessions { current ip } } }", bearer=first.access_token.text)
    ip = ORIGIN.ip
    assert answer.data["viewer"]["sessions"] == [{"current": False, "ip": ip}, {"current": True, "ip": ip}]

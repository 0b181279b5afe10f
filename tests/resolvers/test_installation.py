"""Administration of the installation at the door: who sees it, what it shows, what it does to people."""

from collections.abc import AsyncIterator

import pytest

from embedded.postgres import DatabaseUrls
from errors import NotFound
from models.database import Database
from models.tenants.membership import Role
from resolvers.node_id import encode_id
from services.installation.staff import grant_staff, revoke_staff, staff_members
from services.people.sessions import SignedIn
from services.toolbox import Toolbox
from tests.worlds.people import PeopleWorld, people_world
from tests.worlds.sign_in import PASSWORD, new_email

ADMIN = """
query ($search: String) { admin {
  users(search: $search) { totalCount nodes {
    user { id name email } disabledAt lastSeenAt memberships { role user { name } tenant { name slug } }
  } }
  tenants(search: $search) { totalCount nodes {
    tenant { name } plan members adAccounts insightRows storedBytes
  } }
  statistics {
    users tenants adAccounts insightRows channels products orders
    refreshesToday failedRefreshesToday queueDepth oldestQueuedSeconds
  }
} }
"""
LOG = """
query ($filter: AuditFilter) { admin { auditLog(filter: $filter) {
  totalCount nodes { action targetId actor { kind user { email } } }
} } }
"""
DISABLE = """
mutation ($id: ID!, $disabled: Boolean = true) {
  adminSetUserDisabled(userId: $id, disabled: $disabled) { ok userErrors { code } }
}
"""
DELETE = "mutation ($id: ID!) { adminDeleteUser(userId: $id) { ok userErrors { code } } }"
LOGIN = """
mutation ($email: String!, $password: String!) {
  login(input: { email: $email, password: $password }) { accessToken userErrors { code } }
}
"""
KEY = 'mutation { createApiKey(input: { name: "k", role: VIEWER }) { secret } }'
SELLS = """
mutation {
  connectChannel(input: { kind: SHOP, name: "Mine" }) { channel { id } }
  createProduct(input: { title: "Cup", currency: "EUR", price: 5 }) { product { id } }
}
"""
PUSHED = """
mutation ($id: ID!, $at: DateTime!) {
  saveOrders(channelId: $id, orders: [{
    externalId: "1", status: PAID, currency: "EUR", placedAt: $at, updatedAt: $at,
    lines: [{ externalId: "1", title: "Cup", quantity: 1, unitPrice: 5 }]
  }]) { saved }
}
"""
GONE = "mutation ($id: ID!) { disconnectChannel(id: $id) { ok } }"
NOBODY = "{ tenant { name } }"


@pytest.fixture
async def world(tools: Toolbox) -> AsyncIterator[PeopleWorld]:
    async with people_world(tools) as made:
        yield made


@pytest.fixture
async def owner(postgres: DatabaseUrls) -> AsyncIterator[Database]:
    """Who makes staff: no role that serves requests may."""
    database = Database(postgres.migration, system_url=postgres.migration, pool_size=1)
    yield database
    await database.close()


async def staff_member(world: PeopleWorld, owner: Database) -> SignedIn:
    email = new_email()
    person = await world.person(email=email)
    await world.change_user(person.viewer.responsible_id, email_verified_at=world.clock())
    await grant_staff(owner, email)
    world.clock.move(seconds=15)
    return person


def global_id(person: SignedIn) -> str:
    return encode_id("User", person.viewer.responsible_id)


async def test_administration_is_null_for_everybody_but_staff(world: PeopleWorld) -> None:
    owner, secret = await world.person(), ""
    secret = (await world.say(KEY, owner))["createApiKey"]["secret"]
    for bearer in (owner, secret):
        assert await world.say(ADMIN, bearer) == {"admin": None}
        assert await world.codes(DISABLE, bearer, id=global_id(owner)) == ["FORBIDDEN"]
        assert await world.codes(DELETE, bearer, id=global_id(owner)) == ["FORBIDDEN"]
    assert await world.codes(ADMIN) == ["UNAUTHENTICATED"]


async def test_staff_find_people_and_tenants_of_the_whole_installation(world: PeopleWorld, owner: Database) -> None:
    staff, email = await staff_member(world, owner), new_email()
    person = await world.person(email=email, tenant_name=f"Team {email}")
    admin = (await world.say(ADMIN, staff, search=email.upper()))["admin"]
    assert (admin["users"]["totalCount"], admin["tenants"]["totalCount"]) == (1, 1)
    [found] = admin["users"]["nodes"]
    assert found["user"] == {"id": global_id(person), "name": "Some Body", "email": email}
    [membership] = found["memberships"]
    assert (membership["role"], membership["user"]["name"]) == ("OWNER", "Some Body")
    assert membership["tenant"]["name"] == f"Team {email}"
    assert (found["disabledAt"], found["lastSeenAt"] is None) == (None, False)
    [tenant] = admin["tenants"]["nodes"]
    assert (tenant["plan"], tenant["members"], tenant["adAccounts"], tenant["insightRows"]) == ("FREE", 1, 0, 0)
    assert tenant["storedBytes"] == 0
    assert admin["statistics"]["users"] >= 2
    wild = (await world.say(ADMIN, staff, search="%"))["admin"]
    assert wild["users"]["totalCount"] == 0
    [*_, first] = (await world.say(LOG, staff, filter={"actorId": global_id(person)}))["admin"]["auditLog"]["nodes"]
    assert first["actor"] == {"kind": "USER", "user": {"email": email}}
    # What staff see in administration opens nothing else.
    both = "query ($id: ID!) { admin { users { nodes { user { id } } } } node(id: $id) { id } }"
    assert (await world.say(both, staff, id=global_id(person)))["node"] is None


async def test_staff_see_how_much_the_installation_sells(world: PeopleWorld, owner: Database) -> None:
    staff, seller = await staff_member(world, owner), await world.person()

    async def counts() -> tuple[int, int, int]:
        told = (await world.say(ADMIN, staff))["admin"]["statistics"]
        return told["channels"], told["products"], told["orders"]

    before = await counts()
    channel = (await world.say(SELLS, seller))["connectChannel"]["channel"]["id"]
    assert (await world.say(PUSHED, seller, id=channel, at=world.clock().isoformat()))["saveOrders"]["saved"] == 1
    assert await counts() == (before[0] + 1, before[1] + 1, before[2] + 1)
    await world.say(GONE, seller, id=channel)
    assert await counts() == (before[0], before[1] + 1, before[2] + 1)


async def test_a_disabled_person_loses_sessions_sockets_and_keys_for_good(world: PeopleWorld, owner: Database) -> None:
    staff, email = await staff_member(world, owner), new_email()
    person = await world.person(email=email)
    secret = (await world.say(KEY, person))["createApiKey"]["secret"]
    token = person.access_token.text
    async with world.watching(token) as by_person, world.watching(secret) as by_key:
        assert (await world.say(DISABLE, staff, id=global_id(person)))["adminSetUserDisabled"]["ok"]
        assert (await by_person.closed(), await by_key.closed()) == (4401, 4401)
    for bearer in (token, secret):
        assert await world.codes(NOBODY, bearer) == ["UNAUTHENTICATED"]
    refused = await world.say(LOGIN, email=email, password=PASSWORD)
    assert refused["login"]["userErrors"] == [{"code": "INVALID_CREDENTIALS"}]
    await world.say(DISABLE, staff, id=global_id(person), disabled=False)
    for bearer in (token, secret):
        assert await world.codes(NOBODY, bearer) == ["UNAUTHENTICATED"]
    assert (await world.say(LOGIN, email=email, password=PASSWORD))["login"]["accessToken"]
    entries = (await world.say(LOG, staff, filter={"actorId": global_id(staff), "action": "user."}))["admin"]
    kinds = [(each["action"], each["targetId"], each["actor"]["kind"]) for each in entries["auditLog"]["nodes"]]
    assert kinds[:2] == [
        ("user.enabled", global_id(person), "STAFF"),
        ("user.disabled", global_id(person), "STAFF"),
    ]
    assert entries["auditLog"]["totalCount"] == len(kinds)
    assert entries["auditLog"]["nodes"][0]["actor"]["user"]["email"] is not None


async def test_staff_delete_a_person_whom_no_tenant_needs(world: PeopleWorld, owner: Database) -> None:
    staff, person, heir = await staff_member(world, owner), await world.person(), await world.person()
    assert person.viewer.tenant_id
    refused = await world.say(DELETE, staff, id=global_id(person))
    assert refused["adminDeleteUser"]["userErrors"] == [{"code": "LAST_OWNER"}]
    await world.join(person.viewer.tenant_id, heir.viewer.responsible_id, Role.OWNER)
    assert (await world.say(DELETE, staff, id=global_id(person)))["adminDeleteUser"]["ok"]
    assert await world.codes(NOBODY, person) == ["UNAUTHENTICATED"]
    log = (await world.say(LOG, staff, filter={"actorId": global_id(staff), "action": "user.deleted"}))["admin"]
    assert {each["targetId"] for each in log["auditLog"]["nodes"]} == {global_id(person)}
    assert log["auditLog"]["totalCount"] == 1
    for mutation in (DELETE, DISABLE):
        [answer] = (await world.say(mutation, staff, id=global_id(person))).values()
        assert answer["userErrors"] == [{"code": "NOT_FOUND"}]
    world.clock.move(minutes=6)
    assert await world.codes(DELETE, staff, id=global_id(heir)) == ["FORBIDDEN"]
    [itself] = (await world.say(DISABLE, staff, id=global_id(staff))).values()
    assert itself["userErrors"] == [{"code": "CONFLICT"}]


async def test_who_is_staff_no_more_sees_nothing(world: PeopleWorld, owner: Database) -> None:
    staff = await staff_member(world, owner)
    user = await world.user(staff.viewer.responsible_id)
    assert user.email in [each.email for each in await staff_members(owner)]
    async with world.watching(staff.access_token.text) as socket:
        await revoke_staff(owner, user.email or "")
        assert await socket.closed() == 4401
    world.clock.move(seconds=15)
    assert await world.say(ADMIN, staff) == {"admin": None}


async def test_an_address_that_nobody_proved_makes_no_staff(world: PeopleWorld, owner: Database) -> None:
    email = new_email()
    await world.person(email=email)
    with pytest.raises(NotFound, match="not verified"):
        await grant_staff(owner, email)

"""API keys at the door: made, used, limited and ended, over HTTP and sockets."""

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
from sqlalchemy import event, text

from auth.api_key_secrets import is_well_formed
from models.tenants.membership import Role
from resolvers.charges import caller_of
from resolvers.node_id import encode_id
from services.people.sessions import SignedIn
from services.toolbox import Toolbox
from tests.worlds.people import PeopleWorld, people_world
from tests.worlds.sign_in import ORIGIN

CREATE = """
mutation ($name: String = "Nightly", $role: Role!, $until: DateTime, $key: String) {
  createApiKey(input: { name: $name, role: $role, expiresAt: $until }, idempotencyKey: $key) {
    apiKey { id prefix role lastUsedAt createdBy { name } } secret userErrors { code field }
  }
}
"""
REVOKE = "mutation ($id: ID!) { revokeApiKey(id: $id) { ok userErrors { code } } }"
KEYS = "{ tenant { apiKeys { totalCount nodes { name role revokedAt lastUsedAt } } } }"
ME = "{ viewer { user { id } apiKey { name } role permissions email memberships { id } sessions { id } isStaff } }"
NOBODY = "{ tenant { name } }"


@pytest.fixture
async def world(tools: Toolbox) -> AsyncIterator[PeopleWorld]:
    async with people_world(tools) as made:
        yield made


async def new_key(world: PeopleWorld, maker: SignedIn, role: Role = Role.ADMIN, **more: object) -> tuple[str, str]:
    """Secret and id."""
    made = (await world.say(CREATE, maker, role=role.value, **more))["createApiKey"]
    assert made["userErrors"] == []
    return made["secret"], made["apiKey"]["id"]


async def test_a_key_speaks_for_its_tenant_and_is_nobody(world: PeopleWorld) -> None:
    maker = await world.person(tenant_name="Makers")
    secret, _ = await new_key(world, maker)
    assert is_well_formed(secret)
    me = (await world.say(ME, secret))["viewer"]
    assert (me["user"], me["email"], me["memberships"], me["sessions"]) == (None, None, [], [])
    assert (me["apiKey"], me["role"]) == ({"name": "Nightly"}, "ADMIN")
    assert set(me["permissions"]).isdisjoint({"MANAGE_MEMBERS", "MANAGE_API_KEYS", "MANAGE_BILLING", "MANAGE_TENANT"})
    assert "MANAGE_ADS" in me["permissions"]
    assert (await world.say(NOBODY, secret))["tenant"] == {"name": "Makers"}
    async with world.db.read(maker.viewer) as session:
        everything = "select k::text from api_key k union all select s::text from api_key_secret s"
        stored = str((await (await session.connection()).execute(text(everything))).all())
        entries = text(
            "select actor_user_id, after::text from audit_log where tenant_id = :tenant and action = 'api_key.created'"
        )
        found = await (await session.connection()).execute(entries, {"tenant": maker.viewer.tenant_id})
        [(actor, after)] = found.all()
    assert secret not in stored
    assert secret[13:] not in after
    assert actor == maker.viewer.user_id


async def test_a_key_cannot_make_or_end_keys_nor_use_what_people_use(world: PeopleWorld) -> None:
    secret, key_id = await new_key(world, await world.person())
    assert await world.codes(CREATE, secret, role="VIEWER") == ["FORBIDDEN"]
    assert await world.codes(REVOKE, secret, id=key_id) == ["FORBIDDEN"]
    begin = 'mutation { beginConnection(input: { platform: META, codeChallenge: "%s" }) { authorizationUrl } }'
    assert await world.codes(begin % ("a" * 43), secret) == ["FORBIDDEN"]


async def test_no_key_is_above_its_maker(world: PeopleWorld) -> None:
    owner, manager = await world.person(), await world.person()
    assert owner.viewer.tenant_id
    await world.join(owner.viewer.tenant_id, manager.viewer.responsible_id, Role.MANAGER)
    refused = (await world.say(CREATE, owner, role="OWNER"))["createApiKey"]
    assert refused == {
        "apiKey": None,
        "secret": None,
        "userErrors": [{"code": "FORBIDDEN", "field": ["input", "role"]}],
    }
    secret, _ = await new_key(world, owner)
    await world.change_role(owner.viewer.tenant_id, owner.viewer.responsible_id, Role.VIEWER)
    world.clock.move(seconds=15)
    assert (await world.say(ME, secret))["viewer"]["role"] == "VIEWER"


async def test_a_key_ends_with_its_makers_membership_and_a_new_one_does_not_revive_it(world: PeopleWorld) -> None:
    owner = await world.person()
    assert owner.viewer.tenant_id
    secret, _ = await new_key(world, owner)
    assert await world.codes(NOBODY, secret) == []
    async with world.watching(secret) as socket:
        await world.change_role(owner.viewer.tenant_id, owner.viewer.responsible_id, None)
        assert await socket.closed() == 4401
    world.clock.move(seconds=15)
    assert await world.codes(NOBODY, secret) == ["UNAUTHENTICATED"]
    await world.join(owner.viewer.tenant_id, owner.viewer.responsible_id, Role.OWNER)
    world.clock.move(seconds=15)
    assert await world.codes(NOBODY, secret) == ["UNAUTHENTICATED"]


async def test_a_revoked_key_ends_at_once_and_its_sockets_soon(world: PeopleWorld) -> None:
    owner = await world.person()
    secret, key_id = await new_key(world, owner)
    async with world.watching(secret) as socket:
        assert (await world.say(REVOKE, owner, id=key_id))["revokeApiKey"]["ok"]
        assert await world.codes(NOBODY, secret) == ["UNAUTHENTICATED"]
        assert await socket.closed() == 4401
    unknown = await world.say(REVOKE, owner, id=encode_id("ApiKey", owner.viewer.responsible_id))
    assert unknown["revokeApiKey"]["userErrors"] == [{"code": "NOT_FOUND"}]
    [node] = (await world.say(KEYS, owner))["tenant"]["apiKeys"]["nodes"]
    assert node["revokedAt"] is not None


async def test_a_key_that_has_expired_is_no_key(world: PeopleWorld) -> None:
    owner = await world.person()
    until = world.clock() + timedelta(hours=1)
    secret, _ = await new_key(world, owner, until=until.isoformat())
    assert await world.codes(NOBODY, secret) == []
    world.clock.move(hours=1)
    assert await world.codes(NOBODY, secret) == ["UNAUTHENTICATED"]
    refused = (await world.say(CREATE, await world.person(), role="VIEWER", until=until.isoformat()))["createApiKey"]
    assert refused["userErrors"] == [{"code": "INVALID", "field": ["input", "expiresAt"]}]


async def test_junk_never_reaches_the_database(world: PeopleWorld) -> None:
    secret, _ = await new_key(world, await world.person())
    statements: list[str] = []
    engine = world.db.engine.sync_engine
    listen = lambda *args: statements.append(args[2])  # noqa: E731 - SQLAlchemy keeps it by identity
    event.listen(engine, "before_cursor_execute", listen)
    mistyped = secret[:-9] + ("a" if secret[-9] != "a" else "b") + secret[-8:]
    try:
        for junk in (mistyped, secret[:-1], secret + "0", "agk_", "agk_" + "é" * 48):
            assert (await world.ask(NOBODY, bearer=junk)).codes == ["UNAUTHENTICATED"]
    finally:
        event.remove(engine, "before_cursor_execute", listen)
    assert statements == []


async def test_an_old_sign_in_makes_no_key(world: PeopleWorld) -> None:
    owner = await world.person()
    world.clock.move(minutes=5, seconds=1)
    reply = await world.as_(owner).ask(CREATE, role="VIEWER")
    assert [error["extensions"]["reason"] for error in reply.errors] == ["REAUTHENTICATE"]


async def test_the_same_idempotency_key_shows_the_same_secret_and_stores_it_for_nobody(world: PeopleWorld) -> None:
    owner = await world.person()
    first, second = [await new_key(world, owner, Role.VIEWER, key="once") for _ in range(2)]
    assert first == second
    assert (await world.say(KEYS, owner))["tenant"]["apiKeys"]["totalCount"] == 1
    async with world.db.read(owner.viewer) as session:
        answers = text("select answer::text from idempotency_key where tenant_id = :tenant")
        rows = await (await session.connection()).execute(answers, {"tenant": owner.viewer.tenant_id})
        assert first[0] not in str(rows.all())


async def test_last_use_is_written_at_most_every_ten_minutes(world: PeopleWorld) -> None:
    owner, seen = await world.person(), []
    secret, _ = await new_key(world, owner)
    for minutes in (0, 5, 4, 2):
        world.clock.move(minutes=minutes)
        await world.say(NOBODY, secret)
        async with world.db.read(owner.viewer) as session:
            found = await (await session.connection()).execute(text("select last_used_at from api_key"))
            seen.append(found.scalar_one())
    assert seen[0] == seen[1] == seen[2] < seen[3] == world.clock()


async def test_keys_of_different_tenants_share_no_rate_limit(world: PeopleWorld) -> None:
    viewers = []
    for _ in range(2):
        secret, _ = await new_key(world, await world.person())
        viewers.append(await world.tools.credentials.authenticator.authenticate(f"Bearer {secret}", ORIGIN))
    assert caller_of(viewers[0], None) != caller_of(viewers[1], None)

"""What people do with their own account, at the door: addresses, passwords, sessions, the end."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import text
from structlog.testing import capture_logs

from errors import Unauthenticated
from models.acting import TenantScope
from models.audit.entry import INSTALLATION
from models.people.oauth_identity import OAuthIdentity
from models.tenants.membership import Role
from services.people.email_verification import MOST_LETTERS, VALID_FOR
from services.people.passwords import MOST_LETTERS as MOST_RESETS
from services.people.sessions import SignedIn
from services.tenants.api_keys import KeyWish, create_api_key
from services.toolbox import Toolbox
from tests.stand_ins.mailbox import deliver, letters_to, token_mailed_to
from tests.worlds.people import PeopleWorld, people_world
from tests.worlds.sign_in import PASSWORD, new_email

NEW = "a new horse battery"
LOGIN = """
mutation ($email: String!, $password: String!) {
  login(input: { email: $email, password: $password }) { accessToken viewer { email } userErrors { code } }
}
"""
ME = "{ viewer { email emailVerified hasPassword user { name } identities { email } sessions { id current } } }"
VERIFY = "mutation ($token: String!) { verifyEmail(token: $token) { ok id userErrors { code } } }"
ASK_VERIFY = "mutation { requestEmailVerification { ok userErrors { code retryAfter } } }"
ASK_RESET = "mutation ($email: String!) { requestPasswordReset(email: $email) { ok id userErrors { code } } }"
RESET = """
mutation ($token: String!, $password: String!) {
  resetPassword(token: $token, password: $password) { ok userErrors { code field } }
}
"""
SET = """
mutation ($current: String, $password: String!) {
  setPassword(current: $current, password: $password) { ok userErrors { code field } }
}
"""
UPDATE = """
mutation ($name: String, $email: String) {
  updateProfile(name: $name, email: $email) { viewer { email user { name } } userErrors { code field } }
}
"""
REVOKE = "mutation ($id: ID!) { revokeSession(id: $id) { ok userErrors { code } } }"
DELETE = "mutation { deleteMyAccount { ok userErrors { code message } } }"


@pytest.fixture
async def world(tools: Toolbox) -> AsyncIterator[PeopleWorld]:
    async with people_world(tools) as made:
        yield made


async def me(world: PeopleWorld, bearer: SignedIn | str) -> Any:
    return (await world.say(ME, bearer))["viewer"]


async def logged_in(world: PeopleWorld, email: str, password: str = PASSWORD) -> str | None:
    token: str | None = (await world.say(LOGIN, email=email, password=password))["login"]["accessToken"]
    return token


def errors(payload: dict[str, Any]) -> list[str]:
    [answer] = payload.values()
    return [each["code"] for each in answer["userErrors"]]


async def test_the_link_in_the_letter_verifies_the_address_once(world: PeopleWorld) -> None:
    email = new_email()
    person = await world.person(email=email)
    assert not (await me(world, person))["emailVerified"]
    token = await token_mailed_to(world.tools, email)
    assert token != await token_after(world, ASK_VERIFY, person, email)
    assert errors(await world.say(VERIFY, token=token)) == []
    assert (await me(world, person))["emailVerified"]
    assert errors(await world.say(VERIFY, token=token)) == ["TOKEN_INVALID"]
    assert errors(await world.say(VERIFY, token="ago_nothing")) == ["TOKEN_INVALID"]
    before = len(letters_to(world.tools, email))
    await world.say(ASK_VERIFY, person)
    await deliver(world.tools)
    assert len(letters_to(world.tools, email)) == before


async def test_a_link_ends_after_a_day_and_letters_are_not_endless(world: PeopleWorld) -> None:
    email = new_email()
    person = await world.person(email=email)
    token = await token_after(world, ASK_VERIFY, person, email)
    for _ in range(MOST_LETTERS):
        answer = await world.say(ASK_VERIFY, person)
    assert answer["requestEmailVerification"]["userErrors"] == [{"code": "CONFLICT", "retryAfter": 3600}]
    world.clock.move(seconds=VALID_FOR.total_seconds())
    assert errors(await world.say(VERIFY, token=token)) == ["TOKEN_EXPIRED"]


async def token_after(
    world: PeopleWorld, mutation: str, person: SignedIn | None, address: str, /, **variables: str
) -> str:
    await world.say(mutation, person, **variables)
    return await token_mailed_to(world.tools, address)


async def test_a_reset_ends_every_session_and_every_other_link(world: PeopleWorld) -> None:
    email = new_email()
    person = await world.person(email=email)
    other = await logged_in(world, email)
    assert other is not None
    first = await token_after(world, ASK_RESET, None, email, email=email.upper())
    second = await token_after(world, ASK_RESET, None, email, email=email)
    assert first != second
    for guessed in ("short", "123456789012"):
        weak = (await world.say(RESET, token=second, password=guessed))["resetPassword"]
        assert weak["userErrors"] == [{"code": "WEAK_PASSWORD", "field": ["password"]}]
    async with world.watching(other) as socket:
        assert errors(await world.say(RESET, token=second, password=NEW)) == []
        assert await socket.closed() == 4401
    assert await world.codes("{ tenant { id } }", person) == ["UNAUTHENTICATED"]
    assert await world.codes("{ tenant { id } }", other) == ["UNAUTHENTICATED"]
    assert errors(await world.say(RESET, token=first, password=PASSWORD)) == ["TOKEN_INVALID"]
    assert await logged_in(world, email) is None
    renewed = await logged_in(world, email, NEW)
    assert renewed is not None
    assert (await me(world, renewed))["emailVerified"]
    await deliver(world.tools)
    assert letters_to(world.tools, email)[-1]["Subject"] == "Your password was changed"


async def test_who_resets_an_address_that_nobody_proved_shuts_out_who_took_it(world: PeopleWorld) -> None:
    email = new_email()
    squatter = await world.person(email=email)
    scope = TenantScope(None, squatter.viewer.user_id)
    async with world.db.write(scope) as session:
        session.add(OAuthIdentity(provider="GOOGLE", subject=email, user_id=squatter.viewer.responsible_id, email=None))
    key = (await create_api_key(world.tools, squatter.viewer, KeyWish("left behind", Role.ADMIN, None))).secret
    token = await token_after(world, ASK_RESET, None, email, email=email)
    await world.say(RESET, token=token, password=NEW)
    owner = await logged_in(world, email, NEW)
    assert owner is not None
    assert (await me(world, owner))["identities"] == []
    with pytest.raises(Unauthenticated):
        await world.tools.credentials.authenticator.authenticate(f"Bearer {key}", squatter.viewer.origin)


async def test_a_request_tells_nothing_and_floods_nobody(world: PeopleWorld) -> None:
    email, unknown = new_email(), new_email()
    person = await world.person(email=email)
    known = await world.as_(None).ask(ASK_RESET, email=email)
    for nobody in (unknown, "no address", "x" * 600):
        assert (await world.as_(None).ask(ASK_RESET, email=nobody)).text == known.text
    for _ in range(MOST_RESETS):
        await world.say(ASK_RESET, email=email)
    await deliver(world.tools)
    assert (resets_for(world, email), letters_to(world.tools, unknown)) == (MOST_RESETS, [])
    await world.change_user(person.viewer.responsible_id, disabled_at=world.clock())
    world.clock.move(hours=2)
    await world.say(ASK_RESET, email=email)
    await deliver(world.tools)
    assert resets_for(world, email) == MOST_RESETS


def resets_for(world: PeopleWorld, email: str) -> int:
    return [letter["Subject"] for letter in letters_to(world.tools, email)].count("Set a new password")


async def test_a_new_password_needs_the_old_one_and_ends_the_other_sessions(world: PeopleWorld) -> None:
    email = new_email()
    person = await world.person(email=email)
    other = await logged_in(world, email)
    wrong = (await world.say(SET, person, current="wrong", password=NEW))["setPassword"]
    assert wrong["userErrors"] == [{"code": "INVALID_CREDENTIALS", "field": ["current"]}]
    assert errors(await world.say(SET, person, current=PASSWORD, password=email)) == ["WEAK_PASSWORD"]
    assert errors(await world.say(SET, person, current=PASSWORD, password=NEW)) == []
    assert await world.codes("{ tenant { id } }", other) == ["UNAUTHENTICATED"]
    assert [each["current"] for each in (await me(world, person))["sessions"]] == [True]
    assert await logged_in(world, email, NEW) is not None


async def test_the_first_password_needs_a_recent_sign_in(world: PeopleWorld) -> None:
    person = await world.person()
    await world.change_password(person.viewer.responsible_id, None)
    world.clock.move(minutes=6)
    assert await world.codes(SET, person, password=NEW) == ["FORBIDDEN"]
    world.clock.move(minutes=-6)
    assert errors(await world.say(SET, person, password=NEW)) == []
    assert (await me(world, person))["hasPassword"]


async def test_a_new_address_counts_when_its_link_was_opened(world: PeopleWorld) -> None:
    old, abandoned, new = new_email(), new_email(), new_email()
    person, other = await world.person(email=old), new_email()
    await world.person(email=other)
    await world.change_user(person.viewer.responsible_id, email_verified_at=world.clock())
    assert errors(await world.say(UPDATE, person, email=other)) == ["EMAIL_TAKEN"]
    assert errors(await world.say(UPDATE, person, email="nothing")) == ["INVALID"]
    stale = await token_after(world, UPDATE, person, abandoned, email=abandoned)
    answer = await world.say(UPDATE, person, name="  New   Name ", email=new)
    assert answer["updateProfile"]["viewer"] == {"email": old, "user": {"name": "New Name"}}
    token = await token_mailed_to(world.tools, new)
    assert errors(await world.say(VERIFY, token=stale)) == ["TOKEN_INVALID"]
    assert errors(await world.say(VERIFY, token=token)) == []
    assert (await me(world, person))["email"] == new
    assert await logged_in(world, old) is None
    await deliver(world.tools)
    assert letters_to(world.tools, old)[-1]["Subject"] == "Your e-mail address was changed"
    world.clock.move(minutes=6)
    assert await world.codes(UPDATE, person, email=new_email()) == ["FORBIDDEN"]


async def test_an_address_that_got_an_account_meanwhile_stays_with_it(world: PeopleWorld) -> None:
    person, wanted = await world.person(), new_email()
    token = await token_after(world, UPDATE, person, wanted, email=wanted)
    await world.person(email=wanted)
    assert errors(await world.say(VERIFY, token=token)) == ["EMAIL_TAKEN"]


async def test_a_failed_sign_in_is_a_line_of_the_log_without_the_address(world: PeopleWorld) -> None:
    email, unknown = new_email(), new_email()
    person = await world.person(email=email)
    with capture_logs() as logged:
        for address in (email, unknown):
            assert await logged_in(world, address, "a wrong password") is None
    failed = [entry for entry in logged if entry["event"] == "sign_in_failed"]
    assert [entry["user_id"] for entry in failed] == [str(person.viewer.user_id), None]
    assert not [secret for secret in (email, unknown, "a wrong password") if secret in str(logged)]


async def test_a_session_is_ended_by_its_person_alone(world: PeopleWorld) -> None:
    email = new_email()
    person, stranger = await world.person(email=email), await world.person()
    other = await logged_in(world, email)
    assert other is not None
    [found] = [each["id"] for each in (await me(world, other))["sessions"] if each["current"]]
    assert errors(await world.say(REVOKE, stranger, id=found)) == ["NOT_FOUND"]
    async with world.watching(other) as socket:
        assert errors(await world.say(REVOKE, person, id=found)) == []
        assert await socket.closed() == 4401
    assert await world.codes("{ tenant { id } }", other) == ["UNAUTHENTICATED"]
    assert await world.codes("{ tenant { id } }", person) == []


async def test_a_deleted_person_leaves_a_tombstone_and_no_way_in(world: PeopleWorld) -> None:
    email = new_email()
    person, heir = await world.person(email=email, tenant_name="Kept"), await world.person()
    viewer = person.viewer
    assert viewer.tenant_id
    refused = (await world.say(DELETE, person))["deleteMyAccount"]["userErrors"]
    assert [each["code"] for each in refused] == ["LAST_OWNER"]
    assert "Kept" in refused[0]["message"]
    await world.join(viewer.tenant_id, heir.viewer.responsible_id, Role.OWNER)
    token = await token_after(world, ASK_RESET, None, email, email=email)
    async with world.watching(person.access_token.text) as socket:
        assert errors(await world.say(DELETE, person)) == []
        assert await socket.closed() == 4401
    assert await world.codes("{ tenant { id } }", person) == ["UNAUTHENTICATED"]
    assert await logged_in(world, email) is None
    assert errors(await world.say(RESET, token=token, password=NEW)) == ["TOKEN_INVALID"]
    left = await world.user(viewer.responsible_id)
    assert (left.email, left.name) == (None, "Deleted person")
    assert await world.recipe(viewer.responsible_id) is None
    assert left.deleted_at is not None
    async with world.db.system(reason="tests") as session:
        entries = "select tenant_id from audit_log where action = 'user.deleted' and target_id = :id"
        found = await (await session.connection()).execute(text(entries), {"id": viewer.user_id})
        assert set(found.scalars()) == {viewer.tenant_id, INSTALLATION}
    await world.person(email=email)


async def test_of_two_owners_who_delete_themselves_at_once_one_stays(world: PeopleWorld) -> None:
    first, second = await world.person(), await world.person()
    assert first.viewer.tenant_id
    assert second.viewer.tenant_id
    await world.join(first.viewer.tenant_id, second.viewer.responsible_id, Role.OWNER)
    await world.change_role(second.viewer.tenant_id, second.viewer.responsible_id, None)
    answers = await asyncio.gather(*(world.say(DELETE, person) for person in (first, second)))
    assert sorted(errors(answer) for answer in answers) == [[], ["LAST_OWNER"]]


async def test_an_old_sign_in_deletes_nothing(world: PeopleWorld) -> None:
    person = await world.person()
    world.clock.move(minutes=6)
    assert await world.codes(DELETE, person) == ["FORBIDDEN"]


async def test_somebody_without_a_tenant_changes_their_account_and_it_is_recorded(world: PeopleWorld) -> None:
    person = await world.person()
    assert person.viewer.tenant_id
    await world.change_role(person.viewer.tenant_id, person.viewer.responsible_id, None)
    assert errors(await world.say(UPDATE, person, name="Alone")) == []
    await world.say("mutation { logout { ok } }", person)
    async with world.db.read(TenantScope(INSTALLATION)) as session:
        entries = text("select action from audit_log where tenant_id = :tenant and actor_user_id = :id")
        bound = {"tenant": INSTALLATION, "id": person.viewer.user_id}
        found = await (await session.connection()).execute(entries, bound)
        assert set(found.scalars()) == {"user.updated", "session.ended"}


@pytest.mark.parametrize(("mutation", "variables"), [(ASK_RESET, {"email": "a@example.com"}), (ASK_VERIFY, {})])
async def test_without_a_mail_server_nothing_is_promised(
    tools: Toolbox, mutation: str, variables: dict[str, str]
) -> None:
    async with people_world(replace(tools, vendors=replace(tools.vendors, mailer=None))) as world:
        assert errors(await world.say(mutation, await world.person(), **variables)) == ["NOT_CONFIGURED"]


async def test_an_installation_without_passwords_takes_none(tools: Toolbox) -> None:
    async with people_world(tools) as with_passwords:
        person = await with_passwords.person()
        token = person.access_token.text
    async with people_world(replace(tools, credentials=replace(tools.credentials, has_passwords=False))) as world:
        assert errors(await world.say(LOGIN, email="a@example.com", password=PASSWORD)) == ["NOT_CONFIGURED"]
        assert errors(await world.say(ASK_RESET, email="a@example.com")) == ["NOT_CONFIGURED"]
        assert errors(await world.say(RESET, token="ago_x", password=NEW)) == ["NOT_CONFIGURED"]
        assert errors(await world.say(SET, token, current=PASSWORD, password=NEW)) == ["NOT_CONFIGURED"]
        register = 'mutation { register(input: { email: "a@b.co", password: "%s", name: "A", tenantName: "T" })'
        refused = await world.say(register % NEW + " { userErrors { code } } }")
        assert errors(refused) == ["NOT_CONFIGURED"]

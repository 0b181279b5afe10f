"""Signing in with Google and Facebook: who comes back, who is new, and what linking changes."""

import asyncio
from collections.abc import AsyncIterator

import pytest_asyncio

from errors import UserErrorCode
from models.people.user_password import forget_password
from models.tenants.membership import Role
from services.people.sessions import refresh_session
from services.sign_in.by_password import login
from services.sign_in.identities import erase_identity, unlink_identity
from services.toolbox import Toolbox
from tests.stand_ins.mailbox import deliver, letters_to
from tests.worlds.connections import ConnectBase, connect_base
from tests.worlds.providers import FACEBOOK, GOOGLE, ORIGIN, PASSWORD, ProviderWorld, facebook_id, new_email, refusal


@pytest_asyncio.fixture(scope="module")
async def base(tools: Toolbox) -> AsyncIterator[ConnectBase]:
    async with connect_base(tools) as base:
        yield base


@pytest_asyncio.fixture
async def world(base: ConnectBase) -> ProviderWorld:
    return ProviderWorld(await base.world())


async def test_somebody_new_owns_a_new_tenant_and_has_the_verified_address(world: ProviderWorld) -> None:
    email = new_email()
    signed_in = await world.sign_in(world.somebody(email=email))
    user = await world.user(signed_in.viewer)
    assert signed_in.viewer.role is Role.OWNER
    assert (user.email, user.name) == (email, "Some Body")
    assert user.email_verified_at == world.base.now()
    again = await refresh_session(world.base.tools, ORIGIN, refresh_token=signed_in.refresh_token)
    assert again.viewer.user_id == signed_in.viewer.user_id


async def test_the_same_account_comes_back_to_the_same_person_whatever_its_address_is_now(world: ProviderWorld) -> None:
    person = world.somebody(email=new_email())
    first = await world.sign_in(person)
    moved = world.somebody(email=new_email(), subject=person.subject)
    assert (await world.sign_in(moved)).viewer.user_id == first.viewer.user_id


async def test_without_a_verified_address_a_person_has_none(world: ProviderWorld) -> None:
    taken = await world.registered()
    address = (await world.user(taken.viewer)).email
    for person in (world.somebody(), world.somebody(email=address, verified=False), facebook_id()):
        user = await world.user((await world.sign_in(person)).viewer)
        assert (user.email, user.email_verified_at) == (None, None)
        assert user.id != taken.viewer.user_id


async def test_first_sign_ins_at_once_make_one_person(world: ProviderWorld) -> None:
    for person in (world.somebody(email=new_email()), world.somebody()):
        codes = [await world.come_back(person) for _ in range(5)]
        done = await asyncio.gather(*(world.complete(code) for code in codes))
        assert len({each.signed_in.viewer.user_id for each in done if each.signed_in}) == 1


async def test_a_verified_address_leads_to_its_verified_account(world: ProviderWorld) -> None:
    registered = await world.registered()
    email = (await world.user(registered.viewer)).email
    signed_in = await world.sign_in(world.somebody(email=email))
    assert signed_in.viewer.tenant_id == registered.viewer.tenant_id
    assert signed_in.viewer.user_id == registered.viewer.user_id
    assert (await login(world.base.tools, ORIGIN, email=email or "", password=PASSWORD)).viewer.role is Role.OWNER
    await deliver(world.base.tools)
    assert letters_to(world.base.tools, email or "")[-1]["Subject"] == "You can sign in with Google now"


async def test_an_address_that_was_given_to_somebody_else_leads_nowhere(world: ProviderWorld) -> None:
    email = new_email()
    await world.sign_in(world.somebody(email=email))
    code = await world.come_back(world.somebody(email=email))
    assert await refusal(world.complete(code)) is UserErrorCode.CONFLICT


async def test_a_disabled_person_stays_outside(world: ProviderWorld) -> None:
    person = world.somebody(email=new_email())
    await world.change((await world.sign_in(person)).viewer, disabled_at=world.base.now())
    code = await world.come_back(person)
    assert await refusal(world.complete(code)) is UserErrorCode.INVALID_CREDENTIALS


async def test_linking_adds_ways_in_and_unlinking_leaves_the_last(world: ProviderWorld) -> None:
    tools, at_google, at_facebook = world.base.tools, world.somebody(), facebook_id()
    viewer = (await world.registered()).viewer
    await world.link(at_google, viewer)
    await world.link(at_google, viewer)
    await world.link(at_facebook, viewer)
    assert set(await world.linked(viewer)) == {at_google.subject, at_facebook}
    assert (await world.sign_in(at_facebook)).viewer.user_id == viewer.user_id
    async with tools.db.write(None) as session:
        await forget_password(session, viewer.responsible_id)
    outcomes = await asyncio.gather(
        unlink_identity(tools.db, tools.credentials, viewer, GOOGLE),
        unlink_identity(tools.db, tools.credentials, viewer, FACEBOOK),
        return_exceptions=True,
    )
    assert sorted(type(outcome).__name__ for outcome in outcomes) == ["Refused", "Viewer"]
    assert len(await world.linked(viewer)) == 1
    gone = GOOGLE if await world.linked(viewer) == [at_facebook] else FACEBOOK
    assert await refusal(unlink_identity(tools.db, tools.credentials, viewer, gone)) is UserErrorCode.NOT_FOUND


async def test_what_is_linked_to_another_or_is_a_second_of_its_kind_is_refused(world: ProviderWorld) -> None:
    taken = world.somebody()
    await world.sign_in(taken)
    viewer = (await world.registered()).viewer
    code = await world.come_back(taken, link_to=viewer)
    assert await refusal(world.complete(code, viewer)) is UserErrorCode.ALREADY_EXISTS
    await world.link(world.somebody(), viewer)
    code = await world.come_back(world.somebody(), link_to=viewer)
    assert await refusal(world.complete(code, viewer)) is UserErrorCode.CONFLICT


async def test_linking_an_account_with_ones_own_address_verifies_it(world: ProviderWorld) -> None:
    viewer = (await world.registered(verified=False)).viewer
    await world.link(world.somebody(email=(await world.user(viewer)).email), viewer)
    assert (await world.user(viewer)).email_verified_at is not None


async def test_what_happened_is_in_the_audit_log(world: ProviderWorld) -> None:
    viewer = (await world.registered()).viewer
    await world.link(world.somebody(), viewer)
    await unlink_identity(world.base.tools.db, world.base.tools.credentials, viewer, GOOGLE)
    actions = await world.base.actions(viewer)
    assert actions[-3:] == ["identity.link_begun", "identity.linked", "identity.unlinked"]


async def test_facebook_may_ask_us_to_forget_a_person(world: ProviderWorld) -> None:
    """Whoever had no other way in is signed out and has no name; a password or Google stay as they are."""
    tools, alone, both = world.base.tools, facebook_id(), facebook_id()
    stranded = await world.sign_in(alone)
    kept = (await world.registered()).viewer
    await world.link(both, kept)
    for subject in (alone, both, facebook_id()):
        await erase_identity(tools, FACEBOOK, subject)
    assert await world.linked(stranded.viewer) == await world.linked(kept) == []
    assert [(await world.user(viewer)).name for viewer in (stranded.viewer, kept)] == ["New member", "Some Body"]
    gone = refresh_session(tools, ORIGIN, refresh_token=stranded.refresh_token)
    assert await refusal(gone) is UserErrorCode.TOKEN_INVALID
    assert (await world.sign_in(alone)).viewer.user_id != stranded.viewer.user_id

"""Refresh tokens work once, survive a lost answer, and end their family when somebody uses a stolen copy."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlmodel import col, select

from auth.refresh_tokens import pepper_of, token_hash
from auth.viewer import Viewer
from errors import Refused, Unauthenticated, UserErrorCode
from models.audit.entry import AuditEntry
from models.people.auth_session import AuthSession
from models.people.refresh_token import RefreshToken
from models.tenants.membership import Role
from services.people.sessions import SignedIn, end_session, refresh_session, sessions_of
from services.sign_in.by_password import login
from services.toolbox import Toolbox
from tests.worlds.sign_in import ORIGIN, PASSWORD, SignInWorld, new_email, said, sign_in_world


@pytest.fixture
async def world(tools: Toolbox) -> AsyncIterator[SignInWorld]:
    made = sign_in_world(tools)
    yield made
    made.tools.credentials.passwords.close()


async def renew(world: SignInWorld, token: str) -> SignedIn:
    return await refresh_session(world.tools, ORIGIN, refresh_token=token)


async def refusal(world: SignInWorld, token: str) -> tuple[str, str, str | None]:
    with pytest.raises(Refused) as refused:
        await renew(world, token)
    return said(refused.value)


async def is_valid(world: SignInWorld, signed_in: SignedIn) -> bool:
    try:
        await world.tools.credentials.authenticator.authenticate(f"Bearer {signed_in.access_token.text}", ORIGIN)
    except Unauthenticated:
        return False
    return True


async def family(world: SignInWorld, viewer: Viewer) -> AuthSession:
    async with world.db.read(viewer) as session:
        return (await session.exec(select(AuthSession).where(AuthSession.id == viewer.session_id))).one()


async def actions(world: SignInWorld, viewer: Viewer) -> list[str]:
    of_tenant = select(AuditEntry.action).where(AuditEntry.tenant_id == viewer.tenant_id)
    query = of_tenant.where(AuditEntry.target_id == viewer.session_id).order_by(col(AuditEntry.id))
    async with world.db.read(viewer) as session:
        return list((await session.exec(query)).all())


async def test_a_refresh_gives_new_tokens_of_the_same_session(world: SignInWorld) -> None:
    first = await world.person()
    world.clock.move(minutes=9)
    second = await renew(world, first.refresh_token)
    assert second.refresh_token != first.refresh_token
    assert second.access_token.text != first.access_token.text
    assert second.viewer.session_id == first.viewer.session_id
    assert second.viewer.role == Role.OWNER
    assert second.viewer.signed_in_at == first.viewer.signed_in_at == world.clock() - timedelta(minutes=9)
    assert (await family(world, first.viewer)).last_used_at == world.clock()
    assert await actions(world, first.viewer) == ["session.started", "session.refreshed"]
    assert await renew(world, second.refresh_token)


async def test_the_database_holds_hashes_of_tokens_only(world: SignInWorld) -> None:
    signed_in = await world.person()
    async with world.db.read(None) as session:
        query = select(RefreshToken).where(RefreshToken.session_id == signed_in.viewer.session_id)
        stored = (await session.exec(query)).one()
    assert stored.token_hash == token_hash(signed_in.refresh_token)
    assert signed_in.refresh_token not in repr(stored)
    assert len(signed_in.refresh_token) == len("agr_") + 43


async def test_fifty_parallel_refreshes_share_one_successor(world: SignInWorld) -> None:
    first = await world.person()
    answers = await asyncio.gather(*(renew(world, first.refresh_token) for _ in range(50)))
    assert len({answer.refresh_token for answer in answers}) == 1
    assert await actions(world, first.viewer) == ["session.started", "session.refreshed"]
    assert await renew(world, answers[0].refresh_token)


async def test_a_client_that_never_got_its_answer_asks_again(world: SignInWorld) -> None:
    first = await world.person()
    lost = await renew(world, first.refresh_token)
    world.clock.move(seconds=30)
    again = await renew(world, first.refresh_token)
    assert again.refresh_token == lost.refresh_token


async def test_a_refresh_that_was_never_committed_leaves_the_token_usable(world: SignInWorld) -> None:
    first = await world.person()
    attempt = asyncio.create_task(renew(world, first.refresh_token))
    await asyncio.sleep(0)
    attempt.cancel()
    await asyncio.gather(attempt, return_exceptions=True)
    assert await renew(world, first.refresh_token)


async def test_a_changed_pepper_refuses_a_repeat_but_ends_nothing(world: SignInWorld) -> None:
    first = await world.person()
    second = await renew(world, first.refresh_token)
    credentials = replace(world.tools.credentials, refresh_token_peppers=(pepper_of("another secret"),))
    other = replace(world.tools, credentials=credentials)
    with pytest.raises(Refused):
        await refresh_session(other, ORIGIN, refresh_token=first.refresh_token)
    assert await renew(world, second.refresh_token)


async def test_a_repeat_across_a_change_of_secrets_is_told_the_same_successor(world: SignInWorld) -> None:
    first = await world.person()
    second = await renew(world, first.refresh_token)
    peppers = (pepper_of("another secret"), *world.tools.credentials.refresh_token_peppers)
    changed = replace(world.tools, credentials=replace(world.tools.credentials, refresh_token_peppers=peppers))
    again = await refresh_session(changed, ORIGIN, refresh_token=first.refresh_token)
    assert again.refresh_token == second.refresh_token


@pytest.mark.parametrize("pause", [timedelta(seconds=31), timedelta(days=3)])
async def test_a_replay_after_the_grace_ends_the_family(world: SignInWorld, pause: timedelta) -> None:
    first = await world.person()
    second = await renew(world, first.refresh_token)
    world.clock.now += pause
    third = await renew(world, second.refresh_token)
    assert (await refusal(world, first.refresh_token))[0] == UserErrorCode.TOKEN_INVALID
    assert (await family(world, first.viewer)).revoke_reason == "refresh_token_reused"
    assert await refusal(world, third.refresh_token) == await refusal(world, "agr_" + "A" * 43)
    assert not await is_valid(world, third)
    assert (await actions(world, first.viewer))[-1] == "session.ended_by_reuse"


async def test_a_replay_once_the_successor_was_used_ends_the_family_within_the_grace(world: SignInWorld) -> None:
    first = await world.person()
    second = await renew(world, first.refresh_token)
    third = await renew(world, second.refresh_token)
    await refusal(world, first.refresh_token)
    assert not await is_valid(world, third)
    await refusal(world, third.refresh_token)


async def test_a_thief_and_the_owner_at_once_end_in_one_family_state(world: SignInWorld) -> None:
    first = await world.person()
    second = await renew(world, first.refresh_token)
    world.clock.move(minutes=1)
    both = [renew(world, token) for token in (first.refresh_token, second.refresh_token) * 10]
    await asyncio.gather(*both, return_exceptions=True)
    assert (await family(world, first.viewer)).revoked_at is not None


async def test_logout_ends_the_session_at_once(world: SignInWorld) -> None:
    signed_in = await world.person()
    assert await is_valid(world, signed_in)
    assert await end_session(world.tools, signed_in.viewer) == signed_in.viewer.session_id
    assert not await is_valid(world, signed_in)
    assert (await refusal(world, signed_in.refresh_token))[0] == UserErrorCode.TOKEN_INVALID
    await end_session(world.tools, signed_in.viewer)
    assert await actions(world, signed_in.viewer) == ["session.started", "session.ended"]


async def test_a_logout_leaves_other_sessions_alone(world: SignInWorld) -> None:
    email = new_email()
    here = await world.person(email=email)
    there = await login(world.tools, ORIGIN, email=email, password=PASSWORD)
    await end_session(world.tools, here.viewer)
    assert await renew(world, there.refresh_token)
    listed = await sessions_of(world.db, there.viewer, now=world.clock())
    assert [session.id for session in listed] == [there.viewer.session_id]


async def test_thirty_days_without_use_end_a_session(world: SignInWorld) -> None:
    signed_in = await world.person()
    world.clock.move(days=30)
    await refusal(world, signed_in.refresh_token)
    assert await sessions_of(world.db, signed_in.viewer, now=world.clock()) == []


async def test_ninety_days_end_a_session_however_much_it_is_used(world: SignInWorld) -> None:
    signed_in = await world.person()
    for _ in range(4):
        world.clock.move(days=20)
        signed_in = await renew(world, signed_in.refresh_token)
    world.clock.move(days=10)
    await refusal(world, signed_in.refresh_token)


@pytest.mark.parametrize("token", ["", "agr_", "agr_" + "A" * 43, "\0", "\ud800", "x" * 100_000])
async def test_unknown_tokens_are_refused_alike(world: SignInWorld, token: str) -> None:
    assert (await refusal(world, token))[0] == UserErrorCode.TOKEN_INVALID


async def test_an_access_token_is_no_refresh_token(world: SignInWorld) -> None:
    signed_in = await world.person()
    await refusal(world, signed_in.access_token.text)


async def test_a_disabled_person_cannot_refresh(world: SignInWorld) -> None:
    signed_in = await world.person()
    await world.change_user(signed_in.viewer.responsible_id, disabled_at=world.clock())
    assert (await refusal(world, signed_in.refresh_token))[0] == UserErrorCode.TOKEN_INVALID


async def test_a_removed_member_refreshes_into_no_tenant(world: SignInWorld) -> None:
    signed_in = await world.person()
    assert signed_in.viewer.tenant_id
    await world.change_role(signed_in.viewer.tenant_id, signed_in.viewer.responsible_id, None)
    renewed = await renew(world, signed_in.refresh_token)
    assert (renewed.viewer.tenant_id, renewed.viewer.role) == (None, None)

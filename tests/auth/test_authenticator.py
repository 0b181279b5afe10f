"""A valid token is not enough: the session, the person and the membership must still hold."""

from collections.abc import AsyncIterator

import pytest

from auth.authenticator import Authenticator
from auth.credential_words import INVALID, NOT_BEARER
from auth.viewer import Viewer
from errors import Unauthenticated
from models.acting import TenantScope
from models.tenants.membership import Membership, Role
from services.people.sessions import SignedIn, end_session
from services.toolbox import Toolbox
from tests.worlds.sign_in import ORIGIN, SignInWorld, sign_in_world


@pytest.fixture
async def world(tools: Toolbox) -> AsyncIterator[SignInWorld]:
    made = sign_in_world(tools)
    yield made
    made.tools.credentials.passwords.close()


async def whoever(world: SignInWorld, signed_in: SignedIn) -> Viewer:
    return await world.tools.credentials.authenticator.authenticate(f"Bearer {signed_in.access_token.text}", ORIGIN)


async def is_refused(world: SignInWorld, signed_in: SignedIn) -> bool:
    try:
        await whoever(world, signed_in)
    except Unauthenticated as refusal:
        return refusal.message == INVALID
    return False


@pytest.mark.parametrize("header", ["", "Bearer", "Bearer ", "Basic abc", "token", "bearer a.b.c", "Bearer a b"])
async def test_other_credentials_are_refused(world: SignInWorld, header: str) -> None:
    with pytest.raises(Unauthenticated) as refusal:
        await world.tools.credentials.authenticator.authenticate(header, ORIGIN)
    is_bearer = header.lower().startswith("bearer") and header.strip() != "Bearer"
    assert refusal.value.message == (INVALID if is_bearer else NOT_BEARER)


async def test_the_scheme_is_read_in_any_case(world: SignInWorld) -> None:
    signed_in = await world.person()
    header = f"bEARER  {signed_in.access_token.text} "
    assert await world.tools.credentials.authenticator.authenticate(header, ORIGIN) == signed_in.viewer


async def test_a_refresh_token_is_no_access_token(world: SignInWorld) -> None:
    signed_in = await world.person()
    with pytest.raises(Unauthenticated, match="This is a refresh token: "):
        await world.tools.credentials.authenticator.authenticate(f"Bearer {signed_in.refresh_token}", ORIGIN)


@pytest.mark.parametrize("change", ["disabled_at", "deleted_at", "token_version"])
async def test_a_changed_account_is_refused_within_fifteen_seconds(world: SignInWorld, change: str) -> None:
    signed_in = await world.person()
    await whoever(world, signed_in)
    changes = {change: 1 if change == "token_version" else world.clock()}
    await world.change_user(signed_in.viewer.responsible_id, **changes)
    world.clock.move(seconds=15)
    assert await is_refused(world, signed_in)


async def test_a_demoted_member_loses_the_role_within_fifteen_seconds(world: SignInWorld) -> None:
    signed_in = await world.person()
    assert signed_in.viewer.tenant_id
    assert (await whoever(world, signed_in)).role == Role.OWNER
    await world.change_role(signed_in.viewer.tenant_id, signed_in.viewer.responsible_id, Role.VIEWER)
    world.clock.move(seconds=15)
    assert (await whoever(world, signed_in)).role == Role.VIEWER


async def test_a_member_whom_the_plan_has_no_room_for_only_reads(world: SignInWorld) -> None:
    signed_in = await world.person()
    tenant_id, user_id = signed_in.viewer.tenant_id, signed_in.viewer.responsible_id
    async with world.db.write(TenantScope(tenant_id)) as session:
        (await session.get_one(Membership, (tenant_id, user_id))).frozen_at = world.clock()
    assert (await whoever(world, signed_in)).role == Role.VIEWER
    assert (await world.login((await world.user(user_id)).email or "")).viewer.role == Role.VIEWER


async def test_a_removed_member_has_no_tenant_any_more(world: SignInWorld) -> None:
    signed_in = await world.person()
    assert signed_in.viewer.tenant_id
    await world.change_role(signed_in.viewer.tenant_id, signed_in.viewer.responsible_id, None)
    viewer = await whoever(world, signed_in)
    assert (viewer.tenant_id, viewer.role) == (None, None)


async def test_another_process_notices_a_logout_within_fifteen_seconds(world: SignInWorld) -> None:
    signed_in = await world.person()
    elsewhere = Authenticator(world.db, world.tools.credentials.tokens, world.clock, elapsed=world.clock.elapsed)
    header = f"Bearer {signed_in.access_token.text}"
    await elsewhere.authenticate(header, ORIGIN)
    await end_session(world.tools, signed_in.viewer)
    assert await is_refused(world, signed_in)
    assert await elsewhere.authenticate(header, ORIGIN)
    world.clock.move(seconds=15)
    with pytest.raises(Unauthenticated):
        await elsewhere.authenticate(header, ORIGIN)


async def test_a_wall_clock_that_is_set_back_makes_nobody_believed_for_longer(world: SignInWorld) -> None:
    signed_in, seconds = await world.person(), [0.0]
    elsewhere = Authenticator(world.db, world.tools.credentials.tokens, world.clock, elapsed=lambda: seconds[0])
    header = f"Bearer {signed_in.access_token.text}"
    await elsewhere.authenticate(header, ORIGIN)
    await end_session(world.tools, signed_in.viewer)
    world.clock.move(minutes=-5)
    seconds[0] = 15
    with pytest.raises(Unauthenticated):
        await elsewhere.authenticate(header, ORIGIN)


async def test_a_recheck_reads_anew_and_ends_with_the_token(world: SignInWorld) -> None:
    viewer = (await world.person()).viewer
    authenticator = world.tools.credentials.authenticator
    assert viewer.tenant_id
    assert await authenticator.recheck(viewer) == viewer
    await world.change_role(viewer.tenant_id, viewer.responsible_id, Role.MANAGER)
    assert (await authenticator.recheck(viewer)).role == Role.MANAGER
    await world.change_role(viewer.tenant_id, viewer.responsible_id, None)
    assert (await authenticator.recheck(viewer)).tenant_id is None
    world.clock.move(minutes=10)
    with pytest.raises(Unauthenticated):
        await authenticator.recheck(viewer)


async def test_a_recheck_after_a_logout_is_refused(world: SignInWorld) -> None:
    viewer = (await world.person()).viewer
    await end_session(world.tools, viewer)
    with pytest.raises(Unauthenticated):
        await world.tools.credentials.authenticator.recheck(viewer)

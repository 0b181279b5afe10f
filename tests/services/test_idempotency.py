"""The same key with the same input runs once and gets the first answer; shown with changes of ads."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
from sqlalchemy import text

from errors import RateLimited, UserErrorCode
from models.ads.campaign import DeliveryStatus
from models.tenants.membership import Role
from services.idempotency import CLAIM_LIFE, KEPT_FOR, forget_old_keys
from services.tenants.api_keys import KeyWish, create_api_key
from services.tenants.invitations import invite_member
from services.tenants.lifecycle import TenantWish, create_tenant
from services.toolbox import Toolbox
from services.waiting_calls import MOST_OF_A_KEY
from tests.stand_ins.writable_graph import fail, hold
from tests.worlds.ads import entity_world
from tests.worlds.changes import ACTIVE, ChangeWorld, change_world
from tests.worlds.sign_in import new_email, sign_in_world
from tests.worlds.tenants import team_of


@pytest.fixture
async def world(tools: Toolbox) -> AsyncIterator[ChangeWorld]:
    async with change_world(tools) as made:
        yield made


async def test_the_same_key_and_input_are_answered_without_a_second_write(world: ChangeWorld) -> None:
    for _ in range(3):
        assert (await world.switch()).status is DeliveryStatus.PAUSED
    assert len(world.graph.writes) == 1


async def test_a_refusal_is_the_first_answer_too(world: ChangeWorld) -> None:
    world.graph.on_write.append(fail(100, 1885272))
    refusals = [await world.refused(world.switch()) for _ in range(2)]
    assert {(each.user_code, each.message) for each in refusals} == {(UserErrorCode.INVALID, refusals[0].message)}
    assert len(world.graph.writes) == 1
    assert (await world.refused(world.switch(ACTIVE))).user_code is UserErrorCode.CONFLICT
    assert (await world.switch(key="another")).status is DeliveryStatus.PAUSED


@pytest.mark.parametrize("other", ["status", "row", "operation"])
async def test_the_same_key_with_another_input_is_a_conflict(world: ChangeWorld, other: str) -> None:
    await world.switch()
    calls = {
        "status": lambda: world.switch(ACTIVE),
        "row": lambda: world.switch(row=world.ad),
        "operation": lambda: world.budget("10"),
    }
    refusal = await world.refused(calls[other]())
    assert (refusal.user_code, refusal.field) == (UserErrorCode.CONFLICT, "idempotency_key")
    assert len(world.graph.writes) == 1


async def test_two_spellings_of_an_amount_are_one_input(world: ChangeWorld) -> None:
    await world.budget("12.50")
    await world.budget("12.5")
    assert len(world.graph.writes) == 1


async def test_concurrent_duplicates_run_once(world: ChangeWorld) -> None:
    go_on = asyncio.Event()
    world.graph.on_write.append(hold(go_on))
    calls = [asyncio.create_task(world.switch()) for _ in range(8)]
    await world.graph.writing.wait()
    go_on.set()
    assert {(await call).status for call in calls} == {DeliveryStatus.PAUSED}
    assert len(world.graph.writes) == 1
    assert len(await world.audit()) == 1


async def test_too_many_duplicates_of_a_running_call_are_refused_and_the_others_answered(world: ChangeWorld) -> None:
    go_on = asyncio.Event()
    world.graph.on_write.append(hold(go_on))
    calls = [asyncio.create_task(world.switch()) for _ in range(2 + MOST_OF_A_KEY)]
    [refused], waiting = await asyncio.wait(calls, return_when=asyncio.FIRST_COMPLETED)
    with pytest.raises(RateLimited) as told:
        await refused
    assert told.value.retry_after_s > 0
    go_on.set()
    assert {(await call).status for call in waiting} == {DeliveryStatus.PAUSED}
    assert (await world.switch()).status is DeliveryStatus.PAUSED
    assert len(world.graph.writes) == 1


async def test_another_tenant_may_use_the_same_key(world: ChangeWorld) -> None:
    await world.switch()
    world.entities = await entity_world(world.tools.db)
    await world.furnish()
    await world.switch(ACTIVE)
    assert len(world.graph.writes) == 2


async def test_a_key_is_forgotten_after_a_day(world: ChangeWorld) -> None:
    await world.switch()
    world.moved_by = KEPT_FOR
    await world.switch(ACTIVE)
    assert len(world.graph.writes) == 2
    world.moved_by = 2 * KEPT_FOR + timedelta(seconds=1)
    assert await forget_old_keys(world.tools.db, world.tools.clock) >= 1
    count = text("select count(*) from idempotency_key where tenant_id = :tenant")
    async with world.tools.db.read(world.entities.viewer) as session:
        left = await (await session.connection()).execute(count, {"tenant": world.entities.tenant_id})
    assert left.scalar_one() == 0


async def test_the_key_of_a_call_that_died_can_be_used_again_later(world: ChangeWorld) -> None:
    never = asyncio.Event()
    world.graph.on_write.append(hold(never))
    call = asyncio.create_task(world.switch())
    await world.graph.writing.wait()
    call.cancel()
    await asyncio.wait([call])
    world.moved_by = CLAIM_LIFE
    assert (await world.switch()).status is DeliveryStatus.PAUSED


@pytest.mark.parametrize("key", ["", "x" * 65, "a\nb", "a\x00b"])
async def test_a_key_has_1_to_64_printable_characters(world: ChangeWorld, key: str) -> None:
    refusal = await world.refused(world.switch(key=key))
    assert (refusal.user_code, refusal.field) == (UserErrorCode.INVALID, "idempotency_key")
    await world.switch(key="x" * 64)


async def test_the_names_with_which_keys_are_stored_stay(tools: Toolbox) -> None:
    """A key that was used before an upgrade is compared with them after it."""
    team = await team_of(sign_in_world(tools))
    own, viewer = team.world.tools, team.owner.viewer
    await invite_member(own, viewer, email=new_email(), role=Role.VIEWER, idempotency_key="1")
    await create_api_key(own, viewer, KeyWish("Nightly", Role.VIEWER, None), idempotency_key="2")
    await create_tenant(own, viewer, TenantWish("Second"), idempotency_key="3")
    async with tools.db.read(viewer) as session:
        query = text("select operation from idempotency_key where tenant_id = :tenant order by key")
        names = (await (await session.connection()).execute(query, {"tenant": team.tenant_id})).scalars().all()
    assert names == ["inviteMember", "createApiKey", "createTenant"]
    own.credentials.passwords.close()

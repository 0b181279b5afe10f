"""Attack 15, quota race: a hundred requests at the limit minus one."""

import asyncio
from dataclasses import replace

import pytest

from errors import Refused, UserErrorCode
from models.usage_counters import count_connected_accounts, count_use
from services.plans import FREE, QuotaKind
from services.quotas import check_room, hold_room, spend, writable_entitlement
from services.toolbox import Toolbox
from tests.entity_world import NOON, EntityWorld, entity_world

PARALLEL = 100


@pytest.fixture
async def team(tools: Toolbox) -> EntityWorld:
    return await entity_world(tools.db)


async def outcomes(*attempts: object) -> tuple[int, set[UserErrorCode]]:
    """How many passed, and what the others were told."""
    found = await asyncio.gather(*attempts, return_exceptions=True)  # type: ignore[call-overload]  # coroutines
    refused = {error.user_code for error in found if isinstance(error, Refused)}
    assert all(each is None or isinstance(each, Refused) for each in found), found
    return sum(each is None for each in found), refused


async def test_of_a_hundred_refreshes_at_the_limit_minus_one_one_passes(tools: Toolbox, team: EntityWorld) -> None:
    tools = replace(tools, clock=lambda: NOON)
    limit = FREE.limits[QuotaKind.REFRESHES_PER_DAY]
    assert limit is not None

    async def refresh() -> None:
        async with tools.db.write(team.viewer) as session:
            await spend(tools, session, await writable_entitlement(tools, session), QuotaKind.REFRESHES_PER_DAY)

    async with tools.db.write(team.viewer) as session:
        for _ in range(limit - 1):
            await count_use(session, QuotaKind.REFRESHES_PER_DAY.value, day=NOON.date(), limit=None)
    passed, told = await outcomes(*(refresh() for _ in range(PARALLEL)))
    assert (passed, told) == (1, {UserErrorCode.QUOTA_EXCEEDED})
    with pytest.raises(Refused) as refused:
        await refresh()
    assert refused.value.retry_after_s == 12 * 3600 + 1
    tools = replace(tools, clock=lambda: NOON.replace(day=22))
    await refresh()


async def test_of_a_hundred_ad_accounts_at_the_limit_minus_one_one_is_connected(
    tools: Toolbox, team: EntityWorld
) -> None:
    limit = FREE.limits[QuotaKind.AD_ACCOUNTS]
    assert limit is not None
    model = await team.account()
    for _ in range(limit - 2):
        await team.account()

    async def connect(number: int) -> None:
        async with tools.db.write(team.viewer) as session:
            room = await hold_room(tools, session, QuotaKind.AD_ACCOUNTS)
            session.add(type(model)(**model.model_dump(exclude={"id", "external_id"}), external_id=f"act_{number}"))
            await check_room(tools, session, room)

    passed, told = await outcomes(*(connect(number) for number in range(PARALLEL)))
    assert (passed, told) == (1, {UserErrorCode.QUOTA_EXCEEDED})
    async with tools.db.read(team.viewer) as session:
        assert await count_connected_accounts(session) == limit

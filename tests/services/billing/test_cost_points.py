"""Cost points a minute: those of the plan, read at most twice a minute."""

from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from auth.limits.limiter import POINTS_KEPT_FOR_S, Limiter
from models.billing.subscription import PlanKey
from services.billing.cost_points import FREE_POINTS, points_a_minute
from services.billing.plans import QuotaKind, plan_of
from services.toolbox import Toolbox
from tests.worlds.billing import BillingWorld, billing_world


@pytest.fixture
async def world(tools: Toolbox) -> AsyncIterator[BillingWorld]:
    async with billing_world(tools) as made:
        yield made


async def test_a_team_has_the_points_of_its_plan_soon_after_it_paid(world: BillingWorld) -> None:
    elapsed_s = 0.0
    tools = replace(world.tools, limiter=Limiter(world.now, elapsed=lambda: elapsed_s))
    viewer = world.team.viewer
    assert await points_a_minute(tools, viewer) == FREE_POINTS
    await world.buy(PlanKey.STARTER)
    assert await points_a_minute(tools, viewer) == FREE_POINTS, "known for half a minute"
    elapsed_s = POINTS_KEPT_FOR_S
    assert await points_a_minute(tools, viewer) == plan_of(PlanKey.STARTER).limits[QuotaKind.COST_POINTS_PER_MINUTE]
    assert await points_a_minute(tools, None) == FREE_POINTS

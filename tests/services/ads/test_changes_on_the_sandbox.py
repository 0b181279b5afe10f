"""Changes of ads as the sandbox of Meta takes them: what was refreshed is changed, and a refresh sees the same."""

from collections.abc import AsyncIterator
from decimal import Decimal

import pytest
from sqlmodel import select

from analytics.periods import AskedDays
from errors import Refused, UserErrorCode
from models.ads.ad_account import AdAccount
from models.ads.campaign import Campaign, DeliveryStatus
from services.ads.changes import SwitchStatus, Wanted, set_daily_budget, set_status
from services.toolbox import Toolbox
from tests.sandbox.graph_client import TODAY
from tests.worlds.refreshes import RefreshWorld, refresh_world

# Four changes of a budget in an hour are what Meta allows.
ALLOWED = 4


@pytest.fixture
async def world(tools: Toolbox) -> AsyncIterator[RefreshWorld]:
    async with refresh_world(tools) as made:
        yield made


async def budgeted(world: RefreshWorld, account: AdAccount) -> Campaign:
    """A running campaign of the refreshed account that holds a daily budget."""
    await world.change("update access_grant set scopes = '{ads_read,ads_management}' where tenant_id = :tenant")
    await world.refreshed(account, AskedDays(TODAY, TODAY))
    async with world.tools.db.read(world.viewer) as session:
        of_tenant = select(Campaign).where(Campaign.tenant_id == account.tenant_id)
        query = of_tenant.where(Campaign.status == DeliveryStatus.ACTIVE)
        found = [each for each in await session.exec(query) if each.daily_budget is not None]
    return found[0]


@pytest.mark.parametrize(("external_id", "amount"), [("act_1002", "12.34"), ("act_1003", "1234")])
async def test_a_refresh_reads_what_was_set(world: RefreshWorld, external_id: str, amount: str) -> None:
    account = await world.connected(external_id)
    campaign = await budgeted(world, account)
    wanted = Wanted(Campaign, campaign.id)
    changed = await set_daily_budget(world.tools, world.viewer, wanted, Decimal(amount), idempotency_key="1")
    paused = await set_status(world.tools, world.viewer, wanted, SwitchStatus.PAUSED, idempotency_key="2")
    assert isinstance(changed, Campaign)
    assert (changed.daily_budget, paused.status) == (Decimal(amount), DeliveryStatus.PAUSED)
    await world.refreshed(account, AskedDays(TODAY, TODAY))
    async with world.tools.db.read(world.viewer) as session:
        again = await session.get_one(Campaign, (campaign.tenant_id, campaign.id))
    below = await world.select(
        "select distinct status from ad_set"
        " where tenant_id = :tenant and campaign_id = :id and status not in ('ARCHIVED', 'PAUSED')",
        id=campaign.id,
    )
    assert (again.daily_budget, again.status) == (Decimal(amount), DeliveryStatus.PAUSED)
    assert [row.status for row in below] == [DeliveryStatus.CAMPAIGN_PAUSED]


async def test_the_fifth_budget_within_an_hour_is_limited(world: RefreshWorld) -> None:
    campaign = await budgeted(world, await world.connected())
    wanted = Wanted(Campaign, campaign.id)
    for number in range(ALLOWED):
        amount = Decimal(100 + number)
        await set_daily_budget(world.tools, world.viewer, wanted, amount, idempotency_key=f"{number}")
    with pytest.raises(Refused) as refused:
        await set_daily_budget(world.tools, world.viewer, wanted, Decimal(200), idempotency_key="last")
    assert refused.value.user_code is UserErrorCode.WRITE_LIMITED
    assert (refused.value.retry_after_s or 0) > 0

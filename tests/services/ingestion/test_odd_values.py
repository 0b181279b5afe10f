"""What is odd in Meta's answers is told in warnings, and costs neither the account nor the rest of the answer."""

from collections.abc import AsyncIterator
from datetime import date, timedelta
from decimal import Decimal

import pytest
from msgspec import structs

from analytics.meta.ad_day_facts import MOST
from integrations.meta.insights.asking import Asking
from integrations.meta.records import ActionStat, InsightPage
from models.refreshes.job import RefreshStatus
from services.ingestion.source import RefreshSource
from services.toolbox import Toolbox
from tests.sandbox.graph_client import TODAY
from tests.services.ingestion.entities.test_storing import Odd
from tests.worlds.refreshes import RefreshWorld, refresh_world

DAY = (TODAY, TODAY)
LONG = "".join(chr(0x4E00 + number * 7 % 20_000) for number in range(1500))


@pytest.fixture
async def world(tools: Toolbox) -> AsyncIterator[RefreshWorld]:
    async with refresh_world(tools) as made:
        yield made


@pytest.mark.parametrize("with_keys", [False, True])
async def test_a_refresh_takes_every_form_of_every_field(world: RefreshWorld, *, with_keys: bool) -> None:
    account = await world.connected()
    rows = await world.graph.insights("act_1001", *DAY, level="ad", time_increment="1", fields="ad_id")
    world.server.admin.spread_odd_values(with_keys=with_keys)
    ended = await world.refreshed(account, DAY)
    assert (ended.status, ended.error_message) == (RefreshStatus.SUCCEEDED, None)
    told = [text for text in ended.warnings if "that cannot be read as" in text]
    assert {name for name in ("thumbnail_url", "updated_time") if any(name in text for text in told)}
    assert any(f"on {TODAY}" in text for text in told)
    stored = await world.stored_rows(account)
    assert stored == len(rows) or (with_keys and 0 < stored < len(rows))
    assert bool([gap for gap in ended.gaps if "whose they are" in gap["message"]]) is with_keys, ended.gaps
    world.server.admin.spread_odd_values(is_on=False)
    await world.refreshed(account, DAY)
    assert await world.stored(account) == await world.reported(account, DAY)


async def test_names_may_be_long_and_hold_what_no_text_can(world: RefreshWorld) -> None:
    account = await world.connected()
    things = world.server.admin.sandbox.dataset.objects.values()
    first = {kind: next(each.id for each in things if each.kind.value == kind) for kind in ("campaign", "adset", "ad")}
    for external_id in first.values():
        world.server.admin.rename(external_id, f"bad\0{LONG}")
    ended = await world.refreshed(account, DAY)
    assert (ended.status, ended.warnings) == (RefreshStatus.SUCCEEDED, [])
    for table in ("campaign", "ad_set", "ad"):
        names = await world.select(f"select name from {table} where length(name) > 1000")
        assert [row.name for row in names] == [f"bad{LONG}"], table


async def test_large_numbers_are_stored_and_added_up(world: RefreshWorld) -> None:
    async def large(
        source: RefreshSource, external_id: str, since: date, until: date, *, asking: Asking
    ) -> AsyncIterator[InsightPage]:
        bought = (ActionStat("purchase", Decimal("999999999999999.99")),)
        async for page in source.insights(external_id, since, until, asking=asking):
            yield InsightPage(
                [structs.replace(each, spend=MOST, impressions=MOST, action_values=bought) for each in page.records]
            )

    account = await world.connected()
    ended = await world.run(await world.requested(account, DAY), Odd(world, insights=large))
    assert (ended.status, ended.warnings) == (RefreshStatus.SUCCEEDED, [])
    rows = await world.stored_rows(account)
    assert rows > 10
    for table in ("insight", "insight_campaign_day", "insight_account_day"):
        sums = "select sum(spend) spend, sum(impressions) seen, sum(purchase_value) worth from"
        (total,) = await world.select(f"{sums} {table} where ad_account_id = :id", id=account.id)
        assert (total.spend, total.seen) == (rows * MOST, rows * MOST), table
        assert total.worth == rows * Decimal("999999999999999.99"), table


async def test_a_row_keeps_the_money_and_the_days_of_its_account(world: RefreshWorld) -> None:
    """A currency that is none, and a row of a day that nobody asked about, spoil themselves alone."""

    async def odd(
        source: RefreshSource, external_id: str, since: date, until: date, *, asking: Asking
    ) -> AsyncIterator[InsightPage]:
        async for page in source.insights(external_id, since, until, asking=asking):
            first, *others = page.records
            elsewhere = structs.replace(first, day=TODAY - timedelta(days=40))
            yield InsightPage([structs.replace(first, currency="eur"), *others, elsewhere])

    account = await world.connected()
    ended = await world.run(await world.requested(account, DAY), Odd(world, insights=odd))
    assert (ended.status, ended.gaps) == (RefreshStatus.SUCCEEDED, [])
    assert await world.stored(account) == await world.reported(account, DAY)
    assert [row.currency for row in await world.select("select distinct currency from insight")] == ["EUR"]
    for name in ("account_currency", "date_start"):
        assert any(f"cannot be read as {name} of the ads" in text for text in ended.warnings), name

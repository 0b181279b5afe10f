"""A refresh behind an import: it takes over what the import has made, and asks the platform for no id of ours."""

import csv
import io
from collections.abc import AsyncIterator
from datetime import date, timedelta
from typing import Any

import pytest

from resolvers.node_id import encode_id
from services.toolbox import Toolbox
from tests.doors.in_process import Door
from tests.sandbox.graph_client import TODAY
from tests.worlds.imports import IMPORT, upload
from tests.worlds.refreshes import RefreshWorld, refresh_world

NAMED = """
select ad.external_id, campaign.name, ad_set.name, ad.name, ad.id
from ad join ad_set on ad_set.tenant_id = :tenant and ad_set.id = ad.ad_set_id
join campaign on campaign.tenant_id = :tenant and campaign.id = ad.campaign_id
where ad.tenant_id = :tenant and (campaign.name, ad_set.name, ad.name) in (
    select campaign.name, ad_set.name, ad.name
    from ad join ad_set on ad_set.tenant_id = :tenant and ad_set.id = ad.ad_set_id
    join campaign on campaign.tenant_id = :tenant and campaign.id = ad.campaign_id
    where ad.tenant_id = :tenant group by 1, 2, 3 having count(*) = 1
) order by ad.external_id
"""
COUNTS = " union all ".join(
    f"(select '{table}', count(*), count(*) filter (where external_id like 'import:%') from {table}"
    " where tenant_id = :tenant)"
    for table in ("campaign", "ad_set", "ad")
)
OLD = date(2021, 5, 4)


@pytest.fixture
async def world(tools: Toolbox) -> AsyncIterator[RefreshWorld]:
    async with refresh_world(tools) as made:
        yield made


async def imported(world: RefreshWorld, account_id: Any, *lines: tuple[str, ...]) -> Any:
    written = io.StringIO()
    csv.writer(written).writerows([("Day", "Campaign name", "Ad set name", "Ad name", "Impressions"), *lines])
    door = Door(world.tools, world.viewer)
    answer = await door.ask(IMPORT, account=encode_id("AdAccount", account_id), file=upload(written.getvalue()))
    assert answer.codes == [], answer.messages
    return answer.data["importReport"]


async def days_of(world: RefreshWorld, day: date) -> dict[str, int]:
    """Impressions of a day by the platform's id of the ad."""
    rows = await world.select(
        "select ad.external_id, insight.impressions from insight join ad on ad.tenant_id = :tenant and ad.id = ad_id"
        " where insight.tenant_id = :tenant and insight.day = :day",
        day=day,
    )
    return {row[0]: row[1] for row in rows}


async def test_a_refresh_takes_the_ads_over_that_an_import_has_named(world: RefreshWorld) -> None:
    await world.refreshed(await world.connected())
    real, shown = await world.select(COUNTS), await world.select(NAMED)
    first, second = shown[0], shown[-1]
    later = await world.another_tenant()
    account = await later.connected(last_refreshed_at=None)
    yesterday = TODAY - timedelta(days=1)
    found = await imported(
        later,
        account.id,
        (str(OLD), *first[1:4], "11"),
        (str(yesterday), *first[1:4], "12"),
        (str(OLD), *second[1:4], "13"),
        (str(OLD), "Gone", "for", "good", "14"),
    )
    assert (found["rowsImported"], found["problems"]) == (4, [])
    made = {each[3]: each[4] for each in await later.select(NAMED)}
    await later.refreshed(account)
    # Beside what the platform has there is only what it has not.
    assert [(each[1], each[2]) for each in await later.select(COUNTS)] == [(each[1] + 1, 1) for each in real]
    old = await days_of(later, OLD)
    assert [old.pop(each[0]) for each in (first, second)] == [11, 13]
    assert [*old.values()] == [14]
    assert await days_of(later, yesterday) == await days_of(world, yesterday)
    # The rows are the same, so that whatever people have said of them still holds.
    after = {each[3]: each[4] for each in await later.select(NAMED)}
    assert {name: after[name] for name in made} == made
    assert not [
        each
        for each in await later.select("select warnings, gaps from refresh_job where tenant_id = :tenant")
        if each[1]
    ]

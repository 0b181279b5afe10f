"""Refreshes by breakdowns: parts that add up to the ad-days, replaced by set and days, the ad-days left alone."""

import itertools
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from analytics.enums import Breakdown
from analytics.meta.breakdowns import COMBINATIONS, combination_of, set_name, unknown_columns
from analytics.metrics.facts import FACT_COLUMNS
from analytics.periods import AskedDays
from errors import Refused, UserErrorCode
from models.ads.ad_account import AdAccount
from models.insights.day_swap import delete_insights
from models.refreshes.job import RefreshStatus
from sandbox.meta.trouble.faults import FaultKind, FaultRule
from services.ingestion.entities.listing import LIST_ALL_EVERY
from services.refreshes.cancelling import cancel_refresh_job
from services.refreshes.retrying import retry_refresh_job
from services.toolbox import Toolbox
from tests.sandbox.graph_client import TODAY
from tests.worlds.refreshes import WEEK, Killed, RefreshWorld, dying, refresh_world

Sums = dict[tuple[date, Any], dict[str, Any]]
AGE_GENDER = (Breakdown.AGE, Breakdown.GENDER)
SUMS = ", ".join(f"coalesce(sum({column}), 0) as {column}" for column in FACT_COLUMNS)


async def sums(world: RefreshWorld, account: AdAccount, table: str, where: str = "true", **values: Any) -> Sums:
    rows = await world.select(
        f"select day, ad_id, {SUMS} from {table}"
        f" where tenant_id = :tenant and ad_account_id = :id and {where} group by day, ad_id",
        id=account.id,
        **values,
    )
    return {(row.day, row.ad_id): {column: getattr(row, column) for column in FACT_COLUMNS} for row in rows}


def assert_same(found: Sums, whole: Sums) -> None:
    """Every fact to the last digit; seconds watched come as a rounded average per play, so they are near."""
    assert found.keys() == whole.keys()
    for key, facts in found.items():
        off = facts.pop("watch_seconds") - whole[key].pop("watch_seconds")
        assert abs(off) <= whole[key]["video_starts"], key
        assert facts == whole[key]


async def parts(world: RefreshWorld, account: AdAccount, *breakdowns: Breakdown) -> list[Any]:
    return await world.select(
        "select day, ad_id, first_value, second_value, spend, impressions, purchases from insight_breakdown"
        " where tenant_id = :tenant and ad_account_id = :id and breakdown_set = :set"
        " order by day, ad_id, first_value, second_value",
        id=account.id,
        set=set_name(breakdowns),
    )


@pytest.mark.parametrize("breakdowns", COMBINATIONS, ids=set_name)
async def test_parts_add_up_to_the_ad_days(world: RefreshWorld, breakdowns: tuple[Breakdown, ...]) -> None:
    account = await world.connected()
    await world.refreshed(account)
    whole = await sums(world, account, "insight")
    job = await world.refreshed(account, WEEK, *breakdowns)
    assert (job.status, job.breakdowns, job.days_done) == (RefreshStatus.SUCCEEDED, [*breakdowns], 7)
    name = set_name(breakdowns)
    for facts in whole.values():
        facts.update(dict.fromkeys(unknown_columns(breakdowns), 0))
    assert_same(await sums(world, account, "insight_breakdown", "breakdown_set = :set", set=name), whole)
    found = await parts(world, account, *breakdowns)
    assert len(found) == job.rows_stored > len(whole)
    assert len({row.first_value for row in found}) > 1
    assert {row.second_value != "" for row in found} == {len(breakdowns) == 2}


@pytest.mark.one_node(reason="xmin is that of a node, and rows from shards have none")
async def test_the_ad_days_and_what_is_known_of_them_stay_as_they_are(world: RefreshWorld) -> None:
    account = await world.connected()
    await world.refreshed(account)
    tables = (
        "insight",
        "insight_account_day",
        "insight_campaign_day",
        "insight_day",
        "unique_insight",
        "unique_period",
    )
    before = {
        table: await world.select(
            f"select t.*, xmin::text from {table} t where tenant_id = :tenant order by 1, 2, 3, 4"
        )
        for table in tables
    }
    first = await world.account(await world.requested(account))
    world.moved_by = timedelta(hours=1)
    job = await world.refreshed(account, WEEK, *AGE_GENDER)
    for table, rows in before.items():
        assert (
            await world.select(f"select t.*, xmin::text from {table} t where tenant_id = :tenant order by 1, 2, 3, 4")
            == rows
        ), table
    after = await world.account(job)
    assert after.last_refreshed_at == first.last_refreshed_at
    assert after.data_version > first.data_version


async def test_a_set_is_replaced_by_its_days_and_other_sets_stay(world: RefreshWorld) -> None:
    account = await world.connected()
    await world.refreshed(account, WEEK, *AGE_GENDER)
    await world.refreshed(account, WEEK, Breakdown.COUNTRY)
    countries, cells = await parts(world, account, Breakdown.COUNTRY), await parts(world, account, *AGE_GENDER)
    gone = cells[-1]
    [external] = await world.select("select external_id from ad where tenant_id = :tenant and id = :id", id=gone.ad_id)
    world.server.admin.vanish(external[0], gone.day)
    job = await world.refreshed(account, AskedDays(TODAY - timedelta(days=1), TODAY), *AGE_GENDER)
    left = await parts(world, account, *AGE_GENDER)
    assert left == [row for row in cells if (row.ad_id, row.day) != (gone.ad_id, gone.day)]
    assert job.rows_removed == len(cells) - len(left) > 0
    assert await parts(world, account, Breakdown.COUNTRY) == countries


async def test_the_same_set_in_another_order_is_the_same_refresh(world: RefreshWorld) -> None:
    account = await world.connected()
    whole, by_age, by_both, again = [
        await world.requested(account, WEEK, *asked)
        for asked in ((), (Breakdown.AGE,), AGE_GENDER, (Breakdown.GENDER, Breakdown.AGE))
    ]
    assert len({whole.id, by_age.id, by_both.id}) == 3
    assert (again.id, again.breakdowns) == (by_both.id, ["AGE", "GENDER"])


async def test_a_cancelled_refresh_is_repeated_beside_one_of_another_set(world: RefreshWorld) -> None:
    account = await world.connected()
    job = await world.requested(account, WEEK, Breakdown.AGE)
    await cancel_refresh_job(world.tools.db, world.tools.clock, world.viewer, job_id=job.id)
    await world.requested(account, WEEK)
    again = await retry_refresh_job(
        world.tools.db, world.tools.clock, world.tools.vendors.billing, world.viewer, job_id=job.id
    )
    assert (again.attempt, again.breakdowns) == (2, ["AGE"])
    await cancel_refresh_job(world.tools.db, world.tools.clock, world.viewer, job_id=job.id)
    await world.requested(account, WEEK, Breakdown.AGE)
    with pytest.raises(Refused) as refused:
        await retry_refresh_job(
            world.tools.db, world.tools.clock, world.tools.vendors.billing, world.viewer, job_id=job.id
        )
    assert refused.value.user_code is UserErrorCode.NOT_RETRYABLE


@pytest.mark.parametrize(
    "asked",
    [
        (Breakdown.AGE, Breakdown.COUNTRY),
        (Breakdown.PLATFORM_POSITION,),
        (Breakdown.AGE, Breakdown.AGE),
        (Breakdown.PUBLISHER_PLATFORM, Breakdown.PLATFORM_POSITION, Breakdown.IMPRESSION_DEVICE),
    ],
)
async def test_what_does_not_go_together_is_refused_with_what_does(
    world: RefreshWorld, asked: tuple[Breakdown, ...]
) -> None:
    with pytest.raises(Refused) as refused:
        await world.requested(await world.connected(), WEEK, *asked)
    assert (refused.value.user_code, refused.value.field) == (UserErrorCode.INVALID, "breakdowns")
    assert "AGE with GENDER" in refused.value.message


async def test_every_offered_combination_is_one_the_platform_takes(world: RefreshWorld) -> None:
    for size in (1, 2):
        for asked in itertools.combinations(Breakdown, size):
            names = ",".join(each.value.lower() for each in asked)
            status, _ = await world.graph.call("act_1001/insights", breakdowns=names)
            assert (combination_of(asked) is not None) is (status == 200), names


async def test_impression_devices_come_with_a_warning(world: RefreshWorld) -> None:
    account = await world.connected()
    job = await world.requested(account, WEEK, Breakdown.IMPRESSION_DEVICE)
    assert ["opted in" in warning for warning in job.warnings] == [True]
    assert (await world.requested(account, WEEK, Breakdown.AGE)).warnings == []


@pytest.mark.parametrize("breakdowns", [(Breakdown.REGION,), (Breakdown.COUNTRY, Breakdown.REGION)])
async def test_conversions_of_regions_are_unknown_and_not_nothing(
    world: RefreshWorld, breakdowns: tuple[Breakdown, ...]
) -> None:
    account = await world.connected()
    job = await world.refreshed(account, WEEK, *breakdowns)
    assert ["REGION" in warning for warning in job.warnings] == [True]
    [counts] = await world.select(
        "select count(*) as rows, count(impressions) as impressions, count(landing_page_views) as visits,"
        " count(purchases) as purchases, count(purchase_value_click_7d) as worth, count(leads) as leads"
        " from insight_breakdown where tenant_id = :tenant and ad_account_id = :id",
        id=account.id,
    )
    assert counts.rows == counts.impressions == counts.visits > 0
    assert (counts.purchases, counts.worth, counts.leads) == (0, 0, 0)


async def test_people_are_not_read_in_parts(world: RefreshWorld) -> None:
    await world.refreshed(await world.connected(), WEEK, Breakdown.AGE)
    asked = [call.params for call in world.server.admin.log() if call.path.endswith("/insights")]
    assert {call["breakdowns"] for call in asked} == {"age"}
    assert not any("reach" in call["fields"] or "unique" in call["fields"] for call in asked)


async def test_a_killed_run_goes_on_behind_the_stored_slices(world: RefreshWorld) -> None:
    account = await world.connected()
    await world.refreshed(account, AskedDays(TODAY - timedelta(days=20), TODAY))
    whole = await sums(world, account, "insight")
    job = await world.requested(account, AskedDays(TODAY - timedelta(days=20), TODAY), Breakdown.COUNTRY)
    with pytest.raises(Killed):
        await world.run(job, dying(world, pages=2))
    assert 0 < (await world.row(job)).days_done < 21
    assert (await world.run(job)).status is RefreshStatus.SUCCEEDED
    assert_same(await sums(world, account, "insight_breakdown"), whole)


async def test_too_many_parts_at_once_are_asked_for_in_fewer_days(world: RefreshWorld) -> None:
    account = await world.connected()
    too_much = FaultRule(FaultKind.ERROR, path="*/insights", code=100, subcode=1487534, times=2)
    world.server.admin.add_fault(too_much)
    job = await world.refreshed(account, WEEK, *AGE_GENDER)
    assert (job.status, job.days_done) == (RefreshStatus.SUCCEEDED, 7)


async def test_parts_follow_an_ad_into_another_campaign(world: RefreshWorld) -> None:
    account = await world.connected()
    await world.refreshed(account, WEEK, Breakdown.AGE)
    wrong = "update insight_breakdown set campaign_id = ad_id where tenant_id = :tenant and ad_account_id = :id"
    await world.change(wrong, id=account.id)
    await world.change(
        "update ad set campaign_id = (select id from campaign"
        " where campaign.tenant_id = ad.tenant_id and campaign.id <> ad.campaign_id limit 1) where tenant_id = :tenant"
    )
    world.moved_by += LIST_ALL_EVERY
    await world.refreshed(account)
    rows = await world.select(
        "select count(*) from insight_breakdown b join ad a on a.tenant_id = b.tenant_id and a.id = b.ad_id"
        " where b.tenant_id = :tenant and b.campaign_id <> a.campaign_id"
    )
    assert rows[0][0] == 0


async def test_another_tenant_sees_no_parts_and_deleting_leaves_none(world: RefreshWorld, tools: Toolbox) -> None:
    account = await world.connected()
    await world.refreshed(account, WEEK, Breakdown.AGE)
    assert await parts(world, account, Breakdown.AGE)
    async with refresh_world(tools) as other:
        assert await parts(other, account, Breakdown.AGE) == []
    async with world.tools.db.write(replace(world.viewer)) as session:
        await delete_insights(session, account.id)
    assert await parts(world, account, Breakdown.AGE) == []

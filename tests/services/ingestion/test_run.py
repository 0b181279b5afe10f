"""Running refreshes against the sandbox: what is stored is what the platform reports, whatever happens on the way."""

import asyncio
import json
import random
from datetime import date, timedelta

import pytest

from analytics.periods import AskedDays
from models.refreshes.job import RefreshJob, RefreshStatus
from sandbox.meta.trouble.faults import FaultKind, FaultRule
from services.ingestion.slice_plan import FIRST_SLICE_DAYS
from tests.sandbox.graph_client import TODAY
from tests.worlds.refreshes import MONTH, NOON, Interrupted, Killed, RefreshWorld, dying
from tests.worlds.vendors import meta_of


async def test_what_is_stored_is_what_the_platform_reports(world: RefreshWorld) -> None:
    account = await world.connected()
    job = await world.refreshed(account, MONTH)
    reported = await world.reported(account, MONTH)
    assert job.status is RefreshStatus.SUCCEEDED
    assert await world.stored(account) == reported
    assert job.rows_stored == job.rows_fetched == await world.stored_rows(account) > 0
    assert (job.progress, job.days_done, job.days_total, job.error_code) == (1.0, 28, 28, None)


async def test_roll_ups_equal_the_rows_they_sum_up(world: RefreshWorld) -> None:
    account = await world.connected()
    await world.refreshed(account)
    rows = await world.stored(account)
    for table in ("insight_campaign_day", "insight_account_day"):
        assert await world.stored(account, table) == rows


async def test_entities_hang_together_and_the_account_is_described_anew(world: RefreshWorld) -> None:
    account = await world.connected(name="An old name", currency="USD")
    job = await world.refreshed(account)
    listed = await world.graph.all_rows("act_1001/ads", fields="id,campaign_id,adset_id", limit="500")
    stored = await world.select(
        "select ad.external_id, campaign.external_id, ad_set.external_id from ad"
        " join campaign on campaign.tenant_id = ad.tenant_id and campaign.id = ad.campaign_id"
        " join ad_set on ad_set.tenant_id = ad.tenant_id and ad_set.id = ad.ad_set_id where ad.tenant_id = :tenant"
        " and ad.ad_account_id = :id and ad.deleted_upstream_at is null and ad.status <> 'ARCHIVED'",
        id=account.id,
    )
    assert {(row["id"], row["campaign_id"], row["adset_id"]) for row in listed} <= set(map(tuple, stored))
    described = (
        await world.select("select name, currency, last_refreshed_at from ad_account where tenant_id = :tenant")
    )[0]
    assert described.name != "An old name"
    assert described.last_refreshed_at == NOON
    assert job.warnings == [f"The account's currency changed from USD to {described.currency}."]


async def test_a_day_that_vanished_upstream_vanishes_here(world: RefreshWorld) -> None:
    account = await world.connected()
    before = await world.refreshed(account)
    world.server.admin.vanish(account.external_id, TODAY - timedelta(days=3))
    after = await world.refreshed(account)
    reported = await world.reported(account)
    assert TODAY - timedelta(days=3) not in reported
    assert await world.stored(account) == reported
    assert after.rows_removed == before.rows_stored - after.rows_stored > 0


async def test_an_ad_that_no_list_has_keeps_its_numbers(world: RefreshWorld) -> None:
    account = await world.connected("act_1002")
    asked = AskedDays(TODAY - timedelta(days=119), TODAY)
    await world.refreshed(account, asked)
    deleted = await world.select(
        "select name, status from ad"
        " where tenant_id = :tenant and ad_account_id = :id and deleted_upstream_at is not null",
        id=account.id,
    )
    assert await world.stored(account) == await world.reported(account, asked)
    assert [ad.status for ad in deleted] == ["DELETED"]


async def test_insights_follow_an_ad_into_another_campaign(world: RefreshWorld) -> None:
    account = await world.connected()
    await world.refreshed(account, MONTH)
    ads = await world.graph.all_rows("act_1001/ads", fields="id,campaign_id,adset_id", limit="500")
    moving = ads[0]
    target = next(ad["adset_id"] for ad in ads if ad["campaign_id"] != moving["campaign_id"])
    world.server.admin.move_ad(moving["id"], target)
    await world.refreshed(account, AskedDays(TODAY, TODAY))
    astray = await world.select(
        "select count(*) from insight join ad on ad.id = insight.ad_id and ad.tenant_id = insight.tenant_id"
        " where ad.tenant_id = :tenant"
        " and (insight.campaign_id <> ad.campaign_id or insight.ad_set_id <> ad.ad_set_id)"
    )
    difference = await world.select(
        "select day, campaign_id from"
        " (select day, campaign_id, sum(spend) spend from insight where tenant_id = :tenant group by 1, 2) base"
        " full join (select day, campaign_id, spend from insight_campaign_day where tenant_id = :tenant) rolled"
        " using (day, campaign_id) where base.spend is distinct from rolled.spend"
    )
    assert astray[0][0] == 0
    assert difference == []


async def test_a_vanished_entity_is_marked_and_stays(world: RefreshWorld) -> None:
    account = await world.connected()
    (gone,) = await world.entities.campaigns(account, "Not on the platform", last_seen_at=NOON - timedelta(days=1))
    await world.refreshed(account)
    rows = await world.select(
        "select deleted_upstream_at from campaign where tenant_id = :tenant and id = :id", id=gone.id
    )
    assert rows[0][0] == NOON


@pytest.mark.parametrize("kind", [FaultKind.REPEAT_ROW, FaultKind.EMPTY_PAGE, FaultKind.TRUNCATED, FaultKind.HTML_503])
async def test_a_spoiled_page_changes_nothing_in_the_end(world: RefreshWorld, kind: FaultKind) -> None:
    account = await world.connected()
    world.server.admin.add_fault(FaultRule(kind, path="*/insights"))
    job = await world.refreshed(account)
    assert job.status is RefreshStatus.SUCCEEDED
    assert await world.stored(account) == await world.reported(account)


@pytest.mark.parametrize("seed", range(5))
async def test_a_killed_run_goes_on_where_it_was_and_ends_with_the_right_rows(world: RefreshWorld, seed: int) -> None:
    account = await world.connected()
    season = AskedDays(TODAY - timedelta(days=69), TODAY)
    job = await world.requested(account, season)
    with pytest.raises(Killed):
        await world.run(job, dying(world, pages=random.Random(seed).randrange(5)))
    killed = await world.row(job)
    assert killed.status is RefreshStatus.RUNNING
    ended = await world.run(job)
    reported = await world.reported(account, season)
    assert await world.stored(account) == reported
    assert (ended.status, ended.attempt, ended.days_done) == (RefreshStatus.SUCCEEDED, 1, 70)
    assert ended.rows_fetched >= killed.rows_fetched
    assert ended.api_calls > killed.api_calls
    assert ended.rows_stored == await world.stored_rows(account)


async def test_stored_slices_are_not_fetched_again_after_a_crash(world: RefreshWorld) -> None:
    account = await world.connected()
    job = await world.requested(account, MONTH)
    with pytest.raises(Killed):
        await world.run(job, dying(world, pages=2))
    stored = await world.select(
        "select start_on, end_on from refresh_slice where tenant_id = :tenant and refresh_job_id = :id", id=job.id
    )
    calls = len(world.server.admin.log())
    await world.run(job)
    asked = [str(call.params.get("time_range")) for call in world.server.admin.log()[calls:]]
    assert stored
    assert not any(str(part.end_on) in days for part in stored for days in asked)


def first_slice(world: RefreshWorld, since_call: int) -> int:
    """Days of the first question about ads since that call."""
    asked = next(call.params for call in world.server.admin.log()[since_call:] if call.params.get("level") == "ad")
    span = json.loads(asked["time_range"])
    return (date.fromisoformat(span["until"]) - date.fromisoformat(span["since"])).days + 1


async def test_a_run_behind_one_that_broke_off_begins_with_a_short_slice(world: RefreshWorld) -> None:
    account = await world.connected()
    await world.refreshed(account, MONTH)
    job, calls = await world.requested(account, MONTH), len(world.server.admin.log())
    with pytest.raises(Killed):
        await world.run(job, dying(world, pages=0))
    assert first_slice(world, calls) > FIRST_SLICE_DAYS
    calls = len(world.server.admin.log())
    assert (await world.run(job)).status is RefreshStatus.SUCCEEDED
    assert first_slice(world, calls) == FIRST_SLICE_DAYS


async def test_a_run_that_lost_its_job_writes_nothing_more(world: RefreshWorld) -> None:
    account = await world.connected()
    job = await world.requested(account, MONTH)
    others: list[asyncio.Task[RefreshJob]] = []

    async def another_worker_takes_it() -> None:
        others.append(asyncio.create_task(world.run(job)))
        await asyncio.wait(others)

    await world.run(job, Interrupted(meta_of(world.tools), another_worker_takes_it, pages=1))
    finished = await others[0]
    assert finished.status is RefreshStatus.SUCCEEDED
    assert await world.row(job) == finished
    assert await world.stored(account) == await world.reported(account, MONTH)


async def test_progress_and_counts_never_fall(world: RefreshWorld) -> None:
    account = await world.connected()
    job = await world.requested(account, AskedDays(TODAY - timedelta(days=69), TODAY))
    seen: list[RefreshJob] = []
    for pages in (1, 2, 1):
        with pytest.raises(Killed):
            await world.run(job, dying(world, pages=pages))
        seen.append(await world.row(job))
    seen.append(await world.run(job))
    for name in ("progress", "days_done", "rows_fetched", "rows_stored", "api_calls", "version"):
        values = [getattr(row, name) for row in seen]
        assert values == sorted(values), name


async def test_what_a_job_shows_of_itself_agrees_after_every_slice(world: RefreshWorld) -> None:
    account = await world.connected()
    job = await world.requested(account, AskedDays(TODAY - timedelta(days=69), TODAY))
    seen: list[RefreshJob] = []

    async def look() -> None:
        seen.append(await world.row(job))

    # Nothing is reported in between: all pages come sooner than the next report.
    for pages in (2, 1):
        with pytest.raises(Killed):
            await world.run(job, dying(world, pages=pages))
        await look()
    seen.append(await world.run(job, Interrupted(meta_of(world.tools), look, pages=2)))
    for row in seen:
        days = row.days_done / row.days_total
        assert row.progress >= min(0.1 + 0.9 * days, 0.99) or days == 0
        assert row.rows_fetched >= row.rows_stored
    assert {row.days_done for row in seen} >= {7, 70}


async def test_days_that_the_platform_calls_too_old_are_not_still_to_be_done(world: RefreshWorld) -> None:
    account = await world.connected()
    too_old = FaultRule(FaultKind.ERROR, path="*/insights", code=3018, times=None, params={"time_range": "*2026-10-*"})
    world.server.admin.add_fault(too_old)
    job = await world.refreshed(account, AskedDays(TODAY - timedelta(days=30), TODAY))
    assert (job.status, job.progress, job.days_total) == (RefreshStatus.SUCCEEDED, 1.0, job.days_done)
    assert 0 < job.days_total < 31
    assert any("too old" in warning for warning in job.warnings)


async def test_days_are_final_once_the_platform_restates_them_no_longer(world: RefreshWorld) -> None:
    account = await world.connected()
    await world.refreshed(account, AskedDays(TODAY - timedelta(days=40), TODAY))
    statuses = await world.select(
        "select day, status from insight_day where tenant_id = :tenant and ad_account_id = :id", id=account.id
    )
    assert {row.day for row in statuses if row.status == "SETTLED"} == {
        TODAY - timedelta(days=age) for age in range(28, 41)
    }


async def test_a_day_is_as_old_as_it_is_in_the_accounts_time_zone(world: RefreshWorld) -> None:
    # 18:00 UTC on the 21st is the 22nd in Tokyo.
    world.moved_by = timedelta(hours=6)
    world.server.admin.set_clock(NOON + world.moved_by)
    settled = {}
    for external_id in ("act_1001", "act_1003"):
        account = await world.connected(external_id)
        await world.refreshed(account, AskedDays(TODAY - timedelta(days=40), TODAY))
        statement = (
            "select max(day) from insight_day where tenant_id = :tenant and ad_account_id = :id and status = 'SETTLED'"
        )
        settled[external_id] = (await world.select(statement, id=account.id))[0][0]
    assert settled == {"act_1001": TODAY - timedelta(days=28), "act_1003": TODAY - timedelta(days=27)}


async def test_a_gap_stays_a_gap_until_its_day_is_read_again(world: RefreshWorld) -> None:
    account = await world.connected()
    old = TODAY - timedelta(days=30)
    await world.refreshed(account, AskedDays(TODAY - timedelta(days=40), TODAY))
    await world.change(
        "update insight_day set status = 'GAP', gap_kind = 'REFUSED' where tenant_id = :tenant and day = :day", day=old
    )
    status = "select status from insight_day where tenant_id = :tenant and ad_account_id = :id and day = :day"
    await world.refreshed(account)
    assert [row[0] for row in await world.select(status, id=account.id, day=old)] == ["GAP"]
    await world.refreshed(account, AskedDays(old, old))
    assert [row[0] for row in await world.select(status, id=account.id, day=old)] == ["SETTLED"]


async def test_a_day_read_for_the_last_time_at_its_end_becomes_final_later(world: RefreshWorld) -> None:
    account = await world.connected()
    await world.refreshed(account, MONTH)
    world.moved_by = timedelta(days=1)
    world.server.admin.set_clock(TODAY + timedelta(days=1))
    await world.refreshed(account, AskedDays(TODAY, TODAY + timedelta(days=1)))
    statuses = dict(
        map(
            tuple,
            await world.select(
                "select day, status from insight_day where tenant_id = :tenant and ad_account_id = :id", id=account.id
            ),
        )
    )
    assert statuses[TODAY - timedelta(days=27)] == "SETTLED"
    assert statuses[TODAY - timedelta(days=26)] == "PROVISIONAL"

"""What is known of the days of each set of breakdowns: read, refused, read too early, final; by set and by account."""

from collections.abc import AsyncIterator
from datetime import date, timedelta
from typing import Any

import pytest

from analytics.enums import Breakdown
from analytics.meta.breakdowns import set_name
from analytics.periods import SETTLED_AFTER_DAYS, AskedDays
from models.ads.ad_account import AdAccount
from models.refreshes.job import RefreshStatus
from sandbox.meta.trouble.faults import FaultKind, FaultRule
from services.toolbox import Toolbox
from tests.sandbox.graph_client import TODAY
from tests.worlds.refreshes import NOON, WEEK, Killed, RefreshWorld, dying, refresh_world

AGE, COUNTRY = Breakdown.AGE, Breakdown.COUNTRY
YESTERDAY = TODAY - timedelta(days=1)


@pytest.fixture
async def world(tools: Toolbox) -> AsyncIterator[RefreshWorld]:
    async with refresh_world(tools) as made:
        yield await made.another_tenant()


async def marks(world: RefreshWorld, account: AdAccount, *breakdowns: Breakdown) -> dict[date, Any]:
    rows = await world.select(
        "select day, status, gap_kind, rows, refreshed_at from breakdown_day"
        " where tenant_id = :tenant and ad_account_id = :id and breakdown_set = :set order by day",
        id=account.id,
        set=set_name(breakdowns),
    )
    return {row.day: row for row in rows}


async def parts_by_day(world: RefreshWorld, account: AdAccount) -> dict[date, int]:
    query = "select day, count(*) from insight_breakdown where tenant_id = :tenant and ad_account_id = :id group by day"
    return {row[0]: row[1] for row in await world.select(query, id=account.id)}


def refuse(world: RefreshWorld, day: date) -> None:
    """Every question about parts that holds the day is too much."""
    for start in range(7):
        for end in range(7):
            since, until = day - timedelta(days=start), day + timedelta(days=end)
            params = {"time_range": f'*"since":"{since}","until":"{until}"*', "level": "ad", "breakdowns": "*"}
            rule = FaultRule(FaultKind.ERROR, "*/insights", code=100, subcode=1487534, times=None, params=params)
            world.server.admin.add_fault(rule)


async def test_every_day_of_the_range_is_known_of_the_set_that_was_read(world: RefreshWorld) -> None:
    account = await world.connected()
    for [external_id] in await _listed_ads(world, account):
        world.server.admin.vanish(external_id, YESTERDAY)
    await world.refreshed(account)
    await world.refreshed(account, WEEK, AGE)
    found = await marks(world, account, AGE)
    assert [*found] == [TODAY - timedelta(days=ago) for ago in range(6, -1, -1)]
    assert {(row.status, row.gap_kind, row.refreshed_at) for row in found.values()} == {("PROVISIONAL", None, NOON)}
    counts = await parts_by_day(world, account)
    assert {day: row.rows for day, row in found.items() if row.rows} == counts
    assert YESTERDAY not in counts
    assert await marks(world, account, COUNTRY) == {}
    assert await marks(world, account, AGE, Breakdown.GENDER) == {}


async def _listed_ads(world: RefreshWorld, account: AdAccount) -> list[Any]:
    await world.refreshed(account)
    return await world.select(
        "select external_id from ad where tenant_id = :tenant and ad_account_id = :id", id=account.id
    )


async def test_days_are_final_where_they_no_longer_change(world: RefreshWorld) -> None:
    account, last = await world.connected(), TODAY - timedelta(days=SETTLED_AFTER_DAYS)
    await world.refreshed(account, AskedDays(last, last + timedelta(days=1)), AGE)
    assert [row.status for row in (await marks(world, account, AGE)).values()] == ["SETTLED", "PROVISIONAL"]
    # A refresh of the ad-days, or by another set, settles none of this set's.
    world.moved_by = timedelta(days=1)
    await world.refreshed(account, WEEK)
    await world.refreshed(account, WEEK, COUNTRY)
    assert [row.status for row in (await marks(world, account, AGE)).values()] == ["SETTLED", "PROVISIONAL"]
    await world.refreshed(account, AskedDays(TODAY, TODAY), AGE)
    assert [row.status for row in (await marks(world, account, AGE)).values()] == ["SETTLED", "SETTLED", "PROVISIONAL"]


async def test_a_refused_day_keeps_its_parts_and_is_read_by_the_next_refresh_of_its_set(world: RefreshWorld) -> None:
    account, day = await world.connected(), TODAY - timedelta(days=4)
    await world.refreshed(account, WEEK, AGE)
    counts = await parts_by_day(world, account)
    refuse(world, day)
    job = await world.refreshed(account, WEEK, AGE)
    assert (job.status, [gap["day"] for gap in job.gaps]) == (RefreshStatus.SUCCEEDED, [str(day)])
    found = await marks(world, account, AGE)
    assert [at for at, row in found.items() if row.status == "GAP"] == [day]
    assert (found[day].gap_kind, found[day].rows) == ("AGAIN", counts[day])
    assert await parts_by_day(world, account) == counts
    # The next refresh asks once more, whatever its range is; then only one whose range has the day.
    await world.refreshed(account, AskedDays(TODAY, TODAY), AGE)
    assert (await marks(world, account, AGE))[day].gap_kind == "REFUSED"
    world.server.admin.clear_faults()
    await world.refreshed(account, AskedDays(TODAY, TODAY), AGE)
    assert (await marks(world, account, AGE))[day].status == "GAP"
    await world.refreshed(account, WEEK, AGE)
    assert "GAP" not in {row.status for row in (await marks(world, account, AGE)).values()}


async def test_a_day_that_was_never_read_is_a_gap_without_parts(world: RefreshWorld) -> None:
    account, day = await world.connected(), TODAY - timedelta(days=3)
    refuse(world, day)
    await world.refreshed(account, WEEK, COUNTRY)
    found = await marks(world, account, COUNTRY)
    assert (found[day].status, found[day].rows, len(found)) == ("GAP", 0, 7)


async def test_a_day_that_was_read_before_it_ended_is_read_again_with_its_set(world: RefreshWorld) -> None:
    account = await world.connected()
    await world.refreshed(account, AskedDays(TODAY, TODAY), AGE)
    world.moved_by = timedelta(days=2)
    tomorrow = TODAY + timedelta(days=1)
    await world.refreshed(account, AskedDays(tomorrow, tomorrow), COUNTRY)
    assert (await marks(world, account, AGE))[TODAY].refreshed_at == NOON
    job = await world.refreshed(account, AskedDays(tomorrow, tomorrow), AGE)
    assert (job.days_done, job.days_total) == (1, 1)
    assert {row.refreshed_at for row in (await marks(world, account, AGE)).values()} == {NOON + world.moved_by}


async def test_what_is_known_is_stored_with_the_parts(world: RefreshWorld) -> None:
    account, days = await world.connected(), AskedDays(TODAY - timedelta(days=20), TODAY)
    job = await world.requested(account, days, COUNTRY)
    with pytest.raises(Killed):
        await world.run(job, dying(world, pages=2))
    found = await marks(world, account, COUNTRY)
    assert 0 < len(found) == (await world.row(job)).days_done < 21
    assert found.keys() >= (await parts_by_day(world, account)).keys()
    await world.run(job)
    assert len(await marks(world, account, COUNTRY)) == 21


PARTS_DIFFER = "is not what their parts by these breakdowns add up to"


async def test_days_whose_parts_do_not_add_up_to_the_ads_are_gaps_of_the_set(world: RefreshWorld) -> None:
    account = await world.connected()
    await world.refreshed(account)
    [[left_out], *_] = await world.select(
        "select external_id from ad join insight i on i.tenant_id = ad.tenant_id and ad_id = id"
        " where i.tenant_id = :tenant and day = :day order by spend desc",
        day=YESTERDAY,
    )
    # The whole day was read; then the platform leaves an ad out of the answers in parts.
    world.server.admin.vanish(left_out, YESTERDAY)
    job = await world.refreshed(account, WEEK, AGE)
    found = await marks(world, account, AGE)
    gaps = {day: row.gap_kind for day, row in found.items() if row.status == "GAP"}
    assert gaps == {YESTERDAY: "REFUSED"}
    [warning] = [warning for warning in job.warnings if PARTS_DIFFER in warning]
    assert str(YESTERDAY) in warning
    assert found[YESTERDAY].rows == (await parts_by_day(world, account))[YESTERDAY]
    # Once the ads' day is that without the ad, the parts add up to it.
    await world.refreshed(account)
    job = await world.refreshed(account, WEEK, AGE)
    assert [warning for warning in job.warnings if PARTS_DIFFER in warning] == []
    assert "GAP" not in {row.status for row in (await marks(world, account, AGE)).values()}


async def test_rounding_and_restated_days_are_no_differences(world: RefreshWorld) -> None:
    account = await world.connected("act_1003")
    await world.refreshed(account)
    # What the ads spent is corrected after a while: days that were read long before the parts say nothing of them.
    await world.change(
        "update insight_account_day set spend = spend * 2 where tenant_id = :tenant and day = :day", day=YESTERDAY
    )
    stale = "update insight_day set refreshed_at = :later where tenant_id = :tenant and day = :day"
    await world.change(stale, later=world.tools.clock() + timedelta(days=2), day=YESTERDAY)
    for breakdowns in ((AGE, Breakdown.GENDER), (COUNTRY, Breakdown.REGION)):
        job = await world.refreshed(account, WEEK, *breakdowns)
        assert [warning for warning in job.warnings if PARTS_DIFFER in warning] == []
        assert "GAP" not in {row.status for row in (await marks(world, account, *breakdowns)).values()}


async def test_another_tenant_sees_none_of_it(world: RefreshWorld) -> None:
    account = await world.connected()
    await world.refreshed(account, WEEK, AGE)
    assert await marks(await world.another_tenant(), account, AGE) == {}

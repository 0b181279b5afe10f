"""People of accounts and campaigns: read as such for each period, kept at exactly that period, a gap when refused."""

from datetime import date, timedelta
from typing import Any

import pytest

from analytics.enums import DatePreset, EntityLevel
from analytics.meta.rules import Kept, oldest_day
from analytics.periods import AskedDays, DateRange, preset_range
from models.ads.ad_account import AdAccount
from models.refreshes.job import RefreshStatus
from sandbox.meta.trouble.faults import FaultKind, FaultRule
from sandbox.meta.trouble.limits import BrokenField, Heaviness
from services.ingestion.reach import PRESETS, whole_months
from services.ingestion.reach_questions import Question
from tests.sandbox.graph_client import TODAY, number
from tests.worlds.refreshes import MONTH, NOON, WEEK, Interrupted, Killed, RefreshWorld, dying
from tests.worlds.vendors import meta_of

STORED = "select level, period_start, period_end, reach, unique_clicks, c.external_id from unique_insight u"
OF_ACCOUNT = (
    f"{STORED} left join campaign c on c.tenant_id = u.tenant_id and c.id = u.entity_id"
    " where u.tenant_id = :tenant and u.ad_account_id = :id and level <> 'AD'"
)
Counted = dict[tuple[str, DateRange, str | None], tuple[int | None, int | None]]
MONTH_SO_FAR = preset_range(DatePreset.THIS_MONTH, TODAY)
LAST_7, LAST_28, LAST_30 = (preset_range(preset, TODAY) for preset in PRESETS)


async def people(world: RefreshWorld, account: AdAccount) -> Counted:
    rows = await world.select(OF_ACCOUNT, id=account.id)
    return {(row[0], DateRange(row[1], row[2]), row[5]): (row[3], row[4]) for row in rows}


async def reported(world: RefreshWorld, period: DateRange, level: str, **params: str) -> dict[str | None, Any]:
    """What a stranger reads: deleted ads count too, in lists only when they are asked for."""
    fields = "reach,unique_clicks" if level == "account" else "campaign_id,reach,unique_clicks"
    rows = await world.graph.insights(
        "act_1001", period.start, period.end, level=level, time_increment="all_days", fields=fields, **params
    )
    return {row.get("campaign_id"): (number(row, "reach"), number(row, "unique_clicks")) for row in rows}


def people_calls(world: RefreshWorld) -> list[dict[str, str]]:
    calls = (call.params for call in world.server.admin.log() if call.params.get("level") in ("account", "campaign"))
    return [params for params in calls if "reach" in params["fields"]]


async def test_the_people_of_every_period_are_those_the_platform_reports(world: RefreshWorld) -> None:
    account = await world.connected()
    assert (await world.refreshed(account)).gaps == []
    found = await people(world, account)
    month_before = preset_range(DatePreset.LAST_MONTH, TODAY)
    for period in (DateRange(TODAY, TODAY), LAST_7, LAST_28, LAST_30, MONTH_SO_FAR, month_before):
        [of_account] = (await reported(world, period, "account")).values()
        assert found["AD_ACCOUNT", period, None] == of_account
        of_campaigns = {key[2]: value for key, value in found.items() if key[:2] == ("CAMPAIGN", period)}
        every = '[{"field":"ad.effective_status","operator":"IN","value":["ACTIVE","PAUSED","ARCHIVED","DELETED",'
        every += '"CAMPAIGN_PAUSED","ADSET_PAUSED"]}]'
        assert of_campaigns == await reported(world, period, "campaign", filtering=every)


async def test_reach_over_a_week_is_not_the_sum_of_its_days(world: RefreshWorld) -> None:
    account = await world.connected()
    await world.refreshed(account, MONTH)
    found = await people(world, account)
    days = [LAST_7.start + timedelta(days=offset) for offset in range(7)]
    by_day = [found["AD_ACCOUNT", DateRange(day, day), None][0] or 0 for day in days]
    whole = found["AD_ACCOUNT", LAST_7, None][0] or 0
    assert max(by_day) <= whole < sum(by_day)


async def test_a_refresh_costs_one_question_per_level_for_days_and_one_for_periods(world: RefreshWorld) -> None:
    await world.refreshed(await world.connected())
    asked = [(call["level"], call["time_increment"]) for call in people_calls(world)]
    assert sorted(asked) == [
        ("account", "1"), ("account", "all_days"), ("campaign", "1"), ("campaign", "all_days"),
    ]  # fmt: skip


async def test_a_settled_month_is_read_once(world: RefreshWorld) -> None:
    account = await world.connected()
    await world.refreshed(account)
    first = await people(world, account)
    september, october = (
        DateRange(date(2026, 9, 1), date(2026, 9, 30)),
        DateRange(date(2026, 10, 1), date(2026, 10, 31)),
    )
    await world.change("update unique_insight set reach = 1 where tenant_id = :tenant and level = 'AD_ACCOUNT'")
    await world.refreshed(account)
    again = await people(world, account)
    assert again["AD_ACCOUNT", october, None] == first["AD_ACCOUNT", october, None]
    assert (again["AD_ACCOUNT", september, None][0], first["AD_ACCOUNT", september, None][0] != 1) == (1, True)


async def test_a_month_without_delivery_is_not_asked_for_again(world: RefreshWorld) -> None:
    account = await world.connected()
    await world.refreshed(account)
    before = len(people_calls(world))
    await world.refreshed(account)
    assert "2026-02-01" in str(people_calls(world)[:before])
    assert "2026-02-01" not in str(people_calls(world)[before:])


async def test_periods_counted_from_another_day_are_forgotten(world: RefreshWorld) -> None:
    account = await world.connected()
    await world.refreshed(account)
    world.moved_by = timedelta(days=1)
    world.server.admin.set_clock(TODAY + timedelta(days=1))
    await world.refreshed(account)
    periods = {key[1] for key in await people(world, account)}
    tomorrow = TODAY + timedelta(days=1)
    assert {preset_range(preset, tomorrow) for preset in PRESETS} <= periods
    assert not periods & {LAST_7, LAST_28, LAST_30, MONTH_SO_FAR}
    assert DateRange(TODAY, TODAY) in periods


@pytest.mark.parametrize("level", ["account", "campaign"])
async def test_people_that_are_refused_are_a_gap(world: RefreshWorld, level: str) -> None:
    account = await world.connected()
    refusal = FaultRule(FaultKind.ERROR, path="*/insights", params={"level": level}, code=100, times=None)
    world.server.admin.add_fault(refusal)
    job = await world.refreshed(account)
    assert job.status is RefreshStatus.SUCCEEDED
    assert {gap["field"] for gap in job.gaps} == {"reach"}
    world.server.admin.clear_faults()
    assert await world.stored(account) == await world.reported(account)
    other = {"account": EntityLevel.CAMPAIGN, "campaign": EntityLevel.AD_ACCOUNT}[level]
    assert {key[0] for key in await people(world, account)} == {other}


async def test_a_platform_that_is_away_is_asked_no_more(world: RefreshWorld) -> None:
    account = await world.connected()
    away = FaultRule(FaultKind.HTML_503, path="*/insights", params={"level": "account"}, times=None)
    world.server.admin.add_fault(away)
    job = await world.refreshed(account)
    assert (job.status, [gap["field"] for gap in job.gaps]) == (RefreshStatus.SUCCEEDED, ["reach"])


async def test_too_many_people_at_once_are_asked_for_in_parts(world: RefreshWorld) -> None:
    account = await world.connected()
    too_much = FaultRule(
        FaultKind.ERROR, path="*/insights", params={"level": "campaign"}, code=100, subcode=1487534, times=2
    )
    world.server.admin.add_fault(too_much)
    job = await world.refreshed(account)
    assert (job.status, job.gaps) == (RefreshStatus.SUCCEEDED, [])
    periods = {key[1] for key in await people(world, account) if key[0] == "CAMPAIGN"}
    assert {LAST_7, LAST_28, LAST_30, MONTH_SO_FAR, DateRange(TODAY, TODAY)} <= periods


async def test_a_single_day_that_is_too_much_is_a_gap_of_that_day(world: RefreshWorld) -> None:
    account = await world.connected()
    params = {"level": "account", "time_increment": "1"}
    too_much = FaultRule(FaultKind.ERROR, path="*/insights", params=params, code=100, subcode=1487534, times=None)
    world.server.admin.add_fault(too_much)
    job = await world.refreshed(account, AskedDays(TODAY - timedelta(days=1), TODAY))
    assert [gap["day"] for gap in job.gaps] == [str(TODAY - timedelta(days=1)), str(TODAY)]


async def test_a_throttled_question_makes_the_job_wait(world: RefreshWorld) -> None:
    account = await world.connected()
    throttle = FaultRule(FaultKind.ERROR, path="*/insights", params={"level": "campaign"}, code=17, subcode=2446079)
    world.server.admin.add_fault(throttle)
    job = await world.refreshed(account)
    assert job.status is RefreshStatus.WAITING
    world.moved_by += timedelta(minutes=5)
    ended = await world.run(job)
    assert (ended.status, ended.gaps, ended.days_done) == (RefreshStatus.SUCCEEDED, [], 7)


async def test_a_run_that_is_killed_before_the_people_reads_them_afterwards(world: RefreshWorld) -> None:
    account = await world.connected()
    job = await world.requested(account, WEEK)
    with pytest.raises(Killed):
        await world.run(job, dying(world, pages=0))
    assert await people(world, account) == {}
    assert (await world.run(job)).status is RefreshStatus.SUCCEEDED
    assert LAST_7 in {key[1] for key in await people(world, account)}


async def test_people_are_asked_for_as_far_back_as_they_are_kept(world: RefreshWorld) -> None:
    account = await world.connected()
    job = await world.refreshed(account, AskedDays(TODAY - timedelta(days=1000), TODAY))
    assert job.gaps == []
    days = await world.select(
        "select min(period_start), count(*) from unique_period"
        " where tenant_id = :tenant and ad_account_id = :id and level = 'CAMPAIGN' and period_start = period_end",
        id=account.id,
    )
    oldest = oldest_day(TODAY, Kept.PEOPLE)
    assert [tuple(row) for row in days] == [(oldest, (TODAY - oldest).days + 1)]


def test_thirteen_months_are_whole_months_after_the_oldest_day() -> None:
    months = whole_months(TODAY)
    assert (months[0], len(months)) == (preset_range(DatePreset.LAST_MONTH, TODAY), 12)
    assert months[-1].start > oldest_day(TODAY, Kept.PEOPLE) > months[-1].start - timedelta(days=31)


@pytest.mark.parametrize("daily", [True, False])
def test_the_halves_of_a_question_ask_the_same(daily: bool) -> None:
    question = Question(EntityLevel.AD_ACCOUNT, (LAST_7,) if daily else (LAST_7, LAST_28, LAST_30), daily)
    left, right = question.halves()
    assert (*left.answered, *right.answered) == question.answered
    assert Question(EntityLevel.AD_ACCOUNT, (DateRange(TODAY, TODAY),), daily).halves() == ()


@pytest.mark.parametrize("code", [10, 100, 200])
async def test_a_number_of_people_that_is_refused_costs_itself_alone_and_is_remembered(
    world: RefreshWorld, code: int
) -> None:
    account = await world.connected()
    params = {"level": "campaign", "fields": "*unique_clicks*"}
    world.server.admin.add_fault(FaultRule(FaultKind.ERROR, path="*/insights", params=params, code=code, times=None))
    calls = []
    for _ in range(2):
        mark = len(people_calls(world))
        job = await world.refreshed(account)
        assert (job.status, job.gaps) == (RefreshStatus.SUCCEEDED, [])
        assert ["unique_clicks" in warning for warning in job.warnings] == [True]
        calls.append(len(people_calls(world)) - mark)
    # The days of campaigns and their periods: refused, then each number apart; and after that as ever.
    assert calls == [6, 4]
    counts = await world.select(
        "select level, reach, unique_clicks from unique_insight where tenant_id = :tenant and level = 'CAMPAIGN'"
    )
    assert counts
    assert all(row.reach is not None and row.unique_clicks is None for row in counts)


async def test_people_that_a_passing_fault_has_cost_are_read_by_the_next_refresh_whatever_their_age(
    world: RefreshWorld,
) -> None:
    account, old = await world.connected(), TODAY - timedelta(days=60)
    away = FaultRule(FaultKind.HTML_503, path="*/insights", params={"level": "*[nt]", "fields": "*reach*"}, times=None)
    world.server.admin.add_fault(away)
    assert (await world.refreshed(account, AskedDays(old - timedelta(days=3), old))).gaps
    world.server.admin.clear_faults()
    assert (await world.refreshed(account)).gaps == []
    periods = {key[1] for key in await people(world, account) if key[0] == "AD_ACCOUNT"}
    assert {DateRange(old - timedelta(days=age), old - timedelta(days=age)) for age in range(4)} <= periods


def campaign_calls(world: RefreshWorld) -> list[dict[str, str]]:
    return [params for params in people_calls(world) if params["level"] == "campaign"]


async def test_people_of_more_campaigns_than_fit_into_an_answer_are_asked_for_by_campaigns(world: RefreshWorld) -> None:
    account, day = await world.connected(), AskedDays(TODAY, TODAY)
    await world.refreshed(account, day)
    whole = await people(world, account)
    world.server.admin.set_heaviness(Heaviness(most_rows=2))
    await world.change(
        "delete from unique_insight where tenant_id = :tenant and ad_account_id = :id and level <> 'AD'", id=account.id
    )
    await world.change("delete from unique_period where tenant_id = :tenant and ad_account_id = :id", id=account.id)
    job = await world.refreshed(account, day)
    assert (job.status, job.gaps) == (RefreshStatus.SUCCEEDED, [])
    assert await people(world, account) == whole
    assert any("campaign.id" in params["filtering"] for params in campaign_calls(world))
    # What worked is remembered: nothing is refused the next time.
    mark = len(world.server.admin.log())
    assert (await world.refreshed(account, day)).gaps == []
    assert await people(world, account) == whole
    assert [call.params for call in world.server.admin.log()[mark:] if call.error_code is not None] == []


async def test_people_of_a_campaign_that_no_list_has_are_read_all_the_same(world: RefreshWorld) -> None:
    account, day = await world.connected(), AskedDays(TODAY, TODAY)
    await world.refreshed(account, day)
    whole = await people(world, account)
    of_day = [key[2] for key in whole if key[:2] == ("CAMPAIGN", DateRange(TODAY, TODAY))]
    world.server.admin.set_heaviness(Heaviness(most_rows=2))
    other = await world.another_tenant()
    unlisted = of_day[0]
    assert unlisted is not None
    world.server.admin.unlist(unlisted)
    found = await other.connected()
    assert (await other.refreshed(found, day)).status is RefreshStatus.SUCCEEDED
    assert await people(other, found) == whole


@pytest.mark.parametrize("fields", [("reach",), ("reach", "unique_clicks")])
async def test_people_of_one_campaign_that_cannot_be_reported_are_a_gap_with_its_name(
    world: RefreshWorld, fields: tuple[str, ...]
) -> None:
    account, day = await world.connected(), date(2026, 10, 5)
    october = DateRange(date(2026, 10, 1), date(2026, 10, 31))
    await world.refreshed(account, AskedDays(TODAY, TODAY))
    whole = await people(world, account)
    rows = await world.graph.insights("act_1001", day, day, level="ad", fields="ad_id,campaign_id")
    ad, campaign = rows[0]["ad_id"], rows[0]["campaign_id"]
    for name in fields:
        world.server.admin.break_field(BrokenField(name, ad, day, level="campaign"))
    await world.change("delete from unique_period where tenant_id = :tenant and ad_account_id = :id", id=account.id)
    job = await world.refreshed(account, AskedDays(TODAY, TODAY))
    expected = f"The platform could not report the people of the campaign {campaign} from 2026-10-01 to 2026-10-31."
    assert (job.status, [gap["message"] for gap in job.gaps]) == (RefreshStatus.SUCCEEDED, [expected])
    found, lost = await people(world, account), ("CAMPAIGN", october, campaign)
    assert found.pop(lost, None) == (None, whole[lost][1]) if fields == ("reach",) else found.pop(lost, None) is None
    assert found == {key: value for key, value in whole.items() if key != lost}


async def test_an_accounts_own_people_are_never_asked_for_by_campaigns(world: RefreshWorld) -> None:
    account = await world.connected()
    params = {"level": "account", "fields": "*reach*"}
    too_much = FaultRule(FaultKind.ERROR, path="*/insights", params=params, code=100, subcode=1487534, times=None)
    world.server.admin.add_fault(too_much)
    assert (await world.refreshed(account, AskedDays(TODAY, TODAY))).gaps
    asked = [params for params in people_calls(world) if params["level"] == "account"]
    assert asked
    assert not any("filtering" in params for params in asked)
    # Nor is one number of theirs lost with the other.
    counts = await world.select(
        "select reach, unique_clicks from unique_insight where tenant_id = :tenant and level = 'AD_ACCOUNT'"
    )
    assert counts
    assert all(row.reach is None and row.unique_clicks is not None for row in counts)


@pytest.mark.parametrize("level", ["AD_ACCOUNT", "CAMPAIGN"])
async def test_people_are_as_old_as_their_question(world: RefreshWorld, level: str) -> None:
    account, asked_at = await world.connected(), NOON + timedelta(hours=10)
    world.moved_by = asked_at - NOON

    async def midnight_passes() -> None:
        world.moved_by += timedelta(hours=3)

    job = await world.requested(account, AskedDays(TODAY, TODAY))
    pages = {"AD_ACCOUNT": 0, "CAMPAIGN": 2}[level]
    await world.run(job, Interrupted(meta_of(world.tools), midnight_passes, pages=pages, of="people"))
    query = (
        "select refreshed_at from unique_period"
        " where tenant_id = :tenant and ad_account_id = :id and level = :level and period_start = :day"
    )
    of_day = await world.select(f"{query} and period_end = :day", id=account.id, level=level, day=TODAY)
    assert [row[0] for row in of_day] == [asked_at]
    # So the day is not whole: the next refresh, of another day, asks for its people again.
    mark = len(people_calls(world))
    await world.refreshed(account, AskedDays(TODAY - timedelta(days=9), TODAY - timedelta(days=9)))
    again = [params for params in people_calls(world)[mark:] if params["time_increment"] == "1"]
    assert any(str(TODAY) in params["time_ranges"] for params in again)

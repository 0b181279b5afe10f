"""Accounts that are too much for the platform: nothing is lost, what works is remembered, what cannot be is a gap."""

import math
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import pytest

from analytics.enums import Breakdown
from analytics.periods import AskedDays, AskedRange
from models.ads.ad_account import AdAccount
from models.refreshes.job import RefreshErrorCode, RefreshStatus
from sandbox.meta.call_log import LoggedCall
from sandbox.meta.trouble.faults import FaultKind, FaultRule
from sandbox.meta.trouble.limits import BrokenField, Heaviness
from tests.sandbox.graph_client import TODAY
from tests.worlds.refreshes import ACCOUNT, MONTH, WEEK, Killed, RefreshWorld, dying

FIELDS = 24
HISTORY = AskedDays(TODAY - timedelta(days=59), TODAY)
# Some days more than a month, which are read again only for a reason.
MONTH_AND_WEEK = AskedDays(TODAY - timedelta(days=34), TODAY)
HEAVY = {
    "full pages of a week": Heaviness(page_budget=500 * FIELDS * 7),
    "two weeks": Heaviness(most_rows=700),
    "reports of some days": Heaviness(sync_rows=1, run_rows=1000),
}
HEAVY_TOO = {
    "pages that only reports have": Heaviness(page_budget=500 * FIELDS),
    "half pages": Heaviness(page_budget=250 * FIELDS),
    "answers in time for a week": Heaviness(sync_rows=700),
    "nothing at once": Heaviness(sync_rows=1),
}
# Even a day is too much: whether at once, as a report, or both.
TOO_HEAVY = (Heaviness(most_rows=20), Heaviness(sync_rows=20, run_rows=20))


def calls_for_ads(world: RefreshWorld, since: int = 0) -> list[LoggedCall]:
    """Calls for ad-days, reports included; those for people come after them."""
    found = []
    for call in world.server.admin.log()[since:]:
        if call.params.get("level") in ("account", "campaign"):
            break
        if call.path.endswith("/insights") or call.path.isdigit():
            found.append(call)
    return found


async def refreshed(world: RefreshWorld, account: AdAccount, days: AskedRange = MONTH) -> list[LoggedCall]:
    mark = len(world.server.admin.log())
    job = await world.refreshed(account, days)
    assert (job.status, job.gaps) == (RefreshStatus.SUCCEEDED, [])
    return calls_for_ads(world, mark)


def fewest_calls(world: RefreshWorld, limits: Heaviness, rows: dict[date, int]) -> int:
    """By trying every way to ask for the same length at a time, in the same mode and size of pages."""
    ads = len(world.server.admin.sandbox.dataset.accounts[ACCOUNT].ads)

    def fits(by_report: bool, page: int, days: int) -> bool:
        weight = page * FIELDS * (1 if by_report else days)
        most = (limits.most_rows, limits.run_rows if by_report else limits.sync_rows)
        return weight <= (limits.page_budget or math.inf) and all(ads * days <= (each or math.inf) for each in most)

    def calls(by_report: bool, page: int, days: int) -> Iterator[int]:
        newest_first = [rows.get(TODAY - timedelta(days=age), 0) for age in range(28)]
        for first in range(0, 28, days):
            yield 2 * by_report + max(1, math.ceil(sum(newest_first[first : first + days]) / page))

    ways = [
        (by_report, page, days) for by_report in (False, True) for page in (500, 250, 125, 62) for days in range(1, 29)
    ]
    return min(sum(calls(*way)) for way in ways if fits(*way))


@pytest.mark.parametrize(
    "limits",
    [
        *(pytest.param(limits, id=name) for name, limits in HEAVY.items()),
        *(pytest.param(limits, id=name, marks=pytest.mark.drill) for name, limits in HEAVY_TOO.items()),
    ],
)
async def test_the_second_refresh_of_a_heavy_account_is_refused_nothing_and_needs_few_calls(
    world: RefreshWorld, limits: Heaviness
) -> None:
    account = await world.connected()
    world.server.admin.set_heaviness(limits)
    first = await refreshed(world, account, HISTORY)
    second = await refreshed(world, account, MONTH)
    assert any(call.error_code for call in first)
    assert [(call.error_code, call.error_subcode) for call in second if call.error_code] == []
    counted = await world.select(
        "select day, count(*) from insight where tenant_id = :tenant and ad_account_id = :id group by day",
        id=account.id,
    )
    fewest = fewest_calls(world, limits, {row[0]: row[1] for row in counted})
    assert len(second) <= 1.2 * fewest
    world.server.admin.set_heaviness(Heaviness())
    assert await world.stored(account) == await world.reported(account, HISTORY)


@pytest.mark.parametrize("limits", TOO_HEAVY, ids=("at once", "as reports"))
async def test_a_day_that_is_too_much_is_read_in_parts_by_ids(world: RefreshWorld, limits: Heaviness) -> None:
    account = await world.connected()
    await world.refreshed(account)
    world.server.admin.set_heaviness(limits)
    job = await world.refreshed(account)
    mark = len(world.server.admin.log())
    again = await world.refreshed(account)
    assert [job.gaps, again.gaps] == [[], []]
    assert [call.error_code for call in calls_for_ads(world, mark) if call.error_code] == []
    assert again.rows_removed == 0
    world.server.admin.set_heaviness(Heaviness())
    assert await world.stored(account) == await world.reported(account)


async def test_breakdowns_climb_the_same_ladder(world: RefreshWorld) -> None:
    account = await world.connected()
    parts = "select * from insight_breakdown where tenant_id = :tenant order by breakdown_set, day, ad_id, 6, 7"
    await world.refreshed(account, WEEK, Breakdown.AGE, Breakdown.GENDER)
    whole = await world.select(parts)
    world.server.admin.set_heaviness(Heaviness(most_rows=300, sync_rows=200))
    await world.change("delete from insight_breakdown where tenant_id = :tenant")
    job = await world.refreshed(account, WEEK, Breakdown.AGE, Breakdown.GENDER)
    assert (job.status, job.gaps) == (RefreshStatus.SUCCEEDED, [])
    assert await world.select(parts) == whole


async def test_an_account_that_became_light_is_asked_in_full_pages_again(world: RefreshWorld) -> None:
    account = await world.connected()
    usual = await refreshed(world, account)
    world.server.admin.set_heaviness(Heaviness(sync_rows=1))
    heavy = [await refreshed(world, account) for _ in range(3)][-1]
    world.server.admin.set_heaviness(Heaviness())
    assert len(await refreshed(world, account)) == len(heavy) > len(usual)
    world.moved_by = timedelta(days=7)
    light = await refreshed(world, account)
    assert {call.method for call in light} == {"GET"}
    assert len(light) <= len(usual)
    # And one that did not pays one refused call to find out.
    world.server.admin.set_heaviness(Heaviness(sync_rows=1))
    await refreshed(world, account)
    world.moved_by = timedelta(days=14)
    assert len(await refreshed(world, account)) <= len(heavy) + 1


async def a_row(world: RefreshWorld, account: AdAccount, day: date) -> Any:
    rows = await world.select(
        "select a.external_id, i.* from insight i join ad a on a.tenant_id = i.tenant_id and a.id = i.ad_id"
        " where i.tenant_id = :tenant and i.ad_account_id = :id and day = :day and purchases > 0"
        " order by spend desc limit 1",
        id=account.id,
        day=day,
    )
    return rows[0]


async def statuses(world: RefreshWorld, account: AdAccount) -> dict[date, str]:
    rows = await world.select(
        "select day, status from insight_day where tenant_id = :tenant and ad_account_id = :id", id=account.id
    )
    return {row[0]: row[1] for row in rows}


async def test_a_field_that_fails_is_a_gap_and_the_rest_of_its_day_is_stored(world: RefreshWorld) -> None:
    account, day = await world.connected(), TODAY - timedelta(days=3)
    await world.refreshed(account)
    before = await a_row(world, account, day)
    world.server.admin.break_field(BrokenField("actions", before.external_id, day))
    job = await world.refreshed(account)
    [gap] = job.gaps
    assert (job.status, gap["day"], gap["field"]) == (RefreshStatus.SUCCEEDED, str(day), "actions")
    assert before.external_id in gap["message"]
    assert {each for each, status in (await statuses(world, account)).items() if status == "GAP"} == {day}
    after = (
        await world.select(
            "select * from insight where tenant_id = :tenant and day = :day and ad_id = :ad", day=day, ad=before.ad_id
        )
    )[0]
    assert (after.purchases, after.reactions, after.actions) == (None, None, None)
    assert (after.spend, after.impressions, after.purchase_value) == (
        before.spend,
        before.impressions,
        before.purchase_value,
    )
    world.server.admin.sandbox.broken_fields.clear()
    assert await world.stored(account) == await world.reported(account)
    healed = await world.refreshed(account)
    assert (healed.gaps, "GAP" in (await statuses(world, account)).values()) == ([], False)
    assert await a_row(world, account, day) == before


async def test_a_field_that_fails_teaches_nothing_about_the_size_of_the_account(world: RefreshWorld) -> None:
    account = await world.connected()
    usual = await refreshed(world, account)
    row = await a_row(world, account, TODAY - timedelta(days=9))
    world.server.admin.break_field(BrokenField("spend", row.external_id, row.day))
    assert len((await world.refreshed(account, MONTH)).gaps) == 1
    # The next one asks for that day apart, and for its neighbours as ever.
    mark = len(world.server.admin.log())
    assert len((await world.refreshed(account, MONTH)).gaps) == 1
    ranges = {call.params["time_range"] for call in calls_for_ads(world, mark) if "time_range" in call.params}
    assert len(ranges) == 3
    world.server.admin.sandbox.broken_fields.clear()
    assert len(await refreshed(world, account)) <= len(usual)


async def test_a_day_of_which_nothing_can_be_read_keeps_what_is_stored_and_is_a_gap(world: RefreshWorld) -> None:
    account, day = await world.connected(), TODAY - timedelta(days=2)
    await world.refreshed(account)
    whole = await world.stored(account)
    refuse(world, day)
    job = await world.refreshed(account)
    assert job.status is RefreshStatus.SUCCEEDED
    assert [(gap["day"], gap["field"]) for gap in job.gaps] == [(str(day), None)]
    assert {each for each, status in (await statuses(world, account)).items() if status == "GAP"} == {day}
    assert await world.stored(account) == whole
    assert len(calls_for_ads(world)) < 150
    world.server.admin.clear_faults()
    await world.refreshed(account)
    assert "GAP" not in (await statuses(world, account)).values()


def refuse(world: RefreshWorld, day: date) -> None:
    """Every question about ads that holds the day is too much, however few its ads and fields are."""
    for start in range(28):
        for end in range(28):
            since, until = day - timedelta(days=start), day + timedelta(days=end)
            params = {"time_range": f'*"since":"{since}","until":"{until}"*', "level": "ad"}
            rule = FaultRule(FaultKind.ERROR, "*/insights", code=100, subcode=1487534, times=None, params=params)
            world.server.admin.add_fault(rule)


async def test_gaps_outlive_a_crash(world: RefreshWorld) -> None:
    account = await world.connected()
    refuse(world, TODAY)
    job = await world.requested(account, MONTH)
    with pytest.raises(Killed):
        await world.run(job, dying(world, pages=3))
    assert (await world.row(job)).days_done > 0
    ended = await world.run(job)
    assert (ended.status, [gap["day"] for gap in ended.gaps]) == (RefreshStatus.SUCCEEDED, [str(TODAY)])


NAMED = "(#100) outbound_clicks is not valid for fields param. please check the documentation for all valid values"


@pytest.mark.parametrize(
    ("message", "code"),
    [(NAMED, 100), ("Invalid parameter", 100), ("(#10) Requires advanced access", 10), ("(#200) No permission", 200)],
    ids=("named", "unnamed", "capability", "permission"),
)
async def test_a_field_that_the_platform_refuses_is_left_out_told_once_and_tried_daily(
    world: RefreshWorld, message: str, code: int
) -> None:
    account = await world.connected()
    usual = [await refreshed(world, account, MONTH_AND_WEEK) for _ in range(2)][-1]
    params = {"fields": "*outbound_clicks*", "level": "ad"}
    gone = FaultRule(FaultKind.ERROR, "*/insights", code=code, message=message, times=None, params=params)
    world.server.admin.add_fault(gone)
    refused = len(await refreshed(world, account, MONTH_AND_WEEK)) - len(usual)
    assert 1 <= refused <= (1 if message == NAMED else 30)
    assert {*(await statuses(world, account)).values()} == {"GAP"}
    assert await world.select("select 1 from insight where tenant_id = :tenant and outbound_clicks is not null") == []
    # It is remembered, costs no call more than before, and the days ask for nothing apart.
    job = await world.refreshed(account, MONTH_AND_WEEK)
    assert [("outbound_clicks" in warning, job.gaps) for warning in job.warnings][-1:] == [(True, [])]
    assert len(await refreshed(world, account, MONTH_AND_WEEK)) == len(usual)
    # A day later everything is asked for once more, and once it is answered again the older days are made up for.
    world.moved_by = timedelta(hours=25)
    assert len(usual) < len(await refreshed(world, account, MONTH_AND_WEEK)) <= len(usual) + refused
    world.server.admin.clear_faults()
    world.moved_by = timedelta(hours=51)
    await refreshed(world, account, MONTH)
    assert "GAP" in (await statuses(world, account)).values()
    job = await world.refreshed(account, MONTH)
    assert "GAP" not in (await statuses(world, account)).values()
    assert (job.warnings, job.days_done) == ([], 28)


async def test_a_day_that_was_lost_is_read_once_more_by_the_next_refresh_whatever_its_age(world: RefreshWorld) -> None:
    account, old = await world.connected(), TODAY - timedelta(days=70)
    refuse(world, old)
    job = await world.refreshed(account, AskedDays(old - timedelta(days=6), old))
    assert [gap["day"] for gap in job.gaps] == [str(old)]
    asked = []
    for _ in range(3):
        mark = len(world.server.admin.log())
        assert (await world.refreshed(account)).days_done == 7
        asked.append(any(str(old) in call.params.get("time_range", "") for call in calls_for_ads(world, mark)))
    assert asked == [True, False, False]
    world.server.admin.clear_faults()
    await world.change("update insight_day set gap_kind = null where tenant_id = :tenant and status = 'GAP'")
    assert (await world.refreshed(account)).gaps == []
    assert "GAP" not in (await statuses(world, account)).values()


async def test_a_question_that_is_refused_whatever_it_asks_for_fails_the_job(world: RefreshWorld) -> None:
    account = await world.connected()
    params = {"level": "ad"}
    world.server.admin.add_fault(FaultRule(FaultKind.ERROR, "*/insights", code=100, times=None, params=params))
    job = await world.refreshed(account)
    assert (job.status, job.error_code, job.gaps) == (RefreshStatus.FAILED, RefreshErrorCode.ACCOUNT_UNAVAILABLE, [])
    assert await world.stored(account) == {}


@pytest.mark.parametrize("breakdowns", [(), (Breakdown.AGE,)], ids=("ad-days", "breakdowns"))
async def test_a_permission_that_lacks_for_every_field_fails_the_job_after_two_calls(
    world: RefreshWorld, breakdowns: tuple[Breakdown, ...]
) -> None:
    account = await world.connected()
    revoked = FaultRule(FaultKind.SCOPE_MISSING, "*/insights", times=None, params={"level": "ad"})
    world.server.admin.add_fault(revoked)
    job = await world.refreshed(account, WEEK, *breakdowns)
    assert (job.status, job.error_code, job.gaps) == (RefreshStatus.FAILED, RefreshErrorCode.PERMISSION_MISSING, [])
    assert "ads_read" in (job.error_message or "")
    assert len([call for call in world.server.admin.log() if call.error_code]) == 2

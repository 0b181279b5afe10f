"""What is odd in Meta's answers is told in warnings, and costs neither the account nor the rest of the answer."""

import json
from collections.abc import AsyncGenerator, Callable, Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from msgspec import structs

from analytics.meta.ad_day_facts import MOST
from analytics.periods import AskedDays
from integrations.ads.questions import Asking
from integrations.ads.records import AdDayRow
from integrations.meta.client import MetaSession
from integrations.meta.records import ActionStat
from models.ads.ad_account import AdAccount
from models.refreshes.job import RefreshStatus
from sandbox.meta.trouble.faults import FaultKind, FaultRule
from sandbox.meta.trouble.limits import Heaviness
from tests.sandbox.graph_client import TODAY
from tests.services.ingestion.entities.test_storing import Odd
from tests.worlds.refreshes import RefreshWorld
from tests.worlds.vendors import rows_of

DAY = AskedDays(TODAY, TODAY)
LONG = "".join(chr(0x4E00 + number * 7 % 20_000) for number in range(1500))


@pytest.mark.parametrize("with_keys", [False, True])
async def test_a_refresh_takes_every_form_of_every_field(world: RefreshWorld, *, with_keys: bool) -> None:
    account = await world.connected()
    rows = await world.graph.insights("act_1001", TODAY, TODAY, level="ad", time_increment="1", fields="ad_id")
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
        names = await world.select(f"select name from {table} where tenant_id = :tenant and length(name) > 1000")
        assert [row.name for row in names] == [f"bad{LONG}"], table


async def test_large_numbers_are_stored_and_added_up(world: RefreshWorld) -> None:
    async def large(
        source: MetaSession, external_id: str, since: date, until: date, *, asking: Asking
    ) -> AsyncGenerator[Sequence[AdDayRow], None]:
        bought = (ActionStat("purchase", Decimal("999999999999999.99")),)
        async for page in source.insights(external_id, since, until, asking=asking):
            yield [structs.replace(each, spend=MOST, impressions=MOST, action_values=bought) for each in rows_of(page)]

    account = await world.connected()
    ended = await world.run(await world.requested(account, DAY), Odd(world, insights=large))
    assert (ended.status, ended.warnings) == (RefreshStatus.SUCCEEDED, [])
    rows = await world.stored_rows(account)
    assert rows > 10
    for table in ("insight", "insight_campaign_day", "insight_account_day"):
        sums = "select sum(spend) spend, sum(impressions) seen, sum(purchase_value) worth from"
        (total,) = await world.select(
            f"{sums} {table} where tenant_id = :tenant and ad_account_id = :id", id=account.id
        )
        assert (total.spend, total.seen) == (rows * MOST, rows * MOST), table
        assert total.worth == rows * Decimal("999999999999999.99"), table


async def test_a_row_keeps_the_money_and_the_days_of_its_account(world: RefreshWorld) -> None:
    """A currency that is none, and a row of a day that nobody asked about, spoil themselves alone."""

    async def odd(
        source: MetaSession, external_id: str, since: date, until: date, *, asking: Asking
    ) -> AsyncGenerator[Sequence[AdDayRow], None]:
        async for page in source.insights(external_id, since, until, asking=asking):
            first, *others = rows_of(page)
            elsewhere = structs.replace(first, day=TODAY - timedelta(days=40))
            yield [structs.replace(first, currency="eur"), *others, elsewhere]

    account = await world.connected()
    ended = await world.run(await world.requested(account, DAY), Odd(world, insights=odd))
    assert (ended.status, ended.gaps) == (RefreshStatus.SUCCEEDED, [])
    assert await world.stored(account) == await world.reported(account, DAY)
    assert [
        row.currency for row in await world.select("select distinct currency from insight where tenant_id = :tenant")
    ] == ["EUR"]
    for name in ("account_currency", "date_start"):
        assert any(f"cannot be read as {name} of the ads" in text for text in ended.warnings), name


Edit = Callable[[dict[str, Any]], object]


async def answer_oddly(world: RefreshWorld, edit: Edit) -> None:
    """From now on a row of every answer about the ads of DAY is edited."""
    fields = "ad_id,adset_id,campaign_id,account_currency,spend,impressions,clicks,actions"
    rows = await world.graph.insights("act_1001", TODAY, TODAY, level="ad", time_increment="1", fields=fields)
    edit(next(row for row in rows if "actions" in row))
    rule = FaultRule(FaultKind.OTHER_BODY, "*/insights", message=json.dumps({"data": rows}), times=None)
    rule.params["level"] = "ad"
    world.server.admin.add_fault(rule)


async def day_statuses(world: RefreshWorld, account: AdAccount) -> list[tuple[str, str | None]]:
    rows = await world.select(
        "select status, gap_kind from insight_day where tenant_id = :tenant and ad_account_id = :id", id=account.id
    )
    return [(row.status, row.gap_kind) for row in rows]


@pytest.mark.parametrize(
    ("field", "edit"),
    [
        ("impressions", lambda row: row.update(impressions="abc")),
        ("spend", lambda row: row.update(spend=["7"])),
        ("spend", lambda row: row.update(spend="1" + 16 * "0")),
        ("actions", lambda row: row.update(actions="none")),
        ("actions", lambda row: row["actions"][0].update(value={"n": 1})),
        ("actions", lambda row: row["actions"].append("purchase")),
        (None, lambda row: row.update(ad_id={})),
        (None, lambda row: row.pop("date_start")),
    ],
)
async def test_a_number_that_cannot_be_read_makes_its_day_a_gap_until_it_can(
    world: RefreshWorld, field: str | None, edit: Edit
) -> None:
    account = await world.connected()
    await answer_oddly(world, edit)
    job = await world.refreshed(account, DAY)
    assert (job.status, [(gap["day"], gap["field"]) for gap in job.gaps]) == (
        RefreshStatus.SUCCEEDED,
        [(str(TODAY), field)],
    )
    assert job.warnings
    assert await day_statuses(world, account) == [("GAP", "AGAIN")]
    stored, reported = await world.stored(account), await world.reported(account, DAY)
    assert stored[TODAY][field == "spend"] == reported[TODAY][field == "spend"] or field is None, "the others stay"
    world.server.admin.clear_faults()
    yesterday = TODAY - timedelta(days=1)
    healed = await world.refreshed(account, AskedDays(yesterday, yesterday))
    assert (healed.gaps, healed.warnings) == ([], [])
    assert {status for status, _ in await day_statuses(world, account)} == {"PROVISIONAL"}
    assert (await world.stored(account))[TODAY] == reported[TODAY]


async def test_odd_rows_of_a_report_are_gaps_as_well(world: RefreshWorld) -> None:
    account = await world.connected()
    world.server.admin.set_heaviness(Heaviness(sync_rows=1))
    world.server.admin.spread_odd_values()
    job = await world.refreshed(account, DAY)
    assert {"spend", "actions"} <= {gap["field"] for gap in job.gaps}
    assert await day_statuses(world, account) == [("GAP", "AGAIN")]
    world.server.admin.spread_odd_values(is_on=False)
    healed = await world.refreshed(account, DAY)
    assert (healed.gaps, await world.stored(account)) == ([], await world.reported(account, DAY))


async def test_a_number_that_is_never_readable_is_not_asked_for_without_end(world: RefreshWorld) -> None:
    account = await world.connected()
    await answer_oddly(world, lambda row: row.update(clicks="many"))
    await world.refreshed(account, DAY)
    later = AskedDays(TODAY + timedelta(days=1), TODAY + timedelta(days=1))
    world.moved_by = timedelta(days=1)
    for kinds in (["REFUSED"], ["REFUSED"]):
        await world.refreshed(account, later)
        rows = await world.select(
            "select gap_kind from insight_day where tenant_id = :tenant and day = :day", day=TODAY
        )
        assert [row.gap_kind for row in rows] == kinds


@pytest.mark.parametrize(
    "edit",
    [
        lambda row: row.update(clicks=None, actions=None),
        lambda row: row.update(clicks="", actions=[]),
        lambda row: row["actions"].append(None),
        lambda row: row.update(account_currency=7, adset_id={}),
        lambda row: [row.pop("clicks"), row.pop("actions")],
    ],
)
async def test_a_number_that_is_not_sent_is_nothing_and_no_gap(world: RefreshWorld, edit: Edit) -> None:
    account = await world.connected()
    await answer_oddly(world, edit)
    job = await world.refreshed(account, DAY)
    assert (job.status, job.gaps) == (RefreshStatus.SUCCEEDED, [])
    assert await day_statuses(world, account) == [("PROVISIONAL", None)]
    assert await world.stored(account) == await world.reported(account, DAY)


@pytest.mark.parametrize(
    ("level", "row", "who"),
    [
        ("account", {"reach": "many"}, "the account"),
        ("campaign", {"reach": [7], "campaign_id": "7"}, "the campaigns 7"),
        ("campaign", {"campaign_id": ""}, "the campaigns without an id"),
    ],
)
async def test_people_that_cannot_be_read_are_a_gap_and_asked_for_again(
    world: RefreshWorld, level: str, row: dict[str, Any], who: str
) -> None:
    account, other = await world.connected(), TODAY - timedelta(days=1)
    dates = {"date_start": str(TODAY), "date_stop": str(TODAY)}
    good = {"reach": "5", "unique_clicks": "2", **({"campaign_id": "8"} if level == "campaign" else {})}
    yesterday = dict.fromkeys(dates, str(other))
    body = json.dumps({"data": [good | yesterday, {"unique_clicks": "3"} | row | dates]})
    params = {"level": level, "time_increment": "1", "fields": "*reach*"}
    world.server.admin.add_fault(FaultRule(FaultKind.OTHER_BODY, "*/insights", message=body, params=params))
    job = await world.refreshed(account, AskedDays(other, TODAY))
    assert [(gap["day"], gap["field"]) for gap in job.gaps] == [(str(TODAY), "reach")]
    assert any(f"{who} on {TODAY}" in warning for warning in job.warnings), job.warnings
    of_level = {"account": "AD_ACCOUNT", "campaign": "CAMPAIGN"}[level]
    days = (
        "select period_start from unique_period"
        " where tenant_id = :tenant and level = :level and period_start = period_end"
    )
    assert {each[0] for each in await world.select(days, level=of_level)} == {other}, "the others are stored"
    healed = await world.refreshed(account, DAY)
    assert (healed.gaps, healed.warnings) == ([], [])
    assert {each[0] for each in await world.select(days, level=of_level)} == {other, TODAY}

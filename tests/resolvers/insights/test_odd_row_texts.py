"""Rows as JSON over what is odd: names, numbers that are none, entities that no list has brought, other settings."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import asyncpg
import pytest

from analytics.periods import DateRange
from embedded.postgres import DatabaseUrls
from models.database import Database
from models.ids import new_id
from services.toolbox import Toolbox
from tests.doors.in_process import Answer
from tests.insights_truth.selected import ALIASES
from tests.models.splicing.test_texts import TEXTS
from tests.resolvers.insights.test_comparisons import Days, between
from tests.worlds.insights import insight_world
from tests.worlds.row_texts import by_objects, written

DAY = DateRange(date(2026, 3, 2), date(2026, 3, 2))
CAMPAIGNS = {"range": between(DAY.start, DAY.end), "groupBy": {"level": "CAMPAIGN"}}
ROWS = "query($input: InsightsInput!) {{ insights(input: $input) {{ rows {{ {} nodes {{ {} }} }} }} }}"
WHOLE = "key period { start end } entity { id name externalId } metrics { spend roas ctrAll cpm frequency currency }"


@pytest.fixture
async def days(tools: Toolbox) -> Days:
    return Days(tools, await insight_world(tools.db, store=False))


async def both_ways(days: Days, selected: str, asked: dict[str, Any], *, is_written: bool = True) -> Answer:
    query = ROWS.format("pageInfo { endCursor }", selected)
    with written() as noted:
        found = await days.door.ask(query, input=asked)
    assert noted == [is_written]
    with by_objects():
        assert await days.door.ask(query, input=asked) == found
    return found


def nodes(found: Answer) -> list[Any]:
    assert found.codes == []
    return list(found.data["insights"]["rows"]["nodes"])


async def test_names_are_whatever_people_write(days: Days) -> None:
    campaigns = await days.world.entities.campaigns(days.world.account, *TEXTS)
    [row, *_] = days.world.random_rows(DAY)
    await days.world.store(DAY, [replace(row, ad_id=new_id(), campaign_id=each.id) for each in campaigns])
    found = nodes(await both_ways(days, WHOLE, CAMPAIGNS | {"sort": [{"name": "ASC"}]}))
    assert sorted(each["entity"]["name"] for each in found) == sorted(TEXTS)


async def test_names_in_the_answer_are_whatever_graphql_takes(days: Days) -> None:
    await days.world.store(DAY, days.world.random_rows(DAY))
    keys, spends = (" ".join(f"{name}: {of}" for name in ALIASES) for of in ("key", "spend"))
    found = nodes(await both_ways(days, f"{keys} metrics {{ {spends} }}", CAMPAIGNS))
    assert [*found[0]] == [*ALIASES, "metrics"]
    assert [*found[0]["metrics"]] == [*ALIASES]


async def test_rows_of_what_no_list_has_brought_have_no_entity(days: Days) -> None:
    """Ads of an unknown creative are one row, the ads of an unknown campaign another."""
    rows = days.world.random_rows(DAY)
    await days.world.store(DAY, [*rows, replace(rows[0], ad_id=new_id(), campaign_id=new_id())])
    of_campaigns = nodes(await both_ways(days, WHOLE, CAMPAIGNS))
    assert [each["entity"] is None for each in of_campaigns] == [False, False, True]
    for grain, ending in (("NONE", ""), ("MONTH", "/2026-03-01")):
        asked = CAMPAIGNS | {"groupBy": {"level": "CREATIVE"}, "grain": grain}
        [unknown] = [each for each in nodes(await both_ways(days, WHOLE, asked)) if each["entity"] is None]
        assert unknown["key"] == f"CREATIVE{ending}"


async def test_an_entity_that_is_deleted_is_shown(days: Days) -> None:
    world = days.world
    [gone] = await world.entities.campaigns(world.account, "Gone", status="DELETED", daily_budget=Decimal("1e-6"))
    [row, *_] = world.random_rows(DAY)
    await world.store(DAY, [replace(row, campaign_id=gone.id)])
    selected = "entity { name ... on Campaign { status dailyBudget lifetimeBudget objective } }"
    [found] = nodes(await both_ways(days, selected, CAMPAIGNS))
    assert found["entity"] == {
        "name": "Gone", "status": "DELETED", "dailyBudget": Decimal("0.000001"), "lifetimeBudget": None,
        "objective": None,
    }  # fmt: skip


async def test_money_of_two_currencies_is_told_as_none(days: Days) -> None:
    """The currency of the account was changed on the platform, and numbers of both are in one group."""
    for number, currency in enumerate(("USD", "EUR")):
        day = DateRange(*(each + timedelta(days=number) for each in (DAY.start, DAY.end)))
        await days.world.store(day, [replace(row, currency=currency) for row in days.world.random_rows(day)])
    asked = CAMPAIGNS | {"range": between(DAY.start, DAY.end + timedelta(days=1))}
    for found in nodes(await both_ways(days, "metrics { currency spend impressions ctrAll }", asked)):
        assert found["metrics"]["impressions"] is not None
        assert (found["metrics"]["currency"], found["metrics"]["spend"]) == (None, None)


async def test_a_number_that_is_none_is_the_same_error_at_the_same_place(days: Days) -> None:
    [first, second, *_] = days.world.random_rows(DAY)
    await days.world.store(DAY, [replace(first, facts={**first.facts, "spend": Decimal("NaN")}), second])
    found = await both_ways(days, WHOLE, CAMPAIGNS, is_written=False)
    places = [["insights", "rows", "nodes", 0, "metrics", name] for name in ("spend", "roas", "cpm")]
    assert (sorted(found.paths), set(found.codes)) == (sorted(places), {"INTERNAL"})


@asynccontextmanager
async def role_with(postgres: DatabaseUrls, superuser: str, setting: str, value: str) -> AsyncIterator[Database]:
    """A database whose runtime role has another setting."""
    runtime = await asyncpg.connect(postgres.runtime)
    role = await runtime.fetchval("select current_user")
    await runtime.close()
    admin = await asyncpg.connect(superuser)
    await admin.execute(f"alter role {role} set {setting} to {value}")
    try:
        other = Database(postgres.runtime, system_url=postgres.system)
        yield other
        await other.close()
    finally:
        await admin.execute(f"alter role {role} reset {setting}")
        await admin.close()


@pytest.mark.parametrize(
    ("setting", "value"),
    [
        ("extra_float_digits", "0"),
        ("datestyle", "'German, DMY'"),
        ("timezone", "'Pacific/Kiritimati'"),
        ("standard_conforming_strings", "off"),
        ("backslash_quote", "off"),
        ("bytea_output", "'escape'"),
    ],
)
async def test_what_a_role_is_set_to_changes_nothing(
    days: Days, postgres: DatabaseUrls, superuser: str, setting: str, value: str
) -> None:
    await days.world.store(DAY, days.world.random_rows(DAY))
    query, asked = ROWS.format("", WHOLE), CAMPAIGNS | {"grain": "DAY"}
    expected = await days.door.ask(query, input=asked)
    async with role_with(postgres, superuser, setting, value) as db:
        other = Days(replace(days.door.tools, db=db), days.world)
        with written() as noted:
            found = await other.door.ask(query, input=asked)
    assert (noted, found) == ([True], expected)
    assert nodes(found)

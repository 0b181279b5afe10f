"""namingCoverage: which ads that delivered have names that templates match, and how much was spent on the others."""

from collections.abc import AsyncIterator, Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from analytics.enums import NamingFieldType, NamingLevel
from analytics.naming.template import NamingField, NamingLabel
from analytics.periods import DateRange
from embedded.postgres import DatabaseUrls
from services.naming.templates import TemplateWish, save_naming_template
from services.toolbox import Toolbox
from tests.doors.in_process import Door
from tests.worlds.insights import FIRST, LAST, InsightWorld, insight_world, more_insights
from tests.worlds.naming import position
from tests.worlds.rates import rate, rates_of_the_test, stored

ASKED = """
query($range: DateRangeInput!, $first: Int) { namingCoverage(range: $range) {
  matched partial unmatched unmatchedSpendShare unmatchedNames(first: $first)
} }
"""
HOOKS = NamingField("hook", NamingFieldType.ENUM, labels=tuple(NamingLabel(f"Hook {n}", "Hook") for n in range(4)))
FEW = DateRange(FIRST, FIRST + timedelta(days=3))


async def answered(tools: Toolbox, world: InsightWorld, days: DateRange, first: int | None = 20) -> Any:
    span = {"between": {"from": str(days.start), "to": str(days.end)}}
    answer = await Door(tools, world.entities.viewer).ask(ASKED, range=span, first=first)
    assert answer.codes == [], answer.messages
    return answer.data["namingCoverage"]


async def save(tools: Toolbox, world: InsightWorld, *fields: NamingField, **rules: Any) -> None:
    wish = TemplateWish(position(fields=fields, **rules))
    await save_naming_template(tools.db, tools.clock, world.entities.viewer, wish)


def spent(world: InsightWorld, ids: Sequence[UUID], days: DateRange) -> float:
    rows = [row for row in world.rows if row.ad_id in ids and row.day in days]
    return sum(float(row.facts["spend"] or 0) for row in rows)


async def test_an_ad_is_as_good_as_the_worst_of_the_names_above_it(tools: Toolbox) -> None:
    world = await insight_world(tools.db)
    days, everything = DateRange(FIRST, LAST), [ad.id for ad in world.ads]
    bare = await answered(tools, world, days)
    assert (bare["matched"], bare["partial"], bare["unmatched"], bare["unmatchedSpendShare"]) == (0, 0, 8, 1)
    assert sorted(bare["unmatchedNames"]) == sorted(ad.name for ad in world.ads)
    await save(tools, world, HOOKS)
    # Of `Spri|g sale` and `Autum| 50% off` the second says only some of what it should.
    offer = NamingField("offer", NamingFieldType.ENUM, required=True, labels=(NamingLabel("g sale", "Sale"),))
    await save(tools, world, NamingField("season"), offer, level=NamingLevel.CAMPAIGN, delimiter="n")
    found = await answered(tools, world, days)
    still = [ad for ad in world.ads if ad.name.startswith("Still")]
    share = spent(world, [ad.id for ad in still], days) / spent(world, everything, days)
    assert (found["matched"], found["partial"], found["unmatched"]) == (2, 2, 4)
    assert found["unmatchedSpendShare"] == pytest.approx(share)
    most_first = sorted(still, key=lambda ad: -spent(world, [ad.id], days))
    assert found["unmatchedNames"] == [ad.name for ad in most_first]
    assert (await answered(tools, world, days, first=1))["unmatchedNames"] == [most_first[0].name]
    nothing = DateRange(LAST + timedelta(days=10), LAST + timedelta(days=11))
    assert await answered(tools, world, nothing) == {
        "matched": 0,
        "partial": 0,
        "unmatched": 0,
        "unmatchedSpendShare": None,
        "unmatchedNames": [],
    }


@pytest.fixture
async def no_rates(postgres: DatabaseUrls) -> AsyncIterator[None]:
    async with rates_of_the_test(postgres.migration):
        yield


@pytest.mark.usefixtures("no_rates")
async def test_spend_of_two_currencies_is_compared_once_rates_are_known(tools: Toolbox) -> None:
    euros = await insight_world(tools.db, store=False)
    dollars = await more_insights(euros.entities, store=False, currency="USD")
    for world in (euros, dollars):
        await world.store(FEW, world.random_rows(FEW))
    await save(tools, euros, HOOKS, ad_account_ids=frozenset([dollars.account.id]))
    unknown = await answered(tools, euros, FEW)
    assert (unknown["matched"], unknown["unmatched"], unknown["unmatchedSpendShare"]) == (4, 12, None)
    await stored(tools.db, [rate("USD", f"{FIRST}", "1.25")])
    matched = spent(dollars, [ad.id for ad in dollars.ads if ad.name.startswith("Hook")], FEW) / 1.25
    total = spent(euros, [ad.id for ad in euros.ads], FEW) + spent(dollars, [ad.id for ad in dollars.ads], FEW) / 1.25
    found = await answered(tools, euros, FEW)
    assert found["unmatchedSpendShare"] == pytest.approx(1 - matched / total)


async def test_a_range_that_cannot_be_is_refused(tools: Toolbox) -> None:
    world = await insight_world(tools.db, store=False)
    span = {"between": {"from": str(LAST), "to": str(FIRST)}}
    assert (await Door(tools, world.entities.viewer).ask(ASKED, range=span)).codes == ["BAD_USER_INPUT"]

"""Comparisons with the year before around a 29 February, which has no pair and counts to the 28th."""

from datetime import date
from typing import Any

import pytest

from analytics.enums import EntityLevel
from analytics.periods import DateRange
from models.insights.reach import PeopleCount, PeopleRead, replace_people
from services.toolbox import Toolbox
from tests.resolvers.insights.test_comparisons import ASK, Days, between
from tests.worlds.ads import NOON
from tests.worlds.insights import insight_world


@pytest.fixture
async def days(tools: Toolbox) -> Days:
    return Days(tools, await insight_world(tools.db, store=False))


async def test_a_29_february_has_no_previous_and_counts_to_the_28th(days: Days) -> None:
    await days.spend(DateRange(date(2023, 2, 27), date(2023, 3, 1)), "1")
    await days.spend(DateRange(date(2024, 2, 27), date(2024, 3, 1)), "2")
    await days.spend(DateRange(date(2025, 2, 27), date(2025, 3, 1)), "4")

    async def spends(year: int) -> dict[str, Any]:
        asked = between(date(year, 2, 27), date(year, 3, 1))
        found = await days.ask(
            range=asked,
            grain="DAY",
            groupBy={"level": "TENANT"},
            filter={"campaignIds": days.campaigns[:1]},
            compareTo={"preset": "PREVIOUS_YEAR"},
        )
        return {
            row["period"]["start"][5:]: row["previous"] and row["previous"]["spend"] for row in found["rows"]["nodes"]
        }

    assert await spends(2024) == {"02-27": 1, "02-28": 1, "02-29": None, "03-01": 1}
    assert await spends(2025) == {"02-27": 2, "02-28": 4, "03-01": 2}


async def test_people_of_the_28_february_are_compared_in_a_leap_year(days: Days) -> None:
    """The 29th has no pair, so that the pair of the 28th ends with itself."""
    past, now = DateRange(date(2023, 2, 27), date(2023, 3, 1)), DateRange(date(2024, 2, 27), date(2024, 3, 1))
    campaign = days.world.campaigns[0]
    for asked in (past, now):
        await days.spend(asked, "1", None)
        periods = tuple(DateRange(day, day) for day in asked.every_day())
        counts = tuple(PeopleCount(campaign.id, period, period.start.day, None) for period in periods)
        read = PeopleRead(days.world.account.id, EntityLevel.CAMPAIGN, periods, counts, refreshed_at=NOON)
        async with days.world.db.write(days.world.entities.viewer) as session:
            await replace_people(session, read)
    query = ASK.replace("spend impressions", "spend reach impressions")
    given = {"groupBy": {"level": "CAMPAIGN"}, "range": between(now.start, now.end), "grain": "DAY"}
    answer = await days.door.ask(query, input=given | {"compareTo": {"preset": "PREVIOUS_YEAR"}})
    rows = answer.data["insights"]["rows"]["nodes"]
    reach = {row["period"]["start"][5:]: row["previous"] and row["previous"]["reach"] for row in rows}
    assert reach == {"02-27": 27, "02-28": 28, "02-29": None, "03-01": 1}

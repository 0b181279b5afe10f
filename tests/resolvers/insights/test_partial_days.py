"""The warning of insights that a day was last read before it had ended."""

import dataclasses
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from analytics.enums import EntityLevel
from analytics.periods import DateRange
from models.insights.reach import PeopleCount, PeopleRead, replace_people
from services.toolbox import Toolbox
from tests.doors.in_process import Door
from tests.worlds.ads import NOON
from tests.worlds.insights import InsightWorld, insight_world, more_insights

ASK = "query($input: InsightsInput!) { insights(input: $input) { meta { warnings { code message metrics } } } }"


PEOPLE = """query($input: InsightsInput!) { insights(input: $input) {
  rows(first: 5) { nodes { metrics { reach frequency } } } meta { warnings { code message metrics } }
}}"""


def door_of(tools: Toolbox, world: InsightWorld) -> Door:
    return Door(dataclasses.replace(tools, clock=lambda: NOON), world.entities.viewer)


def codes(found: Any) -> list[str]:
    return sorted(warning["code"] for warning in found["meta"]["warnings"])


@pytest.mark.parametrize(
    ("time_zone", "midnight"),
    [
        ("Europe/Berlin", datetime(2026, 10, 25, 23, tzinfo=UTC)),  # a day of 25 hours
        ("America/Los_Angeles", datetime(2026, 10, 26, 7, tzinfo=UTC)),
        ("Pacific/Kiritimati", datetime(2026, 10, 25, 10, tzinfo=UTC)),
    ],
)
async def test_a_day_that_was_last_read_before_its_midnight_is_partial(
    tools: Toolbox, time_zone: str, midnight: datetime
) -> None:
    world = await insight_world(tools.db, store=False, time_zone=time_zone, name="Shop")
    day = date(2026, 10, 25)
    asked = {"range": {"between": {"from": str(day), "to": str(day)}}}
    await world.store(DateRange(day, day), [], refreshed_at=midnight - timedelta(seconds=1), settled_through=day)
    found = (await door_of(tools, world).ask(ASK, input=asked)).data["insights"]
    assert codes(found) == ["PARTIAL_DAY"]
    assert "Shop" in found["meta"]["warnings"][0]["message"]
    await world.store(DateRange(day, day), [], refreshed_at=midnight, settled_through=day)
    assert codes((await door_of(tools, world).ask(ASK, input=asked)).data["insights"]) == []


async def test_only_the_asked_days_of_each_account_are_called_partial(tools: Toolbox) -> None:
    fresh, today = await insight_world(tools.db), date(2026, 11, 21)
    second = await more_insights(fresh.entities, name="Second")
    await second.store(DateRange(today, today), [])
    ranges = [("2026-11-20", "2026-11-20"), ("2026-11-20", "2026-11-21")]
    found = []
    for start, end in ranges:
        asked = {"range": {"between": {"from": start, "to": end}}}
        meta = (await door_of(tools, fresh).ask(ASK, input=asked)).data["insights"]["meta"]
        found.append([each["message"] for each in meta["warnings"] if each["code"] == "PARTIAL_DAY"])
    assert found == [[], ["Some days were last read before they had ended, as today always is: Second."]]


@pytest.mark.parametrize("level", [EntityLevel.AD_ACCOUNT, EntityLevel.CAMPAIGN])
@pytest.mark.parametrize("start", [date(2026, 10, 19), date(2026, 10, 25)])
async def test_people_that_were_counted_before_their_period_had_ended_are_partial(
    tools: Toolbox, level: EntityLevel, start: date
) -> None:
    world = await insight_world(tools.db, time_zone="Europe/Berlin", name="Shop")
    period, midnight = DateRange(start, date(2026, 10, 25)), datetime(2026, 10, 25, 23, tzinfo=UTC)
    entity = world.account.id if level is EntityLevel.AD_ACCOUNT else world.campaigns[0].id
    counts = (PeopleCount(entity, period, 7, 1),)
    warnings = []
    for read_at in (midnight - timedelta(seconds=1), midnight):
        async with tools.db.write(world.entities.viewer) as session:
            await replace_people(session, PeopleRead(world.account.id, level, (period,), counts, read_at))
        asked = {
            "range": {"between": {"from": str(period.start), "to": str(period.end)}},
            "groupBy": {"level": level.value},
        }
        found = (await door_of(tools, world).ask(PEOPLE, input=asked)).data["insights"]
        assert 7 in [row["metrics"]["reach"] for row in found["rows"]["nodes"]]
        warnings.append([each for each in found["meta"]["warnings"] if each["code"] == "PARTIAL_DAY"])
        # Who asks for no people is not warned of them.
        assert "PARTIAL_DAY" not in codes((await door_of(tools, world).ask(ASK, input=asked)).data["insights"])
    [[told], nothing] = warnings
    assert (told["metrics"], "Shop" in told["message"], nothing) == (["reach", "frequency"], True, [])

"""Answers from sums of whole months are those from ad-days; where they would not be, ad-days are read."""

from typing import Any

import pytest

from analytics.periods import DateRange
from models.insights.months import claim_account_to_sum, sum_next_month
from services.toolbox import Toolbox
from tests.doors.in_process import Door
from tests.worlds.ads import statements
from tests.worlds.insights import LAST, InsightWorld
from tests.worlds.tags import TagWorld, tag_world

ASKED = """
query($input: InsightsInput!, $first: Int, $after: String) { insights(input: $input) {
  rows(first: $first, after: $after) {
    totalCount pageInfo { hasNextPage endCursor }
    nodes { key entity { id } period { start end } dimensions { tags { field value source } }
      metrics { currency spend impressions roas purchases reach cpm videoP25 } previous { spend } }
  }
  totals { spend impressions roas }
  meta { currency warnings { code } }
} }
"""


def between(first: str, last: str) -> dict[str, Any]:
    return {"between": {"from": first, "to": last}}


WHOLE = between("2026-04-15", str(LAST))
BY_ROAS = {"metric": {"of": {"metric": "ROAS"}}}
UGC = {"tag": {"field": "angle", "value": {"startsWith": "ugc"}}}
# October is a whole month in each of them, and the only one whose days are stored as a whole.
BY_MONTHS: list[dict[str, Any]] = [
    {"range": WHOLE, "groupBy": {"level": "AD"}},
    {
        "range": WHOLE,
        "groupBy": {"level": "AD_SET"},
        "grain": "MONTH",
        "sort": [{"metric": {"of": {"metric": "ROAS"}}}],
    },
    {"range": WHOLE, "groupBy": {"level": "CREATIVE"}, "grain": "QUARTER"},
    {"range": WHOLE, "groupBy": {"tags": ["angle", "hook"]}, "sort": [{"tag": {"field": "angle", "order": "DESC"}}]},
    {"range": WHOLE, "groupBy": {"level": "CAMPAIGN", "tags": ["angle"]}, "grain": "YEAR"},
    {"range": WHOLE, "groupBy": {"level": "AD_ACCOUNT"}, "filter": UGC},
    {"range": WHOLE, "groupBy": {"level": "AD"}, "filter": {"not": UGC}, "attribution": "CLICK_7D"},
    {"range": between("2026-03-31", "2026-12-01"), "groupBy": {"level": "AD"}},
    {"range": between("2026-05-01", "2026-10-31"), "groupBy": {"level": "AD"}, "grain": "MONTH", "fillGaps": True},
    {
        "range": WHOLE,
        "groupBy": {"level": "AD"},
        "having": {"where": {"of": {"metric": "SPEND"}, "gt": 200_000}},
        "sort": [{"metric": {"of": {"metric": "SPEND"}, "order": "ASC"}}],
    },
]
BY_DAYS: list[dict[str, Any]] = [
    {"range": WHOLE, "groupBy": {"level": "AD"}, "grain": "DAY"},
    {"range": WHOLE, "groupBy": {"level": "AD"}, "grain": "WEEK"},
    {"range": between("2026-04-01", "2026-10-30"), "groupBy": {"level": "AD"}, "grain": "MONTH"},
    # Five whole months.
    {"range": between("2026-05-02", str(LAST)), "groupBy": {"level": "AD"}},
    {"range": WHOLE, "groupBy": {"level": "AD"}, "compareTo": {"preset": "PREVIOUS_PERIOD"}},
    {"range": WHOLE, "groupBy": {"level": "CAMPAIGN"}},
]


@pytest.fixture
async def world(tools: Toolbox) -> TagWorld:
    return await tag_world(tools)


async def sum_october(account: InsightWorld) -> None:
    async with account.db.write(account.entities.viewer) as session:
        assert await claim_account_to_sum(session, account.account.id) is not None
        month = await sum_next_month(session, account.account.id, before=LAST.replace(day=1))
    assert month is not None


async def answers(world: TagWorld, asked: dict[str, Any]) -> tuple[list[Any], bool]:
    """The answer with rows on pages of three, and whether sums of months were read for it."""
    door, found, after = Door(world.tools, world.accounts[0].entities.viewer), [], None
    first = 50 if asked.get("grain") in ("DAY", "WEEK") else 3
    with statements(world.tools.db) as sent:
        while True:
            answer = await door.ask(ASKED, input=asked, first=first, after=after)
            assert answer.codes == [], answer.messages
            insights = answer.data["insights"]
            page = insights["rows"].pop("pageInfo")
            found.append(insights)
            if not page["hasNextPage"]:
                return found, any("JOIN insight_ad_month" in each for each in sent)
            after = page["endCursor"]


@pytest.mark.parametrize("asked", BY_MONTHS, ids=lambda asked: str(list(asked.values())[1:])[:60])
async def test_sums_of_months_answer_as_their_days_do(world: TagWorld, asked: dict[str, Any]) -> None:
    """With one account summed, the other one's month is read by its days."""
    before, by_months = await answers(world, asked)
    assert not by_months
    for account in world.accounts:
        await sum_october(account)
        assert await answers(world, asked) == (before, True)


@pytest.mark.parametrize("asked", BY_DAYS, ids=lambda asked: str(list(asked.values())[1:])[:60])
async def test_days_are_read_where_sums_of_months_would_not_do(world: TagWorld, asked: dict[str, Any]) -> None:
    before, _ = await answers(world, asked)
    for account in world.accounts:
        await sum_october(account)
    assert await answers(world, asked) == (before, False)


async def test_actions_are_read_by_days(world: TagWorld) -> None:
    for account in world.accounts:
        await sum_october(account)
    query = ASKED.replace("cpm videoP25", 'action(type: "link_click") { count }')
    with statements(world.tools.db) as sent:
        door = Door(world.tools, world.accounts[0].entities.viewer)
        answer = await door.ask(query, input={"range": WHOLE, "groupBy": {"level": "AD"}})
    assert answer.codes == []
    [rows] = [each for each in sent if "jsonb_array_elements" in each]
    assert "insight_ad_month" not in rows


async def test_a_slice_is_seen_at_once(world: TagWorld) -> None:
    account = world.accounts[0]
    await sum_october(account)
    asked = {"range": WHOLE, "groupBy": {"level": "AD"}}
    before, _ = await answers(world, asked)
    day = account.rows[3].day
    await account.store(DateRange(day, day), [])
    now, by_months = await answers(world, asked)
    assert not by_months
    assert now != before

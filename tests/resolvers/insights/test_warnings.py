"""The warnings of an answer about insights: each code is reached by a question that deserves it."""

import dataclasses
from datetime import date

from analytics.enums import InsightsWarningCode
from analytics.periods import DateRange
from models.insights.tables import GapKind
from services.toolbox import Toolbox
from tests.doors.in_process import Door
from tests.worlds.ads import NOON
from tests.worlds.insights import insight_world, more_insights

ASK = """
query ($input: InsightsInput!) {
  insights(input: $input) { totals { spend clicksAll reach } meta { warnings { code message metrics } } }
}
"""
# What an account with this currency spent cannot be told in any other: there is no rate of it.
OF_NO_RATE = "XTS"


async def warned(tools: Toolbox, *, harm: bool) -> dict[str, list[str]]:
    """The metrics of each warning by its code; without `harm` nothing is odd about the accounts and the question."""
    world = await insight_world(tools.db, last_refreshed_at=NOON, currency=OF_NO_RATE if harm else "EUR")
    asked = {"range": {"between": {"from": "2026-10-02", "to": "2026-10-20"}}, "currency": "EUR"}
    ask = ASK if harm else ASK.replace(" reach", "")
    if harm:
        await more_insights(world.entities, store=False, name="New", time_zone="Asia/Tokyo")
        gap, today = date(2026, 11, 5), date(2026, 11, 21)
        await world.store(DateRange(gap, gap), [], gaps={gap: GapKind.AGAIN})
        await world.store(DateRange(today, today), [])
        asked["range"] = {"between": {"from": "2026-09-01", "to": str(today)}}
    answer = await Door(dataclasses.replace(tools, clock=lambda: NOON), world.entities.viewer).ask(ask, input=asked)
    assert answer.codes == []
    assert all(warning["message"] for warning in answer.data["insights"]["meta"]["warnings"])
    return {warning["code"]: warning["metrics"] for warning in answer.data["insights"]["meta"]["warnings"]}


async def test_a_question_that_deserves_all_warnings_has_all(tools: Toolbox) -> None:
    found = await warned(tools, harm=True)
    assert set(found) == set(InsightsWarningCode)
    named = {code: metrics for code, metrics in found.items() if metrics}
    assert named == {InsightsWarningCode.NOT_ADDITIVE: ["reach"], InsightsWarningCode.NO_FX_RATE: ["spend"]}


async def test_a_question_that_deserves_none_has_none(tools: Toolbox) -> None:
    assert await warned(tools, harm=False) == {}

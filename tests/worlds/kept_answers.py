"""What the tests of kept answers share: a question that shows all that is stored, and who asks it."""

import json
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from analytics.periods import DateRange
from auth.viewer import Viewer
from execution.answers.cache import AnswerCache
from execution.transport.json_text import encode_json
from models.database import Database
from resolvers.context import Context
from schema import build_schema
from services.toolbox import Toolbox
from tests.doors.in_process import ORIGIN
from tests.worlds.ads import NOON
from tests.worlds.insights import FIRST, InsightWorld, insight_world

DAYS = DateRange(FIRST, FIRST + timedelta(days=2))
# All that a write can change but `dataVersion`, which would change without anything else.
QUERY = """
query Kept($input: InsightsInput!) {
  adAccounts { nodes { id name status disconnectedAt frozenAt lastRefreshedAt dataFrom dataThrough } totalCount }
  insights(input: $input) {
    rows(first: 100) {
      nodes {
        dimensions { country }
        entity {
          id name
          ... on Campaign {
            status dailyBudget tags { field value source }
            adAccount { name status currency timeZone frozenAt lastRefreshedAt dataFrom dataThrough settledThrough }
          }
        }
        metrics { currency spend reach profit: custom(key: "profit") { value } }
      }
      totalCount
    }
    totals { spend clicksAll }
    meta { range { start end } dataAsOf settledThrough currency timeZone warnings { code message } }
  }
}
"""
OF_DAYS = {"range": {"between": {"from": str(DAYS.start), "to": str(DAYS.end)}}}
PLAIN = {**OF_DAYS, "groupBy": {"level": "CAMPAIGN"}}
PARTS = {**OF_DAYS, "groupBy": {"level": "CAMPAIGN", "breakdowns": ["COUNTRY"]}}
CONVERTED = {**PLAIN, "currency": "USD"}


@dataclass
class Asker:
    """Asks in process, as a viewer and at a moment of the test's choice."""

    tools: Toolbox
    cache: AnswerCache | None = field(default_factory=lambda: AnswerCache(10_000_000))
    now: datetime = NOON

    async def ask(self, viewer: Viewer | None, query: str = QUERY, **variables: Any) -> Any:
        tools = replace(self.tools, clock=lambda: self.now)
        context = Context(viewer, tools, tools.db.bounded(4), ORIGIN, answers=self.cache)
        result = await build_schema().execute(query, variable_values=variables, context_value=context)
        assert not result.errors, result.errors
        return json.loads(encode_json(result.data))


async def kept_world(db: Database) -> InsightWorld:
    """Three days of an account, none of them settled."""
    world = await insight_world(db, store=False, name="Shop")
    await world.store(DAYS, world.random_rows(DAYS, seed=7), settled_through=FIRST - timedelta(days=1))
    return world

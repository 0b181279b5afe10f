"""What the tests of insights by tags share: two accounts whose ads have tags, one question, and plain loops."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from analytics.enums import Metric, TagSource
from models.ads.ad import Ad
from models.ads.entity_tag import Tag
from models.insights.day_swap import StoredInsight
from resolvers.node_id import decode_id
from services.toolbox import Toolbox
from tests.doors.in_process import Answer, Door
from tests.worlds.insights import FIRST, LAST, InsightWorld, insight_world, more_insights, naive_metrics, same

ASKED = """
query($input: InsightsInput!, $first: Int, $after: String) { insights(input: $input) {
  rows(first: $first, after: $after) {
    totalCount dataChanged pageInfo { hasNextPage endCursor }
    nodes {
      key entity { id } period { start end } dimensions { country tags { field value source } }
      metrics { spend impressions roas reach } previous { spend }
    }
  }
  totals { spend impressions roas }
  meta { dataVersion warnings { code } }
} }
"""
RANGE = {"between": {"from": str(FIRST), "to": str(LAST)}}
LEVELS: dict[str, Callable[["TagWorld", StoredInsight], UUID | None]] = {
    "TENANT": lambda _world, _row: None,
    "AD_ACCOUNT": lambda world, row: world.account_of[row.ad_id],
    "CAMPAIGN": lambda _world, row: row.campaign_id,
    "AD_SET": lambda _world, row: row.ad_set_id,
    "AD": lambda _world, row: row.ad_id,
    "CREATIVE": lambda world, row: world.ads[row.ad_id].creative_id,
}
Values = tuple[str | None, ...]
KINDS = {"AD_ACCOUNT": "AdAccount", "CAMPAIGN": "Campaign", "AD_SET": "AdSet", "AD": "Ad", "CREATIVE": "Creative"}


@dataclass
class TagWorld:
    """Two accounts; `values` has what the fields of each ad say, where they say anything."""

    tools: Toolbox
    accounts: list[InsightWorld]
    values: dict[UUID, dict[str, str | None]] = field(default_factory=dict)

    @property
    def rows(self) -> list[StoredInsight]:
        return [row for account in self.accounts for row in account.rows]

    @property
    def ads(self) -> dict[UUID, Ad]:
        return {ad.id: ad for account in self.accounts for ad in account.ads}

    @property
    def account_of(self) -> dict[UUID, UUID]:
        return {ad.id: ad.ad_account_id for ad in self.ads.values()}

    def value(self, row: StoredInsight, name: str) -> str | None:
        return self.values[row.ad_id].get(name)

    async def tag(self, ad: Ad, **values: str | None) -> None:
        self.values[ad.id] = values
        await self.accounts[0].entities.tag(ad, **values)

    async def ask(self, *, first: int = 1_000, after: str | None = None, **asked: Any) -> Any:
        answer = await self.answer(first=first, after=after, **asked)
        assert answer.codes == [], answer.messages
        return answer.data["insights"]

    async def answer(self, *, first: int = 1_000, after: str | None = None, **asked: Any) -> Answer:
        door = Door(self.tools, self.accounts[0].entities.viewer)
        return await door.ask(ASKED, input={"range": RANGE} | asked, first=first, after=after)


async def tag_world(tools: Toolbox) -> TagWorld:
    """Some ads have no tag at all, of some the name lacks it, of some a person took it away."""
    one = await insight_world(tools.db)
    world = TagWorld(tools, [one, await more_insights(one.entities)])
    angles = ["ugc", "demo", None, "UGC", "a/b=c%", "caf\u00e9", "demo", "ugc"]
    for account in world.accounts:
        for number, ad in enumerate(account.ads):
            market = {"market": "dach" if ad.campaign_id == account.campaigns[0].id else None}
            given = {} if number == 0 else {"angle": angles[number], "hook": "question" if number % 2 else "list"}
            await world.tag(ad, **given, **market)
        for campaign in account.campaigns:
            await one.entities.tag(campaign, market="dach" if campaign is account.campaigns[0] else None)
    bare = one.ads[3]
    world.values[bare.id] |= {"angle": None}
    hook = Tag("hook", "question", TagSource.PARSED)
    market_tag = Tag("market", "dach", TagSource.PARSED)
    await one.entities.tag(bare, Tag("angle", None, TagSource.OVERRIDE), hook, market_tag)
    return world


def month_of(day: date) -> date:
    return day.replace(day=1)


def found_groups(rows: list[Any], grain: str, kind: str) -> dict[Any, Any]:
    """The metrics of rows by entity, start of the period and values of tags."""
    found = {}
    for row in rows:
        entity = row["entity"] and decode_id(row["entity"]["id"], kind)
        start = month_of(date.fromisoformat(row["period"]["start"])) if grain == "MONTH" else None
        found[entity, start, tuple(tag["value"] for tag in row["dimensions"]["tags"])] = row["metrics"]
    assert len(found) == len(rows) == len({row["key"] for row in rows})
    return found


def assert_metrics(found: dict[str, Any], rows: list[StoredInsight]) -> None:
    expected = naive_metrics(rows)
    for name, metric in (("spend", Metric.SPEND), ("impressions", Metric.IMPRESSIONS), ("roas", Metric.ROAS)):
        assert same(None if found[name] is None else Decimal(str(found[name])), expected[metric]), name

"""What the tests of creative tests share: an account whose ads have exactly the days that are given, and the query."""

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from analytics.creative_tests.contrasts import ArmDays
from analytics.metrics.facts import BASE_FACTS, FactValue
from analytics.periods import DateRange
from models.ads.ad import Ad
from models.insights.day_swap import StoredInsight
from resolvers.node_id import encode_id
from services.toolbox import Toolbox
from tests.doors.in_process import Answer, Door
from tests.worlds.ads import NOON, EntityWorld, entity_world
from tests.worlds.insights import InsightWorld, more_insights

FIRST = date(2026, 11, 1)
ZEROS: dict[str, FactValue] = {column: 0 for fact in BASE_FACTS for column in fact.columns}
QUERY = """
query ($input: CreativeTestInput!) {
  creativeTest(input: $input) {
    goal design verdict moreDays daysLeftOut ruleVersion notes
    winner { __typename id name }
    arms {
      entity { __typename id name }
      metrics { currency spend impressions linkClicks purchases ctrLink cpaPurchase roas }
      isCompared days estimate intervalLow intervalHigh shrunken chanceToBeBest expectedLoss
      liftLow liftHigh adjustedPValue
    }
  }
}
"""

# For each fact its numbers by day, from the first day on; None is one that the platform did not tell.
Days = Mapping[str, Sequence[float | None]]


@dataclass
class ComparedAds:
    """An account with ads; those that were given days have them."""

    world: InsightWorld
    tools: Toolbox
    now: datetime = NOON

    @property
    def door(self) -> Door:
        return Door(dataclasses.replace(self.tools, clock=lambda: self.now), self.world.entities.viewer)

    def id_of(self, place: int) -> str:
        return encode_id("Ad", self.world.ads[place].id)

    async def store(self, *arms: Days, first: date = FIRST, currency: str = "", **more: Any) -> None:
        """The days of the first ads; whatever was stored of these days goes."""
        length = max(len(numbers) for arm in arms for numbers in arm.values())
        rows = [
            row
            for ad, arm in zip(self.world.ads, arms, strict=False)
            for row in _rows(ad, arm, first, currency or self.world.account.currency)
        ]
        await self.world.store(DateRange(first, first + timedelta(days=length - 1)), rows, **more)

    async def ask(self, goal: str = "CTR_LINK", *, days: int = 14, door: Door | None = None, **more: Any) -> Answer:
        """The first ads as arms, unless `more` says otherwise."""
        given = {"adIds": [self.id_of(0), self.id_of(1)]} | more
        range_ = given.pop("range", {"between": {"from": str(FIRST), "to": str(FIRST + timedelta(days=days - 1))}})
        wanted = {name: value for name, value in given.items() if value is not None}
        return await (door or self.door).ask(QUERY, input={"goal": goal, "range": range_, **wanted})

    async def found(self, goal: str = "CTR_LINK", **more: Any) -> dict[str, Any]:
        answer = await self.ask(goal, **more)
        assert answer.codes == [], answer.messages
        found: dict[str, Any] = answer.data["creativeTest"]
        return found


async def compared_ads(tools: Toolbox, entities: EntityWorld | None = None, **account: Any) -> ComparedAds:
    """Eight ads, of which four share each of two creatives, but for the last that has none."""
    entities = entities or await entity_world(tools.db)
    return ComparedAds(await more_insights(entities, store=False, **account), tools)


def _rows(ad: Ad, arm: Days, first: date, currency: str) -> list[StoredInsight]:
    found = []
    for place, numbers in enumerate(zip(*arm.values(), strict=True)):
        facts = ZEROS | dict(zip(arm, map(_stored, numbers), strict=True))
        day = first + timedelta(days=place)
        found.append(StoredInsight(day, ad.id, ad.ad_set_id, ad.campaign_id, currency, facts))
    return found


def _stored(number: float | None) -> FactValue:
    if number is None:
        return None
    return int(number) if number == int(number) else Decimal(str(number))


def clicks(of: ArmDays) -> Days:
    shown, clicked = of.exposures.tolist(), of.outcomes.tolist()
    return {"impressions": shown, "link_clicks": clicked, "spend": [10.0] * len(shown)}


def bought(of: ArmDays) -> Days:
    """Outcomes are purchases, exposures money."""
    spent, counted = of.exposures.tolist(), of.outcomes.tolist()
    return {"spend": spent, "purchases": counted, "impressions": [1000.0] * len(spent)}

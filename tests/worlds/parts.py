"""Parts by breakdowns in the tests of insights: ad-days divided so that they add up, stored and asked for."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from random import Random
from typing import Any
from uuid import UUID

from analytics.enums import Breakdown
from analytics.meta.breakdowns import set_name, unknown_columns
from analytics.metrics.facts import FACT_COLUMNS
from analytics.periods import DateRange
from models.insights.breakdown_swap import part_line, replace_parts
from models.insights.day_swap import DaySwap, StagedRows, StoredInsight
from tests.doors.in_process import Door
from tests.worlds.ads import NOON
from tests.worlds.insights import SETTLED, InsightWorld

Sets = tuple[Breakdown, ...]

# Values as platforms write them, some of which have what a key must escape; '' is what a platform leaves out.
VALUES: dict[Breakdown, tuple[str, ...]] = {
    Breakdown.COUNTRY: ("DE", "FR", ""),
    Breakdown.REGION: ("Île-de-France", "Bavaria/Upper=1", ""),
    Breakdown.AGE: ("18-24", "65+", "Unknown"),
    Breakdown.GENDER: ("female", "male", ""),
    Breakdown.PUBLISHER_PLATFORM: ("facebook", "instagram"),
    Breakdown.PLATFORM_POSITION: ("feed", "instagram_stories", ""),
    Breakdown.DEVICE_PLATFORM: ("mobile_app", "desktop"),
    Breakdown.IMPRESSION_DEVICE: ("iphone", "android_smartphone", ""),
}


def divided(rows: Iterable[StoredInsight], breakdowns: Sets, *, seed: int = 3) -> list[StoredInsight]:
    """The parts of ad-days: each fact is spread over the cells of the set, or is unknown in all of them."""
    random, cells = Random(seed), _cells(breakdowns)
    unknown = {*unknown_columns(breakdowns)}
    found = []
    for row in rows:
        # Not every ad is seen in every cell.
        seen = random.sample(cells, random.randint(1, len(cells)))
        spread = {column: _spread(row.facts[column], len(seen), random) for column in FACT_COLUMNS}
        for place, cell in enumerate(seen):
            facts = {name: None if name in unknown else values[place] for name, values in spread.items()}
            found.append(replace(row, facts=facts, values=cell))
    return found


def _cells(breakdowns: Sets) -> list[tuple[str, ...]]:
    cells: list[tuple[str, ...]] = [()]
    for each in breakdowns:
        cells = [(*cell, value) for cell in cells for value in VALUES[each]]
    return cells


def _spread(whole: Any, count: int, random: Random) -> Sequence[Any]:
    if whole is None:
        return [None] * count
    cents = isinstance(whole, Decimal)
    total = int(whole * 100) if cents else whole
    cuts = sorted(random.randint(0, total) for _ in range(count - 1))
    shares = [high - low for low, high in zip([0, *cuts], [*cuts, total], strict=True)]
    return [Decimal(share) / 100 if cents else share for share in shares]


ROWS = """
query Rows($input: InsightsInput!, $first: Int, $after: String) {
  insights(input: $input) {
    rows(first: $first, after: $after) {
      nodes {
        key
        entity { id }
        period { start end }
        dimensions { country region age gender publisherPlatform platformPosition devicePlatform impressionDevice }
        metrics { spend impressions purchases reach frequency action(type: "link_click") { count }
          values(of: [{metric: PURCHASES}, {metric: REACH}, {metric: CPA_PURCHASE}]) { key value nullReason } }
      }
      pageInfo { hasNextPage endCursor }
      totalCount
    }
    totals { spend impressions purchases reach }
    meta { currency dataAsOf settledThrough warnings { code message metrics } }
  }
}
"""


@dataclass
class PartsWorld:
    """An account of an InsightWorld with parts; `stored` has for each set the days that were read and their parts."""

    world: InsightWorld
    stored: dict[Sets, tuple[DateRange, list[StoredInsight]]] = field(default_factory=dict)

    @property
    def account_id(self) -> UUID:
        return self.world.account.id

    async def read(self, days: DateRange, *breakdowns: Breakdown, **overrides: Any) -> list[StoredInsight]:
        """Stores the parts of the account's ad-days within the days, as one slice."""
        parts = divided((row for row in self.world.rows if row.day in days), breakdowns)
        given = {"refreshed_at": NOON, "settled_through": SETTLED} | overrides
        swap = DaySwap(self.account_id, days, StagedRows(parts, line=part_line), **given)
        async with self.world.db.write(self.world.entities.viewer) as session:
            await replace_parts(session, set_name(breakdowns), swap)
        self.stored[breakdowns] = (days, parts)
        return parts


async def asked(door: Door, given: dict[str, Any], **variables: Any) -> dict[str, Any]:
    answer = await door.ask(ROWS, input=given, **variables)
    assert answer.codes == [], answer.messages
    found: dict[str, Any] = answer.data["insights"]
    return found


def warned(found: dict[str, Any]) -> list[str]:
    return sorted(warning["code"] for warning in found["meta"]["warnings"])


def by(found: dict[str, Any], *names: str) -> dict[Any, dict[str, Any]]:
    rows = {tuple(row["dimensions"][name] for name in names): row["metrics"] for row in found["rows"]["nodes"]}
    assert len(rows) == len(found["rows"]["nodes"])
    return rows

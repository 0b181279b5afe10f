"""What a chart costs: its link, its picture and a look that finds nothing new, beside the query for the same rows."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from functools import partial
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import msgspec

from auth.limits.limiter import Limiter
from auth.viewer import Viewer
from benchmarks.insights.warehouse import ADS_PER_CAMPAIGN, warehouse
from benchmarks.table import Ratio, Reading, percentile, print_table
from benchmarks.world import own_postgres, run, toolbox
from resolvers.context import Context
from schema import build_schema
from services.insights.charts.opening import open_chart
from services.toolbox import Toolbox

CAMPAIGNS, DAYS, ROUNDS = 300, 180, 100
METRICS = "[{ metric: SPEND }, { metric: ROAS }]"
BEST = "groupBy: { level: CAMPAIGN }, sort: [{ metric: { of: { metric: SPEND } } }]"
# The kind, the question, and the rows that the picture has; `%s` stands for a filter.
CASES = {
    "a line of 30 days": ("LINE", "range: { preset: LAST_30_DAYS }, grain: DAY", 30),
    "8 campaigns by 30 days": (
        "LINE",
        "range: { preset: LAST_30_DAYS }, grain: DAY, groupBy: { level: CAMPAIGN } %s",
        240,
    ),
    "90 days beside the 90 before": (
        "LINE",
        "range: { preset: LAST_90_DAYS }, grain: DAY, compareTo: { preset: PREVIOUS_PERIOD }",
        90,
    ),
    "bars of the first campaigns": ("BAR", f"range: {{ preset: LAST_30_DAYS }}, {BEST}", 12),
    "columns of 6 months": ("COLUMN", "range: { preset: LAST_180_DAYS }, grain: MONTH", 7),
}


@dataclass(frozen=True, slots=True)
class Asker:
    """Asks the schema in process, without HTTP and limits."""

    tools: Toolbox
    viewer: Viewer

    async def ask(self, query: str) -> Any:
        context = Context(self.viewer, self.tools, self.tools.db.bounded(4), self.viewer.origin)
        result = await build_schema().execute(query, context_value=context)
        assert not result.errors, result.errors
        return result.data

    async def open(self, url: str, *seen: str) -> tuple[str, int]:
        query = dict(parse_qsl(urlsplit(url).query))
        opened = await open_chart(self.tools, query, self.viewer.origin, seen=seen)
        return opened.version, len(opened.svg or "")


async def main() -> None:
    with own_postgres() as place:
        async with toolbox(place) as tools, warehouse(tools, place) as stock:
            viewer, _ = await stock.fill(sizes=[CAMPAIGNS * ADS_PER_CAMPAIGN], days=DAYS)
            await stock.settle()
            await measure(Asker(replace(tools, limiter=Limiter.off(tools.clock)), viewer))


async def measure(asker: Asker) -> None:
    readings, ratios = [], []
    best = await _best(asker)
    for name, (kind, asked, rows) in CASES.items():
        own = asked.replace("%s", f", filter: {{ campaignIds: [{best}] }}")
        query = (
            f"{{ insights(input: {{ {own} }}) {{ rows(first: {rows}) {{ nodes {{ key period {{ start }}"
            " metrics { spend roas } previous { spend roas } } } } }"
        )
        chart = f"chart(kind: {kind}, metrics: {METRICS}) {{ url }}"
        link = f"{{ insights(input: {{ {asked.replace('%s', '')} }}) {{ {chart} }} }}"
        url = str((await asker.ask(link))["insights"]["chart"]["url"])
        version, size = await asker.open(url)
        ways: dict[str, Callable[[], Awaitable[Any]]] = {
            "the query": partial(asker.ask, query),
            "the link": partial(asker.ask, link),
            "the picture": partial(asker.open, url),
            "nothing new": partial(asker.open, url, version),
        }
        found = {way: await _times(work) for way, work in ways.items()}
        readings += [Reading(f"{name}: {way}", "ms", times) for way, times in found.items()]
        readings.append(Reading(f"{name}: size", "KB", [size / 1024]))
        for share in (0.5, 0.95):
            picture, query_ms = percentile(found["the picture"], share), percentile(found["the query"], share)
            text = f"{name}: p{share * 100:.0f} of the picture {picture:.1f} ms, of the query {query_ms:.1f} ms"
            ratios.append(Ratio(text, picture / query_ms, "for comparison", None))
    print_table(f"charts: {CAMPAIGNS} campaigns, {DAYS} days, {ROUNDS} rounds", readings, ratios)


async def _best(asker: Asker) -> str:
    """The ids of the campaigns that spent the most, as GraphQL text."""
    rows = "rows(first: 8) { nodes { entity { id } } }"
    data = await asker.ask(f"{{ insights(input: {{ range: {{ preset: LAST_30_DAYS }}, {BEST} }}) {{ {rows} }} }}")
    found = msgspec.json.decode(data["insights"]["rows"]["nodes"].text)  # which Postgres has written
    return ", ".join(f'"{row["entity"]["id"]}"' for row in found)


async def _times(work: Callable[[], Awaitable[Any]]) -> list[float]:
    """Milliseconds of each round, one after the other; the first ones warm up."""
    for _ in range(3):
        await work()
    times = []
    for _ in range(ROUNDS):
        began = time.perf_counter()
        await work()
        times.append((time.perf_counter() - began) * 1000)
        await asyncio.sleep(0)
    return times


if __name__ == "__main__":
    run(main())

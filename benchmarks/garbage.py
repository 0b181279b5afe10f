"""The garbage collector as Python sets it and as a started process does: CPU of a long list, memory over many requests.

`python -m benchmarks.garbage [requests]`; each way is a process of its own.
"""

import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from uuid import UUID

import msgspec

from auth.viewer import Viewer
from benchmarks.insights.warehouse import ADS_PER_CAMPAIGN, warehouse
from benchmarks.table import Ratio, Reading, print_table
from benchmarks.world import Place, child, own_postgres, owner_of, run, toolbox
from resolvers.context import Context
from schema import build_schema
from services.toolbox import Toolbox
from startup.collector import settle_collector

REQUESTS, LISTS, CAMPAIGNS, DAYS = 100_000, 30, 1000, 3
NINE = "spend impressions linkClicks ctrAll cpm cpcLink purchases purchaseValue roas"
LIST = (
    "{ insights(input: { range: { preset: LAST_7_DAYS }, groupBy: { level: CAMPAIGN } })"
    f" {{ rows(first: {CAMPAIGNS}) {{ nodes {{ key metrics {{ {NINE} }} }} }} }} }}"
)
SMALL = "{ adAccounts(first: 1) { nodes { id name currency status } } }"
WAYS = ("as Python sets it", "settled")


class Measured(msgspec.Struct):
    list_ms: list[float]
    memory_mb: list[float]


async def ask(tools: Toolbox, viewer: Viewer, query: str) -> Any:
    context = Context(viewer, tools, tools.db.bounded(4), viewer.origin)
    result = await build_schema().execute(query, context_value=context)
    assert not result.errors, result.errors
    return result.data


def memory_mb() -> float:
    pages = int(Path("/proc/self/statm").read_text(encoding="utf-8").split()[1])
    return pages * 4096 / 1024 / 1024


async def measure(place: Place, viewer: Viewer, way: str, requests: int) -> Measured:
    found = Measured([], [])
    async with toolbox(place) as tools:
        await ask(tools, viewer, LIST)
        if way == WAYS[1]:
            settle_collector()
        for _ in range(LISTS):
            began = time.process_time()
            await ask(tools, viewer, LIST)
            found.list_ms.append((time.process_time() - began) * 1000)
        for number in range(requests):
            await ask(tools, viewer, SMALL)
            if (number + 1) % (requests // 10) == 0:
                found.memory_mb.append(memory_mb())
    return found


async def compare(requests: int) -> None:
    found: dict[str, Measured] = {}
    with own_postgres() as place:
        async with toolbox(place) as tools, warehouse(tools, place) as stock:
            viewer, _ = await stock.fill(sizes=[CAMPAIGNS * ADS_PER_CAMPAIGN], days=DAYS)
            await stock.settle()
        for way in WAYS:
            # Memory is the question of the settled way alone: with Python's own setting it is looked at all the time.
            many = requests if way == WAYS[1] else 0
            about = (place.as_argument(), viewer.tenant_id, viewer.user_id, way, many)
            with child("benchmarks.garbage", *about) as output:
                found[way] = msgspec.json.decode(output.readlines()[-1], type=Measured)
    settled = found[WAYS[1]]
    readings = [Reading(f"list of 1,000 rows, {way}", "ms of CPU", each.list_ms[5:]) for way, each in found.items()]
    readings.append(Reading(f"memory over {requests:,} requests, settled", "MB", settled.memory_mb))
    growth = settled.memory_mb[-1] / settled.memory_mb[1]
    print_table(
        f"garbage: {LISTS} lists, then {requests:,} small requests",
        readings,
        [
            Ratio("CPU of a list, plain by settled", readings[0].median / readings[1].median, "for comparison", None),
            Ratio("memory, last by second tenth", growth, "flat: at most 1.02", growth <= 1.02),
        ],
    )
    print("\nMB after each tenth:", ", ".join(f"{each:.1f}" for each in settled.memory_mb))


async def main(arguments: Sequence[str]) -> None:
    if len(arguments) > 1:
        place, tenant_id, user_id, way, requests = arguments
        viewer = owner_of(UUID(tenant_id), UUID(user_id))
        print(msgspec.json.encode(await measure(Place.from_argument(place), viewer, way, int(requests))).decode())
    else:
        await compare(int(arguments[0]) if arguments else REQUESTS)


if __name__ == "__main__":
    run(main(sys.argv[1:]))

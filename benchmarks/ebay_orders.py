"""Orders of eBay's stand-in: our reading into rows that can be asked, COPY of the same rows, and npm's ebay-api.

`python -m benchmarks.ebay_orders [ORDERS [MOST]]`: 10,000 by default, and memory from a tenth of them to MOST. The
stand-in is a process of its own without delay, whose CPU time is told apart: the clock has it in it, shares of CPU time
leave it out. Orders have one to four lines. COPY has neither policies nor foreign keys.
"""

import asyncio
import json
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import aiohttp
import asyncpg

from benchmarks.copied import copy_again
from benchmarks.costs import Costs
from benchmarks.graphql.servers import cpu_s, postgres_cpu_s
from benchmarks.table import Ratio, Reading, print_table
from benchmarks.world import Place, own_postgres, run
from tests.conformance.ebay import SOURCE, guest_did
from tests.conformance.node import installed

ORDERS, ROUNDS = 10_000, 3
GOAL_OF_COPY = 0.3
SECRET = "benchmark"
SELLER, ANOTHER = "EBAY_DE", "EBAY_US"
_OTHERS = 1_000
TABLES = ("sales_order", "order_line", "order_refund")
# As far back as a first reading may ask, less a day.
_REACH = timedelta(days=700)


@dataclass(frozen=True, slots=True)
class StandIn:
    """The stand-in in its process."""

    url: str
    pid: int
    http: aiohttp.ClientSession

    async def control(self, path: str, **body: Any) -> Any:
        headers = {"X-Sandbox-Token": SECRET}
        async with self.http.post(f"{self.url}/_sandbox/{path}", json=body, headers=headers) as answer:
            assert answer.status < 300, await answer.text()
            return json.loads(await answer.read() or b"null")

    async def fill(self, orders: int, seller: str = SELLER) -> datetime:
        """So many orders, evenly over what can be asked for; since when they are."""
        since = datetime.now(UTC) - _REACH
        step_s = int(_REACH.total_seconds()) // (orders + 1)
        first_s = int(since.timestamp()) + step_s
        await self.control("orders/generate", seller=seller, count=orders, step_s=step_s, first_s=first_s, most_lines=4)
        return since

    async def token(self, seller: str = SELLER) -> str:
        return str((await self.control("tokens", seller=seller))["access_token"])


@asynccontextmanager
async def stand_in() -> AsyncIterator[StandIn]:
    command = (sys.executable, "-m", "sandbox", "--vendor", "ebay", "--port", "0", "--admin-token", SECRET)
    process = await asyncio.create_subprocess_exec(*command, stdout=asyncio.subprocess.PIPE)
    assert process.stdout is not None
    try:
        url = (await process.stdout.readline()).decode().split()[3]
        async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(force_close=True)) as http:
            yield StandIn(url, process.pid, http)
    finally:
        process.terminate()
        await process.wait()


async def read(place: Place, ebay: StandIn, since: datetime, seller: str = SELLER) -> Any:
    """What a process of our own tells that reads all orders into a new tenant."""
    arguments = (place.as_argument(), ebay.url, await ebay.token(seller), since.isoformat())
    command = (sys.executable, "-m", "benchmarks.ebay_reader", *arguments)
    process = await asyncio.create_subprocess_exec(*command, stdout=asyncio.subprocess.PIPE)
    printed, _ = await process.communicate()
    assert process.returncode == 0
    return json.loads(printed)


async def settle(place: Place, ebay: StandIn) -> None:
    """Another tenant's orders come first, and Postgres knows how many there are.

    Of new tables it does not, and looks a line's order up among all of the tenant's, until it has analyzed them.
    """
    await read(place, ebay, await ebay.fill(_OTHERS, ANOTHER), ANOTHER)
    owner = await asyncpg.connect(place.urls.migration)
    await owner.execute("analyze")
    await owner.close()


async def main(orders: int, most: int) -> None:
    folder = installed(SOURCE)
    found: dict[tuple[str, str], list[float]] = {}

    def note(name: str, **values: float) -> None:
        for unit, value in values.items():
            found.setdefault((name, unit), []).append(value)

    async with stand_in() as ebay:
        since, rows = await ebay.fill(orders), 0
        window = f"lastmodifieddate:[{since:%Y-%m-%dT%H:%M:%S}.000Z..{datetime.now(UTC):%Y-%m-%dT%H:%M:%S}.000Z]"
        for _ in range(ROUNDS):
            with own_postgres() as place:
                await settle(place, ebay)
                before, postgres = cpu_s(ebay.pid), postgres_cpu_s(place)
                told = await read(place, ebay, since)
                theirs, postgres = cpu_s(ebay.pid) - before, postgres_cpu_s(place) - postgres
                assert told["orders"] == orders, told
                note("ours", s=told["s"], cpu=told["cpuS"], postgres=postgres, stand_in=theirs, mb=told["peakMb"])
                costs = Costs(place)
                rows = await copy_again(place.urls.migration, told["tenantId"], TABLES, costs, "COPY")
                [cost] = costs.found["COPY"]
                note("COPY", s=cost.clock_ms / 1000, cpu=cost.own_cpu_ms / 1000, postgres=cost.postgres_cpu_ms / 1000)
            before = cpu_s(ebay.pid)
            theirs = await guest_did(folder, "orders", ebay.url, await ebay.token(), filter=window, isBrief=True)
            assert theirs["orders"] == orders, theirs
            note("ebay-api", s=theirs["seconds"], cpu=theirs["cpuS"], stand_in=cpu_s(ebay.pid) - before)
        peaks = [
            Reading(f"peak memory, {each:,} orders", "MB", [await _peak(ebay, each)]) for each in (orders // 10, most)
        ]
    readings = [Reading(f"{name}, {_WORDS[unit]}", _UNITS[unit], values) for (name, unit), values in found.items()]
    print_table(f"{orders:,} orders of eBay's stand-in, {rows:,} rows", [*readings, *peaks], _ratios(found, peaks))


_WORDS = {
    "s": "on the clock",
    "cpu": "CPU of the process",
    "postgres": "CPU of Postgres",
    "stand_in": "CPU of the stand-in",
    "mb": "peak memory",
}
_UNITS = dict.fromkeys(_WORDS, "s") | {"mb": "MB"}


async def _peak(ebay: StandIn, orders: int) -> float:
    since = await ebay.fill(orders)
    with own_postgres() as place:
        await settle(place, ebay)
        return float((await read(place, ebay, since))["peakMb"])


def _ratios(found: dict[tuple[str, str], list[float]], peaks: list[Reading]) -> list[Ratio]:
    def middle(name: str, *units: str) -> float:
        return sum(Reading("", "", found[name, unit]).median for unit in units)

    of_copy = middle("COPY", "s") / middle("ours", "s")
    of_copy_cpu = middle("COPY", "cpu", "postgres") / middle("ours", "cpu", "postgres")
    of_theirs = middle("ebay-api", "s") / middle("ours", "s")
    waited = middle("ours", "stand_in") / middle("ours", "s")
    grown = peaks[-1].median / peaks[0].median
    return [
        Ratio("rows/s of COPY's, clock, %", of_copy * 100, "at least 30 %", of_copy >= GOAL_OF_COPY),
        Ratio(
            "rows/s of COPY's, CPU, %",
            of_copy_cpu * 100,
            "at least 30 %",
            of_copy_cpu >= GOAL_OF_COPY,
        ),
        Ratio("times as fast as ebay-api, clock", of_theirs, "more than 1", of_theirs > 1),
        Ratio("of our time on the clock the stand-in computes, %", waited * 100, "for comparison", None),
        Ratio("peak memory, most of fewest orders", grown, "flat", grown < 1.1),
    ]


if __name__ == "__main__":
    asked = [int(each) for each in sys.argv[1:]]
    size = asked[0] if asked else ORDERS
    run(main(size, asked[1] if len(asked) > 1 else size))

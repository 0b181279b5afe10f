"""A refresh against the floor: rows a second side by side, and the worker's memory from 50,000 to 500,000 ad-days."""

import json
import sys
from typing import Any

from benchmarks.table import Ratio, Reading, print_table
from benchmarks.world import Place, child, own_postgres

ADS, DAYS, ROUNDS = 500, 100, 5
LONG = 10 * DAYS


def runs(place: Place, graph_url: str, mode: str, *days: int) -> list[dict[str, Any]]:
    with child("benchmarks.refreshing", place.as_argument(), graph_url, mode, *days) as lines:
        return [json.loads(line) for line in lines]


def main() -> None:
    with child("benchmarks.graph_pages", ADS, DAYS) as lines, own_postgres() as place:
        graph_url = f"http://127.0.0.1:{int(lines.readline())}"
        if "--profile" in sys.argv:
            print(runs(place, graph_url, "profile", 1, DAYS))
            return
        # One day first: caches of statements and connections are those of a worker that has worked before.
        timed = [run for run in runs(place, graph_url, "both", 1, *[DAYS] * ROUNDS) if run["rows"] == ADS * DAYS]
        short, long = (runs(place, graph_url, "refresh", days)[0] for days in (DAYS, LONG))
    assert long["rows"] == ADS * LONG
    speeds = {
        name: Reading(name, "rows/s", [run["rows"] / run["s"] for run in timed if run["name"] == name])
        for name in ("floor", "refresh")
    }
    share = speeds["refresh"].median / speeds["floor"].median * 100
    grown = long["peak_mb"] - short["peak_mb"]
    print_table(
        f"ingest: {ADS * DAYS:,} ad-days, {ROUNDS} rounds",
        [
            *speeds.values(),
            Reading(f"refresh of {ADS * LONG:,}", "rows/s", [long["rows"] / long["s"]]),
            Reading(f"peak memory, {ADS * DAYS:,} rows", "MB", [short["peak_mb"]]),
            Reading(f"peak memory, {ADS * LONG:,} rows", "MB", [long["peak_mb"]]),
        ],
        [
            Ratio("refresh of the floor, %", share, "at least 40 %", share >= 40),
            Ratio("peak memory, MB", long["peak_mb"], "at most 250 MB", long["peak_mb"] <= 250),
            Ratio("growth from tenfold the rows, MB", grown, "flat: at most 25 MB", grown <= 25),
        ],
    )


if __name__ == "__main__":
    main()

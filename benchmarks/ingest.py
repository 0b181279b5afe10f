"""A refresh beside the floor and Meta's SDK, and the worker's memory from 50,000 to 2,000,000 ad-days."""

import json
import sys
from typing import Any

from benchmarks.table import Ratio, Reading, print_table
from benchmarks.world import Place, child, own_postgres

ADS, DAYS, ROUNDS = 500, 100, 3
# A tenant without a paid plan reaches 13 months back: two million ad-days are those of many ads.
MANY_ADS, SHORT, LONG = 5_100, 10, 393


def runs(place: Place, graph_url: str, mode: str, *days: int) -> list[dict[str, Any]]:
    with child("benchmarks.refreshing", place.as_argument(), graph_url, mode, *days) as lines:
        return [json.loads(line) for line in lines]


def runs_of(runs: list[dict[str, Any]], name: str) -> list[dict[str, Any]]:
    return [run for run in runs if run["name"] == name]


def main() -> None:
    with child("benchmarks.graph_pages", ADS, DAYS) as lines, own_postgres() as place:
        graph_url = f"http://127.0.0.1:{int(lines.readline())}"
        if "--profile" in sys.argv:
            print(runs(place, graph_url, "profile", 1, DAYS))
            return
        # One day first: caches of statements and connections are those of a worker that has worked before.
        timed = [run for run in runs(place, graph_url, "each", 1, *[DAYS] * ROUNDS) if run["rows"] == ADS * DAYS]
    with child("benchmarks.graph_pages", MANY_ADS, SHORT) as lines, own_postgres() as place:
        graph_url = f"http://127.0.0.1:{int(lines.readline())}"
        short, long = (runs(place, graph_url, "refresh", days)[0] for days in (SHORT, LONG))
    assert long["rows"] == MANY_ADS * LONG
    speeds = {
        name: Reading(name, "rows/s", [run["rows"] / run["s"] for run in runs_of(timed, name)])
        for name in ("floor", "refresh", "sdk")
    }
    costs = {
        name: Reading(f"{name}, own CPU", "µs/row", [run["cpu_s"] / run["rows"] * 1e6 for run in runs_of(timed, name)])
        for name in ("floor", "refresh")
    }
    share = speeds["refresh"].median / speeds["floor"].median * 100
    faster = speeds["refresh"].median / speeds["sdk"].median
    grown = long["peak_mb"] - short["peak_mb"]
    print_table(
        f"ingest: {ADS * DAYS:,} ad-days, {ROUNDS} rounds",
        [
            *speeds.values(),
            *costs.values(),
            Reading(f"refresh of {MANY_ADS * LONG:,}", "rows/s", [long["rows"] / long["s"]]),
            Reading(f"peak memory, {MANY_ADS * SHORT:,} rows", "MB", [short["peak_mb"]]),
            Reading(f"peak memory, {MANY_ADS * LONG:,} rows", "MB", [long["peak_mb"]]),
        ],
        [
            Ratio("refresh of the floor, %", share, "at least 50 %", share >= 50),
            Ratio("refresh, times the SDK into dicts", faster, "at least 2x", faster >= 2),
            Ratio("peak memory, MB", long["peak_mb"], "at most 250 MB", long["peak_mb"] <= 250),
            Ratio("growth from forty times the rows, MB", grown, "flat: at most 25 MB", grown <= 25),
        ],
    )


if __name__ == "__main__":
    main()

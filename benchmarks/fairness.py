"""Ten accounts on one worker: what it gets through, and how long one account waits for another.

The first account has ten times the days of the nine others, and all are asked for at the same moment.
"""

import json
from datetime import timedelta
from statistics import median
from typing import Any

from benchmarks.graph_pages import LAST_DAY
from benchmarks.table import Ratio, Reading, print_table
from benchmarks.world import child, own_postgres

ADS, HEAVY_DAYS, LIGHT_DAYS, LIGHT_ACCOUNTS = 500, 100, 10, 9


def days_of(number: int) -> tuple[str, str]:
    return (LAST_DAY - timedelta(days=number - 1)).isoformat(), LAST_DAY.isoformat()


def main() -> None:
    spans = [*days_of(HEAVY_DAYS), *(day for _ in range(LIGHT_ACCOUNTS) for day in days_of(LIGHT_DAYS))]
    with child("benchmarks.graph_pages", ADS, HEAVY_DAYS) as lines, own_postgres() as place:
        graph_url = f"http://127.0.0.1:{int(lines.readline())}"
        alone = _runs(place.as_argument(), graph_url, *days_of(LIGHT_DAYS))[0]["ended_s"]
        heavy, *light = _runs(place.as_argument(), graph_url, *spans)
    rows = sum(len(run["keys"]) for run in (heavy, *light))
    assert rows == ADS * (HEAVY_DAYS + LIGHT_ACCOUNTS * LIGHT_DAYS)
    waits, ends = [run["started_s"] for run in light], [run["ended_s"] for run in light]
    seconds = max(heavy["ended_s"], *ends)
    print_table(
        f"ten accounts, one worker: {ADS * HEAVY_DAYS:,} ad-days and nine times {ADS * LIGHT_DAYS:,}",
        [
            Reading("all accounts", "rows/s", [rows / seconds]),
            Reading("heavy account, from request to end", "s", [heavy["ended_s"]]),
            Reading("light accounts, from request to start", "s", waits),
            Reading("light accounts, from request to end", "s", ends),
            Reading("a light account alone, from request to end", "s", [alone]),
        ],
        [
            Ratio("longest wait of an account for another, s", max(waits), "for comparison", None),
            Ratio("light account, times alone", median(ends) / alone, "for comparison", None),
        ],
    )


def _runs(*arguments: str) -> list[dict[str, Any]]:
    with child("benchmarks.worker_process", *arguments) as lines:
        return [json.loads(line) for line in lines]


if __name__ == "__main__":
    main()

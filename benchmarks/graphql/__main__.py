"""`python -m benchmarks.graphql [--seconds S] [--rounds N] [--before COMMIT] [CASE...]`.

Every server answers each case once, and the answers are compared, before anything is measured. Then the servers take
turns. One Postgres, one load generator, one process for each server.
"""

import argparse
import json
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from statistics import median
from typing import Any

from benchmarks.graphql.cases import CASES, Case, leaves
from benchmarks.graphql.servers import Server, postgres_cpu_s, servers
from benchmarks.graphql.stock import stocked
from benchmarks.world import Place, own_postgres, run

BEFORE = "f88f602"
YARDSTICK, RIVAL = "by hand", "PostGraphile 5"
# A server that needs longer than this for one request is measured once.
SLOW_S = 1.0
Ask = Callable[[dict[str, Any]], dict[str, Any]]


@dataclass(slots=True)
class Measured:
    """Milliseconds of CPU a request, of the server and of Postgres; requests a second."""

    own_ms: list[float] = field(default_factory=list)
    postgres_ms: list[float] = field(default_factory=list)
    rate: list[float] = field(default_factory=list)


@contextmanager
def load_generator() -> Iterator[Ask]:
    command = [sys.executable, "-m", "benchmarks.graphql.load"]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert process.stdin is not None
    assert process.stdout is not None

    def ask(job: dict[str, Any]) -> dict[str, Any]:
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(json.dumps(job) + "\n")
        process.stdin.flush()
        line = process.stdout.readline()
        assert line, "the load generator has ended: a server answered with an error"
        found: dict[str, Any] = json.loads(line)
        return found

    try:
        yield ask
    finally:
        process.stdin.close()
        process.wait()
        process.stdout.close()


def compare(ask: Ask, everybody: Sequence[Server], case: Case) -> None:
    """Stops unless all answer the same, for two of the weeks."""
    for week in (0, 40):
        found = {}
        for server in everybody:
            body = ask({**server.job(case, week), "clients": 1, "seconds": 0})["body"]
            found[server.name] = leaves(body.encode())
        expected = found[everybody[0].name]
        assert len(expected) > 5
        for name, values in found.items():
            different = [pair for pair in zip(values, expected, strict=False) if pair[0] != pair[1]]
            assert values == expected, f"{case.name}, {name}: {len(values)} of {len(expected)}; {different[:3]}"


def measure(ask: Ask, place: Place, server: Server, case: Case, *, seconds: float) -> tuple[float, float, float]:
    job = {**server.job(case, 0 if case.is_repeated else None), "clients": case.clients}
    own, postgres = server.cpu_s, postgres_cpu_s(place)
    answer = ask({**job, "seconds": seconds})
    own, postgres = server.cpu_s - own, postgres_cpu_s(place) - postgres
    number = max(1, answer["requests"])
    if answer["refused"]:
        print(f"{server.name} refused {answer['refused']} requests as too busy and answered {answer['requests']} (503)")
    return 1000 * own / number, 1000 * postgres / number, number / answer["seconds"]


def measure_case(
    ask: Ask, place: Place, everybody: Sequence[Server], case: Case, options: argparse.Namespace
) -> dict[str, Measured]:
    # What was asked before is measured by itself: the other cases are about making an answer.
    everybody = [server for server in everybody if case.is_repeated or not server.keeps_answers]
    found = {server.name: Measured() for server in everybody}
    for server in everybody:
        server.sign_in()
        measure(ask, place, server, case, seconds=options.seconds / 2)  # warms up
    for _ in range(options.rounds):
        for server in everybody:
            mine = found[server.name]
            if mine.rate and mine.rate[0] < case.clients / SLOW_S:
                continue
            values = measure(ask, place, server, case, seconds=options.seconds)
            for measured, value in zip((mine.own_ms, mine.postgres_ms, mine.rate), values, strict=True):
                measured.append(value)
    return found


def tell(case: Case, found: dict[str, Measured]) -> None:
    own = {name: median(measured.own_ms) for name, measured in found.items()}
    rate = {name: median(measured.rate) for name, measured in found.items()}
    print(f"\n### {case.name}, {case.clients} clients\n")
    print("| server | CPU, ms | of by hand | CPU of Postgres, ms | requests/s | of PostGraphile |")
    print("| --- | ---: | ---: | ---: | ---: | ---: |")
    for name, measured in found.items():
        low, high = min(measured.own_ms), max(measured.own_ms)
        print(
            f"| {name} | {own[name]:.2f} ({low:.2f} to {high:.2f}) | {own[name] / own[YARDSTICK]:.2f}x |"
            f" {median(measured.postgres_ms):.2f} | {rate[name]:,.1f} | {rate[name] / rate[RIVAL]:.2f}x |",
            flush=True,
        )


async def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("cases", nargs="*")
    parser.add_argument("--seconds", type=float, default=2.0)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--before", default=BEFORE)
    options = parser.parse_args()
    chosen = [case for case in CASES if not options.cases or case.key in options.cases]
    with own_postgres() as place:
        async with stocked(place) as stock:
            with servers(place, stock, before=options.before) as everybody, load_generator() as ask:
                for case in chosen:
                    compare(ask, everybody, case)
                print("all answers are equal", flush=True)
                for case in chosen:
                    tell(case, measure_case(ask, place, everybody, case, options))


if __name__ == "__main__":
    run(main())

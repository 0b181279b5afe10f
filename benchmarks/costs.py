"""What something costs: time on the clock, and the CPU time of this process and of the benchmark's Postgres."""

import time
from collections import defaultdict
from collections.abc import Awaitable
from dataclasses import dataclass, field
from statistics import median
from typing import Any

from benchmarks.graphql.servers import postgres_cpu_s
from benchmarks.table import Ratio, Reading
from benchmarks.world import Place


@dataclass(frozen=True, slots=True)
class Cost:
    clock_ms: float
    own_cpu_ms: float
    postgres_cpu_ms: float

    @property
    def cpu_ms(self) -> float:
        return self.own_cpu_ms + self.postgres_cpu_ms


@dataclass(slots=True)
class Costs:
    """Costs by the name of what was done, again and again."""

    place: Place
    found: dict[str, list[Cost]] = field(default_factory=lambda: defaultdict(list))

    async def of(self, name: str, work: Awaitable[Any]) -> Any:
        began, own, postgres = time.perf_counter(), time.process_time(), postgres_cpu_s(self.place)
        done = await work
        spent = time.perf_counter() - began, time.process_time() - own, postgres_cpu_s(self.place) - postgres
        self.found[name].append(Cost(*(each * 1000 for each in spent)))
        return done

    def readings(self) -> list[Reading]:
        return [
            Reading(f"{name}{what}", "ms", [getattr(each, of) for each in found])
            for name, found in self.found.items()
            for of, what in (("clock_ms", ""), ("own_cpu_ms", ", CPU"), ("postgres_cpu_ms", ", CPU of Postgres"))
        ]

    def ratios(self, ours: str, theirs: str, most: float) -> list[Ratio]:
        """By the clock and by CPU time, which other work on the machine disturbs less."""
        ratios = []
        for of, what in (("clock_ms", "clock"), ("cpu_ms", "CPU")):
            value = median(getattr(each, of) for each in self.found[ours]) / median(
                getattr(each, of) for each in self.found[theirs]
            )
            ratios.append(Ratio(f"{ours}, times {theirs}, {what}", value, f"at most {most}", value <= most))
        return ratios

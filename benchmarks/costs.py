"""What something costs: time on the clock, and the CPU time of this process and of the benchmark's Postgres."""

import time
from collections.abc import Awaitable
from dataclasses import dataclass, field
from statistics import median
from typing import TypeVar

from benchmarks.graphql.servers import postgres_cpu_s
from benchmarks.table import Ratio, Reading
from benchmarks.world import Place

T = TypeVar("T")


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
    found: dict[str, list[Cost]] = field(default_factory=dict)

    async def of(self, name: str, work: Awaitable[T]) -> T:
        began, own, postgres = time.perf_counter(), time.process_time(), postgres_cpu_s(self.place)
        done = await work
        spent = time.perf_counter() - began, time.process_time() - own, postgres_cpu_s(self.place) - postgres
        self.found.setdefault(name, []).append(Cost(*(each * 1000 for each in spent)))
        return done

    def readings(self) -> list[Reading]:
        return [
            Reading(f"{name}{what}", "ms", [getattr(each, of) for each in found])
            for name, found in self.found.items()
            for of, what in (("clock_ms", ""), ("own_cpu_ms", ", CPU"), ("postgres_cpu_ms", ", CPU of Postgres"))
        ]

    def times(self, ours: str, theirs: str) -> dict[str, float]:
        """How many times as much one costs as the other: by the clock, and by CPU time, which others disturb less."""
        return {
            what: self._median(ours, of) / self._median(theirs, of)
            for of, what in (("clock_ms", "clock"), ("cpu_ms", "CPU"))
        }

    def ratios(self, ours: str, theirs: str, most: float) -> list[Ratio]:
        return [
            Ratio(f"{ours}, times {theirs}, {what}", value, f"at most {most}", value <= most)
            for what, value in self.times(ours, theirs).items()
        ]

    def _median(self, name: str, of: str) -> float:
        values: list[float] = [getattr(each, of) for each in self.found[name]]
        return median(values)

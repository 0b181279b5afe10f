"""How benchmarks print what they measured: one Markdown table of ratios and readings; measures nothing itself."""

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median


@dataclass(frozen=True, slots=True)
class Reading:
    """Repeated measurements of one thing, in `unit`."""

    name: str
    unit: str
    values: Sequence[float]

    @property
    def median(self) -> float:
        return median(self.values)


@dataclass(frozen=True, slots=True)
class Ratio:
    """What was wanted of two medians; `goal` is words, such as "at least 40 %". None: no goal was set."""

    name: str
    value: float
    goal: str
    is_met: bool | None


def percentile(values: Sequence[float], share: float) -> float:
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))]


def print_table(title: str, readings: Sequence[Reading], ratios: Sequence[Ratio]) -> None:
    print(f"\n### {title}\n")
    print("| measured | unit | min | median | max |\n| --- | --- | ---: | ---: | ---: |")
    for reading in readings:
        low, high = min(reading.values), max(reading.values)
        print(f"| {reading.name} | {reading.unit} | {_digits(low)} | {_digits(reading.median)} | {_digits(high)} |")
    print("\n| compared | result | goal | |\n| --- | ---: | --- | --- |")
    for ratio in ratios:
        verdict = {True: "met", False: "MISSED", None: ""}[ratio.is_met]
        print(f"| {ratio.name} | {_digits(ratio.value)} | {ratio.goal} | {verdict} |")


def _digits(value: float) -> str:
    """Three significant digits are more than a shared machine repeats."""
    if value >= 100:
        return f"{value:,.0f}"
    return f"{value:.1f}" if value >= 10 else f"{value:.2f}"

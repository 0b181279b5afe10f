"""How numbers and slots become places in a picture: leather's linear scale, fed with numbers that it can divide."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_UP, Decimal
from functools import lru_cache
from typing import Any

from leather import Linear
from leather.scales.base import Scale

from analytics.charts.picture import Panel
from analytics.charts.words import TIMES, short, width_of
from analytics.enums import MetricUnit

_THOUSANDS = ("", "K", "M", "B", "T")
# Powers of ten between which numbers are written out, with a letter for their thousands.
_LEAST_POWER, _MOST_POWER = -4, 3 * len(_THOUSANDS)
# Counts have no halves, so an axis of them has four whole steps at least.
_FEWEST_COUNTED = Decimal(4)
_PERCENT = Decimal(100)
# Pixels from one label of the axis to the next.
APART = 26


class PlaceScale(Scale):  # type: ignore[misc]  # leather has no types
    """So many places of the same width; they are numbered from 1, since leather draws the mark at 0 in another way."""

    def __init__(self, count: int) -> None:
        self._count = count

    def contains(self, v: int) -> bool:
        return 1 <= v <= self._count

    def project(self, value: Any, range_min: Any, range_max: Any) -> float:
        start, end = self.project_interval(value, range_min, range_max)
        return (start + end) / 2

    def project_interval(self, value: Any, range_min: Any, range_max: Any) -> tuple[float, float]:
        step = (float(range_max) - float(range_min)) / self._count
        return float(range_min) + (value - 1) * step, float(range_min) + value * step

    def ticks(self) -> Sequence[int]:
        return range(1, self._count + 1)


@dataclass(frozen=True, slots=True)
class NumberAxis:
    """The scale of a panel's numbers, which it takes as `scaled` makes them, and the numbers that are marked on it."""

    scale: Linear
    factor: Decimal
    suffix: str
    ticks: tuple[Decimal, ...]

    def scaled(self, value: Decimal) -> Decimal:
        return value * self.factor

    def label(self, tick: Any, *_: Any) -> str:
        """What stands at a mark: leather's tick_formatter."""
        text = short(tick)
        return text if text == "0" else text + self.suffix

    def width(self, size: float) -> float:
        """Of the widest label, in pixels."""
        return max(width_of(self.label(tick), size) for tick in self.ticks)


def _rounded(end: Decimal) -> Decimal:
    """The end of an axis to two digits, away from 0: so there are some hundred different ones."""
    return end.quantize(Decimal(1).scaleb(end.adjusted() - 1), ROUND_UP) if end else end


# leather tries some hundred marks for an axis, which takes as long as all else of a picture.
@lru_cache(maxsize=1024)
def _scale(low: Decimal, high: Decimal) -> Linear:
    return Linear(low, high)


def number_axis(panel: Panel, room: float) -> NumberAxis:
    """An axis that has 0 and every number of the panel on it; `room` are its pixels.

    It always has 0, so that a column which is twice as high is of twice as much. The numbers are brought between 1 and
    1,000 first: leather's scales divide with 28 digits, and its marks are rounded to a few places.
    """
    numbers = [Decimal(0), *panel.numbers]
    per_cent = _PERCENT if panel.unit is MetricUnit.FRACTION else Decimal(1)
    largest = max(map(abs, numbers)) * per_cent
    power = largest.adjusted() if largest else 0
    if _LEAST_POWER <= power < _MOST_POWER:
        # "2K%" is no number that anybody reads.
        step = 0 if panel.unit is MetricUnit.FRACTION else max(0, power // 3)
        factor, letter = Decimal(1000) ** -step, _THOUSANDS[step]
    else:
        factor, letter = Decimal(1).scaleb(-power), f"e{power}"
    factor *= per_cent
    low, high = min(numbers) * factor, max(numbers) * factor
    if low == high:
        high = Decimal(1)
    if panel.unit is MetricUnit.COUNT and not letter and low == 0:
        high = max(high, _FEWEST_COUNTED)
    scale = _scale(_rounded(low), _rounded(high))
    ticks = tuple(scale.ticks())
    every = max(1, -(-len(ticks) * APART // max(1, int(room))))
    zero = ticks.index(0) if 0 in ticks else 0
    shown = tuple(tick for place, tick in enumerate(ticks) if (place - zero) % every == 0)
    ends = {MetricUnit.FRACTION: "%", MetricUnit.MULTIPLE: TIMES, MetricUnit.SECONDS: " s"}
    return NumberAxis(scale, factor, letter + ends.get(panel.unit, ""), shown)


def shown_slots(count: int, label_width: float, room: float) -> tuple[int, ...]:
    """The slots whose labels fit side by side into so many pixels, evenly from the first one on."""
    every = max(1, -(-int(count * label_width) // max(1, int(room))))
    return tuple(range(1, count + 1, every))

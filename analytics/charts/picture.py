"""What a chart shows, before anything of it is drawn: slots along one axis, and panels with a number for each slot."""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from analytics.enums import ChartKind, MetricUnit

# Characters of a name that are looked at: whatever is longer is cut, since no picture has room for it.
LONGEST_NAME = 200
# Fewer pixels leave no room for titles beside the numbers; more than a wall has are of no use.
NARROWEST, WIDEST = 320, 2_000
LOWEST, HIGHEST = 200, 2_000


@dataclass(frozen=True, slots=True)
class Slot:
    """A place along the axis of names or periods: what stands there, and the same in full, for who points at it."""

    label: str
    full: str


@dataclass(frozen=True, slots=True)
class Strand:
    """The numbers of one line, or of the bars of one colour: one for each slot, None where there is none.

    Strands of the same `colour` in several panels are about the same. `is_compared`: of the days that the range is
    compared with, so it is grey, and `name` is what all grey is called; `full` says which of it this is.
    """

    name: str
    values: tuple[Decimal | None, ...]
    colour: int
    is_compared: bool = False
    full: str = ""


@dataclass(frozen=True, slots=True)
class Panel:
    """Strands on one axis, so all of one unit; `currency` is that of money, '' where there is none."""

    heading: str
    unit: MetricUnit
    currency: str
    strands: tuple[Strand, ...]

    @property
    def numbers(self) -> Iterator[Decimal]:
        return (value for strand in self.strands for value in strand.values if value is not None)


@dataclass(frozen=True, slots=True)
class Picture:
    """`has_periods`: the slots are periods in order, else names. `notes` stand below, each a whole sentence."""

    kind: ChartKind
    width: int
    height: int
    title: str
    subtitle: str
    slots: tuple[Slot, ...]
    panels: tuple[Panel, ...]
    has_periods: bool
    notes: tuple[str, ...] = ()

"""The marks of a chart: columns and bars side by side, and points, each of which tells its number to who points at it.

leather draws one column at each place, over the one before; these stand beside each other.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from xml.etree import ElementTree as ET

from leather import Line, Series

from analytics.charts.picture import Panel, Slot, Strand
from analytics.charts.scales import NumberAxis, PlaceScale
from analytics.charts.words import clean, isolated, number_text

Element = ET.Element

# They can be told apart by people who see few colours, beside each other and on white.
COLOURS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#7f3c8d", "#5b4636")
COMPARED = "#a3a9b0"
# More points than this are not marked one by one: they would be a thick line, and their texts most of the picture.
MOST_MARKED = 1_000
MOST_SHOWN = 62
_RADIUS = 2.6
# The part of a slot that its columns leave free.
_FREE = 0.24


@dataclass(frozen=True, slots=True)
class Plot:
    """Where a panel's numbers are drawn: its size in pixels, and its axes."""

    width: float
    height: float
    numbers: NumberAxis
    places: PlaceScale


def colour_of(strand: Strand) -> str:
    return COMPARED if strand.is_compared else COLOURS[strand.colour % len(COLOURS)]


def titled(element: Element, panel: Panel, strand: Strand, slot: Slot, place: int) -> Element:
    """The element with a text that browsers show where the picture was opened by itself."""
    value = strand.values[place]
    assert value is not None  # nothing is drawn of nothing
    title = ET.SubElement(element, "title")
    told = number_text(value, panel.unit, panel.currency)
    title.text = f"{isolated(clean(slot.full))}: {isolated(clean(strand.full or strand.name))} {told}"
    return element


def line(plot: Plot, panel: Panel, strand: Strand, slots: tuple[Slot, ...]) -> Iterator[Element]:
    """A line with gaps where there is no number, and points on it; a number between two gaps is a point alone."""
    known = [place for place, value in enumerate(strand.values) if value is not None]
    if not known:
        return
    scaled = [None if value is None else plot.numbers.scaled(value) for value in strand.values]
    series = Series(list(enumerate(scaled, 1)), name=strand.name)
    shape = Line(colour_of(strand), width=1.6 if strand.is_compared else 2.2, stroke_dasharray=_dashes(strand))
    drawn: Element = shape.to_svg(plot.width, plot.height, plot.places, plot.numbers.scale, series, iter(()))
    # What is no longer there is joined by nothing, and the joins of a line are not spikes.
    drawn.set("stroke-linejoin", "round")
    yield drawn
    are_few = len(slots) <= MOST_SHOWN
    are_told = sum(len(each.values) for each in panel.strands) <= MOST_MARKED
    around = {place + step for place in known for step in (-1, 1)}
    for place in known:
        is_alone = place not in around
        if not (are_told or is_alone):
            continue
        point = ET.Element("circle", r=str(_RADIUS), fill=colour_of(strand))
        if not (are_few or is_alone):
            point.set("fill-opacity", "0")
        point.set("cx", str(plot.places.project(place + 1, 0, plot.width)))
        point.set("cy", str(plot.numbers.scale.project(scaled[place], plot.height, 0)))
        yield titled(point, panel, strand, slots[place], place)


def _dashes(strand: Strand) -> str | None:
    return "4 3" if strand.is_compared else None


@dataclass(frozen=True, slots=True)
class Box:
    """A column or bar, in pixels, and of which strand and slot it is."""

    strand: Strand
    place: int
    x: float
    y: float
    width: float
    height: float


def columns(plot: Plot, panel: Panel) -> Iterator[Box]:
    """Columns from 0 up or down, those of one slot beside each other."""
    zero = float(plot.numbers.scale.project(0, plot.height, 0))
    for strand, place, value, start, thickness in _placed(plot, panel, plot.width):
        end = float(plot.numbers.scale.project(value, plot.height, 0))
        yield Box(strand, place, start, min(zero, end), thickness, abs(end - zero))


def bars(plot: Plot, panel: Panel) -> Iterator[Box]:
    """Bars from 0 to the right or left, those of one slot below each other."""
    zero = float(plot.numbers.scale.project(0, 0, plot.width))
    for strand, place, value, start, thickness in _placed(plot, panel, plot.height):
        end = float(plot.numbers.scale.project(value, 0, plot.width))
        yield Box(strand, place, min(zero, end), start, abs(end - zero), thickness)


def filled(box: Box, panel: Panel, slots: tuple[Slot, ...]) -> Element:
    size = {"width": str(box.width), "height": str(box.height)}
    rect = ET.Element("rect", size, x=str(box.x), y=str(box.y), fill=colour_of(box.strand))
    return titled(rect, panel, box.strand, slots[box.place], box.place)


def _placed(plot: Plot, panel: Panel, room: float) -> Iterator[tuple[Strand, int, Decimal, float, float]]:
    """For each number its strand and slot, the number as the axis takes it, where it begins, and how thick it is."""
    for number, strand in enumerate(panel.strands):
        for place, value in enumerate(strand.values):
            if value is not None:
                start, end = plot.places.project_interval(place + 1, 0, room)
                thickness = (end - start) * (1 - _FREE) / len(panel.strands)
                begin = start + (end - start) * _FREE / 2 + number * thickness
                yield strand, place, plot.numbers.scaled(value), begin, thickness

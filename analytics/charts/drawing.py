"""Draws a picture as SVG: texts, rectangles, lines and circles, without script, style sheet, font or link.

Axes, scales and lines are leather's; what stands around them is laid out here, since leather takes each letter to be as
wide as any other and each picture to have one panel.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from xml.etree import ElementTree as ET

from leather import Axis, theme

from analytics.charts.labels import FONT, MARGIN, MEDIUM, TEXT_SIZE, footer, header, heading, text
from analytics.charts.picture import Panel, Picture
from analytics.charts.scales import PlaceScale, number_axis, shown_slots
from analytics.charts.shapes import Element, Plot, bars, columns, filled, line
from analytics.charts.words import clean, cut, number_text, width_of
from analytics.enums import ChartKind

# leather takes what its axes look like from its own module, and nobody else here uses it.
theme.tick_font_family, theme.tick_font_size = FONT, TEXT_SIZE
theme.tick_color, theme.zero_color, theme.label_color = "#e6e9ec", "#9aa3ab", MEDIUM

_LONG_NUMBER = re.compile(r"(\d\.\d\d)\d+")
_PLACES = ("x", "y", "x1", "x2", "y1", "y2", "cx", "cy", "width", "height", "d", "transform")
_BELOW = 24  # pixels of the labels below an axis
_TICK = 12  # from a label to its axis
_APART = 14  # from one panel to the next
# The part of the width that names beside bars may take, and the pixels between two names below columns.
_NAMES, _BETWEEN = 0.3, 10
# The least height of a bar that has its number beside it.
_THICK = 13


def draw(picture: Picture) -> str:
    """The picture as an SVG document."""
    size = {"width": str(picture.width), "height": str(picture.height)}
    root = ET.Element("svg", size, xmlns="http://www.w3.org/2000/svg", role="img")
    root.set("viewBox", f"0 0 {picture.width} {picture.height}")
    root.set("font-family", FONT)
    ET.SubElement(root, "title").text = clean(picture.title)
    ET.SubElement(root, "desc").text = clean(picture.subtitle)
    ET.SubElement(root, "rect", size, fill="#ffffff")
    above, top = header(picture)
    below, bottom = footer(picture)
    root.extend([*above, *below])
    room = Frame(MARGIN, top, picture.width - 2 * MARGIN, picture.height - top - bottom)
    if not any(True for panel in picture.panels for _ in panel.numbers):
        root.append(_nothing(room))
    elif picture.kind is ChartKind.BAR:
        root.extend(_beside_each_other(picture, room))
    else:
        root.extend(_below_each_other(picture, room))
    _round(root)
    return ET.tostring(root, encoding="unicode")


@dataclass(frozen=True, slots=True)
class Frame:
    """A part of the picture, in pixels from its upper left corner."""

    x: float
    y: float
    width: float
    height: float


def _nothing(room: Frame) -> Element:
    return text(
        "There are no numbers for this now.", room.x + room.width / 2, room.y + room.height / 2, anchor="middle"
    )


def _below_each_other(picture: Picture, room: Frame) -> list[Element]:
    """Panels with lines or columns: they share the axis of slots, which is labelled below the last one."""
    headings = [heading(panel, room.width) for panel in picture.panels]
    taken = sum(each.height for each in headings) + _BELOW + _APART * (len(headings) - 1)
    height = max(1.0, (room.height - taken) / len(headings))
    axes = [number_axis(panel, height) for panel in picture.panels]
    left = max(axis.width(TEXT_SIZE) for axis in axes) + _TICK
    places = PlaceScale(len(picture.slots))
    drawn, y = list[Element](), room.y
    for panel, above, axis in zip(picture.panels, headings, axes, strict=True):
        drawn.append(_moved(above.drawn, room.x, y))
        plot = Plot(room.width - left, height, axis, places)
        ground = Axis(axis.ticks, axis.label).to_svg(plot.width, plot.height, axis.scale, "left")
        marks: Sequence[Element]
        if picture.kind is ChartKind.LINE:
            # Grey lies below, so that it hides nothing of the range itself.
            ordered = sorted(panel.strands, key=lambda each: not each.is_compared)
            marks = [mark for strand in ordered for mark in line(plot, panel, strand, picture.slots)]
        else:
            marks = [filled(box, panel, picture.slots) for box in columns(plot, panel)] + _above_columns(plot, panel)
        names = _slot_labels(picture, plot)
        if panel is not picture.panels[-1]:
            _without(names, "text")
        drawn.append(_moved([names, ground, *marks], room.x + left, y + above.height))
        y += above.height + height + _APART
    return drawn


def _slot_labels(picture: Picture, plot: Plot) -> Element:
    """The labels below the axis: all of them where they fit, else evenly some periods, and shortened names."""
    slots = picture.slots
    step = plot.width / len(slots)
    if picture.has_periods:
        widest = max(width_of(each.label, TEXT_SIZE) for each in slots) + _BETWEEN
        shown, labels = shown_slots(len(slots), widest, plot.width), [each.label for each in slots]
    else:
        shown = tuple(range(1, len(slots) + 1))
        labels = [cut(each.label, step - _BETWEEN, TEXT_SIZE) for each in slots]
    axis = Axis(shown, lambda slot, *_: labels[slot - 1])
    drawn: Element = axis.to_svg(plot.width, plot.height, plot.places, "bottom")
    if not picture.has_periods or picture.kind is not ChartKind.LINE:
        _without(drawn, "line")
    return drawn


def _beside_each_other(picture: Picture, room: Frame) -> list[Element]:
    """Panels with bars: they share the names, which stand on the left of the first one."""
    labels = [cut(each.label, room.width * _NAMES, TEXT_SIZE) for each in picture.slots]
    left = max(width_of(each, TEXT_SIZE) for each in labels) + _TICK
    width = (room.width - left - _APART * (len(picture.panels) - 1)) / len(picture.panels)
    headings = [heading(panel, width) for panel in picture.panels]
    top = max(each.height for each in headings)
    places = PlaceScale(len(picture.slots))
    drawn, x = list[Element](), room.x + left
    for panel, above in zip(picture.panels, headings, strict=True):
        beside = _beside_bars(panel, len(picture.slots), room.height - top - _BELOW)
        plot_width = max(1.0, width - max((width_of(each, TEXT_SIZE) + 8 for each in beside), default=0.0))
        axis = number_axis(panel, plot_width / 2)
        plot = Plot(plot_width, max(1.0, room.height - top - _BELOW), axis, places)
        ground = Axis(axis.ticks, axis.label).to_svg(plot.width, plot.height, axis.scale, "bottom")
        marks = [filled(box, panel, picture.slots) for box in bars(plot, panel)]
        parts = [ground, *marks, *(_numbers_of_bars(plot, panel, beside) if beside else ())]
        if panel is picture.panels[0]:
            names = Axis(tuple(places.ticks()), lambda slot, *_: labels[slot - 1])
            parts.insert(1, _without(names.to_svg(plot.width, plot.height, _Downward(len(labels)), "left"), "line"))
        drawn.append(_moved(above.drawn, x, room.y))
        drawn.append(_moved(parts, x, room.y + top))
        x += width + _APART
    return drawn


class _Downward(PlaceScale):
    """PlaceScale from top to bottom; leather's own axis on the left counts upward."""

    def project(self, value: int, range_min: float, range_max: float) -> float:
        return super().project(value, range_max, range_min)


def _beside_bars(panel: Panel, slots: int, height: float) -> list[str]:
    """The numbers that stand beside the bars; none where these are too thin for them."""
    if height / slots / len(panel.strands) < _THICK:
        return []
    return [number_text(value, panel.unit) for value in panel.numbers]


def _numbers_of_bars(plot: Plot, panel: Panel, told: Sequence[str]) -> list[Element]:
    boxes = zip(bars(plot, panel), told, strict=True)
    return [text(number, box.x + box.width + 5, box.y + box.height / 2 + 4, TEXT_SIZE - 1) for box, number in boxes]


def _above_columns(plot: Plot, panel: Panel) -> list[Element]:
    """The numbers that stand above columns; none where they would touch each other."""
    told = [number_text(value, panel.unit) for value in panel.numbers]
    widest = max((width_of(each, TEXT_SIZE - 1) for each in told), default=0.0)
    boxes = list(zip(columns(plot, panel), told, strict=True))
    if any(box.width < widest for box, _ in boxes):
        return []
    return [text(number, box.x + box.width / 2, box.y - 4, TEXT_SIZE - 1, anchor="middle") for box, number in boxes]


def _moved(parts: Sequence[Element], x: float, y: float) -> Element:
    group = ET.Element("g", transform=f"translate({x} {y})")
    group.extend(parts)
    return group


def _without(axis: Element, kind: str) -> Element:
    """The axis without its lines, or without its labels."""
    for tick in axis.iter("g"):
        for part in tick.findall(kind):
            tick.remove(part)
    return axis


def _round(root: Element) -> None:
    """Cuts places to hundredths of a pixel: leather writes them with 28 digits, which are most of the picture."""
    for element in root.iter():
        for name in _PLACES:
            value = element.get(name)
            if value is not None:
                element.set(name, _LONG_NUMBER.sub(r"\1", value))

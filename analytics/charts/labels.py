"""The texts around the panels of a chart: title, headings with what each colour means, and notes below."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from xml.etree import ElementTree as ET

from analytics.charts.picture import Panel, Picture, Strand
from analytics.charts.shapes import Element, colour_of
from analytics.charts.words import clean, cut, width_of

MARGIN = 18
FONT = "Helvetica, Arial, sans-serif"
DARK, MEDIUM = "#1f2933", "#5f6b76"
TITLE_SIZE, HEADING_SIZE, TEXT_SIZE, NOTE_SIZE = 17, 13, 12, 11
LINE = 18
_SWATCH, _BETWEEN = 10, 18
# Of one name in a legend, so that a long one leaves room for the others.
_WIDEST_NAME = 230
_MOST_LINES = 3


def text(
    content: str, x: float, y: float, size: int = TEXT_SIZE, *, fill: str = MEDIUM, anchor: str = "start"
) -> Element:
    element = ET.Element("text", x=str(x), y=str(y), fill=fill)
    element.set("font-size", str(size))
    if anchor != "start":
        element.set("text-anchor", anchor)
    element.text = content
    return element


def header(picture: Picture) -> tuple[list[Element], float]:
    """Title and subtitle, and how many pixels they take from the top."""
    room = picture.width - 2 * MARGIN
    title = text(cut(picture.title, room, TITLE_SIZE), MARGIN, 28, TITLE_SIZE, fill=DARK)
    title.set("font-weight", "bold")
    subtitle = text(cut(picture.subtitle, room, TEXT_SIZE), MARGIN, 47)
    return [title, subtitle], 62


def footer(picture: Picture) -> tuple[list[Element], float]:
    """The notes, as many lines as they take, and how many pixels these take from the bottom."""
    lines = list(_wrapped(picture.notes, picture.width - 2 * MARGIN))[:_MOST_LINES]
    first = picture.height - 12 - LINE * (len(lines) - 1)
    drawn = [text(line, MARGIN, first + LINE * number, NOTE_SIZE) for number, line in enumerate(lines)]
    return drawn, LINE * len(lines) + 10


def _wrapped(notes: Sequence[str], room: float) -> Iterator[str]:
    """The notes one after the other, in lines that end between two words."""
    line = ""
    for word in " ".join(map(clean, notes)).split():
        longer = f"{line} {word}".strip()
        if line and width_of(longer, NOTE_SIZE) > room:
            yield line
            longer = cut(word, room, NOTE_SIZE)
        line = longer
    if line:
        yield line


@dataclass(frozen=True, slots=True)
class Heading:
    """What stands above a panel, and how many pixels high it is."""

    drawn: tuple[Element, ...]
    height: float


def heading(panel: Panel, room: float) -> Heading:
    """The panel's name, and behind it what each colour means, where there is more than one."""
    name = cut(panel.heading, room, HEADING_SIZE)
    own = text(name, 0, 13, HEADING_SIZE, fill=DARK)
    drawn = [own]
    entries = _entries(panel.strands)
    x, y = width_of(name, HEADING_SIZE) + _BETWEEN, 13
    lines = 1
    for place, strand in enumerate(entries if len(panel.strands) > 1 else ()):
        label = cut(strand.name, min(_WIDEST_NAME, room - _SWATCH - 6), TEXT_SIZE)
        needed = _SWATCH + 6 + width_of(label, TEXT_SIZE)
        if x + needed > room and x > 0:
            if lines == _MOST_LINES:
                drawn.append(text(f"+{len(entries) - place}", room, y, anchor="end"))
                break
            x, y, lines = 0, y + LINE, lines + 1
        swatch = ET.Element("rect", x=str(x), y=str(y - _SWATCH + 1), rx="2", fill=colour_of(strand))
        swatch.set("width", str(_SWATCH))
        swatch.set("height", str(_SWATCH))
        drawn += [swatch, text(label, x + _SWATCH + 6, y)]
        x += needed + _BETWEEN
    return Heading(tuple(drawn), LINE * lines + 8)


def _entries(strands: Sequence[Strand]) -> list[Strand]:
    """One for each colour: those that are compared with are all of the same grey."""
    own = [each for each in strands if not each.is_compared]
    return own + [each for each in strands if each.is_compared][:1]

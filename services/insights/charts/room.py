"""How many groups and periods a chart has room for, by its kind and size; what is left over is told in words."""

from analytics.enums import ChartKind
from services.insights.charts.question import ChartQuestion

# As many colours as people tell apart.
_MOST_COLOURS = 8
# Pixels around the numbers: margins, title, headings, notes and the labels of axes.
_BESIDE, _ABOVE = 110, 160
# The least height of a bar and width of a column, in pixels, and what lies between those of two slots.
_BAR, _COLUMN, _BETWEEN = 5, 3, 3
# The least height of a name beside bars, and width of one below columns.
_NAME_HEIGHT, _NAME_WIDTH = 17, 52


def most_groups(asked: ChartQuestion, periods: int) -> int:
    """How many groups are shown, at least one; without periods each has a slot, else a colour."""
    room, thickness, name = _room(asked)
    if not asked.has_periods:
        return max(1, room // max(name, asked.strands_a_group * thickness + _BETWEEN))
    own = asked.strands_a_group // (2 if asked.is_compared else 1)
    most = max(1, _MOST_COLOURS // own)
    if asked.kind is ChartKind.LINE:
        return most
    return max(1, min(most, (room // periods - _BETWEEN) // (asked.strands_a_group * thickness)))


def fewest_pixels(asked: ChartQuestion, periods: int) -> tuple[int, int, str]:
    """How large a chart has to be for so many periods, how large it is, and which side that is about."""
    room, thickness, name = _room(asked)
    if asked.kind is ChartKind.LINE:
        return 0, asked.width, "wide"
    slot = asked.strands_a_group * thickness + _BETWEEN
    if asked.kind is ChartKind.BAR:
        return asked.height - room + periods * max(name, slot), asked.height, "high"
    return asked.width - room + periods * slot, asked.width, "wide"


def _room(asked: ChartQuestion) -> tuple[int, int, int]:
    """The pixels for slots, the least ones of a bar or column, and those of a name."""
    if asked.kind is ChartKind.BAR:
        return asked.height - _ABOVE, _BAR, _NAME_HEIGHT
    return asked.width - _BESIDE, _COLUMN, _NAME_WIDTH

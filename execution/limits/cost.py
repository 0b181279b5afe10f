"""What the answer of an operation costs at most, and what it really cost: its objects, their values, and look-ups.

Sizes of pages and lists multiply from level to level. Where it is known how many objects of a type exist, that number
is an upper bound. docs/limits.md has the rules in words.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from errors import QueryTooComplex
from execution.limits.cost_shape import CostPart, CostShape, Open
from execution.limits.list_sizes import ASSUMED_LIST

MAX_COST = 100_000
_TRIED = 4  # how many of the largest pages a refusal tries for a size that would fit

# How many objects of a type there are, by its name.
Existing = Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Place:
    """Objects at one place of the answer: at most `number`, in which the same object can occur `copies` times.

    If they are connections or edges, `page` is the size of the page.
    """

    number: int
    copies: int
    page: int
    existing: Existing


class Cost:
    """The cost of one operation with its variables."""

    def __init__(self, shape: CostShape, variables: dict[str, Any]) -> None:
        self.shape = shape
        self._variables = variables
        # By the identity of a field's node: another size of its page to calculate with.
        self._instead: dict[int, int] = {}
        self._existing: Mapping[str, Existing] = {}

    def know(self, existing: Mapping[str, Existing]) -> None:
        """Sets how many objects exist below each root field, by its name in the answer."""
        self._existing = existing

    def points(self) -> int:
        """The points of the operation: an upper bound, at least 1."""
        return max(1, self.shape.weight + sum(self.points_of(part, self.root(part)) for part in self.shape.parts))

    def root(self, part: CostPart) -> Place:
        """The place of the root object, as this root field sees it."""
        return Place(1, 1, ASSUMED_LIST, self._existing.get(part.key, {}))

    def points_of(self, part: CostPart, place: Place) -> int:
        """The points of a field of all objects at the place."""
        below = self.below(part, place)
        inside = sum(self.points_of(each, below) for each in part.parts)
        return place.number * part.weight + below.number * part.own + inside

    def below(self, part: CostPart, place: Place) -> Place:
        """The objects that the field leads to."""
        number = place.number
        if part.length is not None:
            number *= place.page if part.is_paged else self._known(part.length)
        # A page lists the children of one parent and none of them twice, so objects occur as often as their parent
        # does. Any other field may lead every parent to the same object.
        copies = place.copies if part.keeps_copies else number
        exist = place.existing.get(part.kind)
        if exist is not None:
            number = min(number, copies * exist)
        page = ASSUMED_LIST if part.page is None else self._instead.get(id(part.node), self._known(part.page))
        return Place(number, copies, page, place.existing)

    def _known(self, length: Open) -> int:
        return length if isinstance(length, int) else length.by(self._variables)

    def refusal(self, points: int) -> QueryTooComplex:
        """The error for an operation of too many points; its text names the page that would fit if it were smaller.

        Of several such pages the text names the one that may be the largest.
        """
        return QueryTooComplex(f"This may cost up to {points} points, more than {MAX_COST}: {self._way_out()}")

    def _way_out(self) -> str:
        pages = {id(part.node): part for part in _parts_of(self.shape.parts) if part.page is not None}
        asked = sorted(pages.values(), key=lambda part: self._known(part.page or 0), reverse=True)
        largest, fitting = asked[:_TRIED], []
        for part in largest:
            # No field is below itself, so each further item adds the same number of points (fewer where no more exist).
            # Two calculations are enough to find the size that fits.
            one = self._points_with(part, 1)
            each = self._points_with(part, 2) - one
            if each and one <= MAX_COST:
                fitting.append(((MAX_COST - one) // each + 1, part.node.name.value))
        if fitting:
            page, name = max(fitting)
            return f"`{name}(first: {page})` would fit, or smaller pages of other fields, or fewer levels."
        named = f"`{largest[0].node.name.value}` asks for the largest pages; " if largest else ""
        return f"{named}no page of one field alone can be small enough, so ask for smaller pages and fewer levels."

    def _points_with(self, part: CostPart, page: int) -> int:
        self._instead = {id(part.node): page}
        points = self.points()
        self._instead = {}
        return points


def _parts_of(parts: tuple[CostPart, ...]) -> Iterator[CostPart]:
    for part in parts:
        yield part
        yield from _parts_of(part.parts)

"""Counts what the answer of an operation can cost at most: its objects, their values, and the look-ups for them.

Sizes of pages and lists multiply from level to level. Where it is known how many objects of a type exist, that number
is an upper bound. docs/limits.md has the rules in words.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLField,
    GraphQLSchema,
    InlineFragmentNode,
    OperationDefinitionNode,
    SelectionSetNode,
    get_named_type,
    is_leaf_type,
)

from errors import QueryTooComplex
from execution.limits.list_sizes import ASSUMED_LIST, is_list, list_size, page_size, written_as

MAX_COST = 100_000
# docs/benchmarks.md has the measurement behind both: a point is 30 to 90 microseconds of CPU time.
VALUES_PER_POINT = 5
LOOK_UP = 2  # points of a field that is looked up for each object, besides the points of the objects it leads to
_TRIED = 4  # how many of the largest pages a refusal tries for a size that would fit

# How many objects of a type there are, by its name.
Existing = Mapping[str, int]


class PartialCost(NamedTuple):
    """The cost of a part of a selection.

    `values` are those of the object that has the selection. They become points, rounded up, once all are counted.
    """

    points: int = 0
    values: int = 0

    def beside(self, other: "PartialCost") -> "PartialCost":
        return PartialCost(self.points + other.points, self.values + other.values)


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
    """The cost of one operation; its document has been validated."""

    def __init__(
        self,
        schema: GraphQLSchema,
        document: DocumentNode,
        operation: OperationDefinitionNode,
        variables: dict[str, Any],
    ) -> None:
        self._schema = schema
        self._operation = operation
        self._root = schema.get_root_type(operation.operation)
        self._variables = variables
        self._fragments = {
            node.name.value: node for node in document.definitions if isinstance(node, FragmentDefinitionNode)
        }
        # By the identity of a field's node: the pages that were asked for, and other sizes to calculate with instead.
        self._pages: dict[int, tuple[FieldNode, int]] = {}
        self._instead: dict[int, int] = {}
        self._existing: Mapping[str, Existing] = {}

    def know(self, existing: Mapping[str, Existing]) -> None:
        """Sets how many objects exist below each root field, by its name in the answer."""
        self._existing = existing

    def points(self) -> int:
        """The points of the operation: an upper bound, at least 1."""
        return max(1, self._selections(self._operation.selection_set, self._root, Place(1, 1, ASSUMED_LIST, {})).points)

    def refusal(self, points: int) -> QueryTooComplex:
        """The error for an operation of too many points; its text names the page that would fit if it were smaller.

        Of several such pages the text names the one that may be the largest.
        """
        return QueryTooComplex(f"This may cost up to {points} points, more than {MAX_COST}: {self._way_out()}")

    def _way_out(self) -> str:
        largest = sorted(self._pages.values(), key=lambda asked: asked[1], reverse=True)[:_TRIED]
        fitting = []
        for node, _ in largest:
            # No field is below itself, so each further item adds the same number of points (fewer where no more exist).
            # Two calculations are enough to find the size that fits.
            one = self._points_with(node, 1)
            each = self._points_with(node, 2) - one
            if each and one <= MAX_COST:
                fitting.append(((MAX_COST - one) // each + 1, node.name.value))
        if fitting:
            page, name = max(fitting)
            return f"`{name}(first: {page})` would fit, or smaller pages of other fields, or fewer levels."
        named = f"`{largest[0][0].name.value}` asks for the largest pages; " if largest else ""
        return f"{named}no page of one field alone can be small enough, so ask for smaller pages and fewer levels."

    def _points_with(self, node: FieldNode, page: int) -> int:
        self._instead = {id(node): page}
        points = self.points()
        self._instead = {}
        return points

    def _selections(self, selection_set: SelectionSetNode | None, parent: Any, place: Place) -> PartialCost:
        total = PartialCost()
        for node in selection_set.selections if selection_set else ():
            if isinstance(node, FieldNode):
                total = total.beside(self._field(node, parent, place))
            elif isinstance(node, FragmentSpreadNode):
                fragment = self._fragments[node.name.value]
                total = total.beside(self._selections(fragment.selection_set, self._type_of(fragment, parent), place))
            elif isinstance(node, InlineFragmentNode):
                total = total.beside(self._selections(node.selection_set, self._type_of(node, parent), place))
        return total

    def _type_of(self, fragment: FragmentDefinitionNode | InlineFragmentNode, parent: Any) -> Any:
        condition = fragment.type_condition
        return parent if condition is None else self._schema.type_map[condition.name.value]

    def _field(self, node: FieldNode, parent: Any, place: Place) -> PartialCost:
        definition: GraphQLField | None = getattr(parent, "fields", {}).get(node.name.value)
        if definition is None:  # __typename, which no type lists among its fields
            return PartialCost(values=1)
        written = written_as(definition)
        look_ups = place.number * LOOK_UP if written is not None and written.is_async else 0
        kind = get_named_type(definition.type)
        if is_leaf_type(kind):
            return PartialCost(look_ups, ASSUMED_LIST if is_list(definition.type) else 1)
        if parent is self._root:
            key = node.alias.value if node.alias else node.name.value
            place = replace(place, existing=self._existing.get(key, {}))
        below = self._below(node, definition, parent, place)
        inside = self._selections(node.selection_set, kind, below)
        # Division rounded up: an object costs a point for every five values, and one if it has none.
        own = below.number * max(1, -(-inside.values // VALUES_PER_POINT))
        return PartialCost(look_ups + own + inside.points)

    def _below(self, node: FieldNode, definition: GraphQLField, parent: Any, place: Place) -> Place:
        """The objects that the field leads to."""
        kind: Any = get_named_type(definition.type)
        is_of_page = parent.name.endswith(("Connection", "Edge"))
        number = place.number
        if is_list(definition.type):
            size = place.page if is_of_page else list_size(node, definition, self._variables)
            number *= size
        # A page lists the children of one parent and none of them twice, so objects occur as often as their parent
        # does. Any other field may lead every parent to the same object.
        copies = place.copies if is_of_page or kind.name.endswith("Connection") else number
        row = kind.fields["node"].type if kind.name.endswith("Edge") else kind
        exist = place.existing.get(get_named_type(row).name)
        if exist is not None:
            number = min(number, copies * exist)
        return Place(number, copies, self._page(node, definition), place.existing)

    def _page(self, node: FieldNode, definition: GraphQLField) -> int:
        asked = page_size(node, definition, self._variables)
        if asked is None:
            return ASSUMED_LIST
        page = self._instead.get(id(node), asked)
        self._pages.setdefault(id(node), (node, page))
        return page

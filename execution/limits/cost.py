"""What the answer of an operation can cost: its objects, the values of each, and what is looked up for each.

Page sizes are multiplied along the way down; where it is known how many objects of a type exist, that is a bound.
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
LOOK_UP = 2  # points of a field that is looked up for its object alone, beside those of what it brings
_TRIED = 4  # so many of the largest pages are tried for one that would fit

# By the name of a type: how many objects of it there are.
Existing = Mapping[str, int]


class PartialCost(NamedTuple):
    """`values` belong to the object that has the selection; its own points are rounded up once they are all known."""

    points: int = 0
    values: int = 0

    def beside(self, other: "PartialCost") -> "PartialCost":
        return PartialCost(self.points + other.points, self.values + other.values)


@dataclass(frozen=True, slots=True)
class Place:
    """Objects of the answer: how many, and how often the same one can be among them."""

    number: int
    copies: int
    page: int  # of the connection that they are
    existing: Existing


class Cost:
    """Of one operation of a document that has been validated."""

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
        # The pages that were asked for, and sizes to calculate with instead, by the identity of the field's node.
        self._pages: dict[int, tuple[FieldNode, int]] = {}
        self._instead: dict[int, int] = {}
        self._existing: Mapping[str, Existing] = {}

    def know(self, existing: Mapping[str, Existing]) -> None:
        """What exists below the root fields, by their names in the answer."""
        self._existing = existing

    def points(self) -> int:
        """An upper bound, at least 1."""
        return max(1, self._selections(self._operation.selection_set, self._root, Place(1, 1, ASSUMED_LIST, {})).points)

    def refusal(self, points: int) -> QueryTooComplex:
        """Which field's page would make the whole fit by itself, and how large it may be; the largest such one."""
        return QueryTooComplex(f"This may cost up to {points} points, more than {MAX_COST}: {self._way_out()}")

    def _way_out(self) -> str:
        largest = sorted(self._pages.values(), key=lambda asked: asked[1], reverse=True)[:_TRIED]
        fitting = []
        for node, _ in largest:
            # No field lies within itself, so each item more adds the same; or less, where no more exist.
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
        if definition is None:  # __typename
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
        # A page belongs to its owner and holds nothing twice; whatever else leads to an object may always be the same.
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

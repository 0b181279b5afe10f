"""How many objects an operation can return at most: page sizes multiplied along the way down."""

from collections.abc import Mapping
from typing import Any

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLField,
    GraphQLList,
    GraphQLNonNull,
    GraphQLOutputType,
    GraphQLSchema,
    InlineFragmentNode,
    IntValueNode,
    OperationDefinitionNode,
    SelectionSetNode,
    VariableNode,
    get_named_type,
    is_leaf_type,
)

from errors import QueryTooComplex

MAX_OBJECTS = 100_000
LARGEST_PAGE = 1_000
DEFAULT_PAGE = 50
ASSUMED_LIST = 10  # a list without a page size
_TRIED = 4  # so many of the largest pages are tried for one that would fit


def _is_list(kind: GraphQLOutputType) -> bool:
    return isinstance(kind.of_type if isinstance(kind, GraphQLNonNull) else kind, GraphQLList)


class Cost:
    def __init__(self, schema: GraphQLSchema, document: DocumentNode, variables: Mapping[str, Any]) -> None:
        self.schema = schema
        self.variables = variables
        # The pages that were asked for, and sizes to calculate with instead, by the identity of the field's node.
        self.pages: dict[int, tuple[FieldNode, int]] = {}
        self.instead: dict[int, int] = {}
        self.fragments = {
            node.name.value: node for node in document.definitions if isinstance(node, FragmentDefinitionNode)
        }

    def page(self, node: FieldNode, definition: GraphQLField) -> int:
        """The page size that a connection's field asks for."""
        argument = definition.args.get("first")
        if argument is None:
            return ASSUMED_LIST
        size: Any = argument.default_value
        for given in node.arguments or ():
            if given.name.value == "first":
                value = given.value
                if isinstance(value, IntValueNode):
                    size = int(value.value)
                elif isinstance(value, VariableNode):
                    size = self.variables.get(value.name.value, size)
        asked = size if isinstance(size, int) and not isinstance(size, bool) else DEFAULT_PAGE
        page = self.instead.get(id(node), max(1, min(asked, LARGEST_PAGE)))
        self.pages.setdefault(id(node), (node, page))
        return page

    def field(self, node: FieldNode, parent: Any, page: int) -> int:
        definition: GraphQLField | None = getattr(parent, "fields", {}).get(node.name.value)
        if definition is None or is_leaf_type(get_named_type(definition.type)):
            return 0
        below = self.selections(node.selection_set, get_named_type(definition.type), self.page(node, definition))
        size = 1
        if _is_list(definition.type):
            size = page if parent.name.endswith("Connection") else ASSUMED_LIST
        return size * (1 + below)

    def selections(self, selection_set: SelectionSetNode | None, parent: Any, page: int) -> int:
        total = 0
        for node in selection_set.selections if selection_set else ():
            if isinstance(node, FieldNode):
                total += self.field(node, parent, page)
            elif isinstance(node, FragmentSpreadNode):
                fragment = self.fragments[node.name.value]
                total += self.selections(fragment.selection_set, self.type_of(fragment, parent), page)
            elif isinstance(node, InlineFragmentNode):
                total += self.selections(node.selection_set, self.type_of(node, parent), page)
        return total

    def type_of(self, fragment: FragmentDefinitionNode | InlineFragmentNode, parent: Any) -> Any:
        condition = fragment.type_condition
        return parent if condition is None else self.schema.type_map[condition.name.value]


def operation_cost(
    schema: GraphQLSchema, document: DocumentNode, operation: OperationDefinitionNode, variables: Mapping[str, Any]
) -> int:
    """An upper bound of the objects in the answer, at least 1; the document has been validated.

    Raises QueryTooComplex when the answer could hold more than MAX_OBJECTS objects.
    """
    root = schema.get_root_type(operation.operation)
    cost = Cost(schema, document, variables)
    objects = max(1, cost.selections(operation.selection_set, root, ASSUMED_LIST))
    if objects > MAX_OBJECTS:
        raise QueryTooComplex(
            f"This asks for up to {objects} objects, more than {MAX_OBJECTS}: {_way_out(cost, operation, root)}"
        )
    return objects


def _way_out(cost: Cost, operation: OperationDefinitionNode, root: Any) -> str:
    """Which field's page would make the whole fit by itself, and how large it may be; the largest such one."""

    def objects_with(node: FieldNode, page: int) -> int:
        cost.instead = {id(node): page}
        return cost.selections(operation.selection_set, root, ASSUMED_LIST)

    largest = sorted(cost.pages.values(), key=lambda asked: asked[1], reverse=True)[:_TRIED]
    fitting = []
    for node, _ in largest:
        # No field lies within itself, so each item more adds the same.
        one, each = objects_with(node, 1), objects_with(node, 2) - objects_with(node, 1)
        if each and one <= MAX_OBJECTS:
            fitting.append(((MAX_OBJECTS - one) // each + 1, node.name.value))
    if fitting:
        page, name = max(fitting)
        return f"`{name}(first: {page})` would fit, or smaller pages of other fields, or fewer levels."
    named = f"`{largest[0][0].name.value}` asks for the largest pages; " if largest else ""
    return f"{named}no page of one field alone can be small enough, so ask for smaller pages and fewer levels."

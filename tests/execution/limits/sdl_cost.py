"""What an operation costs by the text of the SDL alone: the rules of docs/limits.md once more, by plain loops."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from graphql import (
    FieldNode,
    GraphQLField,
    GraphQLList,
    GraphQLNonNull,
    GraphQLSchema,
    IntValueNode,
    ListValueNode,
    get_directive_values,
    get_named_type,
    is_leaf_type,
)

UNKNOWN = 10


@dataclass(frozen=True, slots=True)
class Told:
    """What the SDL says of a field."""

    weight: int
    size: dict[str, Any] | None

    @property
    def sized(self) -> list[str]:
        return [*(self.size or {}).get("sizedFields", ())]


@dataclass(frozen=True, slots=True)
class SdlCost:
    schema: GraphQLSchema  # built from the text

    def told(self, definition: GraphQLField) -> Told:
        found: dict[str, Any] = {}
        for name in ("cost", "listSize"):
            directive = self.schema.get_directive(name)
            assert directive is not None
            assert definition.ast_node is not None
            found[name] = get_directive_values(directive, definition.ast_node)
        return Told(int((found["cost"] or {"weight": "0"})["weight"]), found["listSize"])

    def points(self, node: FieldNode, parent: Any, number: int = 1, above: tuple[list[str], int] = ([], 1)) -> int:
        """The points of a field of so many objects; `above`: the lists that the field above sizes, and their size."""
        definition = parent.fields[node.name.value]
        told, kind = self.told(definition), get_named_type(definition.type)
        looked_up = number * told.weight
        if is_leaf_type(kind):
            return looked_up
        size = _size(node, told)
        if _is_list(definition):
            number *= above[1] if node.name.value in above[0] else size
        below = [(each, kind.fields.get(each.name.value)) for each in _fields(node)]
        values = sum(self._values(field) for _, field in below)
        objects = number * max(1, -(-values // 5))
        parts = (self.points(each, kind, number, (told.sized, size)) for each, field in below if field is not None)
        return looked_up + objects + sum(parts)

    def _values(self, field: GraphQLField | None) -> int:
        if field is None:  # __typename
            return 1
        if not is_leaf_type(get_named_type(field.type)):
            return 0
        return (self.told(field).size or {}).get("assumedSize", UNKNOWN) if _is_list(field) else 1


def _size(node: FieldNode, told: Told) -> int:
    size = told.size or {"assumedSize": UNKNOWN}
    for argument in node.arguments or ():
        if argument.name.value in size.get("slicingArguments", ()):
            if isinstance(argument.value, IntValueNode):
                return int(argument.value.value)
            if isinstance(argument.value, ListValueNode):
                return len(argument.value.values)
    return int(size["assumedSize"])


def _is_list(definition: GraphQLField) -> bool:
    kind = definition.type
    return isinstance(kind.of_type if isinstance(kind, GraphQLNonNull) else kind, GraphQLList)


def _fields(node: FieldNode) -> Iterator[FieldNode]:
    for each in node.selection_set.selections if node.selection_set else ():
        assert isinstance(each, FieldNode)
        yield each

"""Cost shape: what an operation asks for, as far as it costs something; made once for a document that is kept.

Fields of one name in the answer are one part, as they are when they run. Only the lengths of lists that depend on
variables, and how many objects exist, are left open.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any, NamedTuple

from graphql import (
    FieldNode,
    FragmentDefinitionNode,
    GraphQLField,
    GraphQLNonNull,
    GraphQLSchema,
    InlineFragmentNode,
    ListValueNode,
    ObjectValueNode,
    OperationDefinitionNode,
    SelectionNode,
    SelectionSetNode,
    ValueNode,
    VariableNode,
    get_named_type,
    is_leaf_type,
    print_ast,
)

from execution.limits.directives import ListSizeDirective, declared_length, list_size_of, weight_of
from execution.limits.list_sizes import ASSUMED_LIST, FIRST, Arguments, Length, is_list, longest_of, page_of

# docs/benchmarks.md has the measurement behind this: a point is 30 to 90 microseconds of CPU time.
VALUES_PER_POINT = 5

Open = int | Length  # a length that is known, or that the variables decide


@dataclass(frozen=True, slots=True, eq=False)
class CostPart:
    """A field that leads to objects, with what is asked of them.

    `weight` is charged for each object that has the field, `own` for each object that it leads to. `length` is None for
    a single object; `is_paged`: the length is the page of the field above. `page` is what the field asks of the lists
    below it. `keeps_copies`: what is below occurs as often as its owner; any other field may lead all to the same
    object. `kind` is what its objects are counted as, of an edge that of its node. `is_always`: an object that has the
    field has an object there.
    """

    node: FieldNode
    key: str
    weight: int
    own: int
    kind: str
    length: Open | None
    is_paged: bool
    page: Open | None
    keeps_copies: bool
    is_always: bool
    parts: tuple["CostPart", ...]
    # The points of an object with all below it, where these are the same for each such object.
    whole: int | None = field(init=False)

    def __post_init__(self) -> None:
        is_fixed = all(part.is_always and part.length is None and part.whole is not None for part in self.parts)
        below = sum(part.weight + (part.whole or 0) for part in self.parts)
        object.__setattr__(self, "whole", self.own + below if is_fixed else None)


@dataclass(frozen=True, slots=True)
class CostShape:
    """`weight` is that of the root fields without objects, `size` the number of parts on all levels."""

    weight: int
    parts: tuple[CostPart, ...]
    size: int


class Asked(NamedTuple):
    """What is asked of objects: values, the weight of their look-ups, and parts."""

    values: int
    weight: int
    parts: tuple[CostPart, ...]


class _Selection(NamedTuple):
    """What is selected of objects of a type; `is_certain`: each of the objects has it."""

    selected: SelectionSetNode
    kind: Any
    is_certain: bool = True


class _Group:
    """The selections of one field in the answer, each with the type that it is written for."""

    def __init__(self, node: FieldNode, definition: GraphQLField | None, parent: Any, *, is_certain: bool) -> None:
        self.node = node
        self.definition = definition
        self.parent = parent
        self.is_certain = is_certain
        self.below: list[_Selection] = []


class _Maker:
    def __init__(self, schema: GraphQLSchema, fragments: dict[str, FragmentDefinitionNode]) -> None:
        self._schema = schema
        self._fragments = fragments
        self.size = 0

    def asked(self, selections: Sequence[_Selection], owner: ListSizeDirective | None) -> Asked:
        """What is asked by these selections; `owner` is the size of the field that has them."""
        groups: dict[tuple[str, ...], _Group] = {}
        for each in selections:
            # Of a field that is selected once, there is an object only if it was: then it has what is selected of it.
            is_certain = each.is_certain or len(selections) == 1
            self._collect(each.selected.selections, each.kind, groups, is_certain=is_certain)
        values: dict[str, int] = {}
        weight, parts = 0, []
        for (key, *_), group in groups.items():
            definition = group.definition
            if definition is None:  # __typename, which no type lists among its fields
                values[key] = 1
            elif is_leaf_type(get_named_type(definition.type)):
                size = list_size_of(definition)
                length = size.assumed if size is not None else ASSUMED_LIST if is_list(definition.type) else 1
                values[key] = max(length, values.get(key, 0))
                weight += weight_of(definition)
            else:
                parts.append(self._part(key, group, definition, owner))
        return Asked(sum(values.values()), weight, tuple(parts))

    def _collect(
        self,
        selections: Sequence[SelectionNode],
        parent: Any,
        groups: dict[tuple[str, ...], _Group],
        *,
        is_certain: bool,
    ) -> None:
        """`is_certain`: each of the objects has these selections."""
        for node in selections:
            certain = is_certain and not node.directives
            if isinstance(node, FieldNode):
                definition = getattr(parent, "fields", {}).get(node.name.value)
                key = node.alias.value if node.alias else node.name.value
                # Types that exclude each other may have different fields, or arguments, under one name.
                written = (key, node.name.value, *(print_ast(each) for each in node.arguments or ()))
                group = groups.setdefault(written, _Group(node, definition, parent, is_certain=certain))
                group.is_certain |= certain
                if node.selection_set is not None:
                    kind = get_named_type(definition.type) if definition else parent
                    group.below.append(_Selection(node.selection_set, kind, certain))
            else:
                fragment: Any = node if isinstance(node, InlineFragmentNode) else self._fragments[node.name.value]  # type: ignore[attr-defined]  # a spread
                kind = self._type_of(fragment, parent)
                self._collect(fragment.selection_set.selections, kind, groups, is_certain=certain and kind is parent)

    def _type_of(self, fragment: FragmentDefinitionNode | InlineFragmentNode, parent: Any) -> Any:
        condition = fragment.type_condition
        return parent if condition is None else self._schema.type_map[condition.name.value]

    def _part(self, key: str, group: _Group, definition: GraphQLField, owner: ListSizeDirective | None) -> CostPart:
        self.size += 1
        kind: Any = get_named_type(definition.type)
        size = list_size_of(definition)
        asked = self.asked(group.below, size)
        is_of_page = group.parent.name.endswith(("Connection", "Edge"))
        row = kind.fields["node"].type if kind.name.endswith("Edge") else kind
        length = self._length(group.node, definition, size) if is_list(definition.type) else None
        is_sliced = size is not None and bool(size.sized)
        return CostPart(
            node=group.node,
            key=key,
            weight=weight_of(definition),
            # Division rounded up: an object costs a point for every five values, and one if it has none.
            own=max(1, -(-asked.values // VALUES_PER_POINT)) + asked.weight,
            kind=get_named_type(row).name,
            length=length,
            is_paged=owner is not None and group.node.name.value in owner.sized,
            page=self._asking(group.node, size, partial(_page_among, definition)) if size and size.sized else None,
            keeps_copies=is_of_page or is_sliced,
            is_always=group.is_certain and isinstance(definition.type, GraphQLNonNull),
            parts=asked.parts,
        )

    def _length(self, node: FieldNode, definition: GraphQLField, size: ListSizeDirective | None) -> Open:
        if size is None:
            return ASSUMED_LIST
        declared = declared_length(definition)
        if declared is None:
            return self._asking(node, size, partial(longest_of, names=size.slicing))
        if declared.count is None:
            return size.assumed
        return self._asking(node, size, partial(_at_most, size.assumed, declared.count))

    def _asking(self, node: FieldNode, size: ListSizeDirective, of: Callable[[Arguments], int]) -> Open:
        """The length by the slicing arguments of the field; nothing else that it is asked changes it."""
        given = tuple(argument for argument in node.arguments or () if argument.name.value in size.slicing)
        length = Length(given, of)
        return length if any(_has_variable(argument.value) for argument in given) else length.by({})


def _page_among(definition: GraphQLField, given: Arguments) -> int:
    return page_of(given.get(FIRST, definition.args[FIRST].default_value))


def _at_most(most: int, count: Callable[[Arguments], int], given: Arguments) -> int:
    return min(most, count(given))


def _has_variable(value: ValueNode) -> bool:
    if isinstance(value, ListValueNode):
        return any(map(_has_variable, value.values))
    if isinstance(value, ObjectValueNode):
        return any(_has_variable(each.value) for each in value.fields)
    return isinstance(value, VariableNode)


def cost_shape(
    schema: GraphQLSchema, operation: OperationDefinitionNode, fragments: dict[str, FragmentDefinitionNode]
) -> CostShape:
    """The shape of an operation of a document that has been validated."""
    maker = _Maker(schema, fragments)
    root = schema.get_root_type(operation.operation)
    asked = maker.asked([_Selection(operation.selection_set, root)], None)
    return CostShape(asked.weight, asked.parts, maker.size)

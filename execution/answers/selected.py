"""Which fields of which types an operation can select: what decides whether its answer may be kept."""

from collections.abc import Mapping

from graphql import (
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLSchema,
    OperationDefinitionNode,
    TypeInfo,
    TypeInfoVisitor,
    Visitor,
    visit,
)

Selected = frozenset[tuple[str, str]]


class _Fields(Visitor):
    def __init__(self, types: TypeInfo) -> None:
        super().__init__()
        self._types = types
        self.found: set[tuple[str, str]] = set()
        self.spreads: list[str] = []

    def enter_field(self, node: FieldNode, *_: object) -> None:
        parent = self._types.get_parent_type()
        self.found.add((parent.name if parent is not None else "", node.name.value))

    def enter_fragment_spread(self, node: FragmentSpreadNode, *_: object) -> None:
        self.spreads.append(node.name.value)


def selected_fields(
    schema: GraphQLSchema, operation: OperationDefinitionNode, fragments: Mapping[str, FragmentDefinitionNode]
) -> Selected:
    """The type and name of each field of a valid operation, those that @skip leaves out and those in fragments too."""
    types = TypeInfo(schema)
    fields = _Fields(types)
    visit(operation, TypeInfoVisitor(types, fields))
    seen = set[str]()
    while fields.spreads:
        name = fields.spreads.pop()
        if name not in seen:
            seen.add(name)
            visit(fragments[name], TypeInfoVisitor(types, fields))
    return frozenset(fields.found)

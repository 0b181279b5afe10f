"""How large a request may be, whatever the schema is, so that no request keeps the process busy for long."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from graphql import (
    DocumentNode,
    ExecutableDefinitionNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    OperationDefinitionNode,
    SelectionNode,
    SelectionSetNode,
    VariableDefinitionNode,
)

from errors import QueryTooComplex
from execution.limits.overlaps import Overlaps

# Each limit bounds a part of the work that grows with the request: parsing (characters, tokens), validation
# (definitions, overlaps, directives), coercion of variables (values), execution (depth, aliases, root fields, fields).
MAX_CHARACTERS = 100_000
MAX_TOKENS = 4_000
MAX_DEFINITIONS = 100
MAX_OVERLAPS = 4_000
MAX_VALUES = 10_000
MAX_DEPTH = 20
MAX_ALIASES = 60
MAX_ROOT_FIELDS = 30
MAX_DIRECTIVES = 50
MAX_DIRECTIVES_AT_ONE_PLACE = 5
MAX_FIELDS = 3_000
_ENOUGH = 1_000_000  # counts stop here: fragments that are used twice double them at every level


@dataclass(frozen=True, slots=True)
class Shape:
    """The size of a selection with everything below it."""

    depth: int = 0
    roots: int = 0  # fields that are not below another one
    fields: int = 0
    aliases: int = 0
    directives: int = 0

    def beside(self, other: "Shape") -> "Shape":
        return Shape(
            max(self.depth, other.depth),
            min(self.roots + other.roots, _ENOUGH),
            min(self.fields + other.fields, _ENOUGH),
            min(self.aliases + other.aliases, _ENOUGH),
            min(self.directives + other.directives, _ENOUGH),
        )


class ShapeCount:
    """Measures selections as if each fragment were written out where it is used; each fragment is measured once."""

    def __init__(self, document: DocumentNode) -> None:
        self.fragments = {
            node.name.value: node for node in document.definitions if isinstance(node, FragmentDefinitionNode)
        }
        self.measured: dict[str, Shape] = {}

    def selections(self, selection_set: SelectionSetNode | None) -> Shape:
        shape = Shape()
        for selection in selection_set.selections if selection_set else ():
            shape = shape.beside(self.selection(selection))
        return shape

    def selection(self, node: SelectionNode) -> Shape:
        directives = directives_at(node)
        if isinstance(node, FragmentSpreadNode):
            return self.fragment(node.name.value).beside(Shape(directives=directives))
        below = self.selections(getattr(node, "selection_set", None))
        if not isinstance(node, FieldNode):
            return below.beside(Shape(directives=directives))
        # Introspection adds no depth: graphql-core has a rule of its own for it.
        depth = 0 if node.name.value.startswith("__") else below.depth + 1
        return Shape(
            depth,
            1,
            below.fields + 1,
            below.aliases + (node.alias is not None),
            below.directives + directives,
        )

    def fragment(self, name: str) -> Shape:
        if name not in self.measured:
            self.measured[name] = Shape()  # a cycle ends here; validation reports it
            if definition := self.fragments.get(name):
                directives_at(definition)
                self.measured[name] = self.selections(definition.selection_set)
        return self.measured[name]


def directives_at(node: SelectionNode | ExecutableDefinitionNode | VariableDefinitionNode) -> int:
    """How many directives stand at a place of the document; raises QueryTooComplex for too many.

    Each of them may be wrong in several ways, and each way would be an error of its own.
    """
    number = len(node.directives or ())
    if number > MAX_DIRECTIVES_AT_ONE_PLACE:
        raise QueryTooComplex(f"At most {MAX_DIRECTIVES_AT_ONE_PLACE} directives may stand at one place.")
    return number


def check_document(document: DocumentNode) -> None:
    """Raises QueryTooComplex when the document, or one of its operations, exceeds a limit."""
    if len(document.definitions) > MAX_DEFINITIONS:
        raise QueryTooComplex(f"A document may have at most {MAX_DEFINITIONS} operations and fragments.")
    measure = ShapeCount(document)
    overlaps = Overlaps(measure.fragments, enough=MAX_OVERLAPS)
    for definition in document.definitions:
        if isinstance(definition, OperationDefinitionNode):
            _check_operation(measure, definition)
        if isinstance(definition, OperationDefinitionNode | FragmentDefinitionNode):
            overlaps.count([definition.selection_set])
    for name in measure.fragments:  # also those that no operation uses
        measure.fragment(name)
    if overlaps.are_too_many:
        raise QueryTooComplex("The document asks for the same fields too often: ask for each once, or with an alias.")


def _check_operation(measure: ShapeCount, operation: OperationDefinitionNode) -> None:
    shape = measure.selections(operation.selection_set)
    own = directives_at(operation) + sum(directives_at(each) for each in operation.variable_definitions or ())
    limits = (
        ("fields", shape.fields, MAX_FIELDS),
        ("levels", shape.depth, MAX_DEPTH),
        ("aliases", shape.aliases, MAX_ALIASES),
        ("directives", shape.directives + own, MAX_DIRECTIVES),
        ("root fields", shape.roots, MAX_ROOT_FIELDS),
    )
    for what, count, limit in limits:
        if count > limit:
            raise QueryTooComplex(f"An operation may have at most {limit} {what}.")


def check_values(variables: Any, most: int = MAX_VALUES) -> None:
    """Raises QueryTooComplex when the variables have too many values; lists and objects count as values too."""
    for count, _ in enumerate(_values(variables), start=1):
        if count > most:
            raise QueryTooComplex(f"The variables may hold at most {most} values.")


def _values(value: Any) -> Iterator[Any]:
    waiting = [value]
    while waiting:
        value = waiting.pop()
        yield value
        if isinstance(value, dict):
            waiting.extend(value.values())
        elif isinstance(value, list):
            waiting.extend(value)

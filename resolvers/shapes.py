"""Makes of what a query selects below a field a shape, by which Postgres writes the JSON (models/splicing/shape.py).

It knows graphql-core's way to collect fields, and no field of the API by its name.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple, TypeAlias

import strawberry
from graphql import (
    GraphQLField,
    GraphQLObjectType,
    GraphQLSchema,
    OperationDefinitionNode,
    get_named_type,
    is_enum_type,
    is_leaf_type,
    is_object_type,
)
from graphql.execution import default_field_resolver
from graphql.execution.collect_fields import FieldDetails, FieldDetailsList, FragmentDetails, collect_subfields
from graphql.execution.values import VariableValues, get_argument_values

from execution.limits.list_sizes import is_list, written_as
from execution.plans.fields import RowAttribute, source_of
from execution.plans.run import resolver_arguments
from models.splicing.shape import FixedText, HeldObject, NoTextError, OwnValue, Part, RowId, Shape
from resolvers.node_id import TYPE_NAME

# Scalars whose values a statement writes as the API does.
_SCALARS = frozenset(
    {"String", "Int", "Float", "Boolean", "BigInt", "Decimal", "Date", "DateTime", "Currency", "TimeZone"}
)
_TYPENAME = "__typename"

# The type of the objects behind an interface, where it is known, by the name of the interface.
Types: TypeAlias = Mapping[str, str]


class AskedFields:
    """The fields that are selected in one place, by the names of the answer; @skip and @include are applied."""

    def __init__(self, query: "_Query", kind: Any, details: FieldDetailsList) -> None:
        self.query, self._details = query, details
        self.kind: Any = get_named_type(kind)

    @classmethod
    def of_field(cls, info: strawberry.Info[Any, Any]) -> "AskedFields":
        """What is selected below the field that is being resolved."""
        raw = info._raw_info  # noqa: SLF001 - Strawberry's own selected_fields costs ten times as much
        fragments = {name: FragmentDetails(node) for name, node in raw.fragments.items()}
        values: Any = raw.variable_values  # Strawberry hands on the coerced values alone
        query = _Query(raw.schema, fragments, VariableValues({}, values), raw.operation)
        return cls(query, raw.return_type, [FieldDetails(node, None) for node in raw.field_nodes])

    def single(self, *path: str) -> "AskedFields | None":
        """What is selected of the objects at the path; None unless there is one selection of them."""
        found = self
        for name in path:
            nodes = [each for each in found.fields(found.kind).values() if each[0].node.name.value == name]
            if len(nodes) != 1:
                return None
            found = found.below(found.kind.fields[name], nodes[0])
        return found

    def has(self, name: str) -> bool:
        """Whether the field is selected."""
        return any(each[0].node.name.value == name for each in self.fields(self.kind).values())

    def shape(self, types: Types, asked: "Asked | None" = None) -> Shape | None:
        """The shape of an object; None for what no statement writes.

        `asked` makes the part of a field with arguments, or raises NoTextError; without it there is none.
        """
        try:
            return _Shapes(types, asked).of(self)
        except NoTextError:
            return None

    def fields(self, kind: GraphQLObjectType) -> Mapping[str, FieldDetailsList]:
        """The nodes of each field of this type that is selected."""
        return collect_subfields(*self.query, kind, self._details).grouped_field_set

    def below(self, definition: GraphQLField, details: FieldDetailsList) -> "AskedFields":
        return AskedFields(self.query, definition.type, details)


class _Query(NamedTuple):
    """What graphql-core collects fields with."""

    schema: GraphQLSchema
    fragments: dict[str, FragmentDetails]
    variables: VariableValues
    operation: OperationDefinitionNode


@dataclass(frozen=True, slots=True)
class FieldAsked:
    """A field with arguments that holds an object; the arguments are as its resolver takes them."""

    name: str
    arguments: Mapping[str, Any]


# Makes the part of such a field, with what is selected of the object; raises NoTextError.
Asked: TypeAlias = Callable[[FieldAsked, Shape], Part]


@dataclass(frozen=True, slots=True)
class _Shapes:
    types: Types
    asked: Asked | None

    def of(self, selected: AskedFields) -> Shape:
        kind: Any = selected.kind
        if not is_object_type(kind):
            kind = selected.query.schema.get_type(self.types.get(kind.name, ""))
        if kind is None:
            raise NoTextError
        return tuple((name, self._part(selected, kind, details)) for name, details in selected.fields(kind).items())

    def _part(self, selected: AskedFields, kind: GraphQLObjectType, details: FieldDetailsList) -> Part:
        name = details[0].node.name.value
        if name == _TYPENAME:
            return FixedText(kind.name)
        definition = kind.fields.get(name)
        written = None if definition is None else written_as(definition)
        if definition is None or written is None or is_list(definition.type):
            raise NoTextError(name)
        if is_leaf_type(get_named_type(definition.type)):
            if details[0].node.arguments:
                raise NoTextError(name)
            return _leaf(definition, name)
        below = selected.below(definition, details)
        if not definition.args:
            return HeldObject(str(written.python_name), self.of(below))
        if self.asked is None:
            raise NoTextError(name)
        given = get_argument_values(definition, details[0].node, selected.query.variables)
        named = resolver_arguments(selected.query.schema, written, given, parent=None, info=None)
        return self.asked(FieldAsked(str(written.python_name), named), self.of(below))


def _leaf(definition: GraphQLField, name: str) -> Part:
    written = written_as(definition)
    resolver = written.base_resolver if written is not None else None
    type_name = getattr(resolver.wrapped_func, TYPE_NAME, None) if resolver is not None else None
    if type_name is not None:
        return RowId(type_name)
    source = source_of(definition, name, default_field_resolver)
    if not isinstance(source, RowAttribute) or not _is_written_alike(get_named_type(definition.type)):
        raise NoTextError(name)
    return OwnValue(source.name)


def _is_written_alike(kind: Any) -> bool:
    """Whether the API writes a stored value of the type as it is."""
    if is_enum_type(kind):
        return all(name == getattr(each.value, "value", each.value) for name, each in kind.values.items())
    return kind.name in _SCALARS

"""@oneOf as graphql-core knows it: Strawberry declares it in its own way, which validation does not see."""

import re
from collections.abc import Sequence
from typing import Any

from graphql import (
    GraphQLError,
    GraphQLInputObjectType,
    GraphQLNonNull,
    GraphQLSchema,
    OperationDefinitionNode,
    ValidationRule,
    is_nullable_type,
    type_from_ast,
)

# The words of graphql-core when none or several of the fields are given, and when one is given that there is not.
_WRONG_FIELDS = re.compile(
    r"Within OneOf Input Object type '(?P<none>\w+)'|Expected value of type '(?P<unknown>\w+)' not to include unknown"
)


def declare_one_of(schema: GraphQLSchema) -> None:
    """Marks the inputs that Strawberry declares as @oneOf, for validation, for variables and in the introspection."""
    for kind in schema.type_map.values():
        if isinstance(kind, GraphQLInputObjectType):
            kind.is_one_of = bool(getattr(kind.extensions.get("strawberry-definition"), "is_one_of", False))
    # By the specification it is null for every kind but inputs, where Strawberry's own resolver answers false.
    schema.type_map["__Type"].fields["isOneOf"].resolve = _is_one_of  # type: ignore[attr-defined]  # an object type


def _is_one_of(kind: Any, _info: Any) -> bool | None:
    return kind.is_one_of if isinstance(kind, GraphQLInputObjectType) else None


def with_fields(errors: Sequence[GraphQLError], schema: GraphQLSchema) -> list[GraphQLError]:
    """The errors, each about the fields of an input with @oneOf followed by the fields that it has.

    graphql-core suggests names that are like the wrong one alone.
    """
    return [_with_fields(error, schema) for error in errors]


def _with_fields(error: GraphQLError, schema: GraphQLSchema) -> GraphQLError:
    found = _WRONG_FIELDS.search(error.message)
    kind = schema.type_map.get(found["none"] or found["unknown"]) if found else None
    if not (isinstance(kind, GraphQLInputObjectType) and kind.is_one_of):
        return error
    told = f"{error.message} Give one of its fields: {', '.join(kind.fields)}."
    return GraphQLError(told, error.nodes, original_error=error.original_error)


class OneOfVariablesRule(ValidationRule):
    """Refuses a variable that may be null in an input with @oneOf.

    graphql-core's own rule does so where the input itself may be null, and overlooks inputs that may not.
    """

    def leave_operation_definition(self, operation: OperationDefinitionNode, *_place: Any) -> None:
        declared = {each.variable.name.value: each for each in operation.variable_definitions or ()}
        for usage in self.context.get_recursive_variable_usages(operation):
            definition = declared.get(usage.node.name.value)
            if definition is None or not isinstance(usage.parent_type, GraphQLNonNull):
                continue
            parent, kind = usage.parent_type.of_type, type_from_ast(self.context.schema, definition.type)
            if isinstance(parent, GraphQLInputObjectType) and parent.is_one_of and is_nullable_type(kind):
                name = definition.variable.name.value
                told = f"Variable '${name}' is of type '{kind}' but must be non-nullable: it is a part of '{parent}'."
                self.report_error(GraphQLError(told, [definition, usage.node]))

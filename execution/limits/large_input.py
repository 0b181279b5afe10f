"""Which root fields may be given more than others: their declarations say so.

An operation of one of them alone may have more bytes and values. For all others the limits stay as they are.
"""

from collections.abc import Mapping

from graphql import FieldNode, GraphQLSchema, OperationDefinitionNode, OperationType

from execution.limits.list_sizes import written_as
from execution.limits.shape import MAX_VALUES

# The key in the metadata of a field that may be given more.
LARGE = "large"
LARGE_BODY_BYTES = 4 * 1024 * 1024
LARGE_MAX_VALUES = 100_000


def large_fields(schema: GraphQLSchema) -> frozenset[str]:
    """The names of the mutations that may be given more."""
    fields: Mapping[str, object] = schema.mutation_type.fields if schema.mutation_type else {}
    return frozenset(name for name in fields if _is_large(schema, name))


def may_be_large(schema: GraphQLSchema, operation: OperationDefinitionNode) -> bool:
    """Whether the operation is one such mutation, and nothing else."""
    selections = operation.selection_set.selections
    if operation.operation is not OperationType.MUTATION or len(selections) != 1:
        return False
    [selection] = selections
    return isinstance(selection, FieldNode) and _is_large(schema, selection.name.value)


def most_values(schema: GraphQLSchema, operation: OperationDefinitionNode) -> int:
    """How many values the variables of the operation may hold."""
    return LARGE_MAX_VALUES if may_be_large(schema, operation) else MAX_VALUES


def _is_large(schema: GraphQLSchema, name: str) -> bool:
    definition = schema.mutation_type.fields.get(name) if schema.mutation_type else None
    written = written_as(definition) if definition is not None else None
    return written is not None and bool(written.metadata.get(LARGE))

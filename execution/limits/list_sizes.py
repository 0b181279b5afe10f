"""How long a list of the answer can be: its page, the size that its field declares, or an assumed length."""

from collections.abc import Callable, Mapping
from typing import Any

from graphql import (
    FieldNode,
    GraphQLField,
    GraphQLList,
    GraphQLNonNull,
    GraphQLOutputType,
    Undefined,
    value_from_ast_untyped,
)
from strawberry.types.field import StrawberryField

LARGEST_PAGE = 1_000
DEFAULT_PAGE = 50
ASSUMED_LIST = 10  # the length of a list of which nothing is known
# The key in a field's metadata for a function that tells from the arguments how long the field's list can be.
SIZE = "size"

Size = Callable[[Mapping[str, Any]], int]


def written_as(definition: GraphQLField) -> StrawberryField | None:
    """The field as Strawberry declares it; None for a field of introspection."""
    field = definition.extensions.get("strawberry-definition")
    return field if isinstance(field, StrawberryField) else None


def is_list(kind: GraphQLOutputType) -> bool:
    return isinstance(kind.of_type if isinstance(kind, GraphQLNonNull) else kind, GraphQLList)


def page_size(node: FieldNode, definition: GraphQLField, variables: dict[str, Any]) -> int | None:
    """The page that a connection's field asks for; None for a field without pages."""
    argument = definition.args.get("first")
    if argument is None:
        return None
    size = _arguments(node, variables, only="first").get("first", argument.default_value)
    # A variable may be 1000.0, which GraphQL accepts as an Int.
    is_number = isinstance(size, int | float) and not isinstance(size, bool)
    return int(max(1, min(size, LARGEST_PAGE))) if is_number else DEFAULT_PAGE


def list_size(node: FieldNode, definition: GraphQLField, variables: dict[str, Any]) -> int:
    """The largest length of a list without pages; a list that answers a list of arguments is as long as that one."""
    arguments = _arguments(node, variables)
    written = written_as(definition)
    size: Size | None = written.metadata.get(SIZE) if written is not None else None
    if size is not None:
        return size(arguments)
    return max((len(value) for value in arguments.values() if isinstance(value, list)), default=ASSUMED_LIST)


def _arguments(node: FieldNode, variables: dict[str, Any], *, only: str | None = None) -> dict[str, Any]:
    """The arguments with the client's values; variables without a value are left out."""
    given = {
        argument.name.value: value_from_ast_untyped(argument.value, variables)
        for argument in node.arguments or ()
        if only in (None, argument.name.value)
    }
    return {name: value for name, value in given.items() if value is not Undefined}

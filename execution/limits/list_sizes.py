"""How long a list of the answer can be: its page, the length that its field declares, or an assumed one."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from graphql import (
    ArgumentNode,
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
# The key in a field's metadata for its ListLength.
SIZE = "size"
FIRST = "first"  # the argument of every connection: how many items its page has at most

Arguments = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class ListLength:
    """How many items a list without pages has at most, as its field declares it.

    `count` says from the arguments named in `by`, as the client wrote them, that there are fewer than `at_most`.
    """

    at_most: int
    by: tuple[str, ...] = ()
    count: Callable[[Arguments], int] | None = None


@dataclass(frozen=True, slots=True)
class Length:
    """The length of a list that the arguments of its field decide, once the variables are known."""

    given: tuple[ArgumentNode, ...]
    of: Callable[[Arguments], int]

    def by(self, variables: dict[str, Any]) -> int:
        given = {each.name.value: value_from_ast_untyped(each.value, variables) for each in self.given}
        return self.of({name: value for name, value in given.items() if value is not Undefined})


def written_as(definition: GraphQLField) -> StrawberryField | None:
    """The field as Strawberry declares it; None for a field of introspection."""
    field = definition.extensions.get("strawberry-definition")
    return field if isinstance(field, StrawberryField) else None


def is_list(kind: GraphQLOutputType) -> bool:
    return isinstance(kind.of_type if isinstance(kind, GraphQLNonNull) else kind, GraphQLList)


def page_of(asked: Any) -> int:
    """The size of the page for a value of `first`."""
    # A variable may be 1000.0, which GraphQL accepts as an Int.
    is_number = isinstance(asked, int | float) and not isinstance(asked, bool)
    return int(max(1, min(asked, LARGEST_PAGE))) if is_number else DEFAULT_PAGE


def longest_of(arguments: Arguments, names: tuple[str, ...]) -> int:
    """The length of the longest list among these arguments: what answers a list of arguments is as long as it."""
    return max(
        (len(value) for name in names if isinstance(value := arguments.get(name), list)),
        default=ASSUMED_LIST,
    )

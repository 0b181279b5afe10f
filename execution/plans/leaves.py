"""Scalars and enums in a plan: how a value of a leaf type is written without asking graphql-core for each of them."""

from collections.abc import Callable, Mapping
from typing import Any

from graphql import (
    GraphQLBoolean,
    GraphQLEnumType,
    GraphQLFloat,
    GraphQLID,
    GraphQLInt,
    GraphQLLeafType,
    GraphQLString,
    Undefined,
)

from execution.plans.classes import PLAIN, NotPlainError

# The condition, of a value `{0}`, under which the built-in scalar answers the value as it is.
_AS_IT_IS: Mapping[GraphQLLeafType, str] = {
    GraphQLString: "type({0}) is str",
    GraphQLID: "type({0}) is str",
    GraphQLBoolean: "type({0}) is bool",
    GraphQLInt: "type({0}) is int and -2147483648 <= {0} <= 2147483647",
    GraphQLFloat: "type({0}) is float and {0} - {0} == 0.0",  # infinity and NaN are refused
}
_OWN_WAYS = {kind: kind.coerce_output_value for kind in _AS_IT_IS}


def as_it_is(kind: GraphQLLeafType) -> str | None:
    """The condition under which a value is its own answer; None if there is none, or the schema changed the scalar."""
    condition = _AS_IT_IS.get(kind)
    return condition if condition is not None and kind.coerce_output_value == _OWN_WAYS[kind] else None


def names_of_members(kind: GraphQLLeafType) -> tuple[type, Mapping[Any, str]] | None:
    """The Python enum behind an enum of the schema and the names of its members; None for any other leaf."""
    wrapped: Any = getattr(kind, "wrapped_cls", None)
    if not isinstance(kind, GraphQLEnumType) or not isinstance(wrapped, type):
        return None
    members: Any = wrapped
    return wrapped, {member: kind.coerce_output_value(member) for member in members}


def leaf_writer(kind: GraphQLLeafType) -> Callable[[Any], Any]:
    """A function that writes one value as graphql-core does, and raises for what graphql-core makes an error of."""
    coerce = kind.coerce_output_value

    def write(value: Any) -> Any:
        # A scalar that passes everything on would print an exception, or an awaitable.
        if type(value) not in PLAIN:
            PLAIN.learn(type(value))
        written = coerce(value)
        if written is None or written is Undefined:
            raise NotPlainError(kind.name)
        return written

    return write

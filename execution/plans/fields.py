"""Fields in a plan: where the value of a field comes from, known by the signature of its resolver, not by a mark."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from types import FunctionType
from typing import Any

from graphql import GraphQLField
from graphql.execution import default_field_resolver
from strawberry.types.field import StrawberryField

from execution.limits.list_sizes import written_as

# The key in a field's metadata for the list form of its resolver: a function with the same parameters, whose parent is
# a list of parents and whose answer is the list of their values.
MANY = "many"

# The names of the functions that Strawberry puts around a resolver.
_STRAWBERRYS_OWN = {"_get_basic_result", "_resolver", "_async_resolver"}
ListForm = Callable[..., Awaitable[list[Any]]]


@dataclass(frozen=True, slots=True)
class RowAttribute:
    """The value is an attribute of the row; with `or_item`, or an item of it, as graphql-core's own resolver reads."""

    name: str
    or_item: bool = False


@dataclass(frozen=True, slots=True)
class ResolverCall:
    """The value is what a function of the row and of the field's arguments returns at once.

    `parent` is the name of the parameter for the row; None for the first one by its place.
    """

    function: Callable[..., Any]
    parent: str | None
    field: StrawberryField


@dataclass(frozen=True, slots=True)
class Many:
    """The value is looked up, and a function looks it up for many rows at once."""

    function: ListForm
    field: StrawberryField


Source = RowAttribute | ResolverCall | Many


def source_of(definition: GraphQLField, name: str, field_resolver: Callable[..., Any]) -> Source | None:
    """Where the value of a field comes from; None for a field that graphql-core must resolve for each row."""
    if definition.resolve is None:
        return RowAttribute(name, or_item=True) if field_resolver is default_field_resolver else None
    written = written_as(definition)
    # Any other function around the resolver, such as a middleware, must run.
    made_by = definition.resolve.__qualname__.rpartition(".")[2]
    if written is None or written.extensions or made_by not in _STRAWBERRYS_OWN:
        return None
    if written.base_resolver is None:
        return RowAttribute(str(written.python_name)) if written.default_resolver is getattr else None
    many = written.metadata.get(MANY)
    return Many(many, written) if many is not None else _call(written)


def _call(written: StrawberryField) -> ResolverCall | None:
    """The resolver, if it needs nothing but the parent and arguments, and does not have to be awaited."""
    resolver = written.base_resolver
    assert resolver is not None
    function: Any = resolver.wrapped_func
    if written.is_async or resolver.info_parameter is not None or not isinstance(function, FunctionType):
        return None
    parents = {each.name for each in (resolver.parent_parameter, resolver.root_parameter) if each is not None}
    if resolver.self_parameter is not None:
        return ResolverCall(function, None, written) if not parents else None
    return ResolverCall(function, parents.pop(), written) if len(parents) == 1 else None

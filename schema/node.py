"""Node, global ids, and `entity`: the decorator that ties a GraphQL type to its row classes."""

from collections.abc import Callable
from typing import Any, TypeVar

import strawberry
from graphql import GraphQLError

from models.columns import Row
from models.thin.records import record_of
from resolvers.node_id import TYPE_NAME, encode_id

T = TypeVar("T")

ENTITIES: list[type] = []  # the schema lists them, so that one reached only through an interface is there too
_TYPE_OF_ROW: dict[type, str] = {}


def type_of_row(row: Any, _info: Any, _type: Any) -> str:
    """The GraphQL type of a row behind an interface, by one look-up instead of a trial of every type."""
    try:
        return _TYPE_OF_ROW[type(row)]
    except KeyError:
        raise GraphQLError(f"No entity is declared for rows of {type(row).__name__}.") from None


def global_id(type_name: str) -> Any:
    """The `id` field of a type: the row's uuid with the type's name in it, nothing of the tenant."""

    def resolve(root: Any) -> strawberry.ID:
        return strawberry.ID(encode_id(type_name, root.id))

    setattr(resolve, TYPE_NAME, type_name)
    return strawberry.field(resolver=resolve)


def interface(cls: type[T]) -> type[T]:
    """A GraphQL interface whose implementations are entities."""
    cls.resolve_type = staticmethod(type_of_row)  # type: ignore[attr-defined]  # read by Strawberry
    return strawberry.interface(cls)


@interface
class Node:
    """Anything with a global id."""

    id: strawberry.ID


def entity(*rows: type, description: str | None = None) -> Callable[[type[T]], type[T]]:
    """A GraphQL type over row classes: its `id` is global, and a row finds its type in constant time.

    A row class belongs to one entity only. Its rows may also come as records.
    """
    classes = frozenset((*rows, *(record_of(row) for row in rows if issubclass(row, Row))))

    def declare(cls: type[T]) -> type[T]:
        cls.is_type_of = staticmethod(lambda row, _info: type(row) in classes)  # type: ignore[attr-defined]  # read by Strawberry
        cls.__rows__ = rows  # type: ignore[attr-defined]  # read by the test that compares types with rows
        cls.id = global_id(cls.__name__)  # type: ignore[attr-defined]  # becomes the field
        cls.__annotations__ = {"id": strawberry.ID, **cls.__annotations__}
        for row in classes:
            _TYPE_OF_ROW[row] = cls.__name__
        declared = strawberry.type(cls, description=description)
        ENTITIES.append(declared)
        return declared

    return declare

"""Gives a description to each type, field, argument and enum value that declares none; one that is declared stays.

So what needs more than a sentence is said where it is declared, and the rest in the tables beside this module. Tests
ask that nothing is left without a description, and that each entry of a table is of use.
"""

from collections.abc import Iterator
from typing import Any

from graphql import (
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLNamedType,
    GraphQLObjectType,
    GraphQLSchema,
    is_introspection_type,
)

from analytics.metrics.catalogue import METRICS
from schema.descriptions import asked, by_name, shown
from schema.descriptions.enum_values import ENUMS


def describe(core: GraphQLSchema) -> None:
    for _coordinate, named, found in described(core):
        if not named.description and found:
            named.description = found[0]


def described(core: GraphQLSchema) -> Iterator[tuple[str, Any, list[str]]]:
    """Everything of which clients read a description: its coordinate, itself, and what the tables say of it.

    The most particular text comes first. A coordinate is that of the GraphQL specification, such as `Query.node(id:)`.
    """
    for kind in core.type_map.values():
        if not is_introspection_type(kind):
            yield kind.name, kind, _of_type(kind)
            yield from _parts_of(kind)
    for directive in core.directives:
        yield f"@{directive.name}", directive, []
        for name, argument in directive.args.items():
            found = _found(f"@{directive.name}({name})", asked.ARGUMENTS)
            yield f"@{directive.name}({name}:)", argument, found


def _of_type(kind: GraphQLNamedType) -> list[str]:
    endings = [text for ending, text in by_name.TYPES.items() if kind.name.endswith(ending)]
    return [*_found(kind.name, shown.TYPES, asked.TYPES), *_found("", ENUMS.get(kind.name, {})), *endings]


def _parts_of(kind: GraphQLNamedType) -> Iterator[tuple[str, Any, list[str]]]:
    if isinstance(kind, GraphQLEnumType):
        for name, value in kind.values.items():
            yield f"{kind.name}.{name}", value, _found(name, ENUMS.get(kind.name, {})) or _of_metric(kind, value.value)
    elif isinstance(kind, GraphQLInputObjectType):
        for name, given in kind.fields.items():
            found = [*_found(f"{kind.name}.{name}", asked.INPUT_FIELDS), *_found(name, by_name.INPUT_FIELDS)]
            yield f"{kind.name}.{name}", given, found
    elif isinstance(kind, GraphQLObjectType | GraphQLInterfaceType):
        for name, field in kind.fields.items():
            found = [*_found(f"{kind.name}.{name}", shown.FIELDS), *_found(name, by_name.FIELDS)]
            yield f"{kind.name}.{name}", field, found
            for argument, each in field.args.items():
                found = _found(f"{kind.name}.{name}({argument})", asked.ARGUMENTS)
                yield f"{kind.name}.{name}({argument}:)", each, [*found, *_found(argument, by_name.ARGUMENTS)]


def _of_metric(kind: GraphQLEnumType, value: Any) -> list[str]:
    """The catalogue tells of each metric what it is; the fields of the type Metrics say the same at more length."""
    return [f"{METRICS[value].name}."] if kind.name == "Metric" else []


def _found(key: str, *tables: Any) -> list[str]:
    return [table[key] for table in tables if key in table]

"""Finds the path in a mutation's arguments at which a client wrote the value of a service's parameter."""

from collections.abc import Callable, Iterator, Mapping
from inspect import signature
from types import UnionType
from typing import Annotated, Any, get_args, get_origin, get_type_hints

from strawberry.types.arguments import StrawberryArgumentAnnotation
from strawberry.types.base import StrawberryObjectDefinition
from strawberry.utils.str_converters import to_camel_case

Path = tuple[str, ...]


def paths_of(resolver: Callable[..., Any], called: Mapping[str, str]) -> Mapping[str, Path]:
    """The path of each parameter, by its name in Python: that of an argument, or of a field in an input object.

    `called` maps a service's name of a parameter to the resolver's, where they differ.
    """
    arguments = dict(_arguments(resolver))
    # The name of an argument comes before that of a field in an input object.
    paths = {**dict(_fields(resolver, arguments)), **arguments}
    return paths | {name: paths[ours] for name, ours in called.items()}


def _arguments(resolver: Callable[..., Any]) -> Iterator[tuple[str, Path]]:
    hints = get_type_hints(resolver, include_extras=True)
    for name in signature(resolver).parameters:
        notes = get_args(hints[name])[1:] if get_origin(hints[name]) is Annotated else ()
        renamed = [note.name for note in notes if isinstance(note, StrawberryArgumentAnnotation) and note.name]
        yield name, (renamed[0] if renamed else to_camel_case(name),)


def _fields(resolver: Callable[..., Any], arguments: Mapping[str, Path]) -> Iterator[tuple[str, Path]]:
    """The fields of the input objects among the arguments, with their paths."""
    for argument, hint in get_type_hints(resolver).items():
        for kind in get_args(hint) if isinstance(hint, UnionType) else (hint,):
            definition = getattr(kind, "__strawberry_definition__", None)
            if isinstance(definition, StrawberryObjectDefinition) and definition.is_input:
                for field in definition.fields:
                    shown = field.graphql_name or to_camel_case(field.python_name)
                    yield field.python_name, (*arguments[argument], shown)

"""Where in a mutation's arguments a client wrote what a service calls one of its parameters."""

from collections.abc import Callable, Iterator, Mapping
from inspect import signature
from types import UnionType
from typing import Annotated, Any, get_args, get_origin, get_type_hints

from strawberry.types.arguments import StrawberryArgumentAnnotation
from strawberry.types.base import StrawberryObjectDefinition
from strawberry.utils.str_converters import to_camel_case

Path = tuple[str, ...]


def paths_of(resolver: Callable[..., Any], called: Mapping[str, str]) -> Mapping[str, Path]:
    """The path in the input of each parameter, by its name in Python: an argument's own, or that of a field in it.

    `called` leads from what a service calls a parameter to what the resolver calls it, where the two differ.
    """
    paths = dict[str, Path]()
    for name, path in (*_arguments(resolver), *_fields(resolver)):
        paths.setdefault(name, path)
    return paths | {name: paths[ours] for name, ours in called.items()}


def _arguments(resolver: Callable[..., Any]) -> Iterator[tuple[str, Path]]:
    hints = get_type_hints(resolver, include_extras=True)
    for name in signature(resolver).parameters:
        notes = get_args(hints[name])[1:] if get_origin(hints[name]) is Annotated else ()
        renamed = [note.name for note in notes if isinstance(note, StrawberryArgumentAnnotation) and note.name]
        yield name, (renamed[0] if renamed else to_camel_case(name),)


def _fields(resolver: Callable[..., Any]) -> Iterator[tuple[str, Path]]:
    """Of the input objects among the arguments."""
    arguments = dict(_arguments(resolver))
    for argument, hint in get_type_hints(resolver).items():
        for kind in get_args(hint) if isinstance(hint, UnionType) else (hint,):
            definition = getattr(kind, "__strawberry_definition__", None)
            if isinstance(definition, StrawberryObjectDefinition) and definition.is_input:
                for field in definition.fields:
                    shown = field.graphql_name or to_camel_case(field.python_name)
                    yield field.python_name, (*arguments[argument], shown)

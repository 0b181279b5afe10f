"""Writes GraphQL text for every field and every place of an id, from the built schema alone.

A new field, argument or input object is walked without a change here; a kind of argument that is not known here fails.
"""

import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from graphql import (
    GraphQLArgument,
    GraphQLEnumType,
    GraphQLField,
    GraphQLInputObjectType,
    GraphQLInputType,
    GraphQLInterfaceType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLOutputType,
    GraphQLSchema,
    GraphQLUnionType,
    get_named_type,
    is_leaf_type,
    is_required_argument,
    is_required_input_field,
)

DAY = "2026-11-01"

# What an argument of each scalar gets when nothing better is known.
_LITERALS = {
    "Int": "1",
    "Float": "0.5",
    "Boolean": "true",
    "String": '"text"',
    "Date": f'"{DAY}"',
    "DateTime": f'"{DAY}T12:00:00Z"',
    "Decimal": "1.5",
    "BigInt": "1",
    "Currency": '"EUR"',
    "TimeZone": '"Europe/Berlin"',
    "Upload": "$file",
}


class UnknownKindError(Exception):
    """The walk does not know how to fill this in: teach it, so that nothing is left out silently."""


@dataclass(frozen=True, slots=True)
class Place:
    """One place where a client writes an id: a field of `owner`, and the way through its arguments."""

    owner: str
    field: str
    path: tuple[str, ...]

    def __str__(self) -> str:
        return f"{self.owner}.{self.field}({'.'.join(self.path)})"


def places(schema: GraphQLSchema) -> list[Place]:
    """Every ID-typed argument at any depth of input objects, of every field of every type."""
    found = []
    for name, kind in schema.type_map.items():
        if isinstance(kind, GraphQLObjectType) and not name.startswith("__"):
            found += [
                Place(name, field_name, path)
                for field_name, field in kind.fields.items()
                for path in _id_paths(field.args, ())
            ]
    return found


def _id_paths(
    parts: Mapping[str, GraphQLArgument] | Mapping[str, Any], seen: tuple[str, ...]
) -> Iterator[tuple[str, ...]]:
    for name, part in parts.items():
        kind = get_named_type(part.type)
        if kind.name == "ID":
            yield (name,)
        elif isinstance(kind, GraphQLInputObjectType) and kind.name not in seen:
            for rest in _id_paths(kind.fields, (*seen, kind.name)):
                yield (name, *rest)


# The names from an argument down to an id; () is the id itself, None is beside the way.
Path = tuple[str, ...] | None


@dataclass(frozen=True, slots=True)
class Writer:
    """Writes operations; `known` holds better literals, by input type or by `Type.field`.

    By `Type.field[]` it holds what a list needs beside the id that is walked.

    Ids go by variable, so that one text asks for many: `$id` at the place that is walked, `$node` for the node above.
    So does `$key`, where `known` writes it for a key of idempotency, and `$file`, which has no other form.
    """

    schema: GraphQLSchema
    known: Mapping[str, str]
    deepest: int

    def call(self, owner: str, field_name: str, path: Path = None) -> str:
        """One field with its required arguments and everything it can answer; `$id` is written at `path`."""
        kind = self.schema.type_map[owner]
        assert isinstance(kind, GraphQLObjectType)
        field = kind.fields[field_name]
        return f"{field_name}{self._arguments(f'{owner}.{field_name}', field, path)} {self.selection(field.type)}"

    def calls(self, owner: str, field_name: str, longest: int) -> Sequence[str]:
        """As `call`, without an id, in pieces of about so many characters."""
        kind = self.schema.type_map[owner]
        assert isinstance(kind, GraphQLObjectType)
        field = kind.fields[field_name]
        arguments = self._arguments(f"{owner}.{field_name}", field, None)
        return [f"{field_name}{arguments} {piece}" for piece in self.selections(field.type, longest) or [""]]

    def page(self, field_name: str, selection: str, after: str = "null") -> str:
        """A query for the first two of a list, or for those behind a cursor."""
        kind = self.schema.type_map["Query"]
        assert isinstance(kind, GraphQLObjectType)
        known = {**self.known, f"Query.{field_name}.after": after}
        arguments = replace(self, known=known)._arguments(f"Query.{field_name}", kind.fields[field_name], None)
        return f"query {{ {field_name}{arguments} {selection} }}"

    def node(self, type_name: str, inner: str | None = None) -> str:
        """`inner`, or else everything, of the node `$node`."""
        return self.nodes(type_name)[0] if inner is None else _node(type_name, f"{{ {inner} }}")

    def nodes(self, type_name: str, longest: int = sys.maxsize) -> Sequence[str]:
        """Everything of the node `$node`, in pieces of about so many characters."""
        kind = self.schema.type_map[type_name]
        assert isinstance(kind, GraphQLObjectType)
        return [_node(type_name, piece) for piece in self.selections(kind, longest)]

    def operation(self, root: str, body: str) -> str:
        """The whole text, with the variables that its body uses."""
        kinds = {"id": "ID!", "node": "ID!", "key": "String!", "file": "Upload!"}
        used = ", ".join(f"${name}: {kind}" for name, kind in kinds.items() if f"${name}" in body)
        return f"{root.lower()} {f'({used})' if used else ''} {{ {body} }}"

    def selection(self, kind: GraphQLOutputType) -> str:
        """Every leaf below, without entering a type twice on one way down."""
        return next(iter(self.selections(kind)), "")

    def selections(
        self, kind: GraphQLOutputType, longest: int = sys.maxsize, seen: tuple[str, ...] = ()
    ) -> Sequence[str]:
        """The selection in pieces of at most `longest` characters, those of the fields around each not counted.

        Together they have every leaf. A leaf itself has none; what is in no piece is not entered.
        """
        named = get_named_type(kind)
        if named.name == "Node":
            return ["{ __typename id }"]  # each type is walked by itself, through `node`
        if isinstance(named, GraphQLInterfaceType | GraphQLUnionType):
            possible = [each for each in self.schema.get_possible_types(named) if each.name not in seen]
            clashing = _clashing(possible)
            return _pieces(
                (
                    f"... on {each.name} {piece}"
                    for each in possible
                    for piece in _pieces(self._parts(each, seen, longest, clashing), longest)
                ),
                longest,
            )
        return _pieces(self._parts(named, seen, longest), longest) if isinstance(named, GraphQLObjectType) else []

    def _parts(
        self, owner: GraphQLObjectType, seen: tuple[str, ...], longest: int, clashing: frozenset[str] = frozenset()
    ) -> Iterator[str]:
        """Each field with its arguments and what is below; more than once if that is too long for one piece."""
        for name, field in owner.fields.items():
            alias = f"{owner.name}_{name}: " if name in clashing else ""
            for part in self._below_field(owner, name, field, (*seen, owner.name), longest):
                yield f"{alias}{name}{self._arguments(f'{owner.name}.{name}', field, None)} {part}"

    def _below_field(
        self, owner: GraphQLObjectType, name: str, field: GraphQLField, seen: tuple[str, ...], longest: int
    ) -> Sequence[str]:
        named = get_named_type(field.type)
        if is_leaf_type(named):
            return [""]
        if name == "edges" and "nodes" in owner.fields:
            return ["{ cursor }"]  # the same nodes again
        if len(seen) > self.deepest or named.name in seen:
            return []
        return self.selections(field.type, longest, seen)

    def _arguments(self, at: str, field: GraphQLField, path: Path) -> str:
        written = []
        for name, argument in field.args.items():
            below = _below(path, name)
            if below is None and name == "first":
                written.append("first: 2")
            elif below is not None or is_required_argument(argument) or f"{at}.{name}" in self.known:
                written.append(self._written(name, argument.type, f"{at}.{name}", below))
        return f"({', '.join(written)})" if written else ""

    def _written(self, name: str, kind: GraphQLInputType, at: str, path: Path) -> str:
        known = self.known.get(at) if path is None else None
        return f"{name}: {known or self._literal(kind, at, path)}"

    def _literal(self, kind: GraphQLInputType, at: str, path: Path) -> str:
        if isinstance(kind, GraphQLNonNull):
            return self._literal(kind.of_type, at, path)
        if isinstance(kind, GraphQLList):
            beside = self.known.get(f"{at}[]") if path == () else None
            return f"[{', '.join(filter(None, [self._literal(kind.of_type, at, path), beside]))}]"
        if kind.name == "ID" and path == ():
            return "$id"
        if isinstance(kind, GraphQLInputObjectType) and (path or kind.name not in self.known):
            return self._object(kind, path)
        default = next(iter(kind.values)) if isinstance(kind, GraphQLEnumType) else _LITERALS.get(kind.name)
        literal = self.known.get(kind.name, default)
        if literal is None:
            raise UnknownKindError(f"{at} wants a {kind.name}")
        return literal

    def _object(self, kind: GraphQLInputObjectType, path: Path) -> str:
        """What is required, known or on the way; of a @oneOf input exactly one key."""
        wanted = [
            name
            for name, field in kind.fields.items()
            if _below(path, name) is not None or is_required_input_field(field) or f"{kind.name}.{name}" in self.known
        ]
        if kind.is_one_of and not wanted:
            wanted = [next(iter(kind.fields))]
        parts = (
            self._written(name, kind.fields[name].type, f"{kind.name}.{name}", _below(path, name)) for name in wanted
        )
        return f"{{{', '.join(parts)}}}"


def _node(type_name: str, selection: str) -> str:
    return f"node(id: $node) {{ __typename ... on {type_name} {selection} }}"


def _pieces(parts: Iterable[str], longest: int) -> Sequence[str]:
    """Selections of all the parts in their order, each with as many as there is room for, and at least one."""
    pieces, used = [["__typename"]], 0
    for part in parts:
        if used and used + len(part) > longest:
            pieces.append(["__typename"])
            used = 0
        pieces[-1].append(part)
        used += len(part) + 1
    return [f"{{ {' '.join(piece)} }}" for piece in pieces]


def _clashing(kinds: Sequence[GraphQLObjectType]) -> frozenset[str]:
    """Fields that have one name and several types: side by side each needs a name of its own."""
    types: dict[str, set[str]] = {}
    for kind in kinds:
        for name, field in kind.fields.items():
            types.setdefault(name, set()).add(str(field.type))
    return frozenset(name for name, found in types.items() if len(found) > 1)


def _below(path: Path, name: str) -> Path:
    return path[1:] if path and path[0] == name else None

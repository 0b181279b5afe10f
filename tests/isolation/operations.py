"""Writes GraphQL text for every field and every place of an id, from the built schema alone.

A new field, argument or input object is walked without a change here; a kind of argument that is not known here fails.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
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

    Ids go by variable, so that one text asks for many: `$id` at the place that is walked, `$node` for the node above.
    So does `$key`, where `known` writes it for a key of idempotency.
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

    def node(self, type_name: str, inner: str | None = None) -> str:
        """`inner`, or else everything, of the node `$node`."""
        kind = self.schema.type_map[type_name]
        assert isinstance(kind, GraphQLObjectType)
        inside = f"{{ {inner} }}" if inner else self.selection(kind)
        return f"node(id: $node) {{ __typename ... on {type_name} {inside} }}"

    def operation(self, root: str, body: str) -> str:
        """The whole text, with the variables that its body uses."""
        kinds = {"id": "ID!", "node": "ID!", "key": "String!"}
        used = ", ".join(f"${name}: {kind}" for name, kind in kinds.items() if f"${name}" in body)
        return f"{root.lower()} {f'({used})' if used else ''} {{ {body} }}"

    def selection(self, kind: GraphQLOutputType, seen: tuple[str, ...] = ()) -> str:
        """Every leaf below, without entering a type twice on one way down."""
        named = get_named_type(kind)
        if is_leaf_type(named):
            return ""
        if named.name == "Node":
            return "{ __typename id }"  # each type is walked by itself, through `node`
        if isinstance(named, GraphQLInterfaceType | GraphQLUnionType):
            possible = [each for each in self.schema.get_possible_types(named) if each.name not in seen]
            clashing = _clashing(possible)
            parts = (f"... on {each.name} {self._object_selection(each, seen, clashing)}" for each in possible)
            return f"{{ __typename {' '.join(parts)} }}"
        assert isinstance(named, GraphQLObjectType)
        return self._object_selection(named, seen)

    def _object_selection(
        self, kind: GraphQLObjectType, seen: tuple[str, ...], clashing: frozenset[str] = frozenset()
    ) -> str:
        written = ["__typename"]
        for name, field in kind.fields.items():
            part = self._part(kind, name, field, (*seen, kind.name))
            if part is not None:
                written.append(f"{kind.name}_{name}: {part}" if name in clashing else part)
        return f"{{ {' '.join(written)} }}"

    def _part(self, owner: GraphQLObjectType, name: str, field: GraphQLField, seen: tuple[str, ...]) -> str | None:
        named = get_named_type(field.type)
        if name == "edges" and "nodes" in owner.fields:
            return "edges { cursor }"  # the same nodes again
        if not is_leaf_type(named) and (len(seen) > self.deepest or named.name in seen):
            return None
        return f"{name}{self._arguments(f'{owner.name}.{name}', field, None)} {self.selection(field.type, seen)}"

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
            return f"[{self._literal(kind.of_type, at, path)}]"
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


def _clashing(kinds: Sequence[GraphQLObjectType]) -> frozenset[str]:
    """Fields that have one name and several types: side by side each needs a name of its own."""
    types: dict[str, set[str]] = {}
    for kind in kinds:
        for name, field in kind.fields.items():
            types.setdefault(name, set()).add(str(field.type))
    return frozenset(name for name, found in types.items() if len(found) > 1)


def _below(path: Path, name: str) -> Path:
    return path[1:] if path and path[0] == name else None

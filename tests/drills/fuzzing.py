"""Values from the ends of their range for every argument of every field, made from the built schema."""

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from graphql import (
    GraphQLEnumType,
    GraphQLField,
    GraphQLInputObjectType,
    GraphQLInputType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    get_named_type,
    is_required_input_field,
)
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from models.ids import new_id
from resolvers.node_id import encode_id
from tests.doors.http import GraphQLClient, Reply
from tests.isolation.operations import Writer
from tests.isolation.worlds import SCHEMA, Worlds, known_to

DEEPEST = 3
# Codes that say that something is wrong with us.
OUR_FAULTS = frozenset({"INTERNAL", "DATABASE_UNAVAILABLE"})
# Mutations that end the session that they are asked with: each is asked in one of its own.
ENDINGS = {"logout", "deleteMyAccount", "deleteTenant", "leaveTenant", "setPassword", "revokeSession", "switchTenant"}
HOSTILE: dict[str, list[str]] = {
    "Int": ["0", "1", "-1", "50", "1001", "2147483647", "-2147483648"],
    "Float": ["0.0", "-1.5", "1e308", "-1e308", "5e-324"],
    "Boolean": ["true", "false"],
    "Decimal": ["0", "-1", "0.1", "1e40", "-1e40", "1e-40", "999999999999999", "12345678901234567890"],
    "BigInt": ["0", "-1", "9007199254740992", "-9007199254740992"],
    "Date": ['"0001-01-01"', '"9999-12-31"', '"1969-12-31"', '"2024-02-29"', '"2026-11-01"'],
    "DateTime": [
        '"0001-01-01T00:00:00+14:00"',
        '"9999-12-31T23:59:59.999999-14:00"',
        '"0001-01-01T00:00:00Z"',
        '"9999-12-31T23:59:59Z"',
        '"1969-12-31T23:59:59Z"',
        '"2026-11-01T12:00:00+23:59"',
    ],
    "Currency": ['"EUR"', '"XXX"', '"ZZZ"', '"eur"'],
    "TimeZone": ['"Europe/Berlin"', '"UTC"', '"../../etc/passwd"', '"Etc/GMT+12"', '"\\u0000"'],
    # Files come as parts of a request: none can be written in a document.
    "Upload": ['"0"', '""', "1", "{}", "null"],
    "JSON": ["{}", "[]", "1", "null", '{a: "\\u0000"}'],
}
TEXTS = [
    "",
    " ",
    "\0",
    "a\0b",
    "%_\\",
    "act_1001",
    "é" * 300,
    "a" * 5000,
    "\u202e",
    "1e400",
    "//evil.example",
    "a@b.example",
]
PIECES: list[Any] = [
    "",
    "\0",
    "a" * 300,
    "1e999999",
    "NaN",
    10**30,
    -(10**30),
    1.5,
    None,
    True,
    [],
    "0001-01-01T00:00:00+14:00",
]


@dataclass(frozen=True, slots=True)
class Spot:
    """A field with arguments, and the names that lead to it from a root."""

    root: str
    way: tuple[str, ...]
    owner: str
    name: str

    def __str__(self) -> str:
        return ".".join((self.root, *self.way, self.name))


def field_of(owner: str, name: str) -> GraphQLField:
    kind = SCHEMA.type_map[owner]
    assert isinstance(kind, GraphQLObjectType)
    field: GraphQLField = kind.fields[name]
    return field


@dataclass(frozen=True, slots=True)
class Fuzzer:
    """`ids` are of what the asker has; `cursors` are true ones, to be forged."""

    worlds: Worlds
    nobody: GraphQLClient
    owner: GraphQLClient

    def operation(self, spot: Spot, arguments: str | None) -> str:
        """With `arguments` at the spot, and elsewhere what is required alone; None is that at the spot too."""
        known = {**known_to(self.worlds.own), "ID": json.dumps(self.worlds.own.ids["AdAccount"])}
        writer = Writer(SCHEMA, known, deepest=2)
        text = writer.call(spot.owner, spot.name)
        if arguments is not None:
            text = f"{spot.name}({arguments}) {writer.selection(field_of(spot.owner, spot.name).type)}"
        owners = [spot.root]
        for name in spot.way:
            owners.append(get_named_type(field_of(owners[-1], name).type).name)
        for owner, name in zip(reversed(owners[:-1]), reversed(spot.way), strict=True):
            text = f"{name}{writer._arguments(f'{owner}.{name}', field_of(owner, name), None)} {{ {text} }}"
        return writer.operation(spot.root, text)

    async def cursors(self, spot: Spot) -> list[str]:
        reply = await self.owner.ask(self.operation(spot, None))
        return [found for found in _end_cursors(reply.data) if found]


def _end_cursors(value: Any) -> list[str]:
    if isinstance(value, dict):
        own = [each for name, each in value.items() if name == "endCursor"]
        return own + [found for each in value.values() for found in _end_cursors(each)]
    return [found for each in value for found in _end_cursors(each)] if isinstance(value, list) else []


def forged(cursors: list[str]) -> st.SearchStrategy[str]:
    """A true cursor with one of its values replaced, or no cursor at all."""
    junk = st.sampled_from(["", "x", "é", "A" * 5000, "bnVsbA", urlsafe_b64encode(b"[" * 900).decode()])
    shapes = []
    for cursor in cursors[:3]:
        with suppress(ValueError):
            shapes.append(json.loads(urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))))
    if not shapes:
        return junk
    return st.one_of(junk, st.builds(_spoiled, st.sampled_from(shapes), st.integers(0, 9), st.sampled_from(PIECES)))


def _spoiled(shape: list[Any], place: int, piece: Any) -> str:
    changed = json.loads(json.dumps(shape))
    inner = next((each for each in changed if isinstance(each, list)), changed)
    if inner:
        inner[place % len(inner)] = piece
    return urlsafe_b64encode(json.dumps(changed).encode()).decode().rstrip("=")


def literals(kind: GraphQLInputType, ids: list[str], depth: int = 0) -> st.SearchStrategy[str]:
    if isinstance(kind, GraphQLNonNull):
        return literals(kind.of_type, ids, depth)
    if isinstance(kind, GraphQLList):
        return st.lists(literals(kind.of_type, ids, depth), max_size=3).map(lambda each: f"[{', '.join(each)}]")
    if isinstance(kind, GraphQLInputObjectType):
        return objects(kind, ids, depth)
    if isinstance(kind, GraphQLEnumType):
        return st.sampled_from(sorted(kind.values))
    texts = {
        "ID": st.sampled_from([*ids, "", "x", "\0", "act_1001", encode_id("Ad", new_id())]),
        "String": st.one_of(st.sampled_from(TEXTS), st.text(st.characters(codec="utf-8"), max_size=20)),
    }
    found = texts.get(kind.name)
    return found.map(json.dumps) if found is not None else st.sampled_from(HOSTILE[kind.name])


@st.composite
def objects(draw: st.DrawFn, kind: GraphQLInputObjectType, ids: list[str], depth: int) -> str:
    names = [name for name, field in kind.fields.items() if is_required_input_field(field)]
    others = [name for name in kind.fields if name not in names]
    if kind.is_one_of:
        names = [draw(st.sampled_from(others))]
    elif depth < DEEPEST and others:
        names += draw(st.lists(st.sampled_from(others), unique=True, max_size=4))
    return f"{{{', '.join(f'{name}: {draw(literals(kind.fields[name].type, ids, depth + 1))}' for name in names)}}}"


@st.composite
def arguments_of(draw: st.DrawFn, spot: Spot, ids: list[str], cursors: list[str]) -> str:
    written = []
    for name, argument in field_of(spot.owner, spot.name).args.items():
        if isinstance(argument.type, GraphQLNonNull) or draw(st.booleans()):
            found = forged(cursors).map(json.dumps) if name == "after" else literals(argument.type, ids)
            written.append(f"{name}: {draw(found)}")
    return ", ".join(written)


def check(reply: Reply, text: str) -> None:
    assert reply.status < 500, text
    assert not OUR_FAULTS & set(reply.codes), f"{text}\n{reply.text}"


def drawn(strategy: st.SearchStrategy[Any], examples: int) -> list[Any]:
    """Examples to be tried one after the other; --hypothesis-seed brings those of `make fuzz` again."""
    found: list[Any] = []

    @settings(max_examples=examples, suppress_health_check=list(HealthCheck))
    @given(strategy)
    def draw(example: Any) -> None:
        found.append(example)

    draw()
    return found

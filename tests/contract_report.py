"""Says what a contract promises and `schema.graphql` does not have (`make contract CONTRACT=...`).

A contract is an SDL that lies outside of this repository. A comment `# due: <mark>` says when what follows it is
brought; it holds to the end of its braces or, outside of braces, to the next ruled comment. A comment ruled by `=`
marks all that follows it. The schema may have more than the contract, but nothing more that clients must give.
"""

import re
import sys
from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from graphql import DocumentNode, Token, TokenKind, parse, print_ast

SCHEMA = Path(__file__).resolve().parent.parent / "schema.graphql"
# Marks of what is not built yet. A mark that is not among them is due.
LATER = frozenset({"commerce", "content", "console", "commerce and content"})
_MARK = re.compile(r" *due: *(.+)")
_PART = re.compile(r" *=+ +(.+)")
_RULE = re.compile(r" *-+(?: |$)")


@dataclass(frozen=True, slots=True)
class Mark:
    """`name` is None where a mark ends."""

    offset: int
    name: str | None


@dataclass(frozen=True, slots=True)
class Piece:
    """One thing that a client can rely on. `what` is its type, with its default where it has one."""

    path: str
    parent: str | None
    what: str
    is_input: bool = False
    is_later: bool = False

    @property
    def must_be_given(self) -> bool:
        return self.is_input and self.what.endswith("!")


class Marks:
    """Of the comments of a document: which mark holds at a place."""

    def __init__(self, document: DocumentNode) -> None:
        self._inside: list[Mark] = []
        self._outside = [Mark(-1, None)]
        spans = [(node.loc.start, node.loc.end) for node in document.definitions if node.loc]
        part: str | None = None
        for token in _comments(document):
            text = token.value or ""
            is_inside = any(start < token.start < end for start, end in spans)
            if named := _MARK.fullmatch(text):
                (self._inside if is_inside else self._outside).append(Mark(token.start, named[1].strip()))
            elif named := _PART.fullmatch(text):
                part = named[1].strip()
                self._outside.append(Mark(token.start, part))
            elif not is_inside and _RULE.match(text):
                self._outside.append(Mark(token.start, part))

    def is_later(self, definition: Any, member: Any = None) -> bool:
        start = definition.loc.start
        place = (member or definition).loc.start
        inner = [mark for mark in self._inside if start < mark.offset < place]
        around = self._outside[bisect_left(self._outside, start, key=lambda mark: mark.offset) - 1]
        return (inner[-1] if inner else around).name in LATER


def _comments(document: DocumentNode) -> Iterator[Token]:
    token = document.loc.start_token if document.loc else None
    while token is not None:
        if token.kind is TokenKind.COMMENT:
            yield token
        token = token.next


def pieces(text: str) -> Mapping[str, Piece]:
    """All of an SDL by their paths, extensions among what they extend."""
    document = parse(text)
    marks = Marks(document)
    found: dict[str, Piece] = {}
    for node in document.definitions:
        for piece in _pieces_of(node, marks):
            # A type is due as soon as one of its parts is: an extension may come later than what it extends.
            if piece.path not in found or not piece.is_later:
                found[piece.path] = piece
    return found


def _pieces_of(node: Any, marks: Marks) -> Iterator[Piece]:
    kind = node.kind.removesuffix("_definition").removesuffix("_extension").removesuffix("_type")
    if kind == "schema":
        return  # it would say that Query, Mutation and Subscription have the names that they have without it
    later = marks.is_later(node)
    if kind == "directive":
        path = f"@{node.name.value}"
        yield Piece(path, None, f"on {' | '.join(sorted(each.value for each in node.locations))}", is_later=later)
        yield from _given(node.arguments, path, "{}({})", marks, node)
        return
    name = node.name.value
    yield Piece(name, None, kind, is_later=later)
    for each in getattr(node, "interfaces", None) or ():
        yield Piece(f"{name} implements {each.name.value}", name, "an interface", is_later=later)
    for each in node.directives or ():
        yield Piece(f"{name} @{each.name.value}", name, print_ast(each), is_later=later)
    for each in getattr(node, "types", None) or ():
        yield Piece(f"{name} = {each.name.value}", name, "a member", is_later=later)
    for each in getattr(node, "values", None) or ():
        yield Piece(f"{name}.{each.name.value}", name, "a value", is_later=marks.is_later(node, each))
    yield from _fields(node, marks)


def _fields(node: Any, marks: Marks) -> Iterator[Piece]:
    name = node.name.value
    for each in getattr(node, "fields", None) or ():
        if each.kind == "input_value_definition":
            yield from _given([each], name, "{}.{}", marks, node)
            continue
        path = f"{name}.{each.name.value}"
        yield Piece(path, name, print_ast(each.type), is_later=marks.is_later(node, each))
        yield from _given(each.arguments, path, "{}({})", marks, node)


def _given(nodes: Any, parent: str, form: str, marks: Marks, definition: Any) -> Iterator[Piece]:
    """What clients give: arguments, and fields of input types."""
    for each in nodes or ():
        default = f" = {print_ast(each.default_value)}" if each.default_value else ""
        path, later = form.format(parent, each.name.value), marks.is_later(definition, each)
        yield Piece(path, parent, f"{print_ast(each.type)}{default}", is_input=True, is_later=later)


def differences(contract: str, schema: str) -> Iterator[str]:
    """What the schema lacks or has otherwise; a part of what is missing is not told besides."""
    promised, there = pieces(contract), pieces(schema)
    for path, piece in promised.items():
        if piece.is_later or (piece.parent is not None and piece.parent not in there):
            continue
        if path not in there:
            yield f"{path} is missing: {piece.what}"
        elif there[path].what != piece.what:
            yield f"{path} is {there[path].what}, and should be {piece.what}"
    for path, piece in there.items():
        if piece.must_be_given and piece.parent in promised and path not in promised:
            yield f"{path} must be given, and was not promised"


def main(arguments: Sequence[str]) -> int:
    if not arguments or not Path(arguments[0]).is_file():
        sys.stdout.write("Skipped: there is no contract at the path that was given. CONTRACT=<path of an SDL>\n")
        return 0
    contract = Path(arguments[0]).read_text()
    found = [*differences(contract, SCHEMA.read_text())]
    sys.stdout.writelines(f"{line}\n" for line in found)
    due = [piece.is_later for piece in pieces(contract).values()].count(False)
    sys.stdout.write(f"Of {due} parts of the contract that are due, {len(found)} are not as promised.\n")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

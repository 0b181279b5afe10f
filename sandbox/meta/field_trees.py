"""Owns the `fields` expression (`id,creative{id,name}`); must not know which fields exist."""

import re
from collections.abc import Iterator

import msgspec

from sandbox.meta.errors import bad_parameter

FieldTree = dict[str, "FieldTree"]

_TOKEN = re.compile(r"[A-Za-z0-9_]+|[{},]")


def parse_fields(text: str) -> FieldTree:
    """Comma list or JSON list of names, each with an optional selection in braces."""
    text = text.strip()
    if text.startswith("["):
        try:
            text = ",".join(msgspec.json.decode(text, type=list[str]))
        except msgspec.MsgspecError as error:
            raise _syntax_error(text) from error
    squeezed = re.sub(r"\s+", "", text)
    tokens = _TOKEN.findall(squeezed)
    if "".join(tokens) != squeezed:
        raise _syntax_error(text)
    return _parse(iter(tokens), text, depth=0)


def _parse(tokens: Iterator[str], text: str, *, depth: int) -> FieldTree:
    tree: FieldTree = {}
    name = ""
    for part in tokens:
        if part == "{":
            if not name:
                raise _syntax_error(text)
            tree[name] = _parse(tokens, text, depth=depth + 1)
        elif part == "}":
            if not depth:
                raise _syntax_error(text)
            return tree
        elif part != ",":
            name = part
            tree[name] = {}
    if depth:
        raise _syntax_error(text)
    return tree


def _syntax_error(text: str) -> Exception:
    return bad_parameter(f'Syntax error "Expected end of string" in field list: {text[:80]}')

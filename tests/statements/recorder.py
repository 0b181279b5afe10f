"""Remembers every statement that goes through asyncpg, with its role and its place; judges none.

A statement is one text of one role. Its place is the named query it comes from: the outermost function of `models` on
the stack, or the function that opened the session where the session itself wrote a row. For what a test sends it is
the test, or what it calls for that, but not the helpers of all tests in `tests/worlds`.
"""

import re
import sys
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache, wraps
from pathlib import Path
from types import CodeType, FrameType
from typing import Any

import asyncpg
from asyncpg.prepared_stmt import PreparedStatement

ROOT = Path(__file__).parents[2]
# Their first words; the rest opens and ends transactions, and is no matter of tables.
_WORDS = ("select", "insert", "update", "delete", "merge", "with", "copy")
# What may stand before them: blanks, brackets of a union, comments.
_BEFORE = re.compile(r"(?:[\s(]|--[^\n]*\n|/\*.*?\*/)*", re.DOTALL)
# Open sessions and send statements for everybody, so they are nobody's place.
NO_PLACES = ("models/database.py", "models/thin/")
TESTS = "tests/"
_WORLDS = "tests/worlds/"
_OUTSIDE = "."
_OF_CONNECTION = (
    "execute", "executemany", "fetch", "fetchval", "fetchrow", "fetchmany", "cursor", "copy_from_query",
)  # fmt: skip
_OF_PREPARED = ("fetch", "fetchval", "fetchrow", "fetchmany", "executemany", "cursor")
_COPIES = ("copy_to_table", "copy_records_to_table")


@dataclass(frozen=True, slots=True)
class Statement:
    """The text as asyncpg sends it, with $1 for the first parameter; a COPY is told as `copy <table>`."""

    role: str
    text: str


class Recorder:
    """`places` are where each statement was sent from; `reached` has every function of `models` that was on the way."""

    def __init__(self) -> None:
        self.places: defaultdict[Statement, set[str]] = defaultdict(set)
        self.reached: set[str] = set()
        self._known: dict[tuple[str, str], set[str]] = {}
        self._names: dict[CodeType, str] = {}

    def note(self, role: str, text: str, frame: FrameType | None) -> None:
        if not _is_statement(text):
            return
        place = self._place(frame)
        if place is None:
            return
        known = self._known.get((role, text))
        if known is None:
            known = self._known[role, text] = self.places[Statement(role, text)]
        known.add(place)

    def _place(self, frame: FrameType | None) -> str | None:
        """The named query on the stack that begins with `frame`, or the test that has sent the statement itself."""
        place = None
        while frame is not None:
            name = self._name_of(frame)
            if name.startswith("models/"):
                self.reached.add(name)
                place = name
            elif name != _OUTSIDE:
                return place or (self._user_of_world(frame) if name.startswith(_WORLDS) else name)
            frame = frame.f_back
        return place

    def _user_of_world(self, frame: FrameType) -> str:
        """The test above a helper's frame; the helper itself where a task of its own has begun."""
        world, above = self._name_of(frame), frame.f_back
        while above is not None:
            name = self._name_of(above)
            if name.startswith(TESTS) and not name.startswith(_WORLDS):
                return name
            above = above.f_back
        return world

    def _name_of(self, frame: FrameType) -> str:
        name = self._names.get(frame.f_code)
        if name is None:
            name = self._names[frame.f_code] = _name(frame.f_code)
        return name


RECORDER = Recorder()


@cache
def _is_statement(text: str) -> bool:
    return _BEFORE.sub("", text, count=1)[:6].lower().startswith(_WORDS)


def _name(code: CodeType) -> str:
    """As in `models/ads/ad.py:ads_of`; a dot for what is not ours."""
    path = Path(code.co_filename)
    if not path.is_relative_to(ROOT):
        return _OUTSIDE
    file = path.relative_to(ROOT).as_posix()
    if file.startswith(".") or file.startswith(NO_PLACES):
        return _OUTSIDE
    # What a function defines for itself is a part of it.
    return f"{file}:{code.co_qualname.partition('.<locals>')[0]}"


def _recorded(method: Callable[..., Any], *, text_of: Callable[..., tuple[str, str]]) -> Callable[..., Any]:
    """The method, which notes its statement when it is called: a task of its own would have nothing above it."""

    @wraps(method)
    def recorded(self: Any, *args: Any, **options: Any) -> Any:
        role, text = text_of(self, *args, **options)
        RECORDER.note(role, text, sys._getframe(1))
        return method(self, *args, **options)

    return recorded


def _sent(connection: Any, query: str, *_: Any, **__: Any) -> tuple[str, str]:
    return connection._params.user, query


def _copied(connection: Any, table: str, *_: Any, **__: Any) -> tuple[str, str]:
    return connection._params.user, f"copy {table}"


def _prepared(statement: Any, *_: Any, **__: Any) -> tuple[str, str]:
    return statement._connection._params.user, statement._query


def install() -> None:
    """Puts the recorder into asyncpg's classes, for the rest of the process; a second call changes nothing."""
    for kind, names, text_of in (
        (asyncpg.Connection, _OF_CONNECTION, _sent),
        (asyncpg.Connection, _COPIES, _copied),
        (PreparedStatement, _OF_PREPARED, _prepared),
    ):
        for name in names:
            method = getattr(kind, name)
            if not hasattr(method, "__wrapped__") or method.__name__ != "recorded":
                setattr(kind, name, _recorded(method, text_of=text_of))

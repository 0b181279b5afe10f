r"""Finds which of many globs mean a name: `*` is any characters, `?` one, and `\` before either makes it a character.

Both are folded texts (analytics/naming/normal.py). Few globs are tried on a name: only those of which it has what is
rarest: a run of three characters, else how they begin and end, else a shorter run.
"""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from functools import cached_property

_RUN = 3
_END = 2
_UP_TO = range(_END + 1)
_PIECES = re.compile(r"\\([*?\\])|(.)", re.DOTALL)


class Globs:
    """Answers by the places of the globs in the list that it is made of."""

    def __init__(self, globs: Sequence[str]) -> None:
        self._globs = [_Glob(each) for each in globs]
        runs = [each.longest_runs() for each in self._globs]
        common = Counter(run for each in runs for run in each)
        self._by_run: dict[str, list[int]] = {}
        self._by_ends: dict[tuple[str, str], list[int]] = {}
        self._always: list[int] = []
        for place, (glob, each) in enumerate(zip(self._globs, runs, strict=True)):
            rarest = min(each, key=lambda run: (common[run], run), default="")
            if len(rarest) < _RUN and any(glob.ends):
                self._by_ends.setdefault(glob.ends, []).append(place)
            else:
                (self._by_run.setdefault(rarest, []) if rarest else self._always).append(place)
        self._lengths = {len(run) for run in self._by_run}

    def meaning(self, name: str) -> list[int]:
        """The places of the globs that mean the whole name, in order."""
        tried = list(self._always)
        for length in self._lengths:
            for run in {name[start : start + length] for start in range(len(name) - length + 1)}:
                tried += self._by_run.get(run, ())
        if self._by_ends:
            for ends in {(name[:first], name[len(name) - last :]) for first in _UP_TO for last in _UP_TO}:
                tried += self._by_ends.get(ends, ())
        return sorted(place for place in tried if self._globs[place].means(name))


def is_loose(glob: str) -> bool:
    """Whether a glob has to be tried on most names: it is open at both ends and has no three characters in a row."""
    made = _Glob(glob)
    return not any(made.ends) and all(len(run) < _RUN for run in made.longest_runs())


class _Glob:
    """`parts` are the texts between asterisks, each a list of characters; None in it is any one."""

    def __init__(self, glob: str) -> None:
        self.parts: list[list[str | None]] = [[]]
        for literal, sign in _PIECES.findall(glob):
            if sign == "*":
                self.parts.append([])
            else:
                self.parts[-1].append(None if sign == "?" else literal or sign)

    @property
    def ends(self) -> tuple[str, str]:
        """At most two characters with which a name must begin, and with which it must end."""
        first, last = self.parts[0][:_END], self.parts[-1][-_END:]
        return _until_any(first), _until_any(last[::-1])[::-1]

    def longest_runs(self) -> set[str]:
        """Every run that a name must have, of the greatest length up to three of which there is any."""
        for length in range(_RUN, 0, -1):
            if found := set(self._runs(length)):
                return found
        return set()

    def _runs(self, length: int) -> Iterator[str]:
        for part in self.parts:
            for start in range(len(part) - length + 1):
                run = [each for each in part[start : start + length] if each is not None]
                if len(run) == length:
                    yield "".join(run)

    def means(self, name: str) -> bool:
        """Nothing is tried twice: what the first of several asterisks takes is settled by the text after it."""
        texts = self._texts
        if texts is None:
            return self._expression.match(name) is not None
        first, *others = texts
        if not others:
            return name == first
        *middle, last = others
        start, end = len(first), len(name) - len(last)
        if start > end or not name.startswith(first) or not name.endswith(last):
            return False
        for text in middle:
            found = name.find(text, start, end)
            if found < 0:
                return False
            start = found + len(text)
        return True

    @cached_property
    def _texts(self) -> list[str] | None:
        """The parts where no character of theirs may be any: to compile an expression takes longer than many names."""
        if any(None in part for part in self.parts):
            return None
        return ["".join(filter(None, part)) for part in self.parts]

    @cached_property
    def _expression(self) -> re.Pattern[str]:
        first, *others = ["".join("." if each is None else re.escape(each) for each in part) for part in self.parts]
        if not others:
            return re.compile(rf"{first}\Z", re.DOTALL)
        middle = "".join(f"(?>.*?{each})" for each in others[:-1])
        return re.compile(rf"{first}{middle}.*{others[-1]}\Z", re.DOTALL)


def _until_any(characters: Sequence[str | None]) -> str:
    """The characters before the first one that may be any."""
    known = characters[: characters.index(None)] if None in characters else characters
    return "".join(each for each in known if each is not None)

r"""Finds which of many globs mean a name: `*` is any characters, `?` one, and `\` before either makes it a character.

Both are folded texts (analytics/naming/normal.py). Few globs are tried on a name: only those one of whose runs of three
characters is in it.
"""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from functools import cached_property

_RUN = 3
_PIECES = re.compile(r"\\([*?\\])|(.)", re.DOTALL)


class Globs:
    """Answers by the places of the globs in the list that it is made of."""

    def __init__(self, globs: Sequence[str]) -> None:
        self._globs = [_Glob(each) for each in globs]
        runs = [set(each.runs()) for each in self._globs]
        common = Counter(run for each in runs for run in each)
        self._by_run: dict[str, list[int]] = {}
        self._always: list[int] = []
        for place, each in enumerate(runs):
            rarest = min(each, key=lambda run: (common[run], run), default=None)
            of_run = self._always if rarest is None else self._by_run.setdefault(rarest, [])
            of_run.append(place)

    def meaning(self, name: str) -> list[int]:
        """The places of the globs that mean the whole name, in order."""
        tried = list(self._always)
        if self._by_run:
            for run in {name[start : start + _RUN] for start in range(len(name) - _RUN + 1)}:
                tried += self._by_run.get(run, ())
        return sorted(place for place in tried if self._globs[place].expression.match(name))


class _Glob:
    """`parts` are the texts between asterisks, each a list of characters; None in it is any one."""

    def __init__(self, glob: str) -> None:
        self.parts: list[list[str | None]] = [[]]
        for literal, sign in _PIECES.findall(glob):
            if sign == "*":
                self.parts.append([])
            else:
                self.parts[-1].append(None if sign == "?" else literal or sign)

    def runs(self) -> Iterator[str]:
        """Every run of three characters that a name must have."""
        for part in self.parts:
            for start in range(len(part) - _RUN + 1):
                run = [each for each in part[start : start + _RUN] if each is not None]
                if len(run) == _RUN:
                    yield "".join(run)

    @cached_property
    def expression(self) -> re.Pattern[str]:
        """Nothing is tried twice: what the first of several asterisks takes is settled by the text after it."""
        first, *others = ["".join("." if each is None else re.escape(each) for each in part) for part in self.parts]
        if not others:
            return re.compile(rf"{first}\Z", re.DOTALL)
        middle = "".join(f"(?>.*?{each})" for each in others[:-1])
        return re.compile(rf"{first}{middle}.*{others[-1]}\Z", re.DOTALL)

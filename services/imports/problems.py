"""What is wrong with lines of an imported file: all are counted, and the first ones told; of no kind of file."""

from collections.abc import Sequence
from dataclasses import dataclass, field

MOST_TOLD = 100


@dataclass(frozen=True, slots=True)
class Problem:
    """Why a line was left out; `line` is that of the file, and the first one is 1."""

    line: int
    message: str


@dataclass(slots=True)
class ProblemList:
    """ProblemList in the order of their lines."""

    count: int = 0
    told: list[Problem] = field(default_factory=list)

    def add(self, line: int, message: str) -> None:
        self.count += 1
        if len(self.told) < MOST_TOLD:
            self.told.append(Problem(line, message))

    def first_with(self, others: "ProblemList") -> Sequence[Problem]:
        """The first ones of both by line."""
        return sorted((*self.told, *others.told), key=lambda each: each.line)[:MOST_TOLD]

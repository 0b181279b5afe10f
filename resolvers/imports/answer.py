"""What mutations answer that read lines of a file, whatever these are about."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from resolvers.mutation import UserError
from services.imports.problems import Problem
from services.imports.receiving import ImportedLines


@dataclass(slots=True)
class ImportAnswer:
    """What came of a file; without user errors it was stored, or tried out."""

    rows_imported: int = 0
    rows_skipped: int = 0
    problems: Sequence[Problem] = field(default_factory=list)
    notes: Sequence[str] = field(default_factory=list)
    user_errors: list[UserError] = field(default_factory=list)


def answer_of(done: ImportedLines) -> ImportAnswer:
    return ImportAnswer(done.rows_imported, done.rows_skipped, done.problems, done.notes)

"""Copies all rows of an answer as lines of a file, within the caller's transaction; writes no file itself."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from models.copying import Sink, copy_out
from models.database import ReadSession
from models.insights.question import InsightsQuestion, SortKey
from models.insights.rows import ShownMetrics, bind_periods
from models.insights.statements.lines import LineColumn, LineForm, line_columns, lines_statement
from models.insights.statements.plan import RowsPlan, rows_plan
from models.insights.statements.row_values import values_of_rows
from models.insights.statements.values import Values
from models.thin.compiled import TENANT

# An object has a line to itself. Nothing in it is quoted once more, since JSON has none of these characters.
_OF_OBJECTS = {"quote": "\x01", "delimiter": "\x02"}


@dataclass(frozen=True, slots=True)
class Lines:
    """The lines of an answer in one form. `names` are those of `columns`, as the file has them."""

    question: InsightsQuestion
    plan: RowsPlan
    values: Values
    form: LineForm
    columns: tuple[LineColumn, ...]
    names: tuple[str, ...]


def lines_of(
    question: InsightsQuestion,
    shown: ShownMetrics,
    sort: tuple[SortKey, ...],
    form: LineForm,
    *,
    called: Callable[[Sequence[LineColumn]], Sequence[str]],
) -> Lines:
    """The lines of a question; `called` says what the columns are called."""
    values = Values()
    plan = rows_plan(question, shown.now, shown.then, sort, values)
    columns = line_columns(question, plan)
    return Lines(question, plan, values, form, columns, tuple(called(columns)))


async def copy_lines(session: ReadSession, lines: Lines, *, id_kind: str, sink: Sink) -> int:
    """Hands the lines to `sink`, without a line of names, and answers how many rows these were.

    `id_kind` is what stands before the id of an entity, in the id that clients know.
    """
    question, statement = lines.question, lines_statement(lines.question, lines.plan, lines.form, lines.names)
    bind_periods(question, lines.values)
    given: Mapping[str, Any] = {
        **statement.constants,
        **lines.values.by_name,
        TENANT.key: session.tenant_id,
        "id_kind": id_kind,
        **values_of_rows(question),
    }
    options = {"format": "csv", **(_OF_OBJECTS if lines.form is LineForm.JSON else {})}
    return await copy_out(await session.driver(), statement.text, statement.values(given), sink=sink, **options)

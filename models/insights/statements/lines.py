"""The statement that makes a line of a file of each row of an answer; all rows, and whatever is told of them.

Postgres writes the lines, so that Python has nothing to do for a row but to move its bytes.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any
from urllib.parse import quote

from sqlalchemy import (
    ColumnElement,
    Numeric,
    Select,
    String,
    bindparam,
    case,
    cast,
    column,
    func,
    literal,
    null,
    select,
)
from sqlalchemy.dialects.postgresql import aggregate_order_by

from analytics.enums import EntityLevel
from analytics.metrics.measure import Measure
from models.insights.question import InsightsQuestion
from models.insights.statements.groups import (
    ENTITY_TABLES,
    NO_ENTITY,
    Column,
    joined_entity,
    part_label,
)
from models.insights.statements.order import sort_columns
from models.insights.statements.plan import GroupsPlan, RowsPlan, Side, tag_name
from models.insights.statements.row_values import begin_of_key, own_currency, period_of_row, told_currency
from models.insights.statements.steps import base_of, columns_of
from models.splicing.texts import global_id, joined
from models.thin.compiled import Compiled, compiled

# What a spreadsheet takes for the beginning of a formula, if a text begins with it.
_FORMULA = "^[-=+@\t\r]"
# Characters that stay as they are in the key of a row; the others are told by the bytes that they have in UTF-8.
_PLAIN = "[A-Za-z0-9_.~-]"
# Of numbers in a file whose columns have a type.
DECIMAL_PLACES = 6
_NO_TEXT: ColumnElement[Any] = cast(null(), String())


class LineForm(StrEnum):
    """CSV: texts that a spreadsheet would run get an apostrophe. JSON: an object. TYPED: CSV beside types."""

    CSV = "CSV"
    JSON = "JSON"
    TYPED = "TYPED"


class ColumnKind(StrEnum):
    TEXT = "TEXT"
    DATE = "DATE"
    WHOLE = "WHOLE"
    FLOAT = "FLOAT"
    DECIMAL = "DECIMAL"


@dataclass(frozen=True, slots=True)
class LineColumn:
    """A column of a file. `is_free`: people or platforms wrote its texts, which may be anything."""

    name: str
    kind: ColumnKind
    is_free: bool = False


# What stands before breakdowns, tags, currency and metrics.
FIRST_COLUMNS = (
    LineColumn("key", ColumnKind.TEXT),
    LineColumn("level", ColumnKind.TEXT),
    LineColumn("entity_id", ColumnKind.TEXT),
    LineColumn("external_id", ColumnKind.TEXT, is_free=True),
    LineColumn("name", ColumnKind.TEXT, is_free=True),
    LineColumn("period_start", ColumnKind.DATE),
    LineColumn("period_end", ColumnKind.DATE),
)


def line_columns(question: InsightsQuestion, plan: RowsPlan) -> tuple[LineColumn, ...]:
    """The columns of the lines, in their order; `previous.` stands before those of the comparison."""
    then = plan.then.measures if plan.then is not None else ()
    return (
        *FIRST_COLUMNS,
        *(LineColumn(each.value.lower(), ColumnKind.TEXT, is_free=True) for each in question.breakdowns),
        *(LineColumn(f"tag.{field}", ColumnKind.TEXT, is_free=True) for field in question.tags),
        LineColumn("currency", ColumnKind.TEXT),
        *(LineColumn(each.key, kind_of(each)) for each in plan.now.measures),
        *(LineColumn(f"previous.{each.key}", kind_of(each)) for each in then),
    )


def kind_of(measure: Measure) -> ColumnKind:
    if measure.is_whole:
        return ColumnKind.WHOLE
    return ColumnKind.FLOAT if measure.is_float else ColumnKind.DECIMAL


def lines_statement(question: InsightsQuestion, plan: RowsPlan, form: LineForm, names: tuple[str, ...]) -> Compiled:
    """The lines in the order of the plan; `names` are those of the columns, which an object has in it.

    To be bound besides the values of the plan: `values_of_rows`, and as `id_kind` what stands before the id of an
    entity.
    """
    base: Any = base_of(plan.groups)
    order = sort_columns(plan.groups, plan.order, base)
    tables: Any = base
    if plan.groups.level is not EntityLevel.TENANT:
        tables = joined_entity(base, base.c.entity_id, plan.groups.level)
    columns = line_columns(question, plan)
    now = columns_of(plan.groups, base, Side.NOW)
    currency = told_currency(now, plan.now, own_currency())
    values = [*_first(question, plan.groups, base), *_groups(question, base), currency]
    values += [now.value(each) for each in plan.now.measures]
    if plan.then is not None:
        values += [columns_of(plan.groups, base, Side.THEN).value(each) for each in plan.then.measures]
    if form is LineForm.JSON:
        shown = [_object(names, values)]
    else:
        shown = [_told(value, each, form) for value, each in zip(values, columns, strict=True)]
    labelled = [each.label(f"column_{place}") for place, each in enumerate(shown)]
    query: Select[Any] = select(*labelled).select_from(tables).order_by(*(each.ordering for each in order))
    return compiled(query)


def _first(question: InsightsQuestion, plan: GroupsPlan, base: Any) -> list[Column]:
    """The values of FIRST_COLUMNS."""
    level, entity_id = plan.level, base.c.entity_id
    about: list[Column] = [_NO_TEXT, _NO_TEXT]
    if level is not EntityLevel.TENANT:
        entity = ENTITY_TABLES[level]
        about = [entity.c.external_id, entity.c.name]
    return [
        _key(question, plan, base),
        _text(level.value),
        case((entity_id != NO_ENTITY, global_id(bindparam("id_kind", type_=String()), entity_id)), else_=_NO_TEXT),
        *about,
        *(func.to_char(day, "YYYY-MM-DD", type_=String()) for day in period_of_row(plan, base)),
    ]


def _key(question: InsightsQuestion, plan: GroupsPlan, base: Any) -> Column:
    """What `InsightsRow.key` says."""
    parts = begin_of_key(plan, base)
    for number, part in enumerate(plan.broken_down_by):
        parts += [_text(f"/{part.breakdown.value}"), _said(base.c[part_label(number)])]
    for field, place in sorted((field, place) for place, field in enumerate(question.tags)):
        parts += [_text(f"/tag.{quote(field, safe='')}"), _said(base.c[tag_name(place)])]
    return joined(parts)


def _said(value: Column) -> Column:
    """An equals sign and the value as addresses write it; nothing for one that is not known."""
    letters: Any = func.regexp_split_to_table(value, "", type_=String()).table_valued(
        column("letter", String()), with_ordinality="place", name=f"letters_of_{value.key}"
    )
    letters = letters.render_derived()
    in_bytes = func.encode(func.convert_to(letters.c.letter, "UTF8"), "hex")
    quoted = func.upper(func.regexp_replace(in_bytes, "(..)", r"%\1", "g"), type_=String())
    letter = case((letters.c.letter.regexp_match(f"^{_PLAIN}$"), letters.c.letter), else_=quoted)
    joined: Any = select(func.string_agg(letter, aggregate_order_by(_text(""), letters.c.place))).scalar_subquery()
    is_plain = value.regexp_match(f"^{_PLAIN}*$")
    return case((value == "", _text("")), (is_plain, _text("=") + value), else_=_text("=") + joined)


def _groups(question: InsightsQuestion, base: Any) -> list[Column]:
    """The values of breakdowns and tags, null where they are not known."""
    labels = [part_label(number) for number in range(len(question.breakdowns))]
    labels += [tag_name(number) for number in range(len(question.tags))]
    return [func.nullif(base.c[label], "", type_=String()) for label in labels]


def _told(value: Column, column: LineColumn, form: LineForm) -> Column:
    if form is LineForm.CSV and column.is_free:
        return case((value.regexp_match(_FORMULA), _text("'") + value), else_=value)
    if form is LineForm.TYPED and column.kind is ColumnKind.DECIMAL:
        return func.round(value, DECIMAL_PLACES, type_=Numeric())
    return value


def _object(names: Sequence[str], values: Sequence[Column]) -> Column:
    """One column with the JSON of a row. Not `row_to_json`: names of columns have at most 63 bytes."""
    parts = [_text("{")]
    for place, (name, value) in enumerate(zip(names, values, strict=True)):
        parts.append(_text(f"{',' if place else ''}{json.dumps(name, ensure_ascii=False)}:"))
        parts.append(func.coalesce(cast(func.to_json(value), String), "null", type_=String()))
    return joined([*parts, _text("}")])


def _text(value: str) -> Column:
    return literal(value, String())

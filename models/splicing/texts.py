"""Writes objects as JSON in SQL, with the texts that the API's scalars write of single values.

What clients name is no part of a statement (models/splicing/reading.py).
"""

from collections.abc import Mapping, Sequence
from itertools import count
from typing import Any

from sqlalchemy import (
    Boolean,
    ColumnElement,
    Date,
    DateTime,
    Float,
    Integer,
    Numeric,
    Select,
    String,
    Text,
    bindparam,
    case,
    cast,
    column,
    false,
    func,
    literal_column,
    null,
    or_,
)

from models.splicing.reading import IS_NOTHING, IS_THERE, MARK, written_name
from models.splicing.shape import FixedText, HeldObject, NoTextError, OwnValue, RowId, Shape

Column = ColumnElement[Any]
# A shorter text of a number has no more digits than each reader of JSON keeps.
_DIGITS = 15
# A function of Postgres takes 100 arguments, and a select has at most 1,664 columns.
_MOST_ARGUMENTS = 90
_MOST_COLUMNS = 1_500
_NOT_FINITE = ("NaN", "Infinity", "-Infinity")


class Source:
    """Where the values of an object come from: this one has none, and others have what they override."""

    def value(self, name: str) -> Column:
        """The value of an attribute, null where it has none; raises NoTextError for an attribute it does not know."""
        raise NoTextError(name)

    def row_id(self) -> Column:
        raise NoTextError

    def nested(self, name: str) -> "tuple[Source, Column | None]":
        """The object that an attribute holds, and the condition under which there is none; raises NoTextError too."""
        raise NoTextError(name)


class FewValues(Source):
    """An object of a few values."""

    def __init__(self, values: Mapping[str, Column]) -> None:
        self._values = values

    def value(self, name: str) -> Column:
        if name not in self._values:
            raise NoTextError(name)
        return self._values[name]


class NoObject(Source):
    """What is never there: its values are asked for, and not written."""

    def value(self, name: str) -> Column:  # noqa: ARG002 - as any source
        return cast(null(), Text())

    def row_id(self) -> Column:
        return cast(null(), Text())

    def nested(self, name: str) -> "tuple[Source, Column | None]":  # noqa: ARG002 - as above
        return self, None


class TableRow(Source):
    """A row of a table, or of a select of its columns."""

    def __init__(self, table: Any) -> None:
        self._columns = table.c

    def value(self, name: str) -> Column:
        if name not in self._columns:
            raise NoTextError(name)
        found: Column = self._columns[name]
        return found

    def row_id(self) -> Column:
        return self.value("id")


class Texts:
    """The JSON of one kind of rows: `text` is an expression over `columns`, which a select below has to have.

    The values are columns of their own, since their texts are looked at more than once; equal ones are one column.
    Raises NoTextError for what is not written, and for more columns than a select may have.
    """

    def __init__(self, shape: Shape, source: Source) -> None:
        self.columns: list[Any] = []
        self._numbers = count()
        # By the source and what is asked of it. Sources are kept, so that their ids stay theirs.
        self._texts: dict[tuple[int, OwnValue | RowId], Column] = {}
        self._nested: dict[tuple[int, str], tuple[Source, Column | None]] = {}
        # What stands in front: of each object whether it is there.
        self._front: list[Column] = []
        pieces = self._pieces(shape, source)
        self.text: Column = joined([*self._front, *pieces])

    def over(self, query: Select[Any]) -> Any:
        """The select below with its columns, as a table: OFFSET keeps Postgres from making each text twice."""
        return query.offset(literal_column("0")).subquery("shown")

    def _pieces(self, shape: Shape, source: Source) -> list[Column]:
        pieces: list[Column] = []
        for _, part in shape:
            match part:
                case OwnValue() | RowId():
                    pieces += [self._between(), self._text(part, source)]
                case HeldObject():
                    pieces += [self._between(), *self._object(part, source)]
                case FixedText():
                    pass  # it belongs to the text in between
        return [*pieces, self._between()]

    def _between(self) -> Column:
        return bindparam(written_name(next(self._numbers)), type_=Text())

    def _object(self, part: HeldObject, source: Source) -> list[Column]:
        key = (id(source), part.name)
        if key not in self._nested:
            inner, condition = source.nested(part.name)
            self._nested[key] = inner, None if condition is None else self._kept(condition, Boolean())
        inner, is_nothing = self._nested[key]
        if is_nothing is None:
            self._front.append(_literal(IS_THERE))
            return self._pieces(part.shape, inner)
        self._front.append(case((is_nothing, _literal(IS_NOTHING)), else_=_literal(IS_THERE)))
        return [case((is_nothing, _literal("null")), else_=joined(self._pieces(part.shape, inner)))]

    def _text(self, part: OwnValue | RowId, source: Source) -> Column:
        key = (id(source), part)
        if key not in self._texts:
            if isinstance(part, OwnValue):
                self._texts[key] = self._value(source.value(part.name))
            else:
                self._texts[key] = self._kept(_quoted(global_id(_literal(f"{part.type_name}:"), source.row_id())))
        return self._texts[key]

    def _value(self, value: Column) -> Column:
        text = self._kept(_text(value))
        if isinstance(value.type, Integer | Numeric | Float):
            text = case((_is_marked(text, value.type), _literal(MARK)), else_=text)
        return func.coalesce(text, _literal("null"), type_=Text())

    def _kept(self, expression: Column, kind: Any = None) -> Column:
        if len(self.columns) == _MOST_COLUMNS:
            raise NoTextError("columns")
        label = f"text_{len(self.columns)}"
        self.columns.append(expression.label(label))
        return column(label, kind if kind is not None else Text())


def _text(value: Column) -> Column:
    """The JSON of a value that is not null, by its type; raises NoTextError for a type that is written otherwise."""
    kind: Any = value.type
    if isinstance(kind, Numeric):
        return cast(func.trim_scale(value, type_=Numeric()), Text())
    if isinstance(kind, Integer | Float | Boolean):
        return cast(value, Text())
    if isinstance(getattr(kind, "impl", kind), DateTime):
        return _instant(value)
    # An enum is a text to Postgres.
    if isinstance(kind, Date) or isinstance(getattr(kind, "impl", kind), String):
        written = value if isinstance(kind, Date) else cast(value, Text())
        return cast(func.to_json(written), Text())
    raise NoTextError(repr(kind))


def _instant(value: Column) -> Column:
    """An instant as Python writes it: in UTC, and with microseconds where it has some."""
    text = func.to_char(func.timezone(_literal("UTC"), value), _literal('YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"'))
    quoted = (
        _literal('"').concat(func.replace(text, _literal(".000000"), _literal(""), type_=Text())).concat(_literal('"'))
    )
    return case((func.isfinite(value).is_(false()), _literal(MARK)), else_=quoted)


def _is_marked(text: Column, kind: Any) -> Column:
    """Whether the text of a number is none that the API shows. A float has the digits that it needs, all are shown."""
    is_long = func.length(text) > _DIGITS
    if isinstance(kind, Integer):
        return is_long
    is_no_number = text.in_([_literal(each) for each in _NOT_FINITE])
    return is_no_number if isinstance(kind, Float) else or_(is_long, is_no_number)


def global_id(kind: Column, row_id: Column) -> Column:
    """The id that `encode_id` of the resolvers makes: base64url of kind and uuid, without padding.

    `kind` ends in the colon.
    """
    named = kind.concat(cast(row_id, Text()))
    encoded = func.encode(func.convert_to(named, _literal("UTF8")), _literal("base64"))
    return func.translate(encoded, _literal("+/=\n"), _literal("-_"), type_=Text())


def joined(pieces: Sequence[Column]) -> Column:
    """The pieces one behind the other; `||` would nest a level for each of them."""
    arguments: list[Any] = [*pieces]
    while len(arguments) > _MOST_ARGUMENTS:
        parts = [arguments[at : at + _MOST_ARGUMENTS] for at in range(0, len(arguments), _MOST_ARGUMENTS)]
        arguments = [func.concat(*part, type_=Text()) for part in parts]
    return func.concat(*arguments, type_=Text())


def _quoted(text: Column) -> Column:
    return func.concat(_literal('"'), text, _literal('"'))


def _literal(text: str) -> Column:
    """A literal of the statement, not a value of it; of texts that are written here alone."""
    printable = text.replace("\n", "\\n").replace(MARK, "\\x01")
    return literal_column(f"E'{printable}'" if "\\" in printable else f"'{printable}'", Text())

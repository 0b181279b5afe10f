"""Writes objects as JSON in SQL, with the texts that the API's scalars write of single values.

A number that has more digits than the API shows, or is none, stands as MARK in the text, which no JSON has: whoever
finds it has to read the values themselves. Names of an answer are literals of a statement, and no labels, so that they
may have any length.
"""

import json
from collections.abc import Iterable, Mapping
from typing import Any

from sqlalchemy import (
    Boolean,
    ColumnElement,
    Date,
    Float,
    Integer,
    Numeric,
    Select,
    String,
    Text,
    case,
    cast,
    column,
    func,
    literal_column,
    or_,
)

from models.splicing.shape import FixedText, HeldObject, NoTextError, OwnValue, Part, RowId, Shape

Column = ColumnElement[Any]
MARK = "\x01"
# A shorter text of a number has no more digits than each reader of JSON keeps.
_DIGITS = 15
# A function of Postgres takes 100 arguments.
_MOST_ARGUMENTS = 90
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

    The values are columns of their own, since their texts are looked at more than once.
    """

    def __init__(self, shape: Shape, source: Source) -> None:
        self.columns: list[Any] = []
        self.text: Column = _joined(self._pieces(shape, source))

    def over(self, query: Select[Any]) -> Any:
        """The select below with its columns, as a table: OFFSET keeps Postgres from making each text twice."""
        return query.offset(literal_column("0")).subquery("shown")

    def _pieces(self, shape: Shape, source: Source) -> list[str | Column]:
        pieces: list[str | Column] = ["{"]
        for place, (name, part) in enumerate(shape):
            pieces.append(f'{"," if place else ""}"{name}":')
            pieces += self._part(part, source)
        return [*pieces, "}"]

    def _part(self, part: Part, source: Source) -> list[str | Column]:
        match part:
            case FixedText(value):
                return [json.dumps(value)]
            case OwnValue(name):
                return [self._value(source.value(name))]
            case RowId(type_name):
                return [self._kept(_global_id(type_name, source.row_id()))]
            case HeldObject(name, shape):
                inner, is_nothing = source.nested(name)
                pieces = self._pieces(shape, inner)
                if is_nothing is None:
                    return pieces
                return [case((self._kept(is_nothing, Boolean()), _literal("null")), else_=_joined(pieces))]

    def _value(self, value: Column) -> Column:
        text = self._kept(_text(value))
        if isinstance(value.type, Integer | Numeric | Float):
            text = case((_is_marked(text, value.type), _literal(MARK)), else_=text)
        return func.coalesce(text, _literal("null"), type_=Text())

    def _kept(self, expression: Column, kind: Any = None) -> Column:
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
    # An enum is a text to Postgres.
    if isinstance(kind, Date) or isinstance(getattr(kind, "impl", kind), String):
        written = value if isinstance(kind, Date) else cast(value, Text())
        return cast(func.to_json(written), Text())
    raise NoTextError(repr(kind))


def _is_marked(text: Column, kind: Any) -> Column:
    """Whether the text of a number is none that the API shows. A float has the digits that it needs, all are shown."""
    is_long = func.length(text) > _DIGITS
    if isinstance(kind, Integer):
        return is_long
    is_no_number = text.in_([_literal(each) for each in _NOT_FINITE])
    return is_no_number if isinstance(kind, Float) else or_(is_long, is_no_number)


def _global_id(type_name: str, row_id: Column) -> Column:
    """The id that `encode_id` of the resolvers makes: base64url of type and uuid, without padding."""
    named = _literal(f"{type_name}:").op("||", return_type=Text())(cast(row_id, Text()))
    encoded = func.encode(func.convert_to(named, _literal("UTF8")), _literal("base64"))
    return func.concat(_literal('"'), func.translate(encoded, _literal("+/=\n"), _literal("-_")), _literal('"'))


def _joined(pieces: Iterable[str | Column]) -> Column:
    """The pieces one behind the other; literals that follow one another are one."""
    arguments: list[Any] = []
    text = ""
    for piece in pieces:
        if isinstance(piece, str):
            text += piece
            continue
        arguments += [_literal(text), piece] if text else [piece]
        text = ""
    arguments += [_literal(text)] if text else []
    while len(arguments) > _MOST_ARGUMENTS:
        parts = [arguments[at : at + _MOST_ARGUMENTS] for at in range(0, len(arguments), _MOST_ARGUMENTS)]
        arguments = [func.concat(*part, type_=Text()) for part in parts]
    return func.concat(*arguments, type_=Text())


def _literal(text: str) -> Column:
    """A literal of the statement, not a value of it: a name of an answer is part of what the statement is."""
    quoted = "".join(f"\\{each}" if each in "'\\" else each for each in text)
    printable = quoted.replace("\n", "\\n").replace(MARK, "\\x01")
    return literal_column(f"E'{printable}'" if "\\" in printable else f"'{printable}'", Text())

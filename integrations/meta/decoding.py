"""Owns how an answer of Meta's becomes rows although some values in it are odd; must not know what is asked.

The fast way takes an answer as it stands. Only one that cannot be taken so is read row by row and field by field: null,
absent and empty are all nothing, what is no value of its field spoils that field alone, and only a row that nobody
could tell from others is left out. What was spoiled is told.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from types import NoneType, UnionType
from typing import Any, Generic, Protocol, TypeVar, Union, get_args, get_origin

import msgspec

from integrations.meta.paging import Paging

T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)
R = TypeVar("R", bound="MetaRow")
# What the fields of a row hold that could not be read, by its type; what is not named has its default then.
Unread = Mapping[type, Mapping[str, Any]]

# PHP writes an empty object as an empty list.
_NOTHING: tuple[Any, ...] = (None, "", [], {})
# What identifies a row, in the order in which it is looked for.
_IDS = ("id", "ad_id", "campaign_id")
_LONGEST_NAME = 100
_HALF = rb"\\u[dD][89a-fA-F][0-9a-fA-F]{2}"
# A pair of halves is a character; the last branch steps over whatever else is escaped, a backslash above all.
_ESCAPES = re.compile(
    rb"(?P<pair>\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2})|(?P<nul>\\u0000)|(?P<half>"
    + _HALF
    + rb")|\\.",
    re.DOTALL,
)
_REPLACED: Mapping[str | None, bytes] = {"nul": b"", "half": rb"\ufffd"}
# Numbers are taken exactly; none is too large to be looked at.
_json = msgspec.json.Decoder(float_hook=Decimal)


@dataclass(frozen=True, slots=True)
class Spoiled:
    """A value that could not be read, of the row `external_id` of a kind, on a day or from it to `last_day`.

    `field_name` is Meta's, with dots where it lies within others; None when the whole row is left out. `is_missing`:
    there was nothing in the place of a value that everything of the kind has.
    """

    kind: str
    field_name: str | None = None
    external_id: str | None = None
    day: str | None = None
    is_missing: bool = False
    last_day: str | None = None


class Unreadable(ValueError):
    """A value is none of what it should be."""


class Decoder(Protocol[T_co]):
    def decode(self, body: bytes, /) -> T_co: ...


# Under no name of Meta's: `MetaRow.untold` where a row is put together from several answers.
UNTOLD = "_untold"


class MetaRow(msgspec.Struct, frozen=True, kw_only=True):
    """What is stored and lasts: `untold` are Meta's names of the fields of which the answer says nothing.

    They were left out of the question, refused, or could not be read; what is only absent is no such field.
    """

    untold: tuple[str, ...] = msgspec.field(default=(), name=UNTOLD)


class RowPage(msgspec.Struct, Generic[T], frozen=True):
    data: list[T]
    paging: Paging | None = None


class Tolerant(Generic[T]):
    """Decodes a `shape`: a `row` alone, a RowPage of rows, or rows by their ids; `kind` is what one is called."""

    def __init__(self, kind: str, row: type[msgspec.Struct], shape: Any, unread: Unread | None = None) -> None:
        self._fast: msgspec.json.Decoder[T] = msgspec.json.Decoder(shape, strict=False)
        self._kind, self._row, self._shape, self._unread = kind, row, shape, unread or {}
        self._is_error = "error" in row.__struct_encode_fields__

    def decode(self, body: bytes, /) -> T:
        return self.read(body, [])

    def read(self, body: bytes, spoiled: list[Spoiled]) -> T:
        """Adds to `spoiled` what was left out; raises MsgspecError for what is no answer of this shape at all."""
        try:
            return self._fast.decode(body)
        except msgspec.ValidationError:
            raw = _json.decode(body)
            if not isinstance(raw, dict) or (isinstance(raw.get("error"), dict) and not self._is_error):
                raise  # an error may come with status 200
        found: T = self._slowly(raw, spoiled)
        return found

    def _slowly(self, raw: dict[str, Any], spoiled: list[Spoiled]) -> Any:
        if self._shape is self._row:
            rows = self._rows([raw], spoiled)
            if not rows:
                raise msgspec.ValidationError("an answer that says nothing of whose it is")
            return rows[0]
        if get_origin(self._shape) is dict:
            return {str(place): row for place, row in enumerate(self._rows(raw.values(), spoiled))}
        if not isinstance(raw.get("data"), list):
            raise msgspec.ValidationError("an answer without its list")
        return RowPage(self._rows(raw["data"], spoiled), _paging(raw.get("paging")))

    def _rows(self, raws: Iterable[Any], spoiled: list[Spoiled]) -> list[Any]:
        rows = []
        for raw in raws:
            if raw in _NOTHING:
                continue
            told: list[str | None] = []
            try:
                rows.append(_with_untold(_structure(raw, self._row, _Place(told, self._unread)), told))
            except Unreadable:
                told = [None]
            spoiled += [_spoiled(self._kind, name, raw) for name in dict.fromkeys(told)]
        return rows


def _with_untold(row: Any, told: Iterable[str | None]) -> Any:
    if not isinstance(row, MetaRow):
        return row
    return untold_too(row, [name.partition(".")[0] for name in told if name])


def untold_too(row: R, names: Iterable[str]) -> R:
    more = tuple(name for name in dict.fromkeys(names) if name not in row.untold)
    return msgspec.structs.replace(row, untold=(*row.untold, *more)) if more else row


def _paging(raw: Any) -> Paging | None:
    """Where the list goes on has to be known: what is beyond would be lost in silence."""
    told: list[str | None] = []
    try:
        found: Paging | None = None if raw in _NOTHING else _structure(raw, Paging, _Place(told, {}))
    except Unreadable:
        told = [None]
    if told:
        raise msgspec.ValidationError("a page that does not say whether it is the last")
    return found


def read(decoder: Decoder[T], body: bytes, spoiled: list[Spoiled]) -> T:
    """Raises MsgspecError or UnicodeDecodeError for what is no such answer, however kindly it is looked at."""
    if rb"\u0000" in body:
        body = readable(body)
    try:
        return _read(decoder, body, spoiled)
    except msgspec.ValidationError:
        raise
    except (msgspec.DecodeError, UnicodeDecodeError):
        return _read(decoder, readable(body), spoiled)


def readable(body: bytes) -> bytes:
    """The JSON without what Postgres' texts cannot hold: no NUL, no half of a surrogate pair, only UTF-8."""
    return _ESCAPES.sub(
        lambda found: _REPLACED.get(found.lastgroup, found[0]), body.decode("utf-8", "replace").encode()
    )


def _read(decoder: Decoder[T], body: bytes, spoiled: list[Spoiled]) -> T:
    return decoder.read(body, spoiled) if isinstance(decoder, Tolerant) else decoder.decode(body)


@dataclass(frozen=True, slots=True)
class _Place:
    """Where in a row something stands, and where it is told that it could not be read."""

    told: list[str | None]
    unread: Unread
    path: str = ""

    def at(self, name: str) -> "_Place":
        return replace(self, path=f"{self.path}.{name}" if self.path else name)


def _structure(raw: Any, kind: type[msgspec.Struct], place: _Place) -> Any:
    """Raises Unreadable when a field is missing without which there is no such thing."""
    if not isinstance(raw, dict):
        raise Unreadable
    unread = next((place.unread[each] for each in kind.__mro__ if each in place.unread), {})
    values = {}
    for field in msgspec.structs.fields(kind):
        given, inner = raw.get(field.encode_name), place.at(field.encode_name)
        if given in _NOTHING:
            if field.required:
                raise Unreadable
            continue
        try:
            values[field.name] = _value(given, field.type, inner)
        except Unreadable:
            if field.required:
                raise
            place.told.append(inner.path)
            if field.name in unread:
                values[field.name] = unread[field.name]
    return kind(**values)


def _value(raw: Any, kind: Any, place: _Place) -> Any:
    options = get_args(kind) if get_origin(kind) in (Union, UnionType) else (kind,)
    only = [each for each in options if each is not NoneType]
    if len(only) == 1 and isinstance(only[0], type) and issubclass(only[0], msgspec.Struct):
        return _structure(raw, only[0], place)
    if len(only) == 1 and get_origin(only[0]) in (list, tuple):
        return get_origin(only[0])(_each(raw, get_args(only[0])[0], place))
    return _scalar(raw, kind)


def _each(raw: Any, kind: Any, place: _Place) -> Iterable[Any]:
    if not isinstance(raw, list):
        raise Unreadable
    for each in raw:
        if each in _NOTHING:
            continue
        try:
            yield _value(each, kind, place)
        except Unreadable:
            place.told.append(place.path)


def _scalar(raw: Any, kind: Any) -> Any:
    """A number is taken where a text is promised: ids come either way."""
    for given in (raw, str(raw)) if type(raw) in (int, Decimal) else (raw,):
        try:
            return msgspec.convert(given, kind, strict=False)
        except msgspec.ValidationError:
            continue
    raise Unreadable


def _spoiled(kind: str, field_name: str | None, raw: Any) -> Spoiled:
    row = raw if isinstance(raw, dict) else {}
    ids = (row[name] for name in _IDS if isinstance(row.get(name), str | int))
    external_id = next(ids, None)
    day, last_day = (
        text[:_LONGEST_NAME] if isinstance(text := row.get(name), str) else None for name in ("date_start", "date_stop")
    )
    return Spoiled(
        kind,
        field_name,
        str(external_id)[:_LONGEST_NAME] if external_id else None,
        day,
        last_day=last_day,
    )

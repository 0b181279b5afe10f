"""Decodes Meta's answers into rows although some of their values are odd; must not know what was asked.

The fast way decodes a whole answer at once. Only if that fails, the answer is read row by row and field by field. Null,
absent and empty then all count as no value. A value of the wrong type spoils its field alone. Only a row that lacks
what identifies it is left out. Every spoiled value is reported.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from types import NoneType, UnionType
from typing import Any, Generic, Protocol, TypeVar, Union, get_args, get_origin

import msgspec

from integrations.ads.spoiled import Spoiled
from integrations.meta.paging import Paging

T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)
R = TypeVar("R", bound="MetaRow")
# The values that fields get when they could not be read, by the type of the row; a field that is not named gets its
# default.
Unread = Mapping[type, Mapping[str, Any]]

# Values that count as none. PHP writes an empty object as an empty list.
_NOTHING: tuple[Any, ...] = (None, "", [], {})
# Fields that may identify a row in a report of spoiled values; the first one present is taken.
_IDS = ("id", "ad_id", "campaign_id")
_LONGEST_NAME = 100
_HALF = rb"\\u[dD][89a-fA-F][0-9a-fA-F]{2}"
# Two surrogates in the right order are one character and stay. The last branch matches any other escape, so that the
# second half of an escaped backslash is not taken for the beginning of an escape.
_ESCAPES = re.compile(
    rb"(?P<pair>\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2})|(?P<nul>\\u0000)|(?P<half>"
    + _HALF
    + rb")|\\.",
    re.DOTALL,
)
_REPLACED: Mapping[str | None, bytes] = {"nul": b"", "half": rb"\ufffd"}
# Decimal takes numbers exactly, whatever their size.
_json = msgspec.json.Decoder(float_hook=Decimal)


class Unreadable(ValueError):
    """A value is of none of the types that its field may have."""


class Decoder(Protocol[T_co]):
    def decode(self, body: bytes, /) -> T_co: ...


# The key of `MetaRow.untold` in JSON that is put together from several answers; Meta has no field of this name.
UNTOLD = "_untold"


class MetaRow(msgspec.Struct, frozen=True, kw_only=True):
    """A row of an object that is stored, such as a campaign.

    `untold` are Meta's names of the fields that the answer does not tell: they were left out of the question, refused,
    or could not be read. A field that is merely absent from the answer is not among them.
    """

    untold: tuple[str, ...] = msgspec.field(default=(), name=UNTOLD)


def id_of(row: Any) -> str:
    """The id of a MetaRow: each of them declares one, before its other fields."""
    return str(row.id)


class RowPage(msgspec.Struct, Generic[T], frozen=True):
    data: list[T]
    paging: Paging | None = None


class Tolerant(Generic[T]):
    """Decodes answers of one shape, odd values included.

    `shape` is `row` itself, a RowPage of rows, or a dict of rows by id. `kind` is the name of a row in reports of
    spoiled values.
    """

    def __init__(self, kind: str, row: type[msgspec.Struct], shape: Any, unread: Unread | None = None) -> None:
        self._fast: msgspec.json.Decoder[T] = msgspec.json.Decoder(shape, strict=False)
        self._kind, self._row, self._shape, self._unread = kind, row, shape, unread or {}
        self._is_error = "error" in row.__struct_encode_fields__

    def decode(self, body: bytes, /) -> T:
        return self.read(body, [])

    def read(self, body: bytes, spoiled: list[Spoiled]) -> T:
        """The decoded answer; adds values that could not be read to `spoiled`.

        Raises MsgspecError for an answer that is not of this shape at all.
        """
        try:
            return self._fast.decode(body)
        except msgspec.ValidationError:
            raw = _json.decode(body)
            # An error may come with status 200: it must not be taken for a row without values.
            if not isinstance(raw, dict) or (isinstance(raw.get("error"), dict) and not self._is_error):
                raise
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
    """Where the list goes on. Raises ValidationError if that cannot be read, since the rest would be lost silently."""
    told: list[str | None] = []
    try:
        found: Paging | None = None if raw in _NOTHING else _structure(raw, Paging, _Place(told, {}))
    except Unreadable:
        told = [None]
    if told:
        raise msgspec.ValidationError("a page that does not say whether it is the last")
    return found


def read(decoder: Decoder[T], body: bytes, spoiled: list[Spoiled]) -> T:
    """Decodes `body`, cleaned of what cannot be stored if that is necessary.

    Raises MsgspecError or UnicodeDecodeError for a body that cannot be decoded even then.
    """
    if rb"\u0000" in body:
        body = readable(body)
    try:
        return _read(decoder, body, spoiled)
    except msgspec.ValidationError:
        raise
    except (msgspec.DecodeError, UnicodeDecodeError):
        return _read(decoder, readable(body), spoiled)


def readable(body: bytes) -> bytes:
    """The JSON without characters that Postgres cannot store: no NUL, no lone surrogate, valid UTF-8."""
    return _ESCAPES.sub(
        lambda found: _REPLACED.get(found.lastgroup, found[0]), body.decode("utf-8", "replace").encode()
    )


def _read(decoder: Decoder[T], body: bytes, spoiled: list[Spoiled]) -> T:
    return decoder.read(body, spoiled) if isinstance(decoder, Tolerant) else decoder.decode(body)


@dataclass(frozen=True, slots=True)
class _Place:
    """A place within a row: `path` to it, and the list `told` of the paths that could not be read."""

    told: list[str | None]
    unread: Unread
    path: str = ""

    def at(self, name: str) -> "_Place":
        return replace(self, path=f"{self.path}.{name}" if self.path else name)


def _structure(raw: Any, kind: type[msgspec.Struct], place: _Place) -> Any:
    """An object of the type `kind`; raises Unreadable when a required field is absent or cannot be read."""
    if not isinstance(raw, dict):
        raise Unreadable
    # A type without an entry of its own has that of its base class.
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
    """A single value; a number is accepted where a text is promised, since Meta sends ids as either."""
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

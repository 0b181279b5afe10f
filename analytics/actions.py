"""Turns one ad-day as Meta reports it into base facts; knows Meta's field names, does no I/O.

It runs for every row of every refresh, as the largest part of its time (docs/benchmarks.md): what can be looked up once
is looked up at import, and a whole number that came as text stays this text.
"""

from collections.abc import Callable, Collection, Iterable
from decimal import Decimal
from functools import cache
from operator import attrgetter
from typing import NamedTuple, Protocol

from analytics.enums import Additivity
from analytics.facts import BASE_FACTS, WINDOWS, FactKind

# A text is a whole number.
Fact = int | Decimal | str | None
Number = str | float | Decimal


class ActionEntry(Protocol):
    """One action type of a list: `value` in the account's own attribution; a window is None when it is zero."""

    @property
    def action_type(self) -> str: ...
    @property
    def value(self) -> str | float: ...
    @property
    def click_1d(self) -> str | float | None: ...
    @property
    def click_7d(self) -> str | float | None: ...
    @property
    def click_28d(self) -> str | float | None: ...
    @property
    def view_1d(self) -> str | float | None: ...


class _Reader(NamedTuple):
    """How a fact is read from an action; `tier` ranks the action's type, `columns` are those of WINDOWS."""

    name: str
    tier: int
    number: Callable[[Number], Fact]
    times: str | None
    columns: tuple[str, ...]


# Before the point: what is stored has room for no more.
_MOST_DIGITS = 12
ALL_WINDOWS = frozenset(WINDOWS)
_values_of_windows = attrgetter(*WINDOWS)


def base_facts_from_row(
    row: object, *, windows: Collection[str] = ALL_WINDOWS, missing: Collection[str] = (), is_video: bool | None = None
) -> dict[str, Fact]:
    """The stored columns of one ad-day, keyed as FACT_COLUMNS and UNIQUE_COLUMNS.

    `row` has Meta's field names as attributes, lists hold ActionEntry. What Meta omits is 0 where there was delivery;
    it is None in a row without delivery, in a field that could not be read (`missing`), in a window that was not asked
    for, for people, and for video facts of an ad without a video (`is_video`; None: it shows by its video lists).
    """
    if is_video is None:
        is_video = _shows_video(row)
    is_delivered = _counts(getattr(row, "impressions", None)) or _counts(getattr(row, "spend", None))
    asked, unread = frozenset(windows), frozenset(missing)
    facts = _omitted(asked, unread, is_video=is_video, is_delivered=is_delivered).copy()
    _read_lone(facts, row, unread)
    absent = _absent(asked)
    for field, readers in _SEVERAL.items():
        entries = getattr(row, field, None)
        if entries and field not in unread:
            _read(facts, readers, entries, row, absent)
    if not is_video:
        facts |= _NO_VIDEO
    return facts


def _read_lone(facts: dict[str, Fact], row: object, unread: frozenset[str]) -> None:
    """The fields that tell one fact each: plain numbers, and lists of which one type counts."""
    for name, field, number in _PLAIN:
        value = getattr(row, field, None)
        if value is not None and field not in unread:
            facts[name] = value if type(value) is int else number(value)
    for field, action_type, name, number in _SINGLE:
        entries = getattr(row, field, None)
        if entries and field not in unread:
            for entry in entries:
                if entry.action_type == action_type:
                    value = entry.value
                    facts[name] = value if type(value) is str and value.isdigit() else number(value)


def _counts(value: Number | None) -> bool:
    return value is not None and float(value) != 0


def _shows_video(row: object) -> bool:
    for field in _VIDEO_FIELDS:
        if getattr(row, field, None):
            return True
    return any(entry.action_type == _VIDEO_VIEW for entry in getattr(row, "actions", None) or ())


@cache
def _omitted(
    windows: frozenset[str], missing: frozenset[str], *, is_video: bool, is_delivered: bool
) -> dict[str, Fact]:
    """The facts of a row in which Meta reports nothing more than that: most of a row, so it is made once."""
    facts: dict[str, Fact] = {}
    for fact in BASE_FACTS:
        # People are not additive: an absent count is unknown, not nobody.
        is_zero = is_delivered and fact.additivity is Additivity.ADDITIVE
        is_unread = fact.source.field in missing or (fact.is_video and not is_video)
        zero = 0 if is_zero and not is_unread else None
        facts[fact.name] = zero
        if fact.is_windowed:
            facts |= {f"{fact.name}_{window}": zero if window in windows else None for window in WINDOWS}
    return facts


@cache
def _absent(windows: frozenset[str]) -> tuple[Fact, ...]:
    """What a window of an action means that Meta left out: nothing happened, where we asked for the window."""
    return tuple(0 if window in windows else None for window in WINDOWS)


def _read(
    facts: dict[str, Fact],
    readers: dict[str, _Reader],
    entries: Iterable[ActionEntry],
    row: object,
    absent: tuple[Fact, ...],
) -> None:
    """Of several tiers of a fact the best that is present counts, even when its value is 0."""
    best: dict[str, int] = {}
    for entry in entries:
        reader = readers.get(entry.action_type)
        if reader is None:
            continue
        name, tier, number, times, columns = reader
        if best.setdefault(name, tier) < tier:
            continue
        best[name] = tier
        value = entry.value
        if times is None:
            facts[name] = value if type(value) is str and value.isdigit() else number(value)
        elif (other := _first(row, times, entry.action_type)) is not None:
            facts[name] = Decimal(_exact(value)) * Decimal(_exact(other.value))
        if columns:
            # As `absent` says where a window is left out; a call for each whole number would cost more than the rest.
            for column, counted, nothing in zip(columns, _values_of_windows(entry), absent):  # noqa: B905 - both are WINDOWS
                if counted is None:
                    facts[column] = nothing
                else:
                    facts[column] = counted if type(counted) is str and counted.isdigit() else _exact(counted)


def _first(row: object, field: str, action_type: str) -> ActionEntry | None:
    entries: Iterable[ActionEntry] = getattr(row, field, None) or ()
    return next((entry for entry in entries if entry.action_type == action_type), None)


def _exact(value: Number) -> str | int | Decimal:
    """Raises ValueError or ArithmeticError for what is no number."""
    if type(value) is str and value.isdigit():
        return value
    if isinstance(value, Decimal | int):
        return value
    number = Decimal(str(value))
    if not number.is_finite() or number.adjusted() >= _MOST_DIGITS:
        raise ValueError("not an amount")
    return number


def _whole(value: Number) -> str | int:
    """Counts are whole; a modelled fraction is cut off."""
    if type(value) is str and value.isdigit():
        return value
    return value if isinstance(value, int) else int(Decimal(value))


def _readers(field: str) -> dict[str, _Reader]:
    """By the action's type: no two facts of a list count the same type."""
    return {
        action_type: _Reader(fact.name, tier, _NUMBERS[fact.kind], fact.source.times, fact.columns[1:])
        for fact in BASE_FACTS
        for tier, action_type in enumerate(fact.source.tiers)
        if fact.source.field == field
    }


_NUMBERS: dict[FactKind, Callable[[Number], Fact]] = {FactKind.COUNT: _whole, FactKind.AMOUNT: _exact}
_PLAIN = tuple((fact.name, fact.source.field, _NUMBERS[fact.kind]) for fact in BASE_FACTS if not fact.source.tiers)
_READERS = {fact.source.field: _readers(fact.source.field) for fact in BASE_FACTS if fact.source.tiers}
# Most lists tell one fact by one type, and need no search for the best.
_SINGLE = tuple(
    (field, action_type, reader.name, reader.number)
    for field, readers in _READERS.items()
    for action_type, reader in readers.items()
    if len(readers) == 1 and not (reader.times or reader.columns)
)
_SEVERAL = {field: readers for field, readers in _READERS.items() if field not in {single[0] for single in _SINGLE}}
# `actions` holds more than video: only lists that are about video show that an ad has one.
_VIDEO_FIELDS = tuple(dict.fromkeys(f.source.field for f in BASE_FACTS if f.is_video and f.source.field != "actions"))
_VIDEO_VIEW = "video_view"
_NO_VIDEO: dict[str, Fact] = dict.fromkeys(fact.name for fact in BASE_FACTS if fact.is_video)

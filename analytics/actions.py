"""Turns one ad-day as Meta reports it into base facts; knows Meta's field names, does no I/O.

It runs for every row of every refresh, as the largest part of its time (docs/benchmarks.md): what can be looked up once
is looked up at import, and a whole number stays an int, which costs less than a Decimal to make and to write.
"""

from collections.abc import Callable, Collection, Iterable
from decimal import Decimal
from functools import cache
from operator import attrgetter
from typing import NamedTuple, Protocol

from analytics.enums import Additivity
from analytics.facts import BASE_FACTS, WINDOWS, FactKind

Fact = int | Decimal | None
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
    is_delivered = any(Decimal(getattr(row, field, None) or 0) for field in ("impressions", "spend"))
    unread = frozenset(missing)
    facts = _omitted(frozenset(windows), unread, is_video=is_video, is_delivered=is_delivered).copy()
    for name, field, number in _PLAIN:
        value = getattr(row, field, None)
        if value is not None and field not in unread:
            facts[name] = number(value)
    for field, readers in _READERS.items():
        entries = getattr(row, field, None)
        if entries and field not in unread:
            _read(facts, _best(readers, entries), row=row, windows=windows)
    if not is_video:
        facts |= _NO_VIDEO
    return facts


def _shows_video(row: object) -> bool:
    if any(getattr(row, field, None) for field in _VIDEO_FIELDS):
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


def _best(readers: dict[str, _Reader], entries: Iterable[ActionEntry]) -> Iterable[tuple[_Reader, ActionEntry]]:
    """Per fact the entry of the best tier that is present, even when its value is 0."""
    best: dict[str, tuple[_Reader, ActionEntry]] = {}
    for entry in entries:
        if (reader := readers.get(entry.action_type)) is not None:
            name = reader[0]
            if name not in best or reader.tier <= best[name][0].tier:
                best[name] = (reader, entry)
    return best.values()


def _read(
    facts: dict[str, Fact],
    found: Iterable[tuple[_Reader, ActionEntry]],
    *,
    row: object,
    windows: Collection[str],
) -> None:
    for (name, _tier, number, times, columns), entry in found:
        if times is None:
            facts[name] = number(entry.value)
        elif (other := _first(row, times, entry.action_type)) is not None:
            facts[name] = _exact(entry.value) * _exact(other.value)
        if columns:
            _read_windows(facts, columns, entry, windows)


def _first(row: object, field: str, action_type: str) -> ActionEntry | None:
    entries: Iterable[ActionEntry] = getattr(row, field, None) or ()
    return next((entry for entry in entries if entry.action_type == action_type), None)


def _read_windows(
    facts: dict[str, Fact], columns: tuple[str, ...], entry: ActionEntry, windows: Collection[str]
) -> None:
    for window, column, value in zip(WINDOWS, columns, _values_of_windows(entry), strict=True):
        if value is not None:
            facts[column] = int(value) if type(value) is str and value.isdigit() else _exact(value)
        elif facts[column] is None and window in windows:
            facts[column] = 0


def _exact(value: Number) -> int | Decimal:
    if type(value) is str and value.isdigit():
        return int(value)
    return value if isinstance(value, Decimal | int) else Decimal(str(value))


def _whole(value: Number) -> int:
    """Counts are whole; a modelled fraction is cut off."""
    return int(value) if type(value) is str and value.isdigit() else int(_exact(value))


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
# `actions` holds more than video: only lists that are about video show that an ad has one.
_VIDEO_FIELDS = tuple(dict.fromkeys(f.source.field for f in BASE_FACTS if f.is_video and f.source.field != "actions"))
_VIDEO_VIEW = "video_view"
_NO_VIDEO: dict[str, Fact] = dict.fromkeys(fact.name for fact in BASE_FACTS if fact.is_video)

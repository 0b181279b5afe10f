"""Turns one ad-day as Meta reports it into base facts; knows Meta's field names, does no I/O.

It runs for every row of every refresh, as the largest part of its time (docs/benchmarks.md): what can be looked up once
is looked up at import, and a whole number needs no call of its own.
"""

from collections.abc import Callable, Collection, Iterable, Sequence
from decimal import Decimal
from functools import cache
from operator import attrgetter
from typing import NamedTuple, Protocol

from analytics.enums import Additivity
from analytics.metrics.facts import BASE_FACTS, WINDOWS, FactKind, FactValue

Number = int | str | float | Decimal

# More than the largest that Meta can mean in any currency; sums of it fit what is stored.
MOST = 10**15
_LEAST = -MOST
# Stands where a number was that could not be read: of such a fact nothing is known, which is not zero.
UNREAD = Decimal("NaN")


class ActionEntry(Protocol):
    """One action type of a list: `value` in the account's own attribution; a window is None when it is zero."""

    @property
    def action_type(self) -> str: ...
    @property
    def value(self) -> Number | None: ...
    @property
    def click_1d(self) -> Number | None: ...
    @property
    def click_7d(self) -> Number | None: ...
    @property
    def click_28d(self) -> Number | None: ...
    @property
    def view_1d(self) -> Number | None: ...


class _Reader(NamedTuple):
    """How a fact is read from an action; `tier` ranks the action's type, `columns` are those of WINDOWS."""

    name: str
    tier: int
    number: Callable[[Number], int | Decimal]
    times: str | None
    columns: tuple[str, ...]


class _Total(NamedTuple):
    """An action of a type that a list has several times."""

    action_type: str
    value: Number | None
    click_1d: Number | None
    click_7d: Number | None
    click_28d: Number | None
    view_1d: Number | None


ALL_WINDOWS = frozenset(WINDOWS)
_values_of_windows = attrgetter(*WINDOWS)


def base_facts_from_row(
    row: object,
    *,
    windows: Collection[str] = ALL_WINDOWS,
    missing: Collection[str] = (),
    is_video: bool | None = None,
    odd: list[str] | None = None,
) -> dict[str, FactValue]:
    """The stored columns of one ad-day, keyed as FACT_COLUMNS and UNIQUE_COLUMNS.

    `row` has Meta's field names as attributes, lists hold ActionEntry. What Meta omits is 0 where there was delivery;
    it is None in a row without delivery, in a field that could not be read (`missing`), in a window that was not asked
    for, for people, and for video facts of an ad without a video (`is_video`; None: it shows by its video lists). A
    number that is none, or too large to be one, is None; its field is added to `odd`.
    """
    if is_video is None:
        is_video = _shows_video(row)
    is_delivered = _counts(getattr(row, "impressions", None)) or _counts(getattr(row, "spend", None))
    asked, unread, spoiled = frozenset(windows), frozenset(missing), list[str]()
    facts = _omitted(asked, unread, is_video=is_video, is_delivered=is_delivered).copy()
    _read_lone(facts, row, unread, spoiled)
    absent = _absent(asked)
    for field, readers in _SEVERAL.items():
        entries = getattr(row, field, None)
        if entries and field not in unread:
            before = len(spoiled)
            _read(facts, readers, entries, row, (absent, spoiled))
            spoiled[before:] = [field] * (len(spoiled) - before)
    if not is_video:
        facts |= _NO_VIDEO
    if spoiled:
        facts = {name: None if value != value else value for name, value in facts.items()}  # noqa: PLR0124 - NaN alone
        if odd is not None:
            odd += dict.fromkeys(spoiled)
    return facts


def _read_lone(facts: dict[str, FactValue], row: object, unread: frozenset[str], spoiled: list[str]) -> None:
    """The fields that tell one fact each: plain numbers, and lists of which one type counts."""
    for name, field, number in _PLAIN:
        value = getattr(row, field, None)
        if value is not None and field not in unread:
            facts[name] = (
                value if type(value) is int and _LEAST <= value <= MOST else _number(number, value, spoiled, field)
            )
    for field, action_type, name, number in _SINGLE:
        entries = getattr(row, field, None)
        if entries and field not in unread:
            total: int | Decimal | None = None
            for entry in entries:
                if entry.action_type == action_type:
                    counted = _number(number, entry.value or 0, spoiled, field)
                    total = counted if total is None else total + counted
            if total is not None:
                facts[name] = total


def _number(
    read: Callable[[Number], int | Decimal], value: Number, spoiled: list[str], field: str = ""
) -> int | Decimal:
    """UNREAD for what is no number; its field is noted then."""
    try:
        return read(value)
    except (ValueError, ArithmeticError):
        spoiled.append(field)
        return UNREAD


def _counts(value: Number | None) -> bool:
    """Of a number that cannot be read nobody can say that it is zero."""
    try:
        return value is not None and float(value) != 0
    except (ValueError, OverflowError):
        return True


def _shows_video(row: object) -> bool:
    """A list that could not be read shows nothing."""
    for field in _VIDEO_FIELDS:
        entries = getattr(row, field, None)
        if entries and entries[0].value is not UNREAD:
            return True
    return any(
        entry.action_type == _VIDEO_VIEW and entry.value is not UNREAD for entry in getattr(row, "actions", None) or ()
    )


@cache
def _omitted(
    windows: frozenset[str], missing: frozenset[str], *, is_video: bool, is_delivered: bool
) -> dict[str, FactValue]:
    """The facts of a row in which Meta reports nothing more than that: most of a row, so it is made once."""
    facts: dict[str, FactValue] = {}
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
def _absent(windows: frozenset[str]) -> tuple[FactValue, ...]:
    """What a window of an action means that Meta left out: nothing happened, where we asked for the window."""
    return tuple(0 if window in windows else None for window in WINDOWS)


def _read(
    facts: dict[str, FactValue],
    readers: dict[str, _Reader],
    entries: Sequence[ActionEntry],
    row: object,
    notes: tuple[tuple[FactValue, ...], list[str]],
) -> None:
    """Of several tiers of a fact the best that is present counts, even when its value is 0."""
    absent, spoiled = notes
    best: dict[str, int] = {}
    for entry in entries:
        reader = readers.get(entry.action_type)
        if reader is None:
            continue
        name, tier, number, times, columns = reader
        if times is not None:
            product = _product(entries, getattr(row, times, None) or (), entry.action_type, spoiled)
            facts[name] = facts[name] if product is None else product
            continue
        known = best.get(name)
        if known is not None and known <= tier:
            if known == tier:
                break
            continue
        best[name] = tier
        value = entry.value
        if type(value) is int and _LEAST <= value <= MOST:
            facts[name] = value
        else:
            facts[name] = _number(number, value or 0, spoiled)
        if columns:
            _read_windows(facts, columns, entry, absent, spoiled)
    else:
        return
    _read(facts, readers, _each_once(entries), row, notes)


def _read_windows(
    facts: dict[str, FactValue],
    columns: tuple[str, ...],
    entry: ActionEntry,
    absent: tuple[FactValue, ...],
    spoiled: list[str],
) -> None:
    """As `absent` says where a window is left out; a call for each whole number would cost more than the rest."""
    for column, counted, nothing in zip(columns, _values_of_windows(entry), absent):  # noqa: B905 - all are of WINDOWS
        if counted is None:
            facts[column] = nothing
        elif type(counted) is int and _LEAST <= counted <= MOST:
            facts[column] = counted
        else:
            facts[column] = _number(exact, counted, spoiled)


def _each_once(entries: Iterable[ActionEntry]) -> list[ActionEntry]:
    """A type that comes several times happened that often together; a number unknown to one is unknown to all."""
    by_type: dict[str, list[ActionEntry]] = {}
    for entry in entries:
        by_type.setdefault(entry.action_type, []).append(entry)
    names = ("value", *WINDOWS)
    return [
        several[0]
        if len(several) == 1
        else _Total(action_type, *(_sum([getattr(entry, name) for entry in several]) for name in names))
        for action_type, several in by_type.items()
    ]


def _sum(values: Iterable[Number | None]) -> Decimal | None:
    given = [Decimal(_number(exact, value, [])) for value in values if value is not None]
    return sum(given, Decimal()) if given else None


def _product(
    entries: Iterable[ActionEntry], others: Iterable[ActionEntry], action_type: str, spoiled: list[str]
) -> Decimal | None:
    """The values of a type times those of the other list, one by one; None where that one is silent."""
    factors = [
        [_number(exact, each.value or 0, spoiled) for each in several if each.action_type == action_type]
        for several in (entries, others)
    ]
    if len(factors[0]) != len(factors[1]):
        return None if not factors[1] else _number(exact, UNREAD, spoiled) * Decimal()
    return sum((Decimal(value) * other for value, other in zip(*factors, strict=True)), Decimal())


def is_sound(value: int | Decimal | None) -> bool:
    """Whether it can be stored and added up; nothing at all can."""
    return value is None or (Decimal(value).is_finite() and _LEAST <= value <= MOST)


def exact(value: Number) -> int | Decimal:
    """Raises ValueError or ArithmeticError for what is no number, and for one that is beyond all reason."""
    if isinstance(value, str) and not (value.isascii() and "_" not in value):
        raise ValueError("digits of other scripts, or a notation of programs")
    number = value if isinstance(value, Decimal | int) else Decimal(str(value))
    if not is_sound(number):
        raise ValueError("not an amount")
    return number


def _whole(value: Number) -> int:
    """Counts are whole; a modelled fraction is cut off."""
    return int(exact(value))


def _readers(field: str) -> dict[str, _Reader]:
    """By the action's type: no two facts of a list count the same type."""
    return {
        action_type: _Reader(fact.name, tier, _NUMBERS[fact.kind], fact.source.times, fact.columns[1:])
        for fact in BASE_FACTS
        for tier, action_type in enumerate(fact.source.tiers)
        if fact.source.field == field
    }


_NUMBERS: dict[FactKind, Callable[[Number], int | Decimal]] = {FactKind.COUNT: _whole, FactKind.AMOUNT: exact}
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
_NO_VIDEO: dict[str, FactValue] = dict.fromkeys(fact.name for fact in BASE_FACTS if fact.is_video)

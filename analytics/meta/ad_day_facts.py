"""Turns one ad-day as Meta reports it into base facts; knows Meta's field names, does no I/O.

This code runs for every row of a refresh and takes the largest part of its time (docs/benchmarks.md). So look-ups are
made once, at import, and the common case of a whole number is handled without a call of a function.
"""

from collections.abc import Callable, Collection, Iterable, Sequence
from decimal import Decimal
from functools import cache
from operator import attrgetter
from typing import NamedTuple, Protocol

from analytics.enums import Additivity
from analytics.metrics.facts import BASE_FACTS, WINDOWS, FactKind, FactValue

Number = int | str | float | Decimal

# No number of Meta is larger, in whatever currency, and sums of such numbers fit into the stored columns.
MOST = 10**15
_LEAST = -MOST
# Stands for a number that could not be read: the fact is unknown, which is not the same as zero.
UNREAD = Decimal("NaN")


class ActionEntry(Protocol):
    """One action type of a list: `value` is the number by the default window; other windows are None when zero."""

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
    """How a fact is read from an action of one type.

    `tier` is the rank of the type among those of the fact, 0 the best. `number` reads the value. `times` is the list to
    multiply by. `columns` are the fact's columns for WINDOWS.
    """

    name: str
    tier: int
    number: Callable[[Number], int | Decimal]
    times: str | None
    columns: tuple[str, ...]


class _Total(NamedTuple):
    """The sum of the entries of an action type that a list has several times."""

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
    """The values of one ad-day for all FACT_COLUMNS and UNIQUE_COLUMNS, by column.

    `row` has Meta's field names as attributes; its lists have ActionEntry items. What Meta omits is 0 if the ad had
    delivery that day. It is None without delivery, in a field of `missing`, which could not be read, for a window that
    is not in `windows`, for deduplicated people, and for video facts of an ad without a video. `is_video` says whether
    it has one; if None, its video lists decide. A value that is no number, or beyond MOST, is None, and its field is
    added to `odd`.
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
            # Readers note '' for each odd value of a list: here it becomes the name of the list.
            spoiled[before:] = [field] * (len(spoiled) - before)
    if not is_video:
        facts |= _NO_VIDEO
    if spoiled:
        facts = {name: None if value != value else value for name, value in facts.items()}  # noqa: PLR0124 - NaN alone
        if odd is not None:
            odd += dict.fromkeys(spoiled)
    return facts


def _read_lone(facts: dict[str, FactValue], row: object, unread: frozenset[str], spoiled: list[str]) -> None:
    """Reads the fields that have a single fact: plain numbers, and lists of which one action type counts."""
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
    """`read(value)`; UNREAD for a value that is no number, whose field is added to `spoiled`."""
    try:
        return read(value)
    except (ValueError, ArithmeticError):
        spoiled.append(field)
        return UNREAD


def _counts(value: Number | None) -> bool:
    """Whether the number is not zero; one that cannot be read counts as not zero."""
    try:
        return value is not None and float(value) != 0
    except (ValueError, OverflowError):
        return True


def _shows_video(row: object) -> bool:
    """Whether the row has a list about video, so that its ad has a video; lists that could not be read do not count."""
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
    """The facts of a row in which Meta omits every field. Most fields of most rows are omitted, so this is cached."""
    facts: dict[str, FactValue] = {}
    for fact in BASE_FACTS:
        # Deduplicated people are not additive: an absent number means that it is unknown, not that it is zero.
        is_zero = is_delivered and fact.additivity is Additivity.ADDITIVE
        is_unread = fact.source.field in missing or (fact.is_video and not is_video)
        zero = 0 if is_zero and not is_unread else None
        facts[fact.name] = zero
        if fact.is_windowed:
            facts |= {f"{fact.name}_{window}": zero if window in windows else None for window in WINDOWS}
    return facts


@cache
def _absent(windows: frozenset[str]) -> tuple[FactValue, ...]:
    """The values of windows that an entry lacks: 0 for a window that was asked for, None for another."""
    return tuple(0 if window in windows else None for window in WINDOWS)


def _read(
    facts: dict[str, FactValue],
    readers: dict[str, _Reader],
    entries: Sequence[ActionEntry],
    row: object,
    notes: tuple[tuple[FactValue, ...], list[str]],
) -> None:
    """Reads the facts of one list into `facts`.

    Types of several tiers name the same events, so only the best tier that is present counts, even if its value is 0.
    """
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
            # The same type a second time: leave the loop, and read the list anew with equal types summed.
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
    """Reads the windows of an entry; those that it lacks get their value of `absent`.

    Whole numbers are handled without a call, which would cost more than the rest of the loop.
    """
    for column, counted, nothing in zip(columns, _values_of_windows(entry), absent):  # noqa: B905 - all are of WINDOWS
        if counted is None:
            facts[column] = nothing
        elif type(counted) is int and _LEAST <= counted <= MOST:
            facts[column] = counted
        else:
            facts[column] = _number(exact, counted, spoiled)


def _each_once(entries: Iterable[ActionEntry]) -> list[ActionEntry]:
    """The entries with those of equal type summed; if one of the numbers is unread, the sum is too."""
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
    """The sum of the values of a type, each multiplied by that of the other list; None if that list lacks the type.

    If the two lists have different numbers of entries of the type, the product is UNREAD.
    """
    factors = [
        [_number(exact, each.value or 0, spoiled) for each in several if each.action_type == action_type]
        for several in (entries, others)
    ]
    if len(factors[0]) != len(factors[1]):
        return None if not factors[1] else _number(exact, UNREAD, spoiled) * Decimal()
    return sum((Decimal(value) * other for value, other in zip(*factors, strict=True)), Decimal())


def is_sound(value: int | Decimal | None) -> bool:
    """Whether the value can be stored and summed; None can."""
    return value is None or (Decimal(value).is_finite() and _LEAST <= value <= MOST)


def exact(value: Number) -> int | Decimal:
    """The number without any rounding; raises ValueError or ArithmeticError for no number, or one beyond MOST."""
    if isinstance(value, str) and not (value.isascii() and "_" not in value):
        raise ValueError("digits of other scripts, or a notation of programs")
    number = value if isinstance(value, Decimal | int) else Decimal(str(value))
    if not is_sound(number):
        raise ValueError("not an amount")
    return number


def _whole(value: Number) -> int:
    """A whole number; Meta models some counts as fractions, which are cut off."""
    return int(exact(value))


def _readers(field: str) -> dict[str, _Reader]:
    """The readers of one list, by action type: no two facts of a list count the same type."""
    return {
        action_type: _Reader(fact.name, tier, _NUMBERS[fact.kind], fact.source.times, fact.columns[1:])
        for fact in BASE_FACTS
        for tier, action_type in enumerate(fact.source.tiers)
        if fact.source.field == field
    }


_NUMBERS: dict[FactKind, Callable[[Number], int | Decimal]] = {FactKind.COUNT: _whole, FactKind.AMOUNT: exact}
_PLAIN = tuple((fact.name, fact.source.field, _NUMBERS[fact.kind]) for fact in BASE_FACTS if not fact.source.tiers)
_READERS = {fact.source.field: _readers(fact.source.field) for fact in BASE_FACTS if fact.source.tiers}
# Lists with a single fact of a single type, which are most of them: no best tier has to be found.
_SINGLE = tuple(
    (field, action_type, reader.name, reader.number)
    for field, readers in _READERS.items()
    for action_type, reader in readers.items()
    if len(readers) == 1 and not (reader.times or reader.columns)
)
_SEVERAL = {field: readers for field, readers in _READERS.items() if field not in {single[0] for single in _SINGLE}}
# The lists that show that an ad has a video. `actions` is not among them, since it has other actions too.
_VIDEO_FIELDS = tuple(dict.fromkeys(f.source.field for f in BASE_FACTS if f.is_video and f.source.field != "actions"))
_VIDEO_VIEW = "video_view"
_NO_VIDEO: dict[str, FactValue] = dict.fromkeys(fact.name for fact in BASE_FACTS if fact.is_video)

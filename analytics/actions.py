"""Turns one ad-day as Meta reports it into base facts; knows Meta's field names, does no I/O."""

from collections.abc import Callable, Collection, Iterable, Mapping
from decimal import Decimal
from typing import Any, Protocol, TypeVar

from analytics.enums import Additivity
from analytics.facts import BASE_FACTS, WINDOWS, BaseFact, FactKind

Fact = int | Decimal | None
T = TypeVar("T")
Actions = Mapping[str, "ActionEntry"]
Read = Callable[[Any, Mapping[str, Actions], Fact], Fact]

_ZERO = Decimal(0)
_ZEROS: dict[FactKind, Fact] = {FactKind.COUNT: 0, FactKind.AMOUNT: _ZERO}


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


ALL_WINDOWS = frozenset(WINDOWS)


def first_present(actions: Mapping[str, T], tiers: Iterable[str]) -> T | None:
    """The entry of the best tier that is present, even when its value is 0; None when there is none."""
    for tier in tiers:
        entry = actions.get(tier)
        if entry is not None:
            return entry
    return None


def by_type(actions: Iterable[ActionEntry] | None) -> dict[str, ActionEntry]:
    return {entry.action_type: entry for entry in actions} if actions else {}


def base_facts_from_row(
    row: object, *, windows: Collection[str] = ALL_WINDOWS, missing: Collection[str] = (), is_video: bool | None = None
) -> dict[str, Fact]:
    """The stored columns of one ad-day, keyed as FACT_COLUMNS and UNIQUE_COLUMNS.

    `row` has Meta's field names as attributes, lists hold ActionEntry. What Meta omits is 0 where there was delivery;
    it is None in a row without delivery, in a field that could not be read (`missing`), in a window that was not asked
    for, for people, and for video facts of an ad without a video (`is_video`; None: it shows by its video lists).
    """
    lists = {field: by_type(getattr(row, field, None)) for field in _LIST_FIELDS}
    if is_video is None:
        is_video = "video_view" in lists["actions"] or any(lists[field] for field in _VIDEO_FIELDS)
    is_delivered = bool(_whole(getattr(row, "impressions", None)) or _exact(getattr(row, "spend", None)))
    facts: dict[str, Fact] = {}
    for fact, read in _READERS:
        if fact.source.field in missing or (fact.is_video and not is_video):
            facts.update(dict.fromkeys(fact.columns))
            continue
        # People are not additive: an absent count is unknown, not nobody.
        zero = _ZEROS[fact.kind] if is_delivered and fact.additivity is Additivity.ADDITIVE else None
        if fact.is_windowed:
            _read_windows(facts, fact, lists[fact.source.field], windows=windows, zero=zero)
        else:
            facts[fact.name] = read(row, lists, zero)
    return facts


def _read_windows(
    facts: dict[str, Fact], fact: BaseFact, actions: Actions, *, windows: Collection[str], zero: Fact
) -> None:
    entry = first_present(actions, fact.source.tiers)
    if entry is None:
        facts[fact.name] = zero
        for window in WINDOWS:
            facts[f"{fact.name}_{window}"] = zero if window in windows else None
        return
    facts[fact.name] = _exact(entry.value)
    for window in WINDOWS:
        value = getattr(entry, window)
        if value is not None:
            facts[f"{fact.name}_{window}"] = _exact(value)
        else:
            facts[f"{fact.name}_{window}"] = _ZERO if window in windows else None


def _exact(value: str | float | Decimal | None) -> Decimal | None:
    if value is None or isinstance(value, Decimal):
        return value
    return Decimal(value) if isinstance(value, str | int) else Decimal(repr(value))


def _whole(value: str | float | Decimal | None) -> int | None:
    """Counts are whole; a modelled fraction is cut off."""
    if value is None or isinstance(value, int):
        return value
    return int(value) if isinstance(value, str) and value.isdigit() else int(Decimal(value))


def _reader(fact: BaseFact) -> Read:
    source = fact.source
    number: Callable[[Any], Fact] = _whole if fact.kind is FactKind.COUNT else _exact

    def plain(row: Any, _lists: Mapping[str, Actions], zero: Fact) -> Fact:
        value = getattr(row, source.field, None)
        return zero if value is None else number(value)

    def action(_row: Any, lists: Mapping[str, Actions], zero: Fact) -> Fact:
        entry = first_present(lists[source.field], source.tiers)
        return zero if entry is None else number(entry.value)

    def product(_row: Any, lists: Mapping[str, Actions], zero: Fact) -> Fact:
        entry = first_present(lists[source.field], source.tiers)
        other = first_present(lists[source.times or ""], source.tiers)
        if entry is None or other is None:
            return zero
        return (_exact(entry.value) or _ZERO) * (_exact(other.value) or _ZERO)

    if source.times is not None:
        return product
    return action if source.tiers else plain


_READERS = tuple((fact, _reader(fact)) for fact in BASE_FACTS)
_LIST_FIELDS = tuple(dict.fromkeys(fact.source.field for fact in BASE_FACTS if fact.source.tiers))
# `actions` holds more than video: only lists that are about video show that an ad has one.
_VIDEO_FIELDS = tuple(dict.fromkeys(f.source.field for f in BASE_FACTS if f.is_video and f.source.field != "actions"))

"""Rows of an answer: what each is about, its numbers, and their order."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cmp_to_key
from typing import Any
from uuid import UUID

from tests.insights_truth.conditions import folded
from tests.insights_truth.days import Span
from tests.insights_truth.metrics import METRICS, Answered, Value, answered, in_words
from tests.insights_truth.numbers import Numbers

Question = Mapping[str, Any]

KEYS = {in_words(key): key for key in METRICS}


def key_of(ref: Question) -> str:
    """The key of a MetricRefInput."""
    return str(ref["custom"]) if "custom" in ref else KEYS[ref["metric"]]


@dataclass(frozen=True, slots=True)
class Group:
    """What a row of the answer is about. `start` is the first day of the whole period, None without a grain.

    `values` are those of the breakdowns that rows are grouped by, in the order of their set, and those of `tags`.
    """

    start: date | None
    account_id: UUID | None
    entity_id: UUID | None
    values: tuple[str | None, ...] = ()
    tags: tuple[tuple[str, str | None], ...] = ()


@dataclass(slots=True)
class Row:
    """`before` are the numbers of the comparison, None where the group has no row then, or nothing is compared."""

    group: Group
    period: Span
    name: str | None
    numbers: Numbers
    before: Numbers | None = None

    @property
    def place(self) -> tuple[Any, ...]:
        """The order of rows that no sort key tells apart: period, entity, then what else they are grouped by."""
        values = (value or "" for value in (*self.group.values, *(value for _, value in self.group.tags)))
        return (self.group.start or date.min, self.group.entity_id or UUID(int=0), *values)

    def change(self, key: str) -> Value:
        """By how much the metric differs from that of the comparison; None where a side has no value.

        Money of two currencies has no difference either.
        """
        if self.before is None:
            return None
        now, then = self.numbers.metric(key), self.before.metric(key)
        is_money = self.numbers.terms.metric(key).kind == "MONEY"
        is_mixed = is_money and self.numbers.shown_currencies != self.before.shown_currencies
        return None if now is None or then is None or is_mixed else now - then

    def answered_change(self, key: str) -> Answered:
        """The change as rows are sorted by it: of money the difference of the amounts that are shown."""
        change, kind = self.change(key), self.numbers.terms.metric(key).kind
        if change is None or self.before is None or kind != "MONEY":
            return answered(change, kind, is_built_in=key in METRICS)
        now, then = self.numbers.answered(key), self.before.answered(key)
        assert now is not None
        assert then is not None
        return now - then


@dataclass(slots=True)
class Truth:
    """The rows in order; `currency` is that of numbers without rows, `compared` the days of the comparison."""

    rows: list[Row]
    totals: Numbers
    before: Numbers | None
    currency: str | None
    days: Span
    compared: Span | None


def order_of(sort: Sequence[Question]) -> Callable[[Row], Any]:
    """The key by which Python sorts rows: by the sort keys, nulls last, then by what they are about.

    Numbers are those of answers, so rows that show the same one are equal.
    """

    def compare(one: Row, other: Row) -> int:
        for key in sort:
            [(by, how)] = key.items()
            order = how["order"] if isinstance(how, dict) else how
            first, second = (_sort_value(row, by, how) for row in (one, other))
            if first != second:
                return _in_order(first, second, is_descending=order == "DESC")
        return -1 if one.place < other.place else 1

    return cmp_to_key(compare)


def _sort_value(row: Row, by: str, how: Any) -> Any:
    match by:
        case "metric":
            return row.numbers.answered(key_of(how["of"]))
        case "change":
            return row.answered_change(key_of(how["of"]))
        case "name":
            return row.name and folded(row.name)
        case "tag":
            value = dict(row.group.tags)[how["field"]]
            return value and folded(value)
        case _:
            return row.group.start


def _in_order(first: Any, second: Any, *, is_descending: bool) -> int:
    if first is None or second is None:
        return 1 if first is None else -1
    is_first = first > second if is_descending else first < second
    return -1 if is_first else 1

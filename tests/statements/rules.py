"""What a sharded database refuses, or asks every node for; found in the plan or the text of a statement.

Each rule has statements that break it and statements that keep to it in `test_rules.py`.
"""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import StrEnum

from models.placement import DISTRIBUTED, ON_COORDINATOR
from tests.statements.plan import Insert, Plan, Scan

_DISTRIBUTED = frozenset(DISTRIBUTED)


class Rule(StrEnum):
    """The value says what is wrong."""

    READS_ALL = "reads a distributed table without naming its tenant"
    LOCKS_ALL = "locks rows of a distributed table without naming their tenant"
    CHANGES_ALL = "changes rows of a distributed table without naming their tenant"
    MEETING = "joins a distributed table with one of the coordinator"
    INSERT_SELECT = "inserts what was not read from its tenant's distributed rows, without RETURNING or ON CONFLICT"
    CHANGING_WITH = "changes a distributed table in WITH beside other reads"
    ROW_IN = "asks for a row among several columns by IN while it changes rows"
    CONFLICT_SET = "sets what is not immutable in ON CONFLICT"
    STABLE_CHANGE = "changes rows by a function of a column that is not immutable"
    COPY = "copies into a distributed table, which row-level security refuses"
    NOT_PLANNED = "cannot be planned"


@dataclass(frozen=True, slots=True)
class Functions:
    """Names of the database's functions that are not immutable.

    Those of `stable` are it whatever their arguments are, those of `doubtful` with some arguments.
    """

    stable: frozenset[str]
    doubtful: frozenset[str]


def broken(text: str, plan: Plan, functions: Functions) -> set[Rule]:
    """The rules that a statement breaks."""
    return {rule for rule, is_broken in _RULES.items() if is_broken(text, plan, functions)}


def broken_by_copy(text: str) -> set[Rule]:
    """As `broken`, for the recorder's `copy <table>`."""
    return {Rule.COPY} & {Rule.COPY for name in [text.split()[1].strip('"')] if name in _DISTRIBUTED}


def _nameless(plan: Plan) -> Iterable[Scan]:
    return (scan for scan in plan.scans if scan.table in _DISTRIBUTED and scan.alias not in plan.named)


def _reads_all(_text: str, plan: Plan, _functions: Functions) -> bool:
    return any(not scan.locked and not scan.changed for scan in _nameless(plan))


def _locks_all(_text: str, plan: Plan, _functions: Functions) -> bool:
    return any(scan.locked for scan in _nameless(plan))


def _changes_all(_text: str, plan: Plan, _functions: Functions) -> bool:
    return any(scan.changed for scan in _nameless(plan))


def _meets(_text: str, plan: Plan, _functions: Functions) -> bool:
    def are_apart(one: set[str], other: set[str]) -> bool:
        return bool(one & _DISTRIBUTED and other & ON_COORDINATOR)

    return any(are_apart(left, right) or are_apart(right, left) for left, right in plan.meetings)


def _inserts_from_elsewhere(_text: str, plan: Plan, _functions: Functions) -> bool:
    def is_from_elsewhere(insert: Insert) -> bool:
        return bool(insert.sources) and not (insert.sources <= _DISTRIBUTED and insert.keeps_tenant)

    return any(
        insert.table in _DISTRIBUTED and is_from_elsewhere(insert) and not insert.tells for insert in plan.inserts
    )


def _changes_in_with(_text: str, plan: Plan, _functions: Functions) -> bool:
    return any(bool(changed & _DISTRIBUTED and rest & _DISTRIBUTED) for changed, rest in plan.changed_in_with)


# Several expressions in brackets, which may have calls in them; `= any` is another word for IN.
_ONE = r"(?:[^(),]|\([^()]*\))*"
_SEVERAL = re.compile(
    rf"\({_ONE}(?:,{_ONE})+\)\s*(?:\b(?:not\s+)?in|(?:=|<>|!=)\s*(?:any|some|all))\s*\(\s*(?:select|with)\b",
    re.IGNORECASE,
)


def _asks_for_rows(text: str, plan: Plan, _functions: Functions) -> bool:
    return bool(plan.changed & _DISTRIBUTED) and _SEVERAL.search(text) is not None


_CONFLICT = re.compile(r"\bon conflict\b.*?\bdo update\s+set\b(.*?)(?:\breturning\b|$)", re.IGNORECASE | re.DOTALL)
_CALL = re.compile(r"\b(\w+)\s*\(")
_WITHOUT_BRACKETS = re.compile(r"\b(?:current_timestamp|current_date|localtimestamp|current_user)\b", re.IGNORECASE)


def _sets_by_clock(text: str, plan: Plan, functions: Functions) -> bool:
    match = _CONFLICT.search(text)
    if match is None or not any(insert.table in _DISTRIBUTED for insert in plan.inserts):
        return False
    called = {name.lower() for name in _CALL.findall(match[1])}
    # The types of arguments are not in the text.
    return bool(called & functions.doubtful) or _WITHOUT_BRACKETS.search(match[1]) is not None


# What makes an instant of a date or a local time, or a day or a text of an instant, goes by the session's time zone.
# So does an interval that is added to an instant: a day has 23 hours when the clocks go forward.
_COLUMN = r"(?<![\w$'.])[a-z_]\w*(?:\.\w+)?"
_INSTANT = rf"{_COLUMN}(?<=_at)\)?"
_BY_ZONE = re.compile(
    rf"{_COLUMN}\)?::(?:timestamp|time) with time zone|{_INSTANT}::(?:date|text|character varying)\b"
    rf"|{_INSTANT} [+-] (?:'[^']*'::interval|make_interval\()"
)


def _changes_by_stable(_text: str, plan: Plan, functions: Functions) -> bool:
    return bool(plan.changed & _DISTRIBUTED) and any(
        _BY_ZONE.search(each) or any(name in functions.stable for name in _applied(each)) for each in plan.expressions
    )


_NO_COLUMN = re.compile(r"'[^']*'|::[a-z ]+|\btrue\b|\bfalse\b|\b\w+\(")


def _applied(expression: str) -> Iterable[str]:
    """The functions in it that are called with a column."""
    for match in _CALL.finditer(expression):
        depth, end = 1, match.end()
        while depth and end < len(expression):
            depth += {"(": 1, ")": -1}.get(expression[end], 0)
            end += 1
        if re.search(_COLUMN, _NO_COLUMN.sub("", expression[match.end() : end])):
            yield match[1]


_RULES: dict[Rule, Callable[[str, Plan, Functions], bool]] = {
    Rule.READS_ALL: _reads_all,
    Rule.LOCKS_ALL: _locks_all,
    Rule.CHANGES_ALL: _changes_all,
    Rule.MEETING: _meets,
    Rule.INSERT_SELECT: _inserts_from_elsewhere,
    Rule.CHANGING_WITH: _changes_in_with,
    Rule.ROW_IN: _asks_for_rows,
    Rule.CONFLICT_SET: _sets_by_clock,
    Rule.STABLE_CHANGE: _changes_by_stable,
}

"""The custom metrics of one tenant: which formulas are good, who uses whom, and what each comes to over base facts."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from analytics.enums import MetricUnit
from analytics.metrics.catalogue import METRICS
from analytics.metrics.custom.parsing import parsed, words_of
from analytics.metrics.custom.terms import Chain, FormulaFault, Key, Number, Term, keys_of
from analytics.metrics.custom.units import POWERS, powers_of
from analytics.metrics.formula import Calculation, Constant, Formula, Operator

BUILT_IN = {each.key: each for each in METRICS.values()}
# What a formula may come to once the metrics that it uses are written out: any formula over built-in metrics is
# shorter, and what renders formulas to SQL can follow one of this depth.
MOST_VALUES = 500
DEEPEST_TREE = 50


@dataclass(frozen=True, slots=True)
class CustomFormula:
    """What is calculated of a custom metric; `unit` is the one that it is declared to have."""

    key: str
    formula: str
    unit: MetricUnit


class FormulaBook:
    """All custom metrics of one tenant by key; each is parsed, and expanded, only when it is asked about."""

    def __init__(self, formulas: Iterable[CustomFormula]) -> None:
        self._formulas = {each.key: each for each in formulas}
        self._units = {key: each.unit for key, each in BUILT_IN.items()}
        self._units |= {key: each.unit for key, each in self._formulas.items()}
        self._used = {key: words_of(each.formula) for key, each in self._formulas.items()}
        self._sizes: dict[str, int] = {}
        self._expanded: dict[str, Formula] = {}

    def check(self, key: str) -> None:
        """Raises FormulaFault unless this metric's formula can be used. Those that it uses have been checked before."""
        for used in keys_of(self._term(key)):
            if used.name not in self._units:
                raise FormulaFault(used.column, f"there is no metric {used.name}")
            if key in self._reached((used.name,), self._used):
                way = "" if used.name == key else f", through {used.name}"
                raise FormulaFault(used.column, f"{key} would be calculated from itself{way}")
        self._check_result(key)

    def lacks_nothing(self, key: str) -> bool:
        """Whether every metric that this one is calculated from is there, also those that others of them use."""
        reached = self._reached((key,), self._used)
        return all(used in self._units for each in reached for used in self._used[each])

    def users_of(self, key: str) -> list[str]:
        """The keys of the metrics whose formula has this one itself, in order."""
        return sorted(user for user, used in self._used.items() if key in used)

    def broken_by(self, key: str) -> list[str]:
        """The keys of the metrics that use this one, also through others, and cannot be used as it is; in order."""
        users = {used: self.users_of(used) for used in self._formulas}
        return sorted(user for user in self._reached(users[key], users) if not self._has_result(user))

    def expanded(self, key: str) -> Formula:
        """The formula of a metric that was checked, over base facts alone."""
        if key in BUILT_IN:
            return BUILT_IN[key].expression
        if key not in self._expanded:
            self._expanded[key] = self._expansion(self._term(key))
        return self._expanded[key]

    def _check_result(self, key: str) -> None:
        """Raises FormulaFault for units that do not fit, and for what comes to too many values."""
        term, unit = self._term(key), self._formulas[key].unit
        if (powers := powers_of(term, self._units)) != POWERS[unit]:
            raise FormulaFault(1, f"the formula results in {powers}, and the unit {unit} is {POWERS[unit]}")
        if not any(keys_of(term)):
            raise FormulaFault(1, "there is no metric in the formula")
        if self._size(key) > MOST_VALUES or _depth(self.expanded(key)) > DEEPEST_TREE:
            raise FormulaFault(1, "with the formulas of the metrics that it uses this is too long")

    def _has_result(self, key: str) -> bool:
        try:
            self._check_result(key)
        except FormulaFault:
            return False
        return True

    def _term(self, key: str) -> Term:
        return parsed(self._formulas[key].formula)

    def _reached(self, keys: Iterable[str], ways: Mapping[str, Iterable[str]]) -> set[str]:
        """These custom metrics and all that the ways lead to from them."""
        reached, waiting = set[str](), [*keys]
        while waiting:
            one = waiting.pop()
            if one in self._formulas and one not in reached:
                reached.add(one)
                waiting += ways[one]
        return reached

    def _size(self, key: str) -> int:
        """How many facts and numbers the expansion has. It is counted before it is made: it may be of any length."""
        if key in BUILT_IN:
            return size_of(BUILT_IN[key].expression)
        if key not in self._sizes:
            values = _values(self._term(key))
            self._sizes[key] = sum(self._size(each.name) if isinstance(each, Key) else 1 for each in values)
        return self._sizes[key]

    def _expansion(self, term: Term) -> Formula:
        if isinstance(term, Number):
            return Constant(term.value)
        if isinstance(term, Key):
            return self.expanded(term.name)
        joins: Operator = "+" if term.is_sum else "*"
        parts: Operator = "-" if term.is_sum else "/"
        kept = [term.first, *(operand.term for operand in term.operands if operand.operator == joins)]
        taken = [operand.term for operand in term.operands if operand.operator == parts]
        whole = _joined(joins, [self._expansion(each) for each in kept])
        # a / b / c is a / (b * c): it has no value exactly where the longer form has none.
        return Calculation(parts, whole, _joined(joins, [self._expansion(each) for each in taken])) if taken else whole


def size_of(formula: Formula) -> int:
    """How many facts and numbers a formula has; one that occurs twice counts twice."""
    return size_of(formula.left) + size_of(formula.right) if isinstance(formula, Calculation) else 1


def _joined(operator: Operator, parts: list[Formula]) -> Formula:
    """All parts, added or multiplied, as a tree that is as flat as can be."""
    if len(parts) == 1:
        return parts[0]
    middle = len(parts) // 2
    return Calculation(operator, _joined(operator, parts[:middle]), _joined(operator, parts[middle:]))


def _values(term: Term) -> Iterator[Number | Key]:
    if isinstance(term, Chain):
        yield from _values(term.first)
        for operand in term.operands:
            yield from _values(operand.term)
    else:
        yield term


def _depth(formula: Formula) -> int:
    if not isinstance(formula, Calculation):
        return 0
    return 1 + max(_depth(formula.left), _depth(formula.right))

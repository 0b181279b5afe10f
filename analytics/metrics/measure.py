"""Measure: one number that an answer can have, whether a built-in metric or a custom one of a tenant."""

from dataclasses import dataclass, field

from analytics.enums import Additivity, Metric, MetricUnit
from analytics.metrics.facts import FACTS_BY_NAME, FactKind
from analytics.metrics.formula import Calculation, Fact, Formula, facts_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Measure:
    """A formula over the sums of base facts in a group, and over the people stored for the group.

    `key` is its name in the API, unique among the measures that one tenant can ask for; `metric` is None for a custom
    one. What follows from the formula is worked out once, when the measure is made.
    """

    key: str
    unit: MetricUnit
    expression: Formula
    higher_is_better: bool | None = None
    metric: Metric | None = None
    # The base facts of the formula, each once.
    facts: tuple[str, ...] = field(init=False, compare=False)
    # Whether amounts of money are in the formula, so that it has no value over several currencies.
    is_money: bool = field(init=False, compare=False)
    # Whether the currency cancels out, as in purchase value per spend: such a ratio needs no rate of exchange.
    is_free_of_currency: bool = field(init=False, compare=False)
    # Whether deduplicated people are in the formula, which cannot be summed.
    needs_people: bool = field(init=False, compare=False)

    def __post_init__(self) -> None:
        facts = tuple(dict.fromkeys(facts_of(self.expression)))
        known = [FACTS_BY_NAME[name] for name in facts]
        is_money = any(fact.is_money for fact in known)
        follows = {
            "facts": facts,
            "is_money": is_money,
            "is_free_of_currency": is_money and _power_of_money(self.expression) == 0,
            "needs_people": any(fact.additivity is Additivity.SEMI_ADDITIVE for fact in known),
        }
        for name, value in follows.items():
            object.__setattr__(self, name, value)

    def __hash__(self) -> int:
        # Equal measures have equal keys. A walk over the formula would cost more than all other parts of a plan.
        return hash(self.key)

    @property
    def additivity(self) -> Additivity:
        if isinstance(self.expression, Fact):
            return FACTS_BY_NAME[self.expression.name].additivity
        return Additivity.RATIO

    @property
    def is_float(self) -> bool:
        """Whether its values are floats: not those of a custom formula, which could be beyond what a float holds."""
        return self.metric is not None and self.unit not in (MetricUnit.COUNT, MetricUnit.MONEY)

    @property
    def is_in_currency(self) -> bool:
        """Whether its values are amounts of a currency, so that those of two currencies are not compared."""
        return self.is_money and not self.is_free_of_currency

    @property
    def is_whole(self) -> bool:
        """Whether its values are whole numbers."""
        return isinstance(self.expression, Fact) and FACTS_BY_NAME[self.expression.name].kind is FactKind.COUNT


def _power_of_money(formula: Formula) -> int:
    """The exponent of money in the formula's unit; both sides of + and - have the same one."""
    if isinstance(formula, Fact):
        return int(FACTS_BY_NAME[formula.name].is_money)
    if not isinstance(formula, Calculation):
        return 0
    left, right = _power_of_money(formula.left), _power_of_money(formula.right)
    return {"*": left + right, "/": left - right}.get(formula.operator, left)

"""The columns of measures over the sums of a group, and the reader that turns a row of them into a MetricSet."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, FromClause, Numeric, case, cast, func, literal, null

from analytics.enums import AttributionWindow, EntityLevel
from analytics.metrics.facts import FACTS_BY_NAME, UNIQUE_COLUMNS
from analytics.metrics.measure import Measure
from models.insights.metric_sql import FactColumn, printed, quotient, render
from models.insights.metric_values import ActionSums, MetricSet, attributes_of
from models.insights.statements.conversion import NOT_A_NUMBER, ConversionShape
from models.insights.statements.groups import RAW_LISTS, Column, action_label, unconverted_label
from models.insights.statements.plan import Shown, Side


@dataclass(frozen=True, slots=True)
class SideColumns:
    """The sums of one side of a group, in the columns of `base`; `has_people`: people are among them.

    With a `conversion` the sums of money are converted: not a number where an amount has no rate.
    """

    base: FromClause
    side: Side
    attribution: AttributionWindow
    has_people: bool
    conversion: ConversionShape | None = None

    def fact(self, name: str) -> Column:
        """The sum of a fact; null for money that has no sum, and for people that are not stored for the group."""
        if name in UNIQUE_COLUMNS:
            # Of the type of sums: a product of Postgres' integers may be too large, and NULL * NULL has no type at all.
            return cast(self._sum(name) if self.has_people else null(), Numeric())
        fact = FACTS_BY_NAME[name]
        total = self._sum(fact.column(self.attribution))
        return self._summed_money(total) if fact.is_money else total

    def exact(self, measure: Measure) -> Column:
        """The measure before it is rounded."""
        return render(measure.expression, self._fact_of_ratio if measure.is_free_of_currency else self.fact)

    def _fact_of_ratio(self, name: str) -> Column:
        is_money = FACTS_BY_NAME[name].is_money
        return self._unless_mixed(name, self.fact) if self.conversion is not None and is_money else self.fact(name)

    def _unless_mixed(self, name: str, converted: FactColumn) -> Column:
        """The sum of an amount for a ratio that is free of currencies: converted only where the group has several.

        So the ratio of a group with one currency is the same in every currency, and as the platform shows it.
        """
        assert self.conversion is not None
        own = self._sum(unconverted_label(FACTS_BY_NAME[name].column(self.attribution)))
        return case((self._has_one_currency, own), else_=converted(name)) if self.conversion.is_mixed else own

    def value(self, measure: Measure) -> Column:
        """The measure in exactly the type that the API prints."""
        return printed(measure, self.exact(measure))

    def change_from(self, then: "SideColumns", measure: Measure) -> Column:
        """By how much the measure differs from `then`, as rows are sorted by it."""
        if measure.is_float:
            # A difference of floats has an error of its own: 0.3 - 0.1 is not 0.4 - 0.2.
            return printed(measure, self.exact(measure) - then.exact(measure))
        return self.value(measure) - then.value(measure)

    def shown(self, shown: Shown) -> list[Column]:
        """The columns in the order in which `values_reader` reads them: metrics, facts, actions, currency."""
        side = self.side
        return [
            *(self.value(each).label(f"{side}_metric_{number}") for number, each in enumerate(shown.measures)),
            *(self._told(name).label(f"{side}_fact_{name}") for name in shown.explained),
            *(self._unless_mixed(name, self._told).label(f"{side}_ratio_{name}") for name in shown.unconverted),
            *(column for number in range(shown.actions) for column in self._action(number)),
            *([self.currency.label(f"{side}_currency")] if shown.has_currency else []),
        ]

    def _action(self, number: int) -> Sequence[Column]:
        count, value = (self._sum(action_label(raw, number, self.attribution)) for raw in RAW_LISTS)
        cost = func.round(quotient(self.fact("spend"), count), 6, type_=Numeric())
        columns = (count, self._summed_money(value), cost)
        return [each.label(f"{self.side}_action_{number}_{place}") for place, each in enumerate(columns)]

    def _told(self, name: str) -> Column:
        """The sum of a fact as it is told to Python, which sees by one that is not a number that a rate is missing."""
        fact = FACTS_BY_NAME[name]
        is_converted = self.conversion is not None and fact.is_money
        return self._sum(fact.column(self.attribution)) if is_converted else self.fact(name)

    def _summed_money(self, total: Column) -> Column:
        """`total`, or null where it is no sum: a rate is missing, or the group has several currencies unconverted.

        Even a single account has several when its currency was changed on the platform.
        """
        if self.conversion is not None:
            return func.nullif(total, NOT_A_NUMBER, type_=Numeric())
        return case((self._has_one_currency, total))

    @property
    def _has_one_currency(self) -> ColumnElement[bool]:
        # The least and the greatest of a group's currencies are the same if it has only one.
        return self._sum("currency_low") == self._sum("currency_high")

    @property
    def currency(self) -> Column:
        """The currency of the group's money; '' where it has several, and null where it has no rows."""
        low, high = self._sum("currency_low"), self._sum("currency_high")
        return case((low.is_(None), null()), (low == high, low), else_=literal(""))

    def _sum(self, name: str) -> ColumnElement[Any]:
        return self.base.c[f"{self.side}_{name}"]


def values_reader(
    shown: Shown, action_types: Sequence[str], *, level: EntityLevel = EntityLevel.TENANT, has_people: bool = False
) -> Callable[[Sequence[Any], str], MetricSet]:
    """A function that turns the columns of `SideColumns.shown` into a MetricSet; it is made once for all rows.

    It takes the values and the currency of groups without rows.
    """
    attributes, facts = attributes_of(shown.measures), (*shown.explained, *shown.unconverted)
    first, last = len(shown.measures), len(shown.measures) + len(facts)
    middle, place = first + len(shown.explained), last + 3 * shown.actions
    is_above_ads = has_people and level is not EntityLevel.AD

    def read(values: Sequence[Any], currency: str) -> MetricSet:
        sums = dict(zip(shown.explained, values[first:middle], strict=True)) if facts else None
        if sums and is_above_ads and all(sums.get(name) is None for name in UNIQUE_COLUMNS):
            # Above ads, people are read by requests of their own: no number at all means that this period was not
            # read, so the facts leave people out. A null would mean that the platform gave no number.
            sums = {name: value for name, value in sums.items() if name not in UNIQUE_COLUMNS}
        own = values[place] if shown.has_currency else None
        metrics = MetricSet((currency if own is None else own) or None, attributes, values, shown.measures, sums)
        if shown.unconverted:
            metrics.sums_of_ratios = dict(zip(shown.unconverted, values[middle:last], strict=True))
        if action_types:
            triples = (values[last + 3 * number : last + 3 * number + 3] for number in range(shown.actions))
            named = zip(action_types, triples, strict=True)
            metrics.actions = {name: ActionSums(name, *triple) for name, triple in named}
        return metrics

    return read

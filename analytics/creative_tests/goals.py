"""What a creative test can compare: for each metric what is counted (outcomes) and out of what (exposures)."""

from collections.abc import Mapping
from dataclasses import dataclass

from analytics.enums import Metric


@dataclass(frozen=True, slots=True)
class Goal:
    """A metric as outcomes per exposure; both are metrics that may be summed.

    `events` is the count that says how much is known: 30 purchases are as many whatever they are worth. A cost is
    compared as its reciprocal, so that more is better for every goal; `cost_of` is for how many outcomes the cost is
    told, None for a goal that is no cost.
    """

    metric: Metric
    outcomes: Metric
    exposures: Metric
    events: Metric
    cost_of: int | None = None

    @property
    def is_money(self) -> bool:
        """Whether arms must have one currency."""
        return self.exposures is Metric.SPEND

    @property
    def is_conversion(self) -> bool:
        """Whether outcomes may still come for days that are over."""
        return self.events is Metric.PURCHASES

    @property
    def needs(self) -> frozenset[Metric]:
        """The metrics that a test of this goal reads by arm and day."""
        return frozenset((self.outcomes, self.exposures, self.events))

    def told(self, rate: float | None) -> float | None:
        """The metric's value for a rate of outcomes per exposure; None for the cost of what never happened."""
        if rate is None:
            return None
        if self.cost_of is None:
            return rate
        return self.cost_of / rate if rate > 0 else None


def _goal(metric: Metric, outcomes: Metric, exposures: Metric) -> Goal:
    return Goal(metric, outcomes, exposures, events=outcomes)


def _cost(metric: Metric, outcomes: Metric, cost_of: int = 1) -> Goal:
    return Goal(metric, outcomes, Metric.SPEND, events=outcomes, cost_of=cost_of)


GOALS: Mapping[Metric, Goal] = {
    each.metric: each
    for each in (
        _goal(Metric.CTR_LINK, Metric.LINK_CLICKS, Metric.IMPRESSIONS),
        _goal(Metric.CTR_ALL, Metric.CLICKS_ALL, Metric.IMPRESSIONS),
        _goal(Metric.HOOK_RATE, Metric.VIDEO_VIEWS_3S, Metric.IMPRESSIONS),
        _goal(Metric.HOLD_RATE, Metric.THRUPLAYS, Metric.VIDEO_VIEWS_3S),
        _goal(Metric.CVR_LINK, Metric.PURCHASES, Metric.LINK_CLICKS),
        _cost(Metric.CPA_PURCHASE, Metric.PURCHASES),
        _cost(Metric.CPC_LINK, Metric.LINK_CLICKS),
        _cost(Metric.CPM, Metric.IMPRESSIONS, cost_of=1000),
        Goal(Metric.ROAS, Metric.PURCHASE_VALUE, Metric.SPEND, events=Metric.PURCHASES),
    )
}

"""Goals: each is the metric of its name, as outcomes over exposures."""

from decimal import Decimal

import pytest

from analytics.creative_tests.goals import GOALS
from analytics.enums import Metric
from analytics.metrics.catalogue import MEASURES
from analytics.metrics.explain import value_of
from analytics.metrics.facts import ADDITIVE_FACTS


@pytest.mark.parametrize("metric", GOALS)
def test_a_goal_is_its_metric(metric: Metric) -> None:
    goal, facts = GOALS[metric], {fact.name: Decimal(7 + 3 * place) for place, fact in enumerate(ADDITIVE_FACTS)}
    outcomes, exposures = (value_of(MEASURES[each], facts) for each in (goal.outcomes, goal.exposures))
    assert outcomes is not None
    assert exposures is not None
    assert goal.told(float(outcomes / exposures)) == pytest.approx(
        float(value_of(MEASURES[metric], facts) or 0), abs=1e-6
    )
    assert goal.is_money is MEASURES[metric].is_money
    assert (goal.cost_of is None) is (MEASURES[metric].higher_is_better is not False)
    assert (goal.told(0.0) is None) is (goal.cost_of is not None)


def test_the_goals_are_those_of_the_list() -> None:
    named = "CTR_LINK CTR_ALL HOOK_RATE HOLD_RATE CVR_LINK CPA_PURCHASE CPC_LINK CPM ROAS"
    assert [each.value for each in GOALS] == named.split()

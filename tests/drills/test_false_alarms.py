"""How often fatigue and anomalies report what is not there, and find what is: simulated accounts, looked at daily."""

from typing import Any
from uuid import UUID

import numpy as np
import pytest

from analytics.enums import EntityLevel, FatigueState
from analytics.trends.anomalies import STANDS_OUT, SeriesKind, judged
from analytics.trends.expectation import MEMORY_DAYS, Floats
from analytics.trends.fatigue import AdSeries, findings
from tests.analytics.trends.test_fatigue import FIRST

pytestmark = pytest.mark.drill

WEEK = np.array([0.94, 0.92, 0.95, 0.99, 1.04, 1.1, 1.08])
WEEK_DAYS = 7
ACCOUNTS = 1_000
# Seven metrics of an account, as the question has them by default.
SPEND, IMPRESSIONS, CPM, CTR, PURCHASES, CPA, ROAS = range(7)
KINDS = [SeriesKind.AMOUNT, SeriesKind.COUNT, SeriesKind.RATIO, SeriesKind.RATIO, SeriesKind.COUNT]
KINDS += [SeriesKind.RATIO, SeriesKind.RATIO]


def scattered(random: np.random.Generator, cv: float, size: Any) -> Floats:
    """Factors around 1 that vary by `cv` of it."""
    found: Floats = random.gamma(1 / cv**2, cv**2, size)
    return found


def drifting(random: np.random.Generator, size: tuple[int, int], *, sd: float = 0.1, memory: float = 0.9) -> Floats:
    """Factors that wander slowly, as budgets and prices do."""
    found = np.zeros(size)
    found[:, 0] = random.normal(0, sd, size[0])
    for day in range(1, size[1]):
        step = random.normal(0, sd * np.sqrt(1 - memory**2), size[0])
        found[:, day] = memory * found[:, day - 1] + step
    return np.exp(found)


def accounts(random: np.random.Generator, days: int, *, purchases: float = 20, last: dict[str, float]) -> Floats:
    """Metrics by account and day; `last` multiplies what happens on the last day."""
    size, week = (ACCOUNTS, days), WEEK[np.arange(days) % WEEK_DAYS]
    on_last = {name: np.where(np.arange(days) == days - 1, factor, 1.0) for name, factor in last.items()}
    spend = 500 * week * scattered(random, 0.15, size) * drifting(random, size) * on_last.get("spend", 1.0)
    price = 8 * week[::-1] * scattered(random, 0.1, size) * drifting(random, size) * on_last.get("cpm", 1.0)
    impressions = random.poisson(spend / price * 1_000)
    rate = 0.012 * scattered(random, 0.08, size) * drifting(random, size) * on_last.get("ctr", 1.0)
    clicks = random.poisson(impressions * rate)
    bought = random.poisson(clicks * purchases / 750 * scattered(random, 0.1, size) * on_last.get("purchases", 1.0))
    value = np.where(bought > 0, random.gamma(np.maximum(bought, 1) * 1.5, 40 / 1.5), 0.0)
    cost = np.where(bought > 0, spend / np.maximum(bought, 1), np.nan)
    found: Floats = np.stack([spend, impressions, price, clicks / impressions, bought, cost, value / spend])
    return found


def alarms(random: np.random.Generator, days: int, **given: Any) -> Any:
    """Which days of which accounts stand out, by metric."""
    metrics = accounts(random, days, **{"last": {}} | given)
    score = judged(metrics.reshape(-1, days), np.repeat(KINDS, ACCOUNTS)).score
    return (np.abs(score) > STANDS_OUT).reshape(metrics.shape)


@pytest.mark.parametrize("history", [28, 35, MEMORY_DAYS, 84])
@pytest.mark.parametrize("purchases", [20.0, 4.0, 1.0, 0.5])
def test_an_account_has_at_most_one_false_anomaly_a_week(history: int, purchases: float) -> None:
    found = alarms(np.random.default_rng(1), history + WEEK_DAYS, purchases=purchases)
    a_week = found[:, :, history:].sum() / ACCOUNTS
    assert a_week <= 1, f"{a_week:.3f} a week"


@pytest.mark.parametrize(
    ("what", "factor", "metric", "least"),
    [
        ("spend", 2.0, SPEND, 0.4),
        ("spend", 3.0, SPEND, 0.8),
        ("ctr", 0.6, CTR, 0.5),
        ("cpm", 1.6, CPM, 0.3),
        ("purchases", 0.4, PURCHASES, 0.1),
    ],
)
def test_a_day_that_changes_is_found(what: str, factor: float, metric: int, least: float) -> None:
    found = alarms(np.random.default_rng(2), 85, last={what: factor})[metric, :, -1].mean()
    assert found >= least, f"found in {found:.0%}"


def ads(random: np.random.Generator, *, days: int, rate: float, cv: float, fall: float = 0.0) -> AdSeries:
    """Thirty ads of an account; the first one falls by `fall` in 28 days."""
    count = 30
    market = scattered(random, 0.2, days) * WEEK[np.arange(days) % WEEK_DAYS]
    size = np.exp(random.normal(0, 0.5, (count, 1)))
    delivery = scattered(random, 0.25, (count, days)) * scattered(random, 0.25, days)
    impressions = random.poisson(3_000 * size * delivery).astype(float)
    own = rate * np.exp(random.normal(0, 0.3, (count, 1))) * scattered(random, cv, (count, days))
    own[0] *= (1 - fall) ** (np.arange(days) / 27)
    unknown = np.full((count, days), np.nan)
    clicks = random.poisson(impressions * own * market).astype(float)
    return AdSeries(EntityLevel.AD, [UUID(int=ad) for ad in range(count)], impressions, clicks, unknown, unknown)


def tired(given: AdSeries, first: int) -> set[int]:
    """The ads that are called FATIGUED by somebody who looks at 28 days from that one on."""
    days = slice(first, first + 28)
    arrays = (each[:, days] for each in (given.impressions, given.link_clicks, given.views, given.reach))
    found = findings(AdSeries(given.level, given.ids, *arrays), FIRST)
    return {each.entity_id.int for each in found if each.state is FatigueState.FATIGUED}


@pytest.mark.parametrize(("rate", "cv"), [(0.01, 0.12), (0.01, 0.25), (0.004, 0.12)])
def test_an_account_has_at_most_one_ad_a_week_that_is_called_tired_and_is_not(rate: float, cv: float) -> None:
    random, weeks, false = np.random.default_rng(3), 300, 0
    for _ in range(weeks):
        given = ads(random, days=34, rate=rate, cv=cv)
        false += len(set().union(*(tired(given, first) for first in range(WEEK_DAYS))))
    assert false / weeks <= 1, f"{false / weeks:.2f} a week"


def test_an_ad_that_halves_is_mostly_found_at_once() -> None:
    random = np.random.default_rng(4)
    found = np.mean([0 in tired(ads(random, days=28, rate=0.01, cv=0.12, fall=0.5), 0) for _ in range(300)])
    assert found >= 0.6, f"found in {found:.0%}"

"""Creative tests that are looked at every day for 60 days: how often a winner is named where there is none, and is one.

Each world is simulated 1,000 times, always with the same numbers by chance.
"""

import re

import pytest

from tests.drills.simulated_tests import WORLDS, chance_to_be_best, named_by, ours, simulated, t_test
from tests.processes import ROOT

pytestmark = pytest.mark.drill

RUNS = 1_000


@pytest.mark.parametrize("name", WORLDS)
def test_looking_daily_names_few_false_winners(name: str) -> None:
    place = [*WORLDS].index(name)
    assert named_by(simulated(WORLDS[name], RUNS, seed=100 + place), ours).sum() <= 0.05
    # With more arms it is rarer still, since a winner beats each of them.
    assert named_by(simulated(WORLDS[name], RUNS, seed=300 + place, arms=3), ours).sum() <= 0.01


# Of tests in which an ad is better by a fifth: the least share in which it is found by that day.
FOUND = {
    "120 clicks a day": {28: 0.65, 60: 0.9},
    "50 purchases a day": {28: 0.45, 60: 0.9},
    "20 purchases a day": {60: 0.6},
    "8 purchases a day, budget follows": {60: 0.25},
}


@pytest.mark.parametrize("name", FOUND)
def test_an_ad_that_is_better_by_a_fifth_is_found(name: str) -> None:
    runs = simulated(WORLDS[name], RUNS, seed=200 + [*WORLDS].index(name), lift=0.2)
    for day, least in FOUND[name].items():
        better, worse = named_by(runs, ours, through=day)
        assert better >= least
        assert worse <= 0.005


def test_other_rules_name_false_winners_where_this_one_does_not() -> None:
    """What the simulation is worth: it shows what is wrong with rules that forget the looks, or the days."""
    runs = simulated(WORLDS["120 clicks a day"], RUNS, seed=100)
    assert named_by(runs, chance_to_be_best).sum() > 0.4
    assert named_by(runs, t_test).sum() > 0.15


# The table of docs/creative-tests.md: one line a world, in per cent.
_LINE = re.compile(
    r"^\| (?P<world>[^|]+?) \| (?P<ours>\d+) \| (?P<chance>\d+|n/a) \| (?P<t>\d+) \| (?P<found>[\d /]+) \|$",
    re.MULTILINE,
)


def per_cent(share: float) -> float:
    return 100 * float(share)


def test_the_documentation_tells_what_is_simulated() -> None:
    lines = {line["world"]: line for line in _LINE.finditer((ROOT / "docs" / "creative-tests.md").read_text())}
    assert [*lines] == [*WORLDS]
    for place, (name, world) in enumerate(WORLDS.items()):
        line, equal = lines[name], simulated(world, RUNS, seed=100 + place)
        better = simulated(world, RUNS, seed=200 + place, lift=0.2)
        assert per_cent(named_by(equal, ours).sum()) == pytest.approx(int(line["ours"]), abs=0.6)
        assert per_cent(named_by(equal, t_test).sum()) == pytest.approx(int(line["t"]), abs=0.6)
        if world.worth is None:
            assert per_cent(named_by(equal, chance_to_be_best).sum()) == pytest.approx(int(line["chance"]), abs=0.6)
        for day, told in zip((14, 28, 60), line["found"].split(" / "), strict=True):
            assert per_cent(named_by(better, ours, through=day)[0]) == pytest.approx(int(told), abs=0.6)

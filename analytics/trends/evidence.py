"""What is known of one ad that may be tired: when that is enough, what it amounts to, and how people are told."""

from collections.abc import Iterator
from dataclasses import dataclass

from analytics.enums import FatigueState

# What an ad must have before it is judged.
FEWEST_DAYS = 7
FEWEST_DAILY_IMPRESSIONS = 1_000
FEWEST_EVENTS = 30
# The fall that counts, and the chance up to which it does.
FALL = 0.2
CHANCE = 0.05
# A change of less than half a percent is told as none.
_NONE = 0.005
# A chance below one in a thousand is told as that.
_RARE = 0.001


@dataclass(frozen=True, slots=True)
class Evidence:
    """`days` have impressions and known clicks, with `daily_impressions` on average; `span` has all from first to last.

    Changes are relative, over the days that they are known of, and None where those are too few. `chance` is that of
    such a fall where nothing changes, `over_all` the same after all ads of the account that were judged, `judged` in
    number. `has_others`: the account's other ads deliver enough to be compared with.
    """

    days: int
    span: int
    daily_impressions: float
    link_clicks: int
    ctr_change: float | None
    hook_rate_change: float | None
    frequency_change: float | None
    chance: float
    over_all: float
    judged: int
    has_others: bool


def state_of(evidence: Evidence) -> FatigueState:
    if evidence.ctr_change is None or any(_lacks(evidence)):
        return FatigueState.NOT_ENOUGH_DATA
    if evidence.ctr_change > -FALL or evidence.chance > CHANCE:
        return FatigueState.HEALTHY
    return FatigueState.FATIGUED if evidence.over_all <= CHANCE else FatigueState.WARNING


def reasons_of(evidence: Evidence) -> Iterator[str]:
    """Whole sentences: what was found, how far chance explains it, then what else changed."""
    state = state_of(evidence)
    if state is FatigueState.NOT_ENOUGH_DATA or evidence.ctr_change is None:
        yield from _lacks(evidence)
    else:
        yield _told("Link clicks per impression", evidence.ctr_change, _yardstick(evidence))
        yield from _chance_told(state, evidence)
    if evidence.hook_rate_change is not None:
        yield _told("Three-second views per impression", evidence.hook_rate_change, ", measured in the same way")
    if evidence.frequency_change is not None:
        yield _told("Impressions per person and day", evidence.frequency_change)


def _lacks(evidence: Evidence) -> Iterator[str]:
    if evidence.days < FEWEST_DAYS:
        yield f"It was shown on {evidence.days} whole days of the range: at least {FEWEST_DAYS} are needed."
    if evidence.days and evidence.daily_impressions < FEWEST_DAILY_IMPRESSIONS:
        yield (
            f"It had {evidence.daily_impressions:,.0f} impressions a day: at least {FEWEST_DAILY_IMPRESSIONS:,} are"
            " needed on average."
        )
    if evidence.days and evidence.link_clicks < FEWEST_EVENTS:
        yield f"It had {evidence.link_clicks} link clicks: at least {FEWEST_EVENTS} are needed."


def _yardstick(evidence: Evidence) -> str:
    if evidence.has_others:
        return f" in {evidence.span} days, measured against the account's other ads on the same days"
    return (
        f" in {evidence.span} days; the account's other ads deliver too little to compare with, so this may be"
        " the whole market's change"
    )


def _chance_told(state: FatigueState, evidence: Evidence) -> Iterator[str]:
    if evidence.ctr_change is None or evidence.ctr_change > -FALL:
        if evidence.ctr_change is not None and evidence.ctr_change < -_NONE:
            yield f"Only a fall of {FALL * 100:.0f} % or more counts."
        return
    rare = f"Chance makes such a fall in {_rare(evidence.chance)}"
    among = f"among the {evidence.judged} that were judged"
    match state:
        case FatigueState.FATIGUED:
            yield f"{rare}, too few to explain it{f' {among}' if evidence.judged > 1 else ''}."
        case FatigueState.WARNING:
            yield f"{rare}, so {among} one may look like this without being tired: watch it."
        case _:
            yield f"{rare}, since its days differ so much: that is no proof."


def _rare(chance: float) -> str:
    return f"less than {_RARE * 100:.1f} % of cases" if chance < _RARE else f"{chance * 100:.1f} % of cases"


def _told(what: str, change: float, how: str = "") -> str:
    if abs(change) < _NONE:
        return f"{what} hardly changed{how}."
    return f"{what} {'rose' if change > 0 else 'fell'} by {abs(change) * 100:.0f} %{how}."

"""What a creative test assumes and has found, in words for people who buy ads; no number is computed here."""

from collections.abc import Iterator

from analytics.creative_tests.contest import LEAST_DAYS, LEAST_EVENTS
from analytics.creative_tests.rates import FEWEST_ADS
from analytics.creative_tests.verdicts import Judgement, Verdict
from analytics.metrics.catalogue import METRICS
from analytics.periods import SETTLED_AFTER_DAYS, settled_through
from services.insights.creative_tests.arms import ArmsRead
from services.insights.creative_tests.wish import CreativeTestWish

# Where a tool that decides by it would decide.
_LIKELY = 0.95
# From here on a day says so much less that people should know.
_NOTABLE_DRIFT = 2.0


def notes_of(wish: CreativeTestWish, read: ArmsRead, judged: Judgement) -> list[str]:
    """The notes, the most important ones first."""
    return [
        *_of_verdict(wish, judged),
        *_of_design(wish),
        *_of_days(read, judged),
        *_of_arms(wish, read, judged),
        *_of_numbers(read, judged),
    ]


def _of_verdict(wish: CreativeTestWish, judged: Judgement) -> Iterator[str]:
    practical = f"{100 * wish.practical:.3g} %"
    match judged.verdict:
        case Verdict.WINNER:
            yield (
                "The winner is better than every other arm, however often you have looked: of 100 tests without a"
                " difference at most 5 name a winner."
            )
            if judged.least_lead is not None and judged.least_lead < wish.practical:
                yield f"By how much is open: it may be less than the {practical} that matter to you."
        case Verdict.NO_DIFFERENCE:
            yield f"The arm that leads differs from every other by at most {practical}, so the choice hardly matters."
        case Verdict.KEEP_TESTING if judged.more_days is None:
            yield "At this pace it would take over a year to decide: the arms are too alike, or too little comes in."
        case Verdict.KEEP_TESTING:
            yield f"If the days to come are like these, about {_days(judged.more_days or 0)} more will decide."
        case Verdict.NOT_ENOUGH_DATA:
            yield "There is too little to compare, so nothing is said of who is better."
    if judged.verdict in (Verdict.KEEP_TESTING, Verdict.NO_DIFFERENCE) and _looks_decided(judged):
        yield (
            "A tool that looks every day at the chance to be best, and decides above 95 %, would name a winner here."
            " In 4 to 10 of 10 tests without a difference it does so too."
        )


def _looks_decided(judged: Judgement) -> bool:
    return any(each.chance is not None and each.chance > _LIKELY for each in judged.arms)


def _of_design(wish: CreativeTestWish) -> Iterator[str]:
    if wish.is_randomised:
        yield "You said that chance decided who saw which arm: then a difference is one between the ads."
    else:
        yield (
            "The platform chose who saw which ad. So a difference may be one between the people, and not between the"
            " ads: only a split test tells the two apart."
        )


def _of_days(read: ArmsRead, judged: Judgement) -> Iterator[str]:
    counted = read.counted
    if any(each.is_compared for each in judged.arms):
        yield (
            "Two arms are compared on the days on which both were shown, each day by itself: seasons, weekdays and"
            f" budgets favour none. All compared arms share {_days(judged.common_days)}."
        )
    if counted.unfinished:
        yield "Today is left out, since it is not over."
    if counted.gaps:
        yield f"Left out: {_days(counted.gaps)} that could not be read in full from the platform."
    if read.goal.is_conversion and counted.days and counted.days[-1] > settled_through(counted.today):
        yield (
            f"Purchases may still be added to the last {SETTLED_AFTER_DAYS} days: an arm whose buyers take longer to"
            " decide looks worse until then."
        )


def _of_arms(wish: CreativeTestWish, read: ArmsRead, judged: Judgement) -> Iterator[str]:
    left = sum(not each.is_compared for each in judged.arms)
    events = METRICS[read.goal.events].name.lower()
    if left:
        besides = ", and the spend that you asked for" if wish.min_spend else ""
        yield (
            f"{_arms(left)} shown and not compared: each needs {LEAST_DAYS} days in common with another arm, on which"
            f" both have {LEAST_EVENTS} {events}{besides}."
        )
    if judged.leader != judged.front:
        yield (
            "By the sums over all days another arm looks best: it was shown more on days that were good for all."
            " Day by day, which is what counts here, it is behind."
        )
    if judged.drift >= _NOTABLE_DRIFT:
        yield (
            "The difference between the arms drifts from day to day, so that about"
            f" {judged.drift:.1f} days say as much as one; an arm that tires does that."
        )


def _of_numbers(read: ArmsRead, judged: Judgement) -> Iterator[str]:
    if read.goal.cost_of is not None:
        yield "A lift is of results for the same money: 25 % more of them is a cost that is a fifth lower."
    compared = any(each.is_compared for each in judged.arms)
    if compared and not judged.has_outlook:
        yield f"The compared arms share fewer than {LEAST_DAYS} days, so no chance to be best is told."
    elif compared and read.prior is None:
        yield (
            f"Fewer than {FEWEST_ADS} ads of the last 90 days tell what ads of this account are like, so no estimate is"
            " pulled toward them."
        )


def _days(number: int) -> str:
    return f"{number} day" if number == 1 else f"{number} days"


def _arms(number: int) -> str:
    return "1 arm is" if number == 1 else f"{number} arms are"

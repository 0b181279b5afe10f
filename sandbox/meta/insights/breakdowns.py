"""Owns how one ad-day falls apart into the cells of a breakdown; must not print or select."""

import math
from functools import lru_cache
from itertools import accumulate

from sandbox.meta.data.breakdown_rules import FREQUENCY, is_hourly, lacks_conversions
from sandbox.meta.data.breakdown_tables import Cell, cells
from sandbox.meta.data.counts import CONVERSIONS, PEOPLE, PURCHASE_VALUE_AT, WINDOWS, Count, Counts, conversion_at
from sandbox.meta.data.dice import THROWS, spread, throws

# The same person is met on a phone and on a computer, so cells hold more people than their whole.
_MET_AGAIN = 1.12
_CLICK_WINDOWS = 3


@lru_cache(maxsize=8192)
def bounds(seed: int, ad_id: str, names: tuple[str, ...], currency: str) -> tuple[float, ...]:
    """Where each cell of an ad ends between 0 and 1; every ad has a taste of its own."""
    weights = [
        weight * spread(0.55, 1.45, throw=throws(seed, ad_id, names, place // THROWS)[place % THROWS])
        for place, (_, weight) in enumerate(cells(names, currency))
    ]
    whole = sum(weights)
    return tuple(share / whole for share in accumulate(weights))


def split(
    vector: Counts, names: tuple[str, ...], *, ends: tuple[float, ...], currency: str
) -> list[tuple[Cell, Counts]]:
    """The cells with delivery. Everything but people adds up to the whole; click windows stay nested.

    By frequency each person is in one cell. By the hour nobody is counted, and neither by the hour nor by the region
    what happened away from Meta.
    """
    if is_hourly(names):
        vector = tuple(0 if place in PEOPLE else number for place, number in enumerate(vector))
    if lacks_conversions(names):
        vector = (*vector[: len(Count)], *(0 for _ in vector[len(Count) :]))
    met_again = 1.0 if FREQUENCY in names else _MET_AGAIN
    whole = vector[Count.IMPRESSIONS]
    marks = [*(int(whole * end) for end in ends[:-1]), whole]
    columns = [_parts(number, marks) for number in _steps(vector)]
    found: list[tuple[Cell, Counts]] = []
    for (cell, _), numbers in zip(cells(names, currency), zip(*columns, strict=True), strict=True):
        if numbers[Count.IMPRESSIONS]:
            found.append((cell, _joined(vector, numbers, met_again=met_again)))
    return found


def _parts(number: int, marks: list[int]) -> list[int]:
    """In proportion to the impressions up to each mark, so that no cell has a number without an impression."""
    if not number:
        return [0] * len(marks)
    whole = marks[-1]
    upto = [number * mark // whole for mark in marks]
    return [end - start for start, end in zip([0, *upto], upto, strict=False)]


def _steps(vector: Counts) -> Counts:
    """Nested windows as what each adds to the one before; purchase value is left out."""
    numbers = list(vector[:PURCHASE_VALUE_AT])
    for kind in CONVERSIONS:
        at = conversion_at(kind)
        first, week, month = numbers[at : at + _CLICK_WINDOWS]
        numbers[at : at + _CLICK_WINDOWS] = (first, week - first, month - week)
    return tuple(numbers)


def _joined(whole: Counts, numbers: Counts, *, met_again: float) -> Counts:
    joined = list(numbers)
    for kind in CONVERSIONS:
        at = conversion_at(kind)
        joined[at : at + _CLICK_WINDOWS] = accumulate(joined[at : at + _CLICK_WINDOWS])
    impressions = joined[Count.IMPRESSIONS]
    for place in PEOPLE:
        joined[place] = min(impressions, whole[place], math.ceil(joined[place] * met_again))
    # Whoever saw something was reached, but where nobody is counted.
    joined[Count.REACH] = max(min(1, whole[Count.REACH]), *(joined[place] for place in PEOPLE))
    purchases = joined[conversion_at("purchase") :][: len(WINDOWS)]
    return (*joined, *(_price(whole) * number for number in purchases))


def _price(vector: Counts) -> int:
    """What each purchase of the ad-day was worth; one price holds for all of them."""
    at = conversion_at("purchase")
    return next(
        (
            vector[PURCHASE_VALUE_AT + window] // vector[at + window]
            for window in range(len(WINDOWS))
            if vector[at + window]
        ),
        0,
    )

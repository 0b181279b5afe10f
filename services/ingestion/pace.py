"""In what ways an account can be asked: what the platform answered and what it refused as too much; pure.

A page that is too large, an answer that takes too long and a report that is too big have limits of their own, and none
is told. So what was tried is kept: of all that worked, the way that needs the fewest calls is taken.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from integrations.meta.insights.asking import PAGE_ROWS

# Ordering a report and one look at it.
_CALLS_OF_A_RUN = 2
# Days differ: a page that would be full on average is exceeded every second time.
_SLACK = 1.05
# What was not tried yet must promise to save so much.
_WORTH_TRYING = 1.1
# An account that was refused once is asked again like any other after this time.
REFUSALS_HOLD = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Way:
    """`size` is how much is asked for at once: days or periods; less than one is a part of a day."""

    by_run: bool
    page_rows: int
    size: float

    def is_at_least(self, other: "Way") -> bool:
        is_same_kind = self.by_run is other.by_run
        return is_same_kind and self.page_rows >= other.page_rows and self.size >= other.size

    def calls(self, rows_each: float) -> float:
        """Per day or period, when each of them has so many rows."""
        pages = max(1, math.ceil(rows_each * _SLACK * self.size / self.page_rows))
        return (_CALLS_OF_A_RUN * self.by_run + pages) / self.size

    def fitted(self, limit: float, rows_each: float) -> "Way":
        """The same for the number of days, up to the limit, that fills its pages best."""
        most = min(self.size, limit)
        sizes = [replace(self, size=float(size)) for size in range(1, int(most) + 1)] or [replace(self, size=most)]
        return min(sizes, key=lambda way: (way.calls(rows_each), -way.size))


@dataclass(frozen=True, slots=True)
class Tried:
    way: Way
    has_worked: bool


@dataclass(slots=True)
class Pace:
    """What is known of one kind of question about one account; `rows_each` of its newest days or periods."""

    worked: list[Way] = field(default_factory=list)
    refused: list[Way] = field(default_factory=list)
    refused_at: datetime | None = None
    rows_each: float | None = None
    # From an earlier refresh: there is no need to find out more.
    is_recalled: bool = False
    # Refusals are forgotten, but what to do when they come again is not.
    is_on_trial: bool = False
    is_changed: bool = False

    def recall(self, now: datetime) -> None:
        """Begins another refresh with what is remembered, without refusals that are too old to hold."""
        if self.refused_at is not None and now - self.refused_at >= REFUSALS_HOLD:
            self.refused, self.refused_at = [], None
            self.is_on_trial = self.is_changed = True
        self.is_recalled = bool(self.refused)

    def way(self, limit: float, rows_each: float) -> Way:
        """How to ask next: at most for `limit` at once."""
        if not self.refused:
            return Way(by_run=False, page_rows=PAGE_ROWS, size=limit)
        known = [way.fitted(limit, rows_each) for way in self.worked]
        choices = [(way.calls(rows_each), way.by_run, way) for way in known]
        for by_run, page_rows in {
            (False, PAGE_ROWS),
            (True, PAGE_ROWS),
            *((w.by_run, w.page_rows) for w in self.worked),
        }:
            size = self._boldest(limit, by_run=by_run, page_rows=page_rows)
            if size >= 1:
                way = Way(by_run, page_rows, float(size)).fitted(limit, rows_each)
                choices.append((way.calls(rows_each) * _WORTH_TRYING, by_run, way))
        plain = Way(by_run=False, page_rows=PAGE_ROWS, size=limit)
        return min(choices, key=lambda choice: choice[:2])[2] if choices else plain

    def _boldest(self, limit: float, *, by_run: bool, page_rows: int) -> int:
        """The size in such pages that may work and was not tried; 0 when nothing more is to be found out."""
        worked = [way for way in self.worked if way.by_run is by_run and way.page_rows >= page_rows]
        refused = [way for way in self.refused if way.by_run is by_run]
        good = max((way.size for way in worked), default=0)
        if self.is_recalled:
            return 0 if refused else int(min(limit, 2 * good))
        bad = min((way.size for way in refused if way.page_rows <= page_rows), default=None)
        return int(limit if bad is None else min(limit, (good + bad) / 2))

    def learn(self, tried: Sequence[Tried], *, now: datetime) -> None:
        """Holds against earlier lessons; of what was tried together, where days differ, a refusal counts."""
        refused = [each.way for each in tried if not each.has_worked]
        for way in refused:
            self._note_refused(way, now)
        for each in tried:
            if each.has_worked and not any(each.way.is_at_least(way) for way in refused):
                self._note_worked(each.way)

    def learn_rows(self, rows_each: float) -> None:
        self.is_changed |= self.rows_each is None or not math.isclose(self.rows_each, rows_each, rel_tol=0.2)
        self.rows_each = rows_each

    def _note_worked(self, way: Way) -> None:
        held = [refused for refused in self.refused if not way.is_at_least(refused)]
        self.is_changed |= len(held) != len(self.refused)
        self.refused = held
        if not any(known.is_at_least(way) for known in self.worked):
            self.worked = [*(known for known in self.worked if not way.is_at_least(known)), way]
            self.is_changed = True

    def _note_refused(self, way: Way, now: datetime) -> None:
        self.worked = [known for known in self.worked if not known.is_at_least(way)]
        if not any(way.is_at_least(refused) for refused in self.refused):
            self.refused = [*(refused for refused in self.refused if not refused.is_at_least(way)), way]
        self.refused_at, self.is_changed = now, True

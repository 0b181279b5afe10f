"""In what ways an account can be asked: what the platform answered and what it refused as too much; pure.

The platform has limits for the size of a page, for the time of an answer and for the size of a report, and tells none
of them. So every way that was tried is remembered, and of those that worked the one with the fewest calls is taken.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from integrations.ads.questions import PAGE_ROWS

# A report costs at least two calls besides its pages: ordering it, and looking once whether it is ready.
_CALLS_OF_A_REPORT = 2
# Days are counted as 5 % larger than they were on average. Without this, pages are planned to be exactly full, and
# every second question needs one more page.
_SLACK = 1.05
# The calls of an untried way are counted as 10 % more than they are: a way that may be refused, which costs calls, has
# to promise that much less than one that is known to work.
_WORTH_TRYING = 1.1
# After this time the account is asked in the plain way again, since the platform may answer by now. Where it still
# refuses, that costs one call.
REFUSALS_KEPT_FOR = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Way:
    """One way to ask. `size` is how much is asked for at once, in days or periods; less than one is a part of a day."""

    by_report: bool
    page_rows: int
    size: float

    def is_at_least(self, other: "Way") -> bool:
        """Whether this way is as heavy as the other or heavier, so that what refuses the other refuses this one too."""
        is_same_kind = self.by_report is other.by_report
        return is_same_kind and self.page_rows >= other.page_rows and self.size >= other.size

    def calls(self, rows_each: float) -> float:
        """How many calls a day or period costs, when each of them has `rows_each` rows."""
        pages = max(1, math.ceil(rows_each * _SLACK * self.size / self.page_rows))
        return (_CALLS_OF_A_REPORT * self.by_report + pages) / self.size

    def fitted(self, limit: float, rows_each: float) -> "Way":
        """The same way with the size, up to `limit`, that costs the fewest calls a day; of equal ones the largest."""
        most = min(self.size, limit)
        sizes = [replace(self, size=float(size)) for size in range(1, int(most) + 1)] or [replace(self, size=most)]
        return min(sizes, key=lambda way: (way.calls(rows_each), -way.size))


@dataclass(frozen=True, slots=True)
class Tried:
    """A way that was tried, and whether the platform answered."""

    way: Way
    has_worked: bool


@dataclass(slots=True)
class Pace:
    """What is known of one kind of question about one account.

    `worked` holds the heaviest ways that were answered, `refused` the lightest that were refused; `rows_each` is the
    number of rows of one of the newest days or periods.
    """

    worked: list[Way] = field(default_factory=list)
    refused: list[Way] = field(default_factory=list)
    refused_at: datetime | None = None
    rows_each: float | None = None
    # An earlier refresh has tried ways until some were refused: this one need not find the limits once more.
    is_recalled: bool = False
    # The refusals have become too old and are forgotten: full pages are tried again. The ways that worked are still
    # known, so one refusal is enough to return to them.
    is_on_trial: bool = False
    # Whether there is something that the database does not have yet.
    is_changed: bool = False

    def recall(self, now: datetime) -> None:
        """Begins another refresh with what is remembered, but without refusals that are too old to count."""
        if self.refused_at is not None and now - self.refused_at >= REFUSALS_KEPT_FOR:
            self.refused, self.refused_at = [], None
            self.is_on_trial = self.is_changed = True
        self.is_recalled = bool(self.refused)

    def way(self, limit: float, rows_each: float) -> Way:
        """How to ask next, for at most `limit` days or periods at once, when each has `rows_each` rows."""
        # Nothing is known against the plain way: full pages, asked at once, of all that is wanted.
        if not self.refused:
            return Way(by_report=False, page_rows=PAGE_ROWS, size=limit)
        known = [way.fitted(limit, rows_each) for way in self.worked]
        # Each choice begins with what it is compared by: its calls, then whether it is a report, which takes longer.
        choices = [(way.calls(rows_each), way.by_report, way) for way in known]
        for by_report, page_rows in {
            (False, PAGE_ROWS),
            (True, PAGE_ROWS),
            *((w.by_report, w.page_rows) for w in self.worked),
        }:
            size = self._boldest(limit, by_report=by_report, page_rows=page_rows)
            if size >= 1:
                way = Way(by_report, page_rows, float(size)).fitted(limit, rows_each)
                choices.append((way.calls(rows_each) * _WORTH_TRYING, by_report, way))
        plain = Way(by_report=False, page_rows=PAGE_ROWS, size=limit)
        return min(choices, key=lambda choice: choice[:2])[2] if choices else plain

    def _boldest(self, limit: float, *, by_report: bool, page_rows: int) -> int:
        """The largest size worth trying in such pages; below 1 when nothing more is to be found out about them."""
        worked = [way for way in self.worked if way.by_report is by_report and way.page_rows >= page_rows]
        refused = [way for way in self.refused if way.by_report is by_report]
        good = max((way.size for way in worked), default=0)
        # Where an earlier refresh has found the limit, it is believed. Where nothing was refused yet in this way, the
        # size doubles from one refresh to the next.
        if self.is_recalled:
            return 0 if refused else int(min(limit, 2 * good))
        # The limit lies between the largest size that worked and the smallest that was refused: half way comes next.
        bad = min((way.size for way in refused if way.page_rows <= page_rows), default=None)
        return int(limit if bad is None else min(limit, (good + bad) / 2))

    def learn(self, tried: Sequence[Tried], *, now: datetime) -> None:
        """Takes over what one slice tried; it overrides what was known.

        Days differ in size, so within one slice the same way may have worked and been refused: then the refusal counts.
        """
        refused = [each.way for each in tried if not each.has_worked]
        for way in refused:
            self._note_refused(way, now)
        for each in tried:
            if each.has_worked and not any(each.way.is_at_least(way) for way in refused):
                self._note_worked(each.way)

    def learn_rows(self, rows_each: float) -> None:
        """Takes over how many rows a day or period has; a difference below 20 % is not worth a write."""
        self.is_changed |= self.rows_each is None or not math.isclose(self.rows_each, rows_each, rel_tol=0.2)
        self.rows_each = rows_each

    def _note_worked(self, way: Way) -> None:
        # What is lighter than a way that works can no longer count as refused.
        still_refused = [refused for refused in self.refused if not way.is_at_least(refused)]
        self.is_changed |= len(still_refused) != len(self.refused)
        self.refused = still_refused
        if not any(known.is_at_least(way) for known in self.worked):
            self.worked = [*(known for known in self.worked if not way.is_at_least(known)), way]
            self.is_changed = True

    def _note_refused(self, way: Way, now: datetime) -> None:
        self.worked = [known for known in self.worked if not known.is_at_least(way)]
        if not any(way.is_at_least(refused) for refused in self.refused):
            self.refused = [*(refused for refused in self.refused if not refused.is_at_least(way)), way]
        self.refused_at, self.is_changed = now, True

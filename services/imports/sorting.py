"""Says of each row of a read report whether it is taken, and hands those that are to Postgres; knows no transaction."""

import asyncio
from collections.abc import AsyncIterator, Collection, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from itertools import islice

from models.insights.imports.day_merge import staged_line
from services.imports.placing import MissingEntity, PlacedAd
from services.imports.problems import ProblemList
from services.imports.reading import ReadReport, ReadRow, staged_rows

_ROWS_AT_ONCE = 2_000
# Of a key: ordinals of days have fewer bits.
_DAY_BITS = 24
_REFRESHED = "The day {day} was read by a refresh, which an import never changes."
_DOUBLED = "The file has several lines of this ad on {day}, so none of them is taken."


@dataclass(slots=True)
class SortedRows:
    """Which rows of a report are taken, how many, on which days, and which ads nobody knows among theirs."""

    report: ReadReport
    placed: Sequence[PlacedAd]
    refreshed: Collection[date]
    rows: int = 0
    days: set[date] = field(default_factory=set)
    missing: dict[MissingEntity, None] = field(default_factory=dict)
    problems: ProblemList = field(default_factory=ProblemList)
    _doubled: set[int] = field(default_factory=set)

    def sort(self) -> None:
        """Looks at every row, twice; it runs in a thread."""
        seen: set[int] = set()
        for row in staged_rows(self.report.rows_file):
            key = self._key(row)
            if key in seen and not self.placed[row.ad].fault:
                self._doubled.add(key)
            seen.add(key)
        for row in staged_rows(self.report.rows_file):
            if fault := self._fault(row):
                self.problems.add(row.line, fault)
                continue
            self.rows += 1
            self.days.add(row.day)
            missing = self.placed[row.ad].missing
            if missing is not None:
                self.missing[missing] = None

    def _key(self, row: ReadRow) -> int:
        return self.placed[row.ad].number << _DAY_BITS | row.ordinal

    def _fault(self, row: ReadRow) -> str:
        """Why the row is not taken; '' where it is."""
        if fault := self.placed[row.ad].fault:
            return fault
        if row.day in self.refreshed:
            return _REFRESHED.format(day=row.day)
        return _DOUBLED.format(day=row.day) if self._key(row) in self._doubled else ""

    async def lines(self, currency: str) -> AsyncIterator[bytes]:
        """The taken rows as lines of COPY, once all of their ads have a place."""
        lines = self._lines(currency)
        while chunk := await asyncio.to_thread(lambda: "".join(islice(lines, _ROWS_AT_ONCE)).encode()):
            yield chunk

    def _lines(self, currency: str) -> Iterator[str]:
        line = staged_line(self.report.facts)
        for row in staged_rows(self.report.rows_file):
            place = self.placed[row.ad].place
            if place is not None and not self._fault(row):
                yield line(row.day, place, currency, row.values)

"""Reads a report file in a thread: which ads had which numbers on which days, and what is wrong with its lines.

The file is read twice: once to find out how it is written, once for its rows, which go to another file. So memory holds
the names of its ads, and no row.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from itertools import islice
from typing import BinaryIO

from analytics.reports.lines import FileFault, Record, RecordReader
from analytics.reports.rows import Left, LineFault, NamedAd, ReportBounds, ReportRow, RowReader
from analytics.reports.survey import FIRST_LINES, Opening, opening_of, survey_of
from services.imports.problems import ProblemList
from services.imports.text_files import TextFile

MOST_ADS = 100_000
_BY_DAY = "Each line is of several days together: export the report by day, so that a line is one ad on one day."


@dataclass(slots=True)
class ReadReport:
    """What a file says. Its rows are lines of tabs in `rows_file`: number of the line in the file, place in `ads`,
    ordinal of the day, and the values of `facts` as COPY writes them.
    """

    rows_file: BinaryIO
    facts: tuple[str, ...] = ()
    ads: list[NamedAd] = field(default_factory=list)
    days: set[date] = field(default_factory=set)
    rows: int = 0
    problems: ProblemList = field(default_factory=ProblemList)
    notes: list[str] = field(default_factory=list)


def read_report(
    source: BinaryIO, rows_file: BinaryIO, expected: ReportBounds, is_stopped: Callable[[], bool]
) -> ReadReport:
    """Reads the file; raises FileFault where no line of it can be read, and Stopped."""
    text = TextFile(source, is_stopped)
    opening = opening_of(islice(text.lines(), FIRST_LINES))
    _check_currency(opening, expected)
    survey = survey_of(opening, _below(opening, text))
    reader = RowReader(survey, expected)
    report = ReadReport(rows_file, reader.facts)
    report.notes = [f"The text is {text.told}.", *survey.notes, *_of_currency(opening, expected)]
    _RowWriter(report).take(reader, _below(opening, text))
    return report


def _below(opening: Opening, text: TextFile) -> Iterator[Record]:
    """The records below the headings."""
    records = RecordReader(text.lines(), opening.separator, opening.headings.width)
    return (record for record in records if record.line > opening.line)


def _check_currency(opening: Opening, expected: ReportBounds) -> None:
    others = [each for each in opening.headings.currencies if each != expected.currency]
    if others:
        raise FileFault(f"The file's amounts are in {others[0]}, and those of the ad account in {expected.currency}.")


def _of_currency(opening: Opening, expected: ReportBounds) -> Iterator[str]:
    if opening.headings.has_money and not opening.headings.names_currency:
        yield f"The file names no currency: its amounts are taken for {expected.currency}, as in the ad account."


@dataclass(slots=True)
class _RowWriter:
    """Writes rows, and counts what is none."""

    report: ReadReport
    places: dict[NamedAd, int] = field(default_factory=dict)
    left: Counter[Left] = field(default_factory=Counter)
    periods: int = 0

    def take(self, reader: RowReader, records: Iterator[Record]) -> None:
        report = self.report
        for record in records:
            try:
                row = reader.row(record)
            except LineFault as fault:
                report.problems.add(record.line, fault.message)
                self.periods += fault.is_period
                continue
            if isinstance(row, Left):
                self.left[row] += 1
            else:
                self._write(row)
        if self.periods and not report.rows and self.periods == report.problems.count:
            raise FileFault(_BY_DAY)
        report.notes += self._notes()

    def _write(self, row: ReportRow) -> None:
        place = self.places.setdefault(row.ad, len(self.places))
        if place == len(self.report.ads):
            if place == MOST_ADS:
                raise FileFault(f"The file names more than {MOST_ADS:,} ads: send it in parts.")
            self.report.ads.append(row.ad)
        self.report.days.add(row.day)
        self.report.rows += 1
        told = "\t".join([_written(value) for value in row.values])
        self.report.rows_file.write(f"{row.line}\t{place}\t{row.day.toordinal()}\t{told}\n".encode())

    def _notes(self) -> Iterator[str]:
        if totals := self.left[Left.TOTALS]:
            lines = "One line names" if totals == 1 else f"{totals:,} lines name"
            taken = "it is taken for a total and" if totals == 1 else "they are taken for totals and"
            yield f"{lines} no day or no ad: {taken} left out."
        if shortened := sum(ad.is_shortened for ad in self.report.ads):
            yield f"A spreadsheet has shortened the ids of {shortened:,} ads: they are found by their names."
        if not self.report.rows and not self.report.problems.count:
            yield "No line below the headings has numbers of an ad."


def _written(value: Decimal | None) -> str:
    return "\\N" if value is None else format(value, "f")


@dataclass(frozen=True, slots=True)
class ReadRow:
    """A row of the file of rows; `ad` is the place of its ad among those of the report."""

    line: int
    ad: int
    ordinal: int
    values: Sequence[str]

    @property
    def day(self) -> date:
        return date.fromordinal(self.ordinal)


def staged_rows(rows_file: BinaryIO) -> Iterator[ReadRow]:
    """All rows of the file, from its beginning."""
    rows_file.seek(0)
    for told in rows_file:
        line, ad, ordinal, values = told.decode().rstrip("\n").split("\t", 3)
        yield ReadRow(int(line), int(ad), int(ordinal), values.split("\t"))

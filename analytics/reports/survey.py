"""Finds out from a whole file how it writes days and numbers, so that no line of it is read by guessing."""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from analytics.metrics.facts import FACTS_BY_NAME, FactKind
from analytics.reports.dates import DayOrder, order_shown
from analytics.reports.headings import ReportHeadings, ReportLayout, ReportPart, headings_of
from analytics.reports.lines import SEPARATORS, FileFault, Record, RecordReader
from analytics.reports.numbers import DecimalMark, Unclear, mark_shown

# The headings stand in one of so many lines: some programs write a title above them.
FIRST_LINES = 20
# So many times as often as the other way must be seen what a file is read by; lines of the other way are problems.
_CLEARLY = 10
_NO_HEADINGS = (
    "No line of headings was found among the first {lines}. A report needs a day (Day, or Reporting starts and"
    " Reporting ends), an ad (Ad ID, or Campaign name, Ad set name and Ad name) and a number such as Amount spent,"
    " in English or French{missing}."
)
UNCLEAR_DAYS = (
    "Days such as {day} may be written with the day or with the month first, and no line shows which:"
    " write them as 2026-12-31."
)
UNCLEAR_NUMBERS = (
    "Numbers such as {number} may have three decimals or be thousands, and no line shows which:"
    " write them without marks between thousands."
)
_TWO_WAYS = "{what} are written in two ways in this file, such as {first} and {second}: write all of them in one way."
_MOST_TOLD, _LONGEST_TOLD = 20, 100


@dataclass(frozen=True, slots=True)
class Opening:
    """What the first lines of a file say: how columns are separated, and which headings stand in which line."""

    separator: str
    line: int
    headings: ReportHeadings


@dataclass(frozen=True, slots=True)
class Survey:
    """How the lines of a file are to be read."""

    opening: Opening
    day_order: DayOrder
    decimal_mark: DecimalMark
    notes: tuple[str, ...] = ()


@dataclass(slots=True)
class WaysSeen:
    """How often each way of writing was seen, with the first example of each."""

    times: Counter[str] = field(default_factory=Counter)
    examples: dict[str, str] = field(default_factory=dict)

    def add(self, way: str | None, text: str) -> None:
        if way is not None:
            self.times[way] += 1
            self.examples.setdefault(way, text)

    def chosen(self, one: str, other: str, *, what: str, unclear: str) -> str | None:
        """The way that the file is written in; None where nothing in it depends on that. Raises FileFault."""
        first, second = (one, other) if self.times[one] >= self.times[other] else (other, one)
        if not self.times[first]:
            if self.times[Unclear.UNCLEAR]:
                raise FileFault(unclear.format(day=self._example(), number=self._example()))
            return None
        if self.times[second] * _CLEARLY > self.times[first]:
            told = {"first": self.examples[first], "second": self.examples[second]}
            raise FileFault(_TWO_WAYS.format(what=what, **told))
        return first

    def _example(self) -> str:
        return self.examples[Unclear.UNCLEAR]


def opening_of(first_lines: Iterable[str]) -> Opening:
    """Reads the first lines of a file; raises FileFault where they have no headings of a report."""
    lines = list(first_lines)[:FIRST_LINES]
    best: Opening | None = None
    for separator in SEPARATORS:
        for record in RecordReader(iter(lines), separator):
            found = Opening(separator, record.line, headings_of(record.fields))
            if found.headings.is_whole:
                return _checked(found)
            if best is None or _known(found) > _known(best):
                best = found
    raise FileFault(_NO_HEADINGS.format(lines=FIRST_LINES, missing=_missing(best)))


def _known(opening: Opening) -> int:
    return len(opening.headings.parts) + len(opening.headings.facts)


def _missing(best: Opening | None) -> str:
    """What the line lacks that is the most like one of headings."""
    if best is None or not _known(best):
        return ""
    headings = best.headings
    there = (("a day", headings.has_day), ("an ad", headings.has_ad), ("a number", bool(headings.facts)))
    return f"; line {best.line} lacks {' and '.join(name for name, is_there in there if not is_there)}"


def _checked(opening: Opening) -> Opening:
    if breakdowns := opening.headings.breakdowns:
        told = ", ".join(breakdowns[:_MOST_TOLD])
        raise FileFault(f"The report is divided by {told}: export it by ad and day, without other breakdowns.")
    return opening


def survey_of(opening: Opening, records: Iterable[Record]) -> Survey:
    """Looks at each line below the headings; raises FileFault where the file can be read in two ways."""
    days, numbers = WaysSeen(), WaysSeen()
    headings, attribution = opening.headings, Counter[str]()
    day_columns = [headings.parts[part] for part in (ReportPart.DAY, ReportPart.STARTS) if part in headings.parts][:1]
    number_columns = [(place, FACTS_BY_NAME[fact].kind is FactKind.COUNT) for fact, place in headings.facts.items()]
    setting = headings.parts.get(ReportPart.ATTRIBUTION)
    for record in records:
        if record.fault or record.is_blank:
            continue
        fields = record.fields
        for place in day_columns:
            days.add(order_shown(fields[place].strip()), fields[place].strip())
        for place, is_whole in number_columns:
            text = fields[place]
            if text and not text.isdigit():
                numbers.add(mark_shown(text.strip(), is_whole=is_whole), text.strip())
        if setting is not None and fields[setting].strip():
            attribution[fields[setting].strip()] += 1
    if headings.layout is ReportLayout.OWN:
        return Survey(opening, DayOrder.DAY_FIRST, DecimalMark.POINT, tuple(_notes(opening, None, None, attribution)))
    order = days.chosen(DayOrder.DAY_FIRST, DayOrder.MONTH_FIRST, what="Days", unclear=UNCLEAR_DAYS)
    mark = numbers.chosen(DecimalMark.POINT, DecimalMark.COMMA, what="Numbers", unclear=UNCLEAR_NUMBERS)
    return Survey(
        opening,
        DayOrder(order or DayOrder.DAY_FIRST),
        DecimalMark(mark or DecimalMark.POINT),
        tuple(_notes(opening, order, mark, attribution)),
    )


def _notes(opening: Opening, order: str | None, mark: str | None, attribution: Counter[str]) -> Iterator[str]:
    """What was found out, in sentences."""
    headings = opening.headings
    wrote = "an export of ad-days" if headings.layout is ReportLayout.OWN else "Ads Manager"
    yield f"Line {opening.line} has the headings of {wrote}; columns are separated by {SEPARATORS[opening.separator]}."
    if order is not None:
        yield f"Days are written with the {'day' if order == DayOrder.DAY_FIRST else 'month'} first."
    if mark is not None:
        yield f"Decimals stand behind a {'point' if mark == DecimalMark.POINT else 'comma'}."
    if attribution:
        told = "; ".join(setting[:_LONGEST_TOLD] for setting, _ in attribution.most_common(_MOST_TOLD))
        yield f"Conversions are taken for those of the account's own attribution setting; the file says: {told}."
    if headings.unread:
        more = len(headings.unread) - _MOST_TOLD
        told = ", ".join(each[:_LONGEST_TOLD] for each in headings.unread[:_MOST_TOLD])
        yield f"These columns are not read: {told}{f' and {more} more' if more > 0 else ''}."

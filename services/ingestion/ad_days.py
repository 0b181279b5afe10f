"""Reads the ad-days of one slice, whole or in as many parts as the platform asks for.

A part that the platform cannot report, however small it is, becomes a gap; the rest of its day is read.
"""

from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from functools import partial

from analytics.enums import EntityLevel
from analytics.periods import DateRange
from integrations.ads.questions import Among, Asking
from integrations.ads.records import AdDayRow
from integrations.errors import IntegrationError, PermissionMissing, Rejected, TooMuchData
from models.ads.entity_ids import ad_external_ids
from models.insights.breakdown_swap import part_line
from models.insights.day_swap import StagedRows
from services.ingestion.ad_day_rows import spoiled_row, stage
from services.ingestion.entities.storing import Known
from services.ingestion.field_memory import LeftOut
from services.ingestion.ladder import Answers, Ladder
from services.ingestion.oddities import Unread
from services.ingestion.pace import Tried, Way
from services.ingestion.parts import (
    MOST_IDS_AT_ONCE,
    SHARE_OF_THE_REST,
    halved,
    halves,
    load_campaign_parts,
    whose,
    with_the_rest,
)
from services.ingestion.run import Run
from services.ingestion.slice_plan import MOST_ROWS_PER_SLICE
from services.patience import patiently

_UNREAD = "The platform could not report this day; what was stored of it before stays."
_LOST_ROWS = "The platform sent rows of this day that do not say whose they are; everything else of it is stored."
_LOST_DAYS = "The platform sent rows that do not say of which day they are, and this day may lack one of them."
_ODD_VALUES = "The platform sent values of {} of this day that cannot be read; everything else of it is stored."


class SliceTooLong(Exception):
    """The days have more rows than may be in memory at once: they have to be read in smaller slices."""


@dataclass(frozen=True, slots=True)
class AdDays:
    """A question for the ads of whole days, or for a part of them.

    `among` are the campaigns or ads that are asked for, empty for all, and `share` how much of a day they are taken to
    be; `fields` are the platform's names, empty for all.
    """

    days: DateRange
    among: tuple[Among, ...] = ()
    fields: tuple[str, ...] = ()
    share: float = 1.0

    @property
    def size(self) -> float:
        return self.days.days * self.share

    @property
    def needs_report(self) -> bool:
        return sum(len(each.ids) for each in self.among) > MOST_IDS_AT_ONCE


@dataclass(slots=True)
class Part:
    """An answer: rows ready to be stored; of a question for some fields, records still to be put together."""

    rows: StagedRows
    records: list[AdDayRow] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Gap:
    """What could not be read of a day, in words for a person; `field_name` is the platform's."""

    day: date
    field_name: str | None
    message: str
    # The reason may be a passing fault, so that the same question may be answered another time.
    may_pass: bool = False


@dataclass(frozen=True, slots=True)
class FetchedSlice:
    """Every row of the days, none twice, in memory until they are swapped in.

    `asked_at` is when the first question was put: an answer knows nothing of what came later. `unread` are the days of
    which nothing could be read. `lacks_fields`: a field that the platform refuses was left out of every question.
    """

    days: DateRange
    asked_at: datetime
    pieces: list[tuple[DateRange, StagedRows]]
    unread: frozenset[date]
    gaps: list[Gap]
    api_calls: int
    lessons: list[Tried]
    lacks_fields: bool = False

    @property
    def rows(self) -> int:
        return sum(len(rows) for _, rows in self.pieces)


async def fetch_slice(reader: "SliceReader", *, way: Way, shrinks: bool) -> FetchedSlice | None:
    """The reader's days, asked for `way` and in lighter ways where that is refused.

    None when the days have more rows than may be in memory at once; a single day is read whatever it has. Raises the
    IntegrationErrors of `Ladder.fetch_answers`.
    """
    run, days, calls_before = reader.run, reader.days, reader.run.source.calls
    asked_at = run.clock()
    # Drops what an earlier reading met that was broken off (SliceTooLong): this one meets it again.
    run.oddities.take_unread()
    ladder = Ladder(reader.fetch, reader.split, reader.by_fields, shrinks)
    try:
        answers = await ladder.fetch_answers(AdDays(days), way)
    except SliceTooLong:
        return None
    # Whole answers are ready to be stored; those about some fields are put together by puzzles first.
    pieces = [(question.days, part.rows) for question, part in answers.given if not question.fields]
    puzzles = _puzzles(answers)
    # First every puzzle says what is to be left out, since the rows of each are made without all such fields.
    for puzzle in puzzles:
        puzzle.leave_out_refused(reader.left_out)
    for puzzle in puzzles:
        rows, missing = reader.staged(), {*puzzle.missing, *reader.left_out.names}
        await stage(run, reader.known, rows, list(puzzle.records.values()), missing=missing)
        pieces.append((puzzle.question.days, rows))
    odd = [gap for unread in run.oddities.take_unread() for gap in _odd_gaps(days, unread)]
    # A day of which one part was not answered at all is unread only where no other part of it brought rows. An unread
    # day keeps what was stored of it before, so its other gaps say nothing more.
    silent = {puzzle.question.days.start for puzzle in puzzles if not puzzle.is_answered}
    unread = frozenset(silent - {each.start for each, rows in pieces if len(rows)})
    gaps = [gap for gap in (*(gap for puzzle in puzzles for gap in puzzle.gaps()), *odd) if gap.day not in unread]
    return FetchedSlice(
        days=days,
        asked_at=asked_at,
        pieces=pieces,
        unread=unread,
        gaps=gaps + [Gap(day, None, _UNREAD, any(each.may_pass for each in puzzles)) for day in sorted(unread)],
        api_calls=run.source.calls - calls_before,
        lessons=answers.lessons,
        lacks_fields=bool(reader.left_out.names),
    )


def _odd_gaps(days: DateRange, unread: Unread) -> list[Gap]:
    """The gaps that a value leaves which cannot be read: the sum of its day lacks it, as if it had been refused.

    A row that does not say its day may belong to any day that was asked for.
    """
    if unread.day is None:
        return [Gap(day, None, _LOST_DAYS) for day in days.every_day()]
    name = unread.field_name
    text = _LOST_ROWS if name is None else _ODD_VALUES.format(name)
    return [Gap(unread.day, name, text)] if unread.day in days else []


@dataclass(slots=True)
class SliceReader:
    """Asks for the ad-days of one slice; `fetch`, `split` and `by_fields` are what the ladder calls."""

    run: Run
    known: Known
    days: DateRange
    left_out: LeftOut = field(default_factory=LeftOut)
    rows_in_memory: int = 0

    async def fetch(self, question: AdDays, asking: Asking) -> Part:
        asking.among = question.among
        return await self.left_out.fetch_rest(self._wanted(question), partial(self._fetch_pages, question, asking))

    def _wanted(self, question: AdDays) -> Sequence[str]:
        source = self.run.source
        return question.fields or (source.part_fields if self.run.breakdowns else source.insight_fields)

    def _names(self, question: AdDays) -> tuple[str, ...]:
        return self.left_out.rest_of(self._wanted(question))

    async def _fetch_pages(self, question: AdDays, asking: Asking, names: tuple[str, ...]) -> Part:
        asking.fields = names
        part = Part(self.staged())
        async with aclosing(self._pages(question.days, asking)) as pages:
            async for page in pages:
                self.run.counts.rows_fetched += len(page)
                self.run.note_calls()
                records = self._of_days(question.days, page)
                # A single day is read whatever it has: it cannot be read in a smaller slice.
                count = self.rows_in_memory + len(part.rows) + len(records)
                if count > MOST_ROWS_PER_SLICE and self.days.days > 1:
                    raise SliceTooLong
                if question.fields:
                    part.records += records
                else:
                    await stage(self.run, self.known, part.rows, records, missing=self.left_out.names)
        # Only now: a part that is refused halfway is asked for again, and its rows are forgotten.
        self.rows_in_memory += len(part.rows)
        return part

    def _of_days(self, days: DateRange, records: Sequence[AdDayRow]) -> Sequence[AdDayRow]:
        """Drops rows of days that were not asked for: they would be stored twice, or in place of other days."""
        odd = [record for record in records if record.day not in days]
        self.run.oddities.add(spoiled_row(record, record.platform_name("day")) for record in odd)
        return [record for record in records if record.day in days] if odd else records

    def staged(self) -> StagedRows:
        return StagedRows(line=part_line) if self.run.breakdowns else StagedRows()

    def _pages(self, days: DateRange, asking: Asking) -> AsyncGenerator[Sequence[AdDayRow], None]:
        source, asked = self.run.source, (self.run.account.external_id, days.start, days.end)
        if self.run.breakdowns:
            return source.broken_down(*asked, self.run.breakdowns, asking=asking)
        return source.insights(*asked, asking=asking)

    async def split(self, question: AdDays) -> Sequence[AdDays]:
        """Half of the days; of one day some of its campaigns or ads; of these some of the fields; else empty."""
        days = question.days
        if days.days > 1:
            middle = days.start + timedelta(days=days.days // 2)
            both = (DateRange(days.start, middle - timedelta(days=1)), DateRange(middle, days.end))
            return [replace(question, days=half) for half in both]
        # Fields are divided last: answers about some fields are parts of rows, which have to be put together.
        if not question.fields and (parts := await self._split_by_ids(question)):
            return parts
        names = self._names(question)
        return [replace(question, fields=half) for half in halves(names)] if len(names) > 1 else ()

    def by_fields(self, question: AdDays) -> Sequence[AdDays]:
        """Parts by fields. Of a whole question the first is one field: it tells for one call if any is answered."""
        names = self._names(question)
        if len(names) == 1:
            return ()
        first = () if question.fields else names[:1]
        parts = (first, *halves(names[len(first) :]))
        return [replace(question, fields=part) for part in parts if part]

    async def _split_by_ids(self, question: AdDays) -> list[AdDays]:
        """Parts by campaigns, then by ads; what no list has brought is a part of its own."""
        last = question.among[-1] if question.among else None
        outer = question.among
        if last is None:
            parts = await load_campaign_parts(self.run)
        elif parts := halved(last):
            outer = question.among[:-1]
        elif last.level is EntityLevel.CAMPAIGN and not last.is_rest:
            parts = await self._load_parts_of_campaign(last.ids[0])
        else:
            return []
        # Nobody knows how the rows of a day are spread over its ads: each half of the ids counts as half of the day.
        half, rest = question.share / 2, question.share * SHARE_OF_THE_REST
        return [replace(question, among=(*outer, part), share=rest if part.is_rest else half) for part in parts]

    async def _load_parts_of_campaign(self, campaign_external_id: str) -> list[Among]:
        """The stored ads of a campaign in halves, and those that no list has brought."""

        async def load() -> list[str]:
            async with self.run.db.read(self.run.scope) as session:
                return await ad_external_ids(session, self.run.account.id, campaign_external_id)

        return with_the_rest(EntityLevel.AD, tuple(await patiently(load)))


@dataclass(slots=True)
class Puzzle:
    """The same ads of the same days asked for field by field: what was answered, and which fields were lost."""

    question: AdDays
    records: dict[tuple[object, ...], AdDayRow] = field(default_factory=dict)
    missing: list[str] = field(default_factory=list)
    is_answered: bool = False
    # The error and the fields of what was refused for another reason than its size.
    refusal: IntegrationError | None = None
    refused: list[str] = field(default_factory=list)
    may_pass: bool = False

    def lose(self, fields: Sequence[str], error: IntegrationError) -> None:
        self.missing += fields
        self.may_pass |= error.may_pass
        # Too much is said of a question; another refusal may be of its fields, which are then asked for no more.
        if isinstance(error, (PermissionMissing, Rejected)) and not isinstance(error, TooMuchData):
            self.refusal = error
            self.refused += fields

    def leave_out_refused(self, left_out: LeftOut) -> None:
        """Adds to `left_out` the fields that are refused for all ads, so that no later question asks for them.

        Raises the refusal when no field was answered: then it is the question that is refused, whatever it asks for.
        """
        if not self.is_answered and self.refusal is not None:
            raise self.refusal
        # What is refused for some campaigns or ads may be answered for the others.
        if not self.question.among:
            for name in self.refused:
                left_out.add(name)
            self.missing = [name for name in self.missing if name not in left_out.names]

    def add(self, fields: Sequence[str], records: Sequence[AdDayRow]) -> None:
        """Puts the answered fields of each row together with those of earlier answers about the same row."""
        self.is_answered = True
        for record in records:
            known = self.records.get(record.identity)
            # The first answer about a row makes it; fields that no answer brings stay in `missing`.
            self.records[record.identity] = record if known is None else known.with_fields(record, fields)

    def gaps(self) -> list[Gap]:
        days, of_whom = self.question.days, whose(self.question.among[-1] if self.question.among else None)
        if not self.is_answered:
            return [Gap(days.start, None, f"The platform could not report {of_whom} on this day.", self.may_pass)]
        message = "The platform could not report {} of {} on this day; everything else of it is stored."
        told = [(name, message.format(name, of_whom)) for name in self.missing]
        return [Gap(day, name, text, self.may_pass) for name, text in told for day in days.every_day()]


def _puzzles(answers: Answers[AdDays, Part]) -> list[Puzzle]:
    """One puzzle for each group of ads and days of which something was lost, or which was asked for by fields."""
    found: dict[tuple[DateRange, tuple[Among, ...]], Puzzle] = {}

    def puzzle_of(question: AdDays) -> Puzzle:
        return found.setdefault((question.days, question.among), Puzzle(question))

    for question, part in answers.given:
        if question.fields:
            puzzle_of(question).add(question.fields, part.records)
    for question, error in answers.lost:
        puzzle_of(question).lose(question.fields, error)
    return list(found.values())

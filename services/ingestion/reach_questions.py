"""Questions for deduplicated people: how one is made smaller, and what was answered of its parts; stores nothing.

A question is divided by periods, campaigns and numbers only, so that each row that comes is exact. Nothing is added
up: the people of an account are no sum of those of its campaigns, and those of a period no sum of those of its days.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from analytics.enums import EntityLevel
from analytics.periods import DateRange
from integrations.ads.questions import Among
from integrations.ads.records import PEOPLE_FIELDS, PeopleRecord
from integrations.errors import IntegrationError
from services.ingestion.field_memory import LeftOut
from services.ingestion.ladder import Answers, is_refusal
from services.ingestion.oddities import Unread
from services.ingestion.parts import MOST_IDS_AT_ONCE, SHARE_OF_THE_REST, halved, load_campaign_parts, whose
from services.ingestion.run import Run


@dataclass(frozen=True, slots=True)
class Question:
    """A question about periods as a whole, or with `daily` about each day of them.

    `among` are the campaigns that are asked for, taken to be a `share` of them all; None stands for all campaigns, or
    for the account itself.
    """

    level: EntityLevel
    periods: tuple[DateRange, ...]
    daily: bool
    # The platform's names of the numbers that are asked for; empty for all.
    fields: tuple[str, ...] = ()
    among: Among | None = None
    share: float = 1.0

    @property
    def size(self) -> float:
        return len(self.answered) * self.share

    @property
    def needs_report(self) -> bool:
        return self.among is not None and len(self.among.ids) > MOST_IDS_AT_ONCE

    @property
    def answered(self) -> tuple[DateRange, ...]:
        """The periods that the answer counts people of."""
        if not self.daily:
            return self.periods
        return tuple(DateRange(day, day) for period in self.periods for day in period.every_day())

    @property
    def day(self) -> str | None:
        """The day as an ISO date, where the question is about a single one."""
        only = self.answered[0] if len(self.answered) == 1 else None
        return only.start.isoformat() if only is not None and only.days == 1 else None

    def halves(self) -> "tuple[Question, ...]":
        """The question in two halves; empty when it is about a single period or day."""
        parts = self.answered if self.daily else self.periods
        if len(parts) == 1:
            return ()
        middle = len(parts) // 2
        if not self.daily:
            cut = (parts[:middle], parts[middle:])
        else:
            # A daily question has a single range, so each half of its days is a range as well.
            cut = (
                (DateRange(parts[0].start, parts[middle - 1].end),),
                (DateRange(parts[middle].start, parts[-1].end),),
            )
        return tuple(replace(self, periods=periods) for periods in cut)

    def by_fields(self, left_out: LeftOut) -> "tuple[Question, ...]":
        """A question for each number by itself; empty when it asks for a single number."""
        names = left_out.rest_of(PEOPLE_FIELDS)
        return () if self.fields or len(names) == 1 else tuple(replace(self, fields=(name,)) for name in names)


async def split(run: Run, left_out: LeftOut, question: Question) -> Sequence[Question]:
    """Fewer periods, then fewer campaigns, then fewer numbers."""
    # In this order, because answers about whole periods are stored as they are, whereas those about some campaigns or
    # numbers have to be put together before their period may replace what is stored.
    if parts := question.halves():
        return parts
    if question.level is EntityLevel.CAMPAIGN and not question.fields:
        some = await load_campaign_parts(run) if question.among is None else halved(question.among)
        half, rest = question.share / 2, question.share * SHARE_OF_THE_REST
        if some:
            return [replace(question, among=part, share=rest if part.is_rest else half) for part in some]
    return question.by_fields(left_out)


@dataclass(frozen=True, slots=True)
class Heard:
    """An answer. `asked_at` is when the question was put, `unread` what of the answer could not be read."""

    asked_at: datetime
    records: list[PeopleRecord]
    unread: list[Unread] = field(default_factory=list)


@dataclass(slots=True)
class Piece:
    """What was answered about the same periods and campaigns, by one question or by one for each number.

    `lost` has the numbers that were not answered, by the platform's name, with the reasons.
    """

    question: Question
    found: dict[object, PeopleRecord] = field(default_factory=dict)
    asked_at: datetime | None = None
    lost: dict[str, IntegrationError] = field(default_factory=dict)
    unread: list[Unread] = field(default_factory=list)

    def leave_out_refused(self, left_out: LeftOut) -> None:
        """Adds to `left_out` a number that is refused for all campaigns while the other number is answered."""
        # Where nothing was answered it may be people as such that are refused, and from what is refused for some
        # campaigns nothing follows for the others.
        if self.asked_at is None or self.question.among is not None:
            return
        for name in [name for name, reason in self.lost.items() if is_refusal(reason)]:
            left_out.add(name)
            del self.lost[name]

    def add(self, question: Question, heard: Heard) -> None:
        # The earliest counts: an answer knows nothing of what came after its question.
        self.asked_at = heard.asked_at if self.asked_at is None else min(self.asked_at, heard.asked_at)
        self.unread += heard.unread
        for record in heard.records:
            known = self.found.setdefault(record.identity, record)
            values = {name: getattr(record, name) for name in question.fields}
            self.found[record.identity] = replace(known, **values)

    def tell(self, run: Run) -> None:
        """Adds a gap to the run for each number that was lost or that cannot be read; everything else is stored."""
        # Where nothing was answered, one gap says so for all numbers.
        names = [*self.lost] if self.asked_at is not None else [PEOPLE_FIELDS[0]] if self.lost else []
        for name in names:
            reason = self.lost.get(name) or next(iter(self.lost.values()))
            message = reason.message
            if self.question.among is not None:
                period = self.question.answered[0]
                message = f"The platform could not report the people of {whose(self.question.among)} {_when(period)}."
            run.miss(message, day=self.question.day, field_name=name)
        of = "the account" if self.question.level is EntityLevel.AD_ACCOUNT else "campaigns"
        for period, name in self._unread_periods():
            message = f"The platform sent people of {of} {_when(period)} that cannot be read; the others are stored."
            run.miss(message, day=str(period.start) if period.days == 1 else None, field_name=name)

    def _unread_periods(self) -> Iterator[tuple[DateRange, str]]:
        """The periods with the platform's name of the number that cannot be read.

        A row that does not say its period may belong to any that was asked for.
        """
        for each in self.unread:
            for period in self.question.answered:
                if each.day in (None, period.start) and each.last_day in (None, period.end):
                    yield period, each.field_name or PEOPLE_FIELDS[0]

    @property
    def doubtful(self) -> frozenset[DateRange]:
        """Periods of which something was lost that may be answered when it is asked for again."""
        if any(error.may_pass for error in self.lost.values()):
            return frozenset(self.question.answered)
        return frozenset(period for period, _ in self._unread_periods())


@dataclass(frozen=True, slots=True)
class SamePeriods:
    """Everything that was answered about the same periods; `asked_at` is None when nothing was."""

    pieces: tuple[Piece, ...]

    @property
    def question(self) -> Question:
        return self.pieces[0].question

    @property
    def asked_at(self) -> datetime | None:
        return min((piece.asked_at for piece in self.pieces if piece.asked_at is not None), default=None)

    @property
    def records(self) -> list[PeopleRecord]:
        return [record for piece in self.pieces for record in piece.found.values()]

    @property
    def doubtful(self) -> frozenset[DateRange]:
        return frozenset(period for piece in self.pieces for period in piece.doubtful)


def _when(period: DateRange) -> str:
    return f"on {period.start}" if period.days == 1 else f"from {period.start} to {period.end}"


def pieces_of(found: Answers[Question, Heard]) -> list[Piece]:
    """The answers put together by periods and campaigns."""
    pieces: dict[tuple[object, ...], Piece] = {}

    def piece_of(question: Question) -> Piece:
        return pieces.setdefault((question.periods, question.among), Piece(question))

    for question, heard in found.given:
        piece_of(question).add(question, heard)
    # A question without names asked for all numbers; the first of them stands for it.
    for question, reason in found.lost:
        piece_of(question).lost |= dict.fromkeys(question.fields or PEOPLE_FIELDS[:1], reason)
    return [*pieces.values()]


def by_periods(pieces: Iterable[Piece]) -> list[SamePeriods]:
    """The pieces put together by periods, since a period is replaced as a whole when it is stored."""
    same: dict[tuple[DateRange, ...], list[Piece]] = {}
    for piece in pieces:
        same.setdefault(piece.question.periods, []).append(piece)
    return [SamePeriods(tuple(some)) for some in same.values()]

"""The last step of a refresh: people of the account and its campaigns, at exactly the periods in which they are asked.

People who saw an ad on two days are one, so no sum of days tells how many there were: each period is read as such. The
numbers of ads are worth more than these: what the platform refuses here is a gap, and the refresh goes on.
"""

from collections.abc import Container, Iterator, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from functools import partial
from uuid import UUID

from msgspec import structs

from analytics.enums import DatePreset, EntityLevel, TimeGrain
from analytics.periods import DateRange, local_day, period_end, period_start, preset_range, settled_through
from analytics.platform_rules import Kept, oldest_day
from integrations.errors import (
    AccessRevoked,
    IntegrationError,
    InvalidResponse,
    RateLimited,
    Rejected,
    TooOld,
    Unavailable,
)
from integrations.meta import people
from integrations.meta.asking import Asking
from integrations.meta.faults import refused_field
from integrations.meta.people import METRICS, PeopleRecord
from models.database import WriteSession
from models.insight_days import days_without_people
from models.people import PeopleCount, PeopleRead, forget_passing, periods_read, replace_people
from services.patience import patiently
from services.refresh_entities import Known, know_campaigns
from services.refresh_fields import LeftOut, recall_fields, remember_fields_alone, tell_fields
from services.refresh_ladder import Answers, Ladder
from services.refresh_memory import recall, remember_alone
from services.refresh_plan import runs_of
from services.refresh_run import Run

LEVELS = (EntityLevel.AD_ACCOUNT, EntityLevel.CAMPAIGN)
PRESETS = (DatePreset.LAST_7_DAYS, DatePreset.LAST_28_DAYS, DatePreset.LAST_30_DAYS)
# A question's rows are held in memory and stored in one transaction.
_DAYS_AT_ONCE = 92
# Of days whose people were missed: of an account of which they are refused for good, no more questions than these.
_MOST_MISSED_RUNS = 5


@dataclass(frozen=True, slots=True)
class Question:
    """`daily`: about each day of the periods, which are runs of days then; else about each period as a whole."""

    level: EntityLevel
    periods: tuple[DateRange, ...]
    daily: bool
    # Meta's; none for all.
    fields: tuple[str, ...] = ()

    @property
    def size(self) -> float:
        return len(self.answered)

    @property
    def needs_run(self) -> bool:
        return False

    @property
    def answered(self) -> tuple[DateRange, ...]:
        """The periods that the answer counts people of."""
        if not self.daily:
            return self.periods
        return tuple(
            DateRange(day, day)
            for run in self.periods
            for day in (run.start + timedelta(days=offset) for offset in range(run.days))
        )

    def halves(self) -> "tuple[Question, ...]":
        """The same in two parts; empty when it is about one period, or one day, already."""
        parts = self.answered if self.daily else self.periods
        if len(parts) == 1:
            return ()
        middle = len(parts) // 2
        if not self.daily:
            cut = (parts[:middle], parts[middle:])
        else:
            cut = (
                (DateRange(parts[0].start, parts[middle - 1].end),),
                (DateRange(parts[middle].start, parts[-1].end),),
            )
        return tuple(replace(self, periods=periods) for periods in cut)

    def by_fields(self, left_out: LeftOut) -> "tuple[Question, ...]":
        """The same for each number apart; empty when it is about one of them already."""
        names = [name for name in METRICS if name not in left_out.names]
        return () if self.fields or len(names) == 1 else tuple(replace(self, fields=(name,)) for name in names)


async def store_people(run: Run, known: Known) -> None:
    """Raises RateLimited and AccessRevoked, which concern the whole job; whatever else fails is a gap."""
    today = local_day(run.tools.clock(), run.account.time_zone)
    try:
        for level in LEVELS:
            due = await _due_periods(run, level, today)
            for days in (run.days, *await _missed(run, level, today)):
                for question in _of_days(level, days, today):
                    if not await _answer(run, known, question):
                        break  # whatever is older is too old as well
            await _answer(run, known, Question(level, due, daily=False))
            await run.store(partial(forget_passing, ad_account_id=run.account.id, level=level, but=due))
    except Unavailable as error:
        # Asking on would wait for every one of them.
        run.miss(error.message, field_name="reach")


def _of_days(level: EntityLevel, days: DateRange, today: date) -> Iterator[Question]:
    """Newest first, as far as people are kept."""
    first, last = max(days.start, oldest_day(today, Kept.PEOPLE)), days.end
    while first <= last:
        start = max(first, last - timedelta(days=_DAYS_AT_ONCE - 1))
        yield Question(level, (DateRange(start, last),), daily=True)
        last = start - timedelta(days=1)


async def _missed(run: Run, level: EntityLevel, today: date) -> list[DateRange]:
    """Runs of days, newest first, that an earlier refresh stored without their people, as through a passing fault."""
    kept = DateRange(oldest_day(today, Kept.PEOPLE), today)

    async def read() -> list[date]:
        async with run.tools.db.read(run.scope) as session:
            return await days_without_people(session, run.account.id, level, kept)

    missed = [day for day in await patiently(read) if day not in run.days]
    return runs_of(missed)[: -_MOST_MISSED_RUNS - 1 : -1]


async def _due_periods(run: Run, level: EntityLevel, today: date) -> tuple[DateRange, ...]:
    """The presets and the month so far as they are today, and every month that was not read since it was settled.

    The one that begins first comes first.
    """
    months = whole_months(today)

    async def read() -> dict[DateRange, bool]:
        async with run.tools.db.read(run.scope) as session:
            found = await periods_read(session, run.account.id, level, months)
        zone = run.account.time_zone
        return {month: settled_through(local_day(at, zone)) >= month.end for month, at in found.items()}

    is_settled = await patiently(read)
    due = [month for month in months if not is_settled.get(month)]
    month_so_far = preset_range(DatePreset.THIS_MONTH, today)
    return tuple(sorted({*(preset_range(preset, today) for preset in PRESETS), month_so_far, *due}))


def whole_months(today: date) -> list[DateRange]:
    """The calendar months before this one of which people are kept from their first day on, newest first."""
    oldest, found = oldest_day(today, Kept.PEOPLE), []
    start = period_start(today, TimeGrain.MONTH)
    while (start := period_start(start - timedelta(days=1), TimeGrain.MONTH)) >= oldest:
        found.append(DateRange(start, period_end(start, TimeGrain.MONTH)))
    return found


async def _answer(run: Run, known: Known, question: Question) -> bool:
    """False when the platform says that the oldest of it, or all, is too old: then the rest of it is stored."""
    try:
        await _ask(run, known, question)
    except TooOld:
        parts = question.halves()
        if not parts:
            run.warn(f"The people of days up to {question.answered[0].end} were left out: they are too old.")
        # The newer half comes first: when it is too old already, so is the other.
        answers = [await _answer(run, known, part) for part in reversed(parts[1:])]
        if all(answers):
            answers += [await _answer(run, known, part) for part in parts[:1]]
        return bool(answers) and all(answers)
    return True


async def _ask(run: Run, known: Known, question: Question) -> None:
    await run.pacer.go_on()
    kind = f"PEOPLE:{question.level.value}:{'DAYS' if question.daily else 'PERIODS'}"
    pace, left_out = await recall(run, kind), await recall_fields(run, kind)
    by_fields = partial(Question.by_fields, left_out=left_out)
    ladder = Ladder(partial(_fetch, run, left_out), _halves, by_fields, shrinks=not pace.is_on_trial)
    try:
        found = await ladder.answers(question, pace.way(question.size, pace.rows_each or 0))
    except (RateLimited, AccessRevoked, Unavailable, TooOld):
        raise
    except IntegrationError as error:
        run.miss(error.message, day=_day_of(question), field_name="reach")
        return
    for part in _pieces(found):
        part.settle(left_out)
        if part.is_answered:
            await run.store(partial(_store, run=run, known=known, question=part.question, records=part.records))
        for name, reason in part.lost.items():
            run.miss(reason, day=_day_of(part.question), field_name=name)
    pace.learn(found.lessons, now=run.tools.clock())
    if pace.refused or pace.is_recalled or pace.is_on_trial:
        await remember_alone(run, kind, pace)
    tell_fields(run, left_out)
    await remember_fields_alone(run, kind, left_out)


@dataclass(slots=True)
class _Piece:
    """What came of the same periods, whole or by its fields; what did not, with the reasons."""

    question: Question
    found: dict[object, PeopleRecord] = field(default_factory=dict)
    is_answered: bool = False
    lost: dict[str, str] = field(default_factory=dict)
    # Of what was lost, that which was refused as such.
    refused: set[str] = field(default_factory=set)

    def settle(self, left_out: LeftOut) -> None:
        """A number that is refused is left out from now on, when the other is answered."""
        for name in self.refused & self.lost.keys() if self.is_answered else ():
            left_out.add(name)
            del self.lost[name]

    @property
    def records(self) -> list[PeopleRecord]:
        return [*self.found.values()]

    def add(self, question: Question, records: Sequence[PeopleRecord]) -> None:
        self.is_answered = True
        for record in records:
            known = self.found.setdefault(people.identity(record), record)
            values = {name: getattr(record, name) for name in question.fields}
            self.found[people.identity(record)] = structs.replace(known, **values)


def _pieces(found: Answers[Question, list[PeopleRecord]]) -> list[_Piece]:
    pieces: dict[tuple[DateRange, ...], _Piece] = {}

    def piece_of(question: Question) -> _Piece:
        return pieces.setdefault(question.periods, _Piece(question))

    for question, records in found.given:
        piece_of(question).add(question, records)
    for question, reason in found.lost:
        piece = piece_of(question)
        piece.lost |= dict.fromkeys(question.fields or METRICS[:1], reason.message)
        piece.refused |= {*question.fields} if type(reason) is Rejected else set()
    for piece in pieces.values():
        if not piece.is_answered:
            piece.lost = {METRICS[0]: next(iter(piece.lost.values()))}
    return [*pieces.values()]


async def _halves(question: Question) -> Sequence[Question]:
    return question.halves()


def _day_of(question: Question) -> str | None:
    """The day, where the question is about one."""
    only = question.answered[0] if len(question.answered) == 1 else None
    return only.start.isoformat() if only is not None and only.days == 1 else None


async def _fetch(run: Run, left_out: LeftOut, question: Question, asking: Asking) -> list[PeopleRecord]:
    """Without the numbers that the platform names as the reason of its refusal, from then on."""
    while True:
        names = question.fields or tuple(name for name in METRICS if name not in left_out.names) or METRICS
        asking.fields = names
        try:
            return await _read(run, question, asking)
        except Rejected as error:
            name = refused_field(error, names)
            if name is None or len(names) == 1:
                raise
            left_out.add(name)


async def _read(run: Run, question: Question, asking: Asking) -> list[PeopleRecord]:
    asked, found = frozenset(question.answered), list[PeopleRecord]()
    listing = run.source.people(
        run.account.external_id, question.level, question.periods, daily=question.daily, asking=asking
    )
    async with aclosing(listing) as pages:  # type: ignore[type-var]  # the sources are async generators
        async for page in pages:
            run.note_calls()
            if not all(_fits(record, question.level, asked) for record in page):
                raise InvalidResponse("The platform sent periods or levels that were not asked for.")
            found += page
    return found


def _fits(record: PeopleRecord, level: EntityLevel, asked: Container[DateRange]) -> bool:
    is_of_level = (record.campaign_external_id is not None) is (level is EntityLevel.CAMPAIGN)
    return is_of_level and record.since <= record.until and DateRange(record.since, record.until) in asked


async def _store(
    session: WriteSession, run: Run, known: Known, question: Question, records: Sequence[PeopleRecord]
) -> None:
    known = known.draft()
    if question.level is EntityLevel.CAMPAIGN:
        named = {record.campaign_external_id for record in records if record.campaign_external_id is not None}
        await know_campaigns(session, run, known, named)
    read = PeopleRead(
        ad_account_id=run.account.id,
        level=question.level,
        periods=question.answered,
        counts=tuple(_count(record, _entity(run, known, record)) for record in records),
        refreshed_at=run.tools.clock(),
    )
    await replace_people(session, read)


def _entity(run: Run, known: Known, record: PeopleRecord) -> UUID:
    external_id = record.campaign_external_id
    return run.account.id if external_id is None else known.campaigns[external_id]


def _count(record: PeopleRecord, entity_id: UUID) -> PeopleCount:
    return PeopleCount(entity_id, DateRange(record.since, record.until), record.reach, record.unique_clicks)

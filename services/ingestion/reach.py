"""The last step of a refresh: deduplicated people of the account and its campaigns, at the periods that are asked for.

Somebody who saw an ad on two days is one person, so no sum of days tells how many people there were: each period is
read as such. The numbers of ads matter more than these, so what the platform refuses here is a gap, and the refresh
goes on.
"""

from collections.abc import Container, Iterator, Sequence
from contextlib import aclosing
from datetime import date, datetime, timedelta
from functools import partial
from uuid import UUID

from analytics.enums import DatePreset, EntityLevel, TimeGrain
from analytics.meta.rules import Kept, oldest_day
from analytics.periods import DateRange, local_day, period_end, period_start, preset_range, settled_through
from integrations.ads.questions import Asking
from integrations.ads.records import PEOPLE_FIELDS, PeopleRecord
from integrations.ads.spoiled import PEOPLE_OF_CAMPAIGNS, Spoiled
from integrations.errors import (
    AccessRevoked,
    IntegrationError,
    InvalidResponse,
    Throttled,
    TooOld,
    Unavailable,
)
from models.database import WriteSession
from models.insights.days import days_without_people
from models.insights.reach import PeopleCount, PeopleRead, forget_passing, periods_read, replace_people
from services.ingestion.entities.storing import Known, load_or_store_campaigns
from services.ingestion.field_memory import LeftOut, load_fields, store_fields_alone, tell_fields
from services.ingestion.ladder import Ladder
from services.ingestion.pace_memory import load_pace, store_pace_alone
from services.ingestion.reach_questions import Heard, Question, SamePeriods, by_periods, pieces_of, split
from services.ingestion.run import Run
from services.ingestion.slice_plan import ranges_of
from services.patience import patiently

LEVELS = (EntityLevel.AD_ACCOUNT, EntityLevel.CAMPAIGN)
PRESETS = (DatePreset.LAST_7_DAYS, DatePreset.LAST_28_DAYS, DatePreset.LAST_30_DAYS)
# The longest daily question: its rows are in memory and stored in one transaction.
_DAYS_AT_ONCE = 92
# So many ranges of days whose people are missing are asked for again. Of an account whose people are refused for good
# these questions are all in vain.
_MOST_MISSED_RANGES = 5


async def fetch_and_store_people(run: Run, known: Known) -> None:
    """Reads the people of the account and then of its campaigns, by day and by period.

    Raises Throttled and AccessRevoked, which concern the whole job; whatever else fails is a gap.
    """
    today = local_day(run.clock(), run.account.time_zone)
    try:
        for level in LEVELS:
            due = await _load_due_periods(run, level, today)
            for days in (run.days, *await _load_missed(run, level, today)):
                for question in _of_days(level, days, today):
                    if not await _fetch_and_store(run, known, question):
                        break  # the questions come newest first: older days are too old as well
            await _fetch_and_store(run, known, Question(level, due, daily=False))
            await run.checkpoint(partial(forget_passing, ad_account_id=run.account.id, level=level, but=due))
    except Unavailable as error:
        # The platform is away: each further question would wait for an answer in vain.
        run.miss(error.message, field_name="reach")


def _of_days(level: EntityLevel, days: DateRange, today: date) -> Iterator[Question]:
    """Questions about each of the days, the newest days first, as far back as the platform keeps people."""
    first, last = max(days.start, oldest_day(today, Kept.PEOPLE)), days.end
    while first <= last:
        start = max(first, last - timedelta(days=_DAYS_AT_ONCE - 1))
        yield Question(level, (DateRange(start, last),), daily=True)
        last = start - timedelta(days=1)


async def _load_missed(run: Run, level: EntityLevel, today: date) -> list[DateRange]:
    """Ranges of days, newest first, that an earlier refresh stored without their people, because of a passing fault."""
    kept = DateRange(oldest_day(today, Kept.PEOPLE), today)

    async def load() -> list[date]:
        async with run.db.read(run.scope) as session:
            return await days_without_people(session, run.account.id, level, kept)

    missed = [day for day in await patiently(load) if day not in run.days]
    return ranges_of(missed)[: -_MOST_MISSED_RANGES - 1 : -1]


async def _load_due_periods(run: Run, level: EntityLevel, today: date) -> tuple[DateRange, ...]:
    """The presets and the current month up to today, and every whole month that was not read since it was settled.

    Periods that begin earlier come first.
    """
    months = whole_months(today)

    async def load() -> dict[DateRange, bool]:
        async with run.db.read(run.scope) as session:
            found = await periods_read(session, run.account.id, level, months)
        zone = run.account.time_zone
        return {month: settled_through(local_day(at, zone)) >= month.end for month, at in found.items()}

    is_settled = await patiently(load)
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


async def _fetch_and_store(run: Run, known: Known, question: Question) -> bool:
    """Stores what the platform answers; False when it called the oldest periods, or all of them, too old."""
    try:
        await _fetch_and_store_at_once(run, known, question)
    except TooOld:
        parts = question.halves()
        if not parts:
            run.warn(f"The people of days up to {question.answered[0].end} were left out: they are too old.")
        # The newer half comes first: when it is too old already, so is the other.
        answers = [await _fetch_and_store(run, known, part) for part in reversed(parts[1:])]
        if all(answers):
            answers += [await _fetch_and_store(run, known, part) for part in parts[:1]]
        return bool(answers) and all(answers)
    return True


async def _fetch_and_store_at_once(run: Run, known: Known, question: Question) -> None:
    await run.pacer.go_on()
    kind = f"PEOPLE:{question.level.value}:{'DAYS' if question.daily else 'PERIODS'}"
    pace, left_out = await load_pace(run, kind), await load_fields(run, kind)
    by_fields = partial(Question.by_fields, left_out=left_out)
    ladder = Ladder(
        partial(_fetch, run, left_out), partial(split, run, left_out), by_fields, shrinks=not pace.is_on_trial
    )
    try:
        found = await ladder.fetch_answers(question, pace.way(question.size, pace.rows_each or 0))
    except (Throttled, AccessRevoked, Unavailable, TooOld):
        raise
    except IntegrationError as error:
        run.miss(error.message, day=question.day, field_name="reach")
        return
    pieces = pieces_of(found)
    for piece in pieces:
        piece.leave_out_refused(left_out)
        piece.tell(run)
    for same in by_periods(pieces):
        if same.asked_at is not None:
            await run.checkpoint(partial(_store, run=run, known=known, same=same, asked_at=same.asked_at))
    pace.learn(found.lessons, now=run.clock())
    # Where nothing was ever refused there is nothing to remember: the plain way is the best.
    if pace.refused or pace.is_recalled or pace.is_on_trial:
        await store_pace_alone(run, kind, pace)
    tell_fields(run, left_out)
    await store_fields_alone(run, kind, left_out)


async def _fetch(run: Run, left_out: LeftOut, question: Question, asking: Asking) -> Heard:
    asking.among, asked_at = (question.among,) if question.among else (), run.clock()
    # Drops what belongs to earlier questions that were broken off.
    run.oddities.take_unread()
    rows = await left_out.fetch_rest(question.fields or PEOPLE_FIELDS, partial(_fetch_rows, run, question, asking))
    return Heard(asked_at, rows, run.oddities.take_unread())


async def _fetch_rows(run: Run, question: Question, asking: Asking, names: tuple[str, ...]) -> list[PeopleRecord]:
    asking.fields = names
    asked, found = frozenset(question.answered), list[PeopleRecord]()
    listing = run.source.people(
        run.account.external_id, question.level, question.periods, daily=question.daily, asking=asking
    )
    async with aclosing(listing) as pages:
        async for page in pages:
            run.note_calls()
            rows = page if question.level is EntityLevel.AD_ACCOUNT else _of_campaigns(run, page)
            if not all(_fits(record, question.level, asked) for record in rows):
                raise InvalidResponse("The platform sent periods or levels that were not asked for.")
            found += rows
    return found


def _of_campaigns(run: Run, page: Sequence[PeopleRecord]) -> list[PeopleRecord]:
    """The rows of campaigns without those that do not name their campaign, which are noted as oddities."""
    run.oddities.add(
        Spoiled(PEOPLE_OF_CAMPAIGNS, day=str(record.since), last_day=str(record.until))
        for record in page
        if not record.campaign_external_id
    )
    return [record for record in page if record.campaign_external_id]


def _fits(record: PeopleRecord, level: EntityLevel, asked: Container[DateRange]) -> bool:
    is_of_level = bool(record.campaign_external_id) is (level is EntityLevel.CAMPAIGN)
    return is_of_level and record.since <= record.until and DateRange(record.since, record.until) in asked


async def _store(session: WriteSession, run: Run, known: Known, same: SamePeriods, asked_at: datetime) -> None:
    question, records, known = same.question, same.records, known.draft()
    if question.level is EntityLevel.CAMPAIGN:
        named = {record.campaign_external_id for record in records if record.campaign_external_id is not None}
        await load_or_store_campaigns(session, run, known, named)
    read = PeopleRead(
        ad_account_id=run.account.id,
        level=question.level,
        periods=question.answered,
        counts=tuple(_count(record, _entity(run, known, record)) for record in records),
        refreshed_at=asked_at,
        doubtful=same.doubtful,
    )
    await replace_people(session, read)


def _entity(run: Run, known: Known, record: PeopleRecord) -> UUID:
    external_id = record.campaign_external_id
    return run.account.id if external_id is None else known.campaigns[external_id]


def _count(record: PeopleRecord, entity_id: UUID) -> PeopleCount:
    return PeopleCount(entity_id, DateRange(record.since, record.until), record.reach, record.unique_clicks)

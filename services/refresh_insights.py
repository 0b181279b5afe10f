"""The second step of a refresh: insights in runs of whole days, the next one fetched while the last is stored."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from functools import partial

from analytics.actions import base_facts_from_row
from analytics.breakdowns import set_name
from analytics.periods import DateRange, local_day, settled_through
from integrations.errors import InvalidResponse, TooMuchData
from integrations.meta.broken_down import BrokenDownRecord
from integrations.meta.records import AdRecord, InsightPage, InsightRecord, raw_actions
from models.campaign import DeliveryStatus
from models.entity_upsert import AdPlace, ad_places
from models.insight_breakdown import part_line, replace_parts
from models.insight_write import InsightSlice, StagedRows, StoredInsight, replace_slice
from models.refresh_runs import DoneSlice, RunState, complete_slice
from services.patience import patiently
from services.refresh_entities import Known, store_ads
from services.refresh_plan import MOST_ROWS_PER_SLICE, SlicePlan
from services.refresh_progress import RunLost
from services.refresh_run import Run

# One of them is being stored and one fetched: storing never waits for a page, nor fetching for the last commit.
_SLICES_AHEAD = 3
# Some milliseconds of work.
_ROWS_AT_ONCE = 100


@dataclass(frozen=True, slots=True)
class FetchedSlice:
    """Every row of the days, none twice, held until they are swapped in."""

    days: DateRange
    rows: StagedRows
    api_calls: int


async def store_insights(run: Run, known: Known, plan: SlicePlan) -> None:
    """Returns when every day of the plan is stored; a slice that was stored stays so, whatever comes after."""
    room, fetched = asyncio.Semaphore(_SLICES_AHEAD), asyncio.Queue[FetchedSlice | None]()
    fetching = asyncio.create_task(_keep_fetching(run, known, plan, room=room, fetched=fetched))
    fetching.add_done_callback(lambda _: fetched.put_nowait(None))
    try:
        while (slice_ := await fetched.get()) is not None:
            state = await patiently(partial(_swap, run, slice_))
            run.counts.days_done += slice_.days.days
            run.reporter.accept(state)
            room.release()
    except BaseException:
        fetching.cancel()
        await asyncio.wait([fetching])
        raise
    await fetching


async def _keep_fetching(
    run: Run, known: Known, plan: SlicePlan, *, room: asyncio.Semaphore, fetched: asyncio.Queue[FetchedSlice | None]
) -> None:
    """Ends with the plan; an error ends it too, and what was fetched before it is stored all the same."""
    await room.acquire()
    while (slice_ := await _fetch_next(run, known, plan)) is not None:
        fetched.put_nowait(slice_)
        await room.acquire()


async def _fetch_next(run: Run, known: Known, plan: SlicePlan) -> FetchedSlice | None:
    while (days := plan.take()) is not None:
        await run.pacer.go_on()
        fetched = await _fetch(run, known, days)
        if fetched is not None:
            plan.learn(days, len(fetched.rows))
            return fetched
        plan.give_back(days)
    return None


async def _fetch(run: Run, known: Known, days: DateRange) -> FetchedSlice | None:
    """None when the days are too many to hold, or for the platform to report at once; a single day is never."""
    calls_before = run.source.calls
    rows = StagedRows(line=part_line) if run.breakdowns else StagedRows()
    async with aclosing(_pages(run, days)) as pages:  # type: ignore[type-var]  # the sources are async generators
        try:
            async for page in pages:
                run.counts.rows_fetched += len(page.records)
                run.note_calls()
                if len(rows) + len(page.records) > MOST_ROWS_PER_SLICE and days.days > 1:
                    return None
                if any(record.day not in days for record in page.records):
                    raise InvalidResponse("The platform sent days that were not asked for.")
                await _stage(run, known, rows, page.records)
        except TooMuchData:
            if days.days == 1:
                raise
            return None
    return FetchedSlice(days, rows, run.source.calls - calls_before)


def _pages(run: Run, days: DateRange) -> AsyncIterator[InsightPage]:
    asked = (run.account.external_id, days.start, days.end)
    return run.source.broken_down(*asked, run.breakdowns) if run.breakdowns else run.source.insights(*asked)


async def _stage(run: Run, known: Known, rows: StagedRows, records: Sequence[InsightRecord]) -> None:
    """Makes the rows of one page, a few at a time: whoever stores the slice before is not kept waiting."""
    await _know_ads(run, known, {record.ad_external_id: record for record in records})
    for first in range(0, len(records), _ROWS_AT_ONCE):
        part = records[first : first + _ROWS_AT_ONCE]
        rows.add(_stored(run, record, known.ads[record.ad_external_id]) for record in part)
        await asyncio.sleep(0)


async def _swap(run: Run, fetched: FetchedSlice) -> RunState:
    """One transaction: the days, the roll-ups and the memory of the slice; nothing of it when the run lost the job."""
    now = run.tools.clock()
    stored = InsightSlice(
        ad_account_id=run.account.id,
        days=fetched.days,
        rows=fetched.rows,
        refreshed_at=now,
        settled_through=settled_through(local_day(now, run.account.time_zone)),
    )
    async with run.tools.db.write(run.scope) as session:
        if run.breakdowns:
            counts = await replace_parts(session, set_name(run.breakdowns), stored)
        else:
            counts = await replace_slice(session, stored)
        done = DoneSlice(
            start=fetched.days.start,
            end=fetched.days.end,
            rows_fetched=len(fetched.rows),
            rows_stored=counts.stored,
            rows_removed=counts.removed,
            api_calls=fetched.api_calls,
        )
        state = await complete_slice(session, run.fence, done, now=now)
        if state is None:
            raise RunLost
    return state


def _stored(run: Run, record: InsightRecord, place: AdPlace) -> StoredInsight:
    values = record.values(run.breakdowns) if isinstance(record, BrokenDownRecord) else ()
    return StoredInsight(
        day=record.day,
        ad_id=place.ad_id,
        ad_set_id=place.ad_set_id,
        campaign_id=place.campaign_id,
        currency=record.currency,
        facts=base_facts_from_row(record),
        actions=None if values else raw_actions(record.actions),
        action_values=None if values else raw_actions(record.action_values),
        values=values,
    )


async def _know_ads(run: Run, known: Known, ads: dict[str, InsightRecord]) -> None:
    """Where every ad of the page hangs; one that no list has, because it was deleted there, is fetched by its id."""
    missing = sorted(ads.keys() - known.ads.keys())
    if not missing:
        return

    async def stored() -> dict[str, AdPlace]:
        async with run.tools.db.read(run.scope) as session:
            return await ad_places(session, run.account.id, missing)

    known.ads.update(await patiently(stored))
    unlisted = [external_id for external_id in missing if external_id not in known.ads]
    if unlisted:
        records = await _unlisted_ads(run, {external_id: ads[external_id] for external_id in unlisted})
        known.ads.update(await run.store(partial(store_ads, run=run, known=known, records=records, listed=False)))


async def _unlisted_ads(run: Run, ads: dict[str, InsightRecord]) -> list[AdRecord]:
    """The platform's own records where it still has them, else what the row tells: its numbers are not dropped."""
    found = {record.external_id: record for record in await run.source.ads_by_ids(list(ads))}
    run.note_calls()
    return [found.get(external_id) or _placeholder(run, row) for external_id, row in ads.items()]


def _placeholder(run: Run, row: InsightRecord) -> AdRecord:
    return AdRecord(
        external_id=row.ad_external_id,
        ad_set_external_id=row.ad_set_external_id,
        campaign_external_id=row.campaign_external_id,
        creative_external_id=None,
        name=f"Ad {row.ad_external_id}",
        status=DeliveryStatus.DELETED,
        created_at=run.started_at,
        updated_at=run.started_at,
    )

"""The second step of a refresh: insights in runs of whole days, the next one fetched while the last is stored."""

import asyncio
from collections.abc import Collection, Iterator
from contextlib import aclosing
from dataclasses import dataclass
from functools import partial

from analytics.actions import base_facts_from_row
from analytics.periods import DateRange, local_day, settled_through
from integrations.errors import InvalidResponse, TooMuchData
from integrations.meta.records import AdRecord, InsightRecord, raw_actions
from models.campaign import DeliveryStatus
from models.entity_upsert import AdPlace, ad_places
from models.insight_write import InsightSlice, StoredInsight, replace_slice
from models.refresh_runs import DoneSlice, RunState, complete_slice
from services.patience import patiently
from services.refresh_entities import Known, store_ads
from services.refresh_plan import MOST_ROWS_PER_SLICE, SlicePlan
from services.refresh_progress import RunLost
from services.refresh_run import Run


@dataclass(frozen=True, slots=True)
class FetchedSlice:
    """Every row of the days, none twice, held until they are swapped in."""

    days: DateRange
    records: list[InsightRecord]
    api_calls: int


@dataclass(frozen=True, slots=True)
class StoredRows(Collection[StoredInsight]):
    """The rows as they are stored, made while they are copied: all at once they would hold up everything else."""

    records: list[InsightRecord]
    places: dict[str, AdPlace]

    def __len__(self) -> int:
        return len(self.records)

    def __iter__(self) -> Iterator[StoredInsight]:
        return (_stored(record, self.places[record.ad_external_id]) for record in self.records)

    def __contains__(self, row: object) -> bool:
        return any(row == each for each in self)


async def store_insights(run: Run, known: Known, plan: SlicePlan) -> None:
    """Returns when every day of the plan is stored; a slice that was stored stays so, whatever comes after."""
    fetched = await _fetch_next(run, plan)
    while fetched is not None:
        coming = asyncio.create_task(_fetch_next(run, plan))
        try:
            await _store(run, known, fetched)
        except BaseException:
            coming.cancel()
            await asyncio.wait([coming])
            raise
        fetched = await coming


async def _fetch_next(run: Run, plan: SlicePlan) -> FetchedSlice | None:
    while (days := plan.take()) is not None:
        fetched = await _fetch(run, days)
        if fetched is not None:
            plan.learn(days, len(fetched.records))
            return fetched
        plan.give_back(days)
    return None


async def _fetch(run: Run, days: DateRange) -> FetchedSlice | None:
    """None when the days are too many to hold, or for the platform to report at once; a single day is never."""
    calls_before, records = run.source.calls, list[InsightRecord]()
    async with aclosing(run.source.insights(run.account.external_id, days.start, days.end)) as pages:  # type: ignore[type-var]  # the sources are async generators
        try:
            async for page in pages:
                records += page.records
                run.counts.rows_fetched += len(page.records)
                run.note_calls()
                if len(records) > MOST_ROWS_PER_SLICE and days.days > 1:
                    return None
        except TooMuchData:
            if days.days == 1:
                raise
            return None
    if any(record.day not in days for record in records):
        raise InvalidResponse("The platform sent days that were not asked for.")
    return FetchedSlice(days, records, run.source.calls - calls_before)


async def _store(run: Run, known: Known, fetched: FetchedSlice) -> None:
    places = await _places(run, known, {record.ad_external_id: record for record in fetched.records})
    state = await patiently(partial(_swap, run, fetched, StoredRows(fetched.records, places)))
    run.counts.days_done += fetched.days.days
    run.reporter.accept(state)


async def _swap(run: Run, fetched: FetchedSlice, rows: StoredRows) -> RunState:
    """One transaction: the days, the roll-ups and the memory of the slice; nothing of it when the run lost the job."""
    now = run.tools.clock()
    stored = InsightSlice(
        ad_account_id=run.account.id,
        days=fetched.days,
        rows=rows,
        refreshed_at=now,
        settled_through=settled_through(local_day(now, run.account.time_zone)),
    )
    async with run.tools.db.write(run.scope) as session:
        counts = await replace_slice(session, stored)
        done = DoneSlice(
            start=fetched.days.start,
            end=fetched.days.end,
            rows_fetched=len(fetched.records),
            rows_stored=counts.stored,
            rows_removed=counts.removed,
            api_calls=fetched.api_calls,
        )
        state = await complete_slice(session, run.fence, done, now=now)
        if state is None:
            raise RunLost
    return state


def _stored(record: InsightRecord, place: AdPlace) -> StoredInsight:
    return StoredInsight(
        day=record.day,
        ad_id=place.ad_id,
        ad_set_id=place.ad_set_id,
        campaign_id=place.campaign_id,
        currency=record.currency,
        facts=base_facts_from_row(record),
        actions=raw_actions(record.actions),
        action_values=raw_actions(record.action_values),
    )


async def _places(run: Run, known: Known, ads: dict[str, InsightRecord]) -> dict[str, AdPlace]:
    """Where every ad of the slice hangs; one that no list has, because it was deleted there, is fetched by its id."""

    async def stored() -> dict[str, AdPlace]:
        async with run.tools.db.read(run.scope) as session:
            return await ad_places(session, run.account.id, list(ads))

    places = await patiently(stored)
    unlisted = sorted(ads.keys() - places.keys())
    if unlisted:
        records = await _unlisted_ads(run, {external_id: ads[external_id] for external_id in unlisted})
        places |= await run.store(partial(store_ads, run=run, known=known, records=records, listed=False))
    return places


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

"""Makes rows of the records of ad-days, and finds campaign and ad set of ads that the lists lack (deleted ones)."""

import asyncio
from collections.abc import Collection, Sequence
from functools import partial

from analytics.meta.breakdowns import unknown_columns
from integrations.ads.records import AdDayRow, AdRecord
from integrations.ads.spoiled import Spoiled
from models.ads.ad import Ad
from models.ads.entity_upsert import PLACEHOLDERS, AdPlace, ad_places
from models.insights.day_swap import StagedRows, StoredInsight
from services.connections.account_checks import is_currency
from services.ingestion.entities.lookups import by_life, fetch_and_store_creatives, fetch_and_store_parents
from services.ingestion.entities.storing import Known, store_ads
from services.ingestion.losses import tell_losses
from services.ingestion.run import Run
from services.patience import patiently

# Making so many rows takes some milliseconds; then the event loop may do other work.
_ROWS_AT_ONCE = 100


async def stage(
    run: Run, known: Known, rows: StagedRows, records: Sequence[AdDayRow], *, missing: Collection[str] = ()
) -> None:
    """Adds the rows of one page, a few at a time, so that storing the slice before does not wait for it.

    `missing` are fields that the platform did not answer. What cannot be read of a row is noted in the run's oddities.
    """
    await _load_or_fetch_ads(run, known, {record.ad_external_id: record for record in records})
    placed = [record for record in records if record.ad_external_id in known.ads]
    if len(placed) < len(records):
        run.oddities.add(spoiled_row(record, None) for record in records if record.ad_external_id not in known.ads)
    for first in range(0, len(placed), _ROWS_AT_ONCE):
        some = placed[first : first + _ROWS_AT_ONCE]
        rows.add(_stored(run, record, known.ads[record.ad_external_id], missing) for record in some)
        await asyncio.sleep(0)


def _stored(run: Run, record: AdDayRow, place: AdPlace, missing: Collection[str]) -> StoredInsight:
    values = record.values(run.breakdowns)
    odd: list[str] = []
    own = run.account.currency
    currency = record.currency if record.currency == own or is_currency(record.currency) else own
    if record.currency not in ("", currency):
        odd.append(record.platform_name("currency"))
    # Platforms leave out what is zero. So an ad with a video whose row has no plays had none.
    facts = record.facts(missing=missing, is_video=place.has_video or None, odd=odd)
    if odd:
        run.oddities.add(spoiled_row(record, name) for name in odd)
    facts |= dict.fromkeys(unknown_columns(run.breakdowns))
    return StoredInsight(
        day=record.day,
        ad_id=place.ad_id,
        ad_set_id=place.ad_set_id,
        campaign_id=place.campaign_id,
        currency=currency,
        facts=facts,
        actions=None if values else record.raw_actions,
        action_values=None if values else record.raw_action_values,
        values=values,
    )


def spoiled_row(record: AdDayRow, field_name: str | None) -> Spoiled:
    """A field of a row that cannot be read, or the whole row when `field_name` is None."""
    return Spoiled(record.kind, field_name, record.ad_external_id, record.day.isoformat())


async def _load_or_fetch_ads(run: Run, known: Known, ads: dict[str, AdDayRow]) -> None:
    """Makes every ad of the page known; an ad that no list has, because it was deleted, is fetched by its id."""
    missing = sorted(ads.keys() - known.ads.keys())
    if not missing:
        return

    async def load() -> dict[str, AdPlace]:
        async with run.db.read(run.scope) as session:
            return await ad_places(session, run.account.id, missing)

    known.ads.update(await patiently(load))
    unlisted = [external_id for external_id in missing if external_id not in known.ads]
    if unlisted:
        records = await _fetch_unlisted_ads(run, known, {external_id: ads[external_id] for external_id in unlisted})
        for listed, some in by_life(records):
            known.ads.update(await run.store(partial(store_ads, run=run, known=known, records=some, listed=listed)))


async def _fetch_unlisted_ads(run: Run, known: Known, ads: dict[str, AdDayRow]) -> list[AdRecord]:
    """A record of each ad: the platform's where it still has one, else a placeholder with what the row tells, so that
    no numbers are dropped. The creatives, ad sets and campaigns that the records name are stored as well.
    """
    found = {record.external_id: record for record in await run.source.ads_by_ids(list(ads))}
    run.note_calls()
    tell_losses(run, known)
    unknown = [row for external_id, row in ads.items() if external_id not in found]
    records = [*found.values(), *(_placeholder(run, known, row) for row in unknown if _has_place(row))]
    await fetch_and_store_creatives(run, known, found.values())
    await fetch_and_store_parents(run, known, records)
    return records


def _has_place(row: AdDayRow) -> bool:
    return bool(row.ad_set_external_id and row.campaign_external_id)


def _placeholder(run: Run, known: Known, row: AdDayRow) -> AdRecord:
    return AdRecord(
        external_id=row.ad_external_id,
        ad_set_external_id=row.ad_set_external_id,
        campaign_external_id=row.campaign_external_id,
        creative_external_id=None,
        name=f"{PLACEHOLDERS[Ad]} {row.ad_external_id}",
        status=known.fate(row.ad_external_id),
        created_at=run.started_at,
        updated_at=run.started_at,
    )

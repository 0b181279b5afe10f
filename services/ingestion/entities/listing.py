"""The second step of a refresh: which of an account's campaigns, ad sets, creatives and ads are asked for.

The first refresh and then one a day list everything, which shows what has vanished; those between ask for what the
platform changed since. When a campaign is paused, the platform changes the status of its ads but not the time of their
last change. So whatever is below a changed status is read too.
"""

from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from typing import TypeVar

from analytics.enums import EntityLevel
from integrations.ads.list_memory import Loss
from integrations.ads.records import AdRecord, AdSetRecord, CampaignRecord, CreativeRecord
from integrations.errors import InvalidResponse, Misshapen, PermissionMissing, Rejected
from models.ads.ad_set import AdSet
from models.ads.campaign import Campaign
from models.ads.creative import Creative
from models.ads.entity_upsert import statuses_by_external_id
from models.database import WriteSession
from models.ingestion.entity_reading import EntityReading, entity_readings, keep_readings
from services.ingestion.entities.lookups import fetch_and_store_creatives, fetch_and_store_parents, store_sure_creatives
from services.ingestion.entities.storing import Known, store_ad_sets, store_ads, store_campaigns
from services.ingestion.entities.vanished import KINDS, fetch_vanished, mark_vanished
from services.ingestion.losses import is_whole, load_list_memory, store_list_memory, tell_losses
from services.ingestion.run import Run
from services.patience import patiently

# How often everything is listed. Only that shows what was deleted, which may therefore stay unnoticed for so long.
LIST_ALL_EVERY = timedelta(hours=24)
LEVELS = (EntityLevel.CAMPAIGN, EntityLevel.AD_SET, EntityLevel.AD)
# Rows per transaction: a statement of a few hundred rows takes milliseconds, and its locks last no longer.
_BATCH = 500
# Reading what is below a changed campaign or ad set costs calls for each of them: with more, listing all is cheaper.
_MOST_PARENTS = 10

# What the memory of lists calls each level.
_LISTS = {EntityLevel.CAMPAIGN: "campaigns", EntityLevel.AD_SET: "ad sets", EntityLevel.AD: "ads"}

R = TypeVar("R", CampaignRecord, AdSetRecord, AdRecord, CreativeRecord)
P = TypeVar("P", CampaignRecord, AdSetRecord)


class _TooManyChanges(Exception):
    """More parents have another status than _MOST_PARENTS: everything is listed instead."""


@dataclass(slots=True)
class _Reading:
    """One reading of the account's entities: since which instant, by level, and how far it came.

    `since` is empty where everything is listed. `campaigns` and `ad_sets` are those that have another status than the
    stored one. They are stored last: where a run ends before that, the next one sees the change again and reads again
    what is below them.
    """

    run: Run
    since: dict[EntityLevel, datetime] = field(default_factory=dict)
    latest: dict[EntityLevel, datetime] = field(default_factory=dict)
    known: Known = field(default_factory=Known)
    campaigns: dict[str, CampaignRecord] = field(default_factory=dict)
    ad_sets: dict[str, AdSetRecord] = field(default_factory=dict)

    @property
    def has_other_status(self) -> bool:
        return bool(self.campaigns or self.ad_sets)

    def note(self, level: EntityLevel, records: Sequence[CampaignRecord | AdSetRecord | AdRecord]) -> None:
        latest = max((record.updated_at for record in records if record.updated_at is not None), default=None)
        if latest is not None:
            self.latest[level] = max(self.latest.get(level, latest), latest)

    def rows(self, listed_at: datetime) -> list[EntityReading]:
        """How far each level is read: never beyond the start of this run, since later changes may have been missed."""
        return [
            EntityReading(
                tenant_id=self.run.fence.tenant_id,
                ad_account_id=self.run.account.id,
                level=level,
                read_through=min(latest, self.run.started_at) if (latest := self._latest(level)) else None,
                listed_at=listed_at,
            )
            for level in LEVELS
        ]

    def _latest(self, level: EntityLevel) -> datetime | None:
        if self.since and not is_whole(self.run.source.lists, _LISTS[level]):
            return self.since.get(level)  # what was refused may have changed, so the next run asks for it again
        return max((at for at in (self.latest.get(level), self.since.get(level)) if at), default=None)


async def sync_entities(run: Run) -> Known:
    """Stores what is new; what the platform no longer lists is marked as deleted there, and stays readable.

    Answers the ids of what was listed. Raises the IntegrationErrors of the platform's lists.
    """
    await load_list_memory(run)
    stored = {reading.level: reading for reading in await _load_readings(run)}
    since = {level: reading.read_through for level, reading in stored.items() if reading.read_through is not None}
    listed_at = min((reading.listed_at for reading in stored.values()), default=None)
    # Changes can only be asked for where an earlier run has told the latest change of every level.
    if listed_at is None or run.started_at - listed_at >= LIST_ALL_EVERY or len(since) < len(LEVELS):
        return await _fetch_and_store_all(run)
    try:
        return await _fetch_and_store_changes(_Reading(run, since), listed_at)
    except _TooManyChanges:
        return await _fetch_and_store_all(run)


async def _load_readings(run: Run) -> Sequence[EntityReading]:
    async def load() -> Sequence[EntityReading]:
        async with run.db.read(run.scope) as session:
            return await entity_readings(session, run.account.id)

    return await patiently(load)


async def _fetch_and_store_all(run: Run) -> Known:
    reading, account_id = _Reading(run), run.account.external_id
    await _fetch_and_store_campaigns(reading)
    await _fetch_and_store_ad_sets(reading, account_id)
    await _fetch_and_store_creatives(reading)
    await _fetch_and_store_ads(reading, account_id)
    tell_losses(run, reading.known)
    # Of a kind of which something was refused or could not be read, that may be any of those that were not seen.
    complete = [
        entity
        for entity, (plural, singular) in KINDS.items()
        if is_whole(run.source.lists, plural)
        and not run.oddities.has_lost(singular)
        and not (entity is Creative and reading.known.unsure)
    ]
    vanished = await fetch_vanished(run, reading.known, complete)

    async def finish(session: WriteSession) -> None:
        for each in vanished:
            await mark_vanished(session, run, each)
        await keep_readings(session, reading.rows(run.started_at))
        await store_list_memory(session, run)

    await run.checkpoint(finish)
    return reading.known


async def _fetch_and_store_changes(reading: _Reading, listed_at: datetime) -> Known:
    run, account_id = reading.run, reading.run.account.external_id
    await _fetch_and_store_campaigns(reading)
    await _fetch_and_store_ad_sets(reading, account_id)
    if len(reading.campaigns) + len(reading.ad_sets) > _MOST_PARENTS:
        raise _TooManyChanges
    # The platform does not count a pause of the parent as a change of what is below it, so all of that is read.
    for campaign_id in sorted(reading.campaigns):
        await _fetch_and_store_ad_sets(reading, campaign_id)
    for owner_id in (account_id, *sorted(reading.campaigns), *sorted(reading.ad_sets)):
        await _fetch_and_store_ads(reading, owner_id)

    tell_losses(run, reading.known)

    # Below a changed status something was refused. The status is stored now, so the next reading of changes would not
    # look there again: it lists everything instead.
    lists_all_next = reading.has_other_status and not all(
        is_whole(run.source.lists, _LISTS[level]) for level in (EntityLevel.AD_SET, EntityLevel.AD)
    )

    async def finish(session: WriteSession) -> None:
        await store_campaigns(session, run, [*reading.campaigns.values()])
        await store_ad_sets(session, run, reading.known, [*reading.ad_sets.values()])
        await keep_readings(session, reading.rows(run.started_at - LIST_ALL_EVERY if lists_all_next else listed_at))
        await store_list_memory(session, run)

    await run.checkpoint(finish)
    return reading.known


async def _fetch_and_store_campaigns(reading: _Reading) -> None:
    run, level = reading.run, EntityLevel.CAMPAIGN
    account, since = run.account, reading.since.get(level)
    listed = run.source.campaigns(account.external_id, currency=account.currency, changed_since=since)
    async for records in _fetch_batches(run, listed, _LISTS[level]):
        reading.note(level, records)
        reading.campaigns |= await _load_with_other_status(reading, Campaign, records)
        # Campaigns with another status are stored at the end, together with how far the reading has come.
        now = [record for record in records if record.external_id not in reading.campaigns]
        reading.known.campaigns.update(await run.store(partial(store_campaigns, run=run, records=now)))


async def _fetch_and_store_ad_sets(reading: _Reading, owner_id: str) -> None:
    run, level, known = reading.run, EntityLevel.AD_SET, reading.known
    is_account = owner_id == run.account.external_id
    since = reading.since.get(level) if is_account else None
    listed = run.source.ad_sets(owner_id, currency=run.account.currency, changed_since=since)
    async for records in _fetch_batches(run, listed, _LISTS[level]):
        if is_account:
            reading.note(level, records)
            reading.ad_sets |= await _load_with_other_status(reading, AdSet, records)
        now = [record for record in records if not is_account or record.external_id not in reading.ad_sets]
        await fetch_and_store_parents(run, known, now)
        known.ad_sets.update(await run.store(partial(store_ad_sets, run=run, known=known, records=now)))


async def _fetch_and_store_ads(reading: _Reading, owner_id: str) -> None:
    run, level = reading.run, EntityLevel.AD
    is_account = owner_id == run.account.external_id
    since = reading.since.get(level) if is_account else None
    async for records in _fetch_batches(run, run.source.ads(owner_id, changed_since=since), _LISTS[level]):
        if is_account:
            reading.note(level, records)
        # Rows of ads refer to these, and a list may lack some of them.
        await fetch_and_store_creatives(run, reading.known, records)
        await fetch_and_store_parents(run, reading.known, records)
        await run.store(partial(store_ads, run=run, known=reading.known, records=records))


async def _load_with_other_status(
    reading: _Reading, entity: type[Campaign] | type[AdSet], records: list[P]
) -> dict[str, P]:
    """The records with another status than the stored one, by external id; none where everything is listed anyway."""
    if not reading.since:
        return {}
    run = reading.run

    async def load() -> dict[str, str]:
        async with run.db.read(run.scope) as session:
            return await statuses_by_external_id(session, entity, [record.external_id for record in records])

    stored = await patiently(load)
    return {
        record.external_id: record
        for record in records
        if "status" not in record.untold and stored.get(record.external_id, record.status) != record.status
    }


async def _fetch_and_store_creatives(reading: _Reading) -> None:
    """Lists the creatives. Where that fails, it is a loss: ads and numbers are worth more than the names of assets."""
    run = reading.run
    try:
        async for creatives in _fetch_batches(run, run.source.creatives(run.account.external_id), "creatives"):
            await store_sure_creatives(run, reading.known, creatives)
    except (InvalidResponse, PermissionMissing, Rejected) as error:
        run.source.lists.lose(Loss("creatives", error.message))


async def _fetch_batches(run: Run, listed: AsyncGenerator[R, None], kind: str) -> AsyncIterator[list[R]]:
    """The listed records in batches of a few hundred, no record twice in a batch: an upsert takes each row once.

    After a page that has no rows, or that leads to no end, the rest of the list is a loss. Most of what it holds is
    read by its id when ads or insights name it.
    """
    await run.pacer.go_on()
    batch: dict[str, R] = {}
    async with aclosing(_fetch_to_its_end(run, listed, kind)) as records:
        async for record in records:
            batch[record.external_id] = record
            if len(batch) == _BATCH:
                run.note_calls()
                yield list(batch.values())
                batch = {}
    run.note_calls()
    if batch:
        yield list(batch.values())


async def _fetch_to_its_end(run: Run, listed: AsyncGenerator[R, None], kind: str) -> AsyncGenerator[R, None]:
    async with aclosing(listed) as records:
        try:
            async for record in records:
                yield record
        except Misshapen as error:
            run.source.lists.lose(Loss(kind, error.message))

"""Reads by their ids creatives, ad sets and campaigns that other records name and no list has brought."""

from collections.abc import Collection, Iterable, Sequence
from functools import partial
from typing import TypeVar

from integrations.ads.records import AdRecord, AdSetRecord, CampaignRecord, CreativeRecord
from models.ads.ad_set import AdSet
from models.ads.campaign import Campaign, DeliveryStatus
from models.ads.entity_upsert import AdPlace, ad_places, ids_by_external_id
from services.ingestion.entities.storing import Ids, Known, store_ad_sets, store_campaigns, store_creatives
from services.ingestion.losses import tell_losses
from services.ingestion.run import Run
from services.patience import patiently

P = TypeVar("P", CampaignRecord, AdSetRecord, AdRecord)


async def fetch_and_store_creatives(run: Run, known: Known, ads: Collection[AdRecord]) -> None:
    """The creatives of the ads that this run does not know yet.

    The platform does not say when a creative was last changed, so they are read again in every run.
    """
    named = {ad.creative_external_id for ad in ads if ad.creative_external_id}
    if wanted := sorted(named - known.creatives.keys() - known.unsure.keys() - known.unreadable):
        records = await run.source.creatives_by_ids(wanted)
        run.note_calls()
        tell_losses(run, known)
        await store_sure_creatives(run, known, records)
    await _store_unsure(run, known, [ad for ad in ads if ad.creative_external_id in known.unsure])


async def store_sure_creatives(run: Run, known: Known, records: Iterable[CreativeRecord]) -> None:
    """Stores the creatives of which the platform says what they show.

    The others are noted as unsure: they are stored only for an ad that has no creative yet.
    """
    sure = list[CreativeRecord]()
    for record in records:
        known.landings[record.external_id] = record.landing
        if "asset_key" in record.untold:
            known.unsure[record.external_id] = record
        else:
            sure.append(record)
    known.creatives.update(await run.store(partial(store_creatives, run=run, records=sure)))


async def _store_unsure(run: Run, known: Known, ads: Sequence[AdRecord]) -> None:
    if not ads:
        return

    async def load() -> dict[str, AdPlace]:
        async with run.db.read(run.scope) as session:
            return await ad_places(session, run.account.id, [ad.external_id for ad in ads])

    places = await patiently(load)
    has_one = {external_id for external_id, place in places.items() if place.creative_id is not None}
    wanted = {ad.creative_external_id for ad in ads if ad.external_id not in has_one} - known.creatives.keys()
    records = [record for external_id, record in known.unsure.items() if external_id in wanted]
    known.creatives.update(await run.store(partial(store_creatives, run=run, records=records)))


async def fetch_and_store_parents(run: Run, known: Known, children: Sequence[AdRecord] | Sequence[AdSetRecord]) -> None:
    """The ad sets and campaigns that the children name and nobody has stored.

    What the platform does not answer for gets a placeholder when the children are stored.
    """
    currency, source = run.account.currency, run.source
    ad_sets: Sequence[AdSetRecord] = []
    if wanted := await _load_unknown(run, AdSet, known.ad_sets, {_ad_set_of(child) for child in children} - {""}):
        ad_sets = await source.ad_sets_by_ids(_readable(known, wanted), currency=currency)
    named = {child.campaign_external_id for child in (*children, *ad_sets)}
    if wanted := await _load_unknown(run, Campaign, known.campaigns, named):
        campaigns = await source.campaigns_by_ids(_readable(known, wanted), currency=currency)
        for listed, named_ones in by_life(campaigns):
            storing = partial(store_campaigns, run=run, records=named_ones, listed=listed)
            known.campaigns.update(await run.store(storing))
    run.note_calls()
    tell_losses(run, known)
    for listed, parents in by_life(ad_sets):
        known.ad_sets.update(
            await run.store(partial(store_ad_sets, run=run, known=known, records=parents, listed=listed))
        )


def _ad_set_of(child: AdRecord | AdSetRecord) -> str:
    return child.ad_set_external_id if isinstance(child, AdRecord) else ""


def _readable(known: Known, external_ids: Collection[str]) -> list[str]:
    return sorted(each for each in external_ids if each not in known.unreadable)


async def _load_unknown(run: Run, entity: type[Campaign] | type[AdSet], known: Ids, external_ids: set[str]) -> set[str]:
    """The external ids that were never stored; the ids of the others are added to `known`."""
    missing = sorted(external_ids - known.keys())
    if not missing:
        return set()

    async def load() -> dict[str, object]:
        async with run.db.read(run.scope) as session:
            return {**await ids_by_external_id(session, entity, run.account.id, missing)}

    known.update(await patiently(load))  # type: ignore[arg-type]  # ids
    return external_ids - known.keys()


def by_life(records: Iterable[P]) -> list[tuple[bool, list[P]]]:
    """The records in two groups, by whether a list can have them: what is deleted answers to its id only."""
    alive, gone = list[P](), list[P]()
    for record in records:
        (gone if record.status == DeliveryStatus.DELETED else alive).append(record)
    return [(listed, some) for listed, some in ((True, alive), (False, gone)) if some]

"""What a listing of everything has not brought is asked for by its id before it is called deleted.

The reason is that a list may leave out what exists. Creatives are stored by what they show, which is no id that the
platform knows, so they cannot be asked for; those of ads that are found are read with the ads.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from functools import partial

from integrations.ads.records import AdRecord, AdSetRecord, CampaignRecord
from models.ads.ad import Ad
from models.ads.ad_set import AdSet
from models.ads.campaign import Campaign, DeliveryStatus
from models.ads.creative import Creative
from models.ads.entity_upsert import Entity, mark_unseen, unseen_external_ids
from models.database import WriteSession
from services.ingestion.entities.lookups import by_life, fetch_and_store_creatives, fetch_and_store_parents
from services.ingestion.entities.storing import Known, store_ad_sets, store_ads, store_campaigns
from services.ingestion.losses import tell_losses
from services.ingestion.run import Run
from services.patience import patiently

# The names of each kind: the plural in the memory of lists, the singular in the oddities.
KINDS: dict[Entity, tuple[str, str]] = {
    Campaign: ("campaigns", "campaign"),
    AdSet: ("ad sets", "ad set"),
    Ad: ("ads", "ad"),
    Creative: ("creatives", "creative"),
}
_ASKED_FOR: tuple[Entity, ...] = (Campaign, AdSet, Ad)
# How many ids one listing asks for at most, and in about how many calls. Each kind may use an equal part of what the
# kinds before it have left over.
_MOST_IDS = 1_000
_MOST_CALLS = 200
# How many ids one call asks for.
_IDS_AT_ONCE = 50


@dataclass(frozen=True, slots=True)
class Vanished:
    """What was deleted of a kind: the external ids in `only`; where that is None, everything that no list has brought
    except the ids in `refused`.
    """

    entity: Entity
    only: frozenset[str] | None
    refused: frozenset[str]


@dataclass(slots=True)
class _Search:
    """What the platform has answered about the ids in `asked`: `lives` exist there, `gone` do not.

    An id that was refused is in neither.
    """

    entity: Entity
    asked: set[str] = field(default_factory=set)
    lives: set[str] = field(default_factory=set)
    gone: set[str] = field(default_factory=set)
    calls: int = 0


async def fetch_vanished(run: Run, known: Known, complete: Collection[Entity]) -> list[Vanished]:
    """Stores what still exists and answers what was deleted, by kind.

    Where everything that was asked for is gone, the list is believed about what was not asked for as well. Of a kind
    whose list is not `complete` only what was asked for can be called deleted.
    """
    vanished = [Vanished(Creative, None, frozenset())] if Creative in complete else []
    ids, calls = _MOST_IDS, _MOST_CALLS
    for kinds_left, entity in zip(range(len(_ASKED_FOR), 0, -1), _ASKED_FOR, strict=True):
        plural, singular = KINDS[entity]
        unseen = await _load_unseen(run, known, entity)
        search = await _fetch_by_ids(run, known, entity, unseen[: ids // kinds_left], calls=calls // kinds_left)
        ids, calls = ids - len(search.asked), calls - search.calls
        if run.oddities.has_lost(singular):
            continue  # a row that could not be read may be any of those without an answer
        is_believed = entity in complete and bool(search.asked) and search.gone == search.asked
        vanished.append(Vanished(entity, None if is_believed else frozenset(search.gone), frozenset(known.unreadable)))
        if entity in complete and search.lives and len(search.asked) < len(unseen):
            run.warn(
                f"The platform's list of {plural} lacks some that are there, so what else it lacks is not taken for"
                " deleted until everything is listed again."
            )
    return vanished


async def mark_vanished(session: WriteSession, run: Run, vanished: Vanished) -> None:
    await mark_unseen(
        session,
        vanished.entity,
        run.account.id,
        seen_at=run.started_at,
        among=vanished.only,
        but=vanished.refused,
    )


async def _load_unseen(run: Run, known: Known, entity: Entity) -> list[str]:
    """External ids of stored entities that no list has brought, without those that were refused for their id already.

    One more than may be asked for, so that the caller sees when there are more.
    """

    async def load() -> list[str]:
        async with run.db.read(run.scope) as session:
            account_id, most = run.account.id, _MOST_IDS + 1
            return await unseen_external_ids(session, entity, account_id, seen_at=run.started_at, most=most)

    return [external_id for external_id in await patiently(load) if external_id not in known.unreadable]


async def _fetch_by_ids(run: Run, known: Known, entity: Entity, external_ids: Sequence[str], *, calls: int) -> _Search:
    """Asks for the entities by their ids, in no more than `calls` calls, and stores those that exist.

    Where one id does not exist, the platform refuses all ids of the call. Finding it by halves costs up to two calls an
    id, so no more ids are asked for at once than half of the calls that are left.
    """
    search, calls_before, wanted = _Search(entity), run.source.calls, [*external_ids]
    await run.pacer.go_on()
    while wanted and not run.source.lists.is_given_up(KINDS[entity][0]):
        at_once = min(_IDS_AT_ONCE, (calls - search.calls) // 2)
        if at_once <= 0:
            break
        asked, wanted = wanted[:at_once], wanted[at_once:]
        statuses = await _fetch_and_store(run, known, entity, asked)
        search.calls = run.source.calls - calls_before
        search.asked.update(asked)
        search.lives.update(each for each, status in statuses.items() if status != DeliveryStatus.DELETED)
        search.gone.update({*asked} - search.lives - known.unreadable)
    return search


async def _fetch_and_store(run: Run, known: Known, entity: Entity, external_ids: Sequence[str]) -> dict[str, str]:
    """The status of each entity that the platform still knows, by external id."""
    found: Sequence[CampaignRecord | AdSetRecord | AdRecord]
    if entity is Campaign:
        found = await _fetch_and_store_campaigns(run, known, external_ids)
    elif entity is AdSet:
        found = await _fetch_and_store_ad_sets(run, known, external_ids)
    else:
        found = await _fetch_and_store_ads(run, known, external_ids)
    run.note_calls()
    tell_losses(run, known)
    return {record.external_id: record.status for record in found}


async def _fetch_and_store_campaigns(run: Run, known: Known, external_ids: Sequence[str]) -> list[CampaignRecord]:
    campaigns = await run.source.campaigns_by_ids(external_ids, currency=run.account.currency)
    for listed, some in by_life(campaigns):
        known.campaigns.update(await run.store(partial(store_campaigns, run=run, records=some, listed=listed)))
    return campaigns


async def _fetch_and_store_ad_sets(run: Run, known: Known, external_ids: Sequence[str]) -> list[AdSetRecord]:
    ad_sets = await run.source.ad_sets_by_ids(external_ids, currency=run.account.currency)
    await fetch_and_store_parents(run, known, ad_sets)
    for listed, some in by_life(ad_sets):
        known.ad_sets.update(await run.store(partial(store_ad_sets, run=run, known=known, records=some, listed=listed)))
    return ad_sets


async def _fetch_and_store_ads(run: Run, known: Known, external_ids: Sequence[str]) -> list[AdRecord]:
    ads = await run.source.ads_by_ids(external_ids)
    await fetch_and_store_creatives(run, known, [ad for ad in ads if ad.status != DeliveryStatus.DELETED])
    await fetch_and_store_parents(run, known, ads)
    for listed, some in by_life(ads):
        await run.store(partial(store_ads, run=run, known=known, records=some, listed=listed))
    return ads

"""Makes placeholders of what a file names and nobody knows: ads, and the campaigns and ad sets above them.

What the file tells the platform's id of gets that, so that a refresh finds it; the others get one of ours.
"""

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from analytics.enums import NamingLevel
from analytics.reports.lines import FileFault
from models.ads.ad import Ad
from models.ads.ad_account import AdAccount
from models.ads.ad_set import AdSet
from models.ads.campaign import Campaign, DeliveryStatus
from models.ads.entity_upsert import AdPlace, Entity, upsert_entities
from models.ads.placeholders import note_placeholders, own_id
from models.database import WriteSession
from models.ids import new_id
from services.imports.placing import MissingEntity, PlacedAd
from services.naming.tagging import tag_stored

MOST_NEW_ADS = 10_000
_LEVELS: dict[Entity, NamingLevel] = {
    Campaign: NamingLevel.CAMPAIGN,
    AdSet: NamingLevel.AD_SET,
    Ad: NamingLevel.AD,
}


def check_number(missing: Collection[MissingEntity]) -> None:
    """Raises FileFault for a file with more ads that nobody knows than one import may make."""
    if len(missing) > MOST_NEW_ADS:
        raise FileFault(
            f"The file names {len(missing):,} ads that are not known, and at most {MOST_NEW_ADS:,} are made at once:"
            " refresh the ad account first, or send the file in parts."
        )


async def store_missing(
    session: WriteSession,
    account: AdAccount,
    placed: Sequence[PlacedAd],
    missing: Collection[MissingEntity],
    now: datetime,
) -> None:
    """Stores these ads and what is missing above them, and gives the placed ads their places."""
    if not missing:
        return
    ad_sets = _above(missing)
    for each in (_above(ad_sets), ad_sets, missing):
        # All at once: only so is it seen that several have one name, of which none takes an older placeholder over.
        await _store(session, account, list(each), now)
    await note_placeholders(session, account.id)
    for ad in placed:
        if ad.missing is not None and ad.missing.id is not None:
            ad.place = AdPlace(ad.missing.id, _id(ad.missing.above), _id(ad.missing.campaign), None)


def _above(missing: Iterable[MissingEntity]) -> list[MissingEntity]:
    """What is missing itself of what these lie in, each once."""
    return list(dict.fromkeys(each.above for each in missing if isinstance(each.above, MissingEntity)))


async def _store(session: WriteSession, account: AdAccount, missing: Sequence[MissingEntity], now: datetime) -> None:
    """Stores entities of one kind, whose parents are stored."""
    if not missing:
        return
    entity = missing[0].entity
    rows = [_row(session, account, each, now) for each in missing]
    ids = await upsert_entities(session, entity, rows)
    for each, row in zip(missing, rows, strict=True):
        each.id = ids[row["external_id"]]
    await tag_stored(session, _LEVELS[entity], list(ids.values()))


def _row(session: WriteSession, account: AdAccount, missing: MissingEntity, now: datetime) -> dict[str, Any]:
    entity_id = new_id()
    row = {
        "tenant_id": session.tenant_id,
        "id": entity_id,
        "ad_account_id": account.id,
        "platform": account.platform,
        "external_id": missing.external_id or own_id(entity_id),
        "name": missing.name,
        "status": DeliveryStatus.UNKNOWN,
        # When the platform made it is not known: these say when we have heard of it.
        "created_at": now,
        "updated_at": now,
        "last_seen_at": now,
        "deleted_upstream_at": None,
    }
    if missing.entity is AdSet:
        row["campaign_id"] = _id(missing.above)
    elif missing.entity is Ad:
        row |= {"ad_set_id": _id(missing.above), "campaign_id": _id(missing.campaign)}
    return row


def _id(place: MissingEntity | UUID | None) -> UUID:
    """The id of what is stored by now."""
    assert place is not None
    return place.stored_id if isinstance(place, MissingEntity) else place

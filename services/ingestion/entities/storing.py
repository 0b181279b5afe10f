"""Stores what the platform says of an account, its campaigns, ad sets, creatives and ads; must not list them."""

from collections import ChainMap
from collections.abc import Iterable, MutableMapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any
from uuid import UUID

from analytics.enums import NamingLevel
from integrations.ads.records import (
    UNKNOWN_LANDING,
    AdRecord,
    AdSetRecord,
    CampaignRecord,
    CreativeRecord,
    LandingRecord,
)
from models.ads.ad import Ad
from models.ads.ad_account import AdAccount, AdAccountStatus, raise_data_version
from models.ads.ad_set import AdSet
from models.ads.campaign import Campaign, DeliveryStatus
from models.ads.creative import Creative
from models.ads.entity_upsert import PLACEHOLDERS, AdPlace, ad_places, ids_by_external_id, upsert_entities
from models.database import WriteSession
from models.ids import new_id
from models.insights.day_swap import move_ads
from models.products.found_links import would_link_otherwise
from services.ad_links.queueing import find_links_anew
from services.connections.account_checks import is_currency, is_time_zone
from services.ingestion.run import Run
from services.naming.tagging import tag_stored

Ids = MutableMapping[str, UUID]


@dataclass(frozen=True, slots=True)
class Known:
    """Our ids of what is in the account, by the platform's ids; `creatives` by the platform's creative, not the asset.

    `landings` are where the platform's creatives lead. `ads` are those that had insights so far in this run.
    `unreadable` are the platform's ids of objects that it refuses to show. `unsure` are creatives of which the platform
    does not say what they show: an ad keeps its asset.
    """

    campaigns: Ids = field(default_factory=dict)
    ad_sets: Ids = field(default_factory=dict)
    creatives: Ids = field(default_factory=dict)
    landings: dict[str, LandingRecord] = field(default_factory=dict)
    ads: dict[str, AdPlace] = field(default_factory=dict)
    unreadable: set[str] = field(default_factory=set)
    unsure: dict[str, CreativeRecord] = field(default_factory=dict)

    def draft(self) -> "Known":
        """A view for one transaction: what it adds is forgotten with it, because the transaction may be repeated."""
        return replace(self, campaigns=ChainMap({}, self.campaigns), ad_sets=ChainMap({}, self.ad_sets))

    def creative_of(self, ad: AdRecord, earlier: AdPlace | None) -> UUID | None:
        """The asset of an ad: the one that it names now, else the stored one; the other way round for unsure ones."""
        now = self.creatives.get(ad.creative_external_id or "")
        before = earlier.creative_id if earlier else None
        return before or now if ad.creative_external_id in self.unsure else now or before

    def landing_of(self, ad: AdRecord) -> LandingRecord:
        return self.landings.get(ad.creative_external_id or "", UNKNOWN_LANDING)

    def fate(self, external_id: str) -> DeliveryStatus:
        """The status of something that no list and no question by ids has brought: DELETED, or UNKNOWN where the
        platform refused to show it.
        """
        return DeliveryStatus.UNKNOWN if external_id in self.unreadable else DeliveryStatus.DELETED


async def fetch_and_store_account(run: Run) -> None:
    """Takes over how the platform describes the account now; a change of currency or time zone is a warning."""
    record = await run.source.ad_account(run.account.external_id)
    run.note_calls()
    currency, time_zone = record.currency, record.time_zone
    if not is_currency(currency):
        run.warn(
            f"The platform names no currency for the account that we know; it is taken for {run.account.currency}."
        )
        currency = run.account.currency
    if not is_time_zone(time_zone):
        run.warn(f"The platform names no time zone that we know: {time_zone}; it is taken for {run.account.time_zone}.")
        time_zone = run.account.time_zone
    if currency != run.account.currency:
        run.warn(f"The account's currency changed from {run.account.currency} to {currency}.")
    if time_zone != run.account.time_zone:
        run.warn(f"The account's time zone changed from {run.account.time_zone} to {time_zone}.")

    async def describe(session: WriteSession) -> AdAccount:
        account = await session.get_one(AdAccount, (run.scope.tenant_id, run.account.id))
        account.currency, account.time_zone = currency, time_zone
        # A refused field has a stand-in in the record, which must not replace what an earlier refresh was told.
        if "name" not in record.untold:
            account.name = record.name
        if "status" not in record.untold:
            account.status = AdAccountStatus(record.status)
        await raise_data_version(session, [account.id])
        return account

    run.account = await run.store(describe)


def _common(run: Run, record: CampaignRecord | AdSetRecord | AdRecord, *, listed: bool = True) -> dict[str, Any]:
    return {
        "tenant_id": run.scope.tenant_id,
        # For a row that is new: one that is stored keeps its id.
        "id": new_id(),
        "ad_account_id": run.account.id,
        "platform": run.account.platform,
        "external_id": record.external_id,
        "name": record.name,
        "status": record.status,
        # Where the platform tells no times, or none that can be read, those of our first and last look stand in.
        "created_at": record.created_at or run.started_at,
        "updated_at": record.updated_at or run.started_at,
        "last_seen_at": run.started_at,
        "deleted_upstream_at": None if listed or record.status == DeliveryStatus.UNKNOWN else run.started_at,
    }


async def store_campaigns(
    session: WriteSession, run: Run, records: Sequence[CampaignRecord], *, listed: bool = True
) -> dict[str, UUID]:
    """The ids of the campaigns by external id; not `listed`: they are deleted, unless their status is UNKNOWN."""
    own = ("objective", "daily_budget", "lifetime_budget", "starts_at", "ends_at")
    rows = [
        {**_common(run, record, listed=listed), **{name: getattr(record, name) for name in own}} for record in records
    ]
    ids = await upsert_entities(session, Campaign, rows, [record.untold for record in records])
    await tag_stored(session, NamingLevel.CAMPAIGN, list(ids.values()))
    return ids


async def store_ad_sets(
    session: WriteSession, run: Run, known: Known, records: Sequence[AdSetRecord], *, listed: bool = True
) -> dict[str, UUID]:
    """As for campaigns; a campaign that an ad set names and nobody knows is stored as a placeholder."""
    known = known.draft()
    await load_or_store_campaigns(session, run, known, {record.campaign_external_id for record in records})
    own = ("optimization_goal", "daily_budget", "lifetime_budget")
    rows = [
        {
            **_common(run, record, listed=listed),
            **{name: getattr(record, name) for name in own},
            "campaign_id": known.campaigns[record.campaign_external_id],
        }
        for record in records
    ]
    ids = await upsert_entities(session, AdSet, rows, [record.untold for record in records])
    await tag_stored(session, NamingLevel.AD_SET, list(ids.values()))
    return ids


async def store_creatives(session: WriteSession, run: Run, records: Sequence[CreativeRecord]) -> dict[str, UUID]:
    """One row per asset: of several creatives that show the same one, the last that the platform lists describes it."""
    # One INSERT may not meet the same row twice, and many creatives may show one asset.
    by_asset = {record.asset_key: record for record in records}
    described = ("name", "kind", "title", "body", "thumbnail_url", "video_id", "image_hash")
    rows = [
        {
            "tenant_id": run.scope.tenant_id,
            "id": new_id(),
            "ad_account_id": run.account.id,
            "platform": run.account.platform,
            "external_id": asset_key,
            **{name: getattr(record, name) for name in described},
            # The platform tells no times of a creative: these say when it was first and last described.
            "created_at": run.started_at,
            "updated_at": run.started_at,
            "last_seen_at": run.started_at,
            "deleted_upstream_at": None,
        }
        for asset_key, record in by_asset.items()
    ]
    # `created_at` stays as stored: it says when the asset was first described.
    untold = [{*record.untold, "created_at"} for record in by_asset.values()]
    ids = await upsert_entities(session, Creative, rows, untold)
    return {record.external_id: ids[record.asset_key] for record in records}


async def store_ads(
    session: WriteSession, run: Run, known: Known, records: Sequence[AdRecord], *, listed: bool = True
) -> dict[str, AdPlace]:
    """Stores ads and answers their ids, ad sets, campaigns and creatives by external id.

    The insights of an ad that belongs to another ad set, campaign or creative by now move with it.
    """
    known = known.draft()
    # All of them: a platform may name several campaigns for one ad set.
    await load_or_store_campaigns(session, run, known, {record.campaign_external_id for record in records})
    await _load_or_store_ad_sets(
        session, run, known, {record.ad_set_external_id: record.campaign_external_id for record in records}
    )
    # Read before the upsert, which writes the places of today over those that the stored insights still have.
    before = await ad_places(session, run.account.id, [record.external_id for record in records])
    rows, untold = [], []
    for record in records:
        earlier, landing = before.get(record.external_id), known.landing_of(record)
        untold.append(record.untold | landing.untold)
        places = {
            "ad_set_id": known.ad_sets[record.ad_set_external_id],
            "campaign_id": known.campaigns[record.campaign_external_id],
            "creative_id": known.creative_of(record, earlier),
        }
        # None, and not none of them, for an ad that is new: what is not told is not known.
        urls = None if "landing_urls" in landing.untold else [*landing.landing_urls]
        leads = {"landing_urls": urls, "url_tags": landing.url_tags}
        rows.append({**_common(run, record, listed=listed), **places, **leads})
    is_news = await would_link_otherwise(session, rows, untold)
    ids = await upsert_entities(session, Ad, rows, untold)
    now = {
        row["external_id"]: AdPlace(ids[row["external_id"]], row["ad_set_id"], row["campaign_id"], row["creative_id"])
        for row in rows
    }
    # An ad that is new has no insights yet that could move.
    moved = [place for external_id, place in now.items() if before.get(external_id, place) != place]
    if moved:
        await move_ads(session, run.account.id, moved)
    await tag_stored(session, NamingLevel.AD, list(ids.values()))
    if is_news:
        await find_links_anew(session, is_hurried=False)
    return now


async def load_or_store_campaigns(session: WriteSession, run: Run, known: Known, external_ids: Iterable[str]) -> None:
    """Adds to `known` the campaigns that no list has brought: stored ones, else placeholders of deleted ones."""
    missing = set(external_ids) - known.campaigns.keys()
    if not missing:
        return
    known.campaigns.update(await ids_by_external_id(session, Campaign, run.account.id, list(missing)))
    # Numbers may be of a campaign that was deleted long ago, which no list names: they need an id of ours all the same.
    gone = [
        CampaignRecord(
            external_id=external_id,
            name=f"{PLACEHOLDERS[Campaign]} {external_id}",
            status=known.fate(external_id),
            objective=None,
            daily_budget=None,
            lifetime_budget=None,
            starts_at=None,
            ends_at=None,
            created_at=run.started_at,
            updated_at=run.started_at,
        )
        for external_id in sorted(missing - known.campaigns.keys())
    ]
    known.campaigns.update(await store_campaigns(session, run, gone, listed=False))


async def _load_or_store_ad_sets(session: WriteSession, run: Run, known: Known, campaigns: dict[str, str]) -> None:
    """As for campaigns; `campaigns` names the campaign of each ad set, both by the platform's ids."""
    await load_or_store_campaigns(session, run, known, campaigns.values())
    missing = set(campaigns) - known.ad_sets.keys()
    if not missing:
        return
    known.ad_sets.update(await ids_by_external_id(session, AdSet, run.account.id, list(missing)))
    gone = [
        AdSetRecord(
            external_id=external_id,
            campaign_external_id=campaigns[external_id],
            name=f"{PLACEHOLDERS[AdSet]} {external_id}",
            status=known.fate(external_id),
            optimization_goal=None,
            daily_budget=None,
            lifetime_budget=None,
            created_at=run.started_at,
            updated_at=run.started_at,
        )
        for external_id in sorted(missing - known.ad_sets.keys())
    ]
    known.ad_sets.update(await store_ad_sets(session, run, known, gone, listed=False))

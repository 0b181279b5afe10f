"""Finds the links of all ads of a tenant anew, some thousand ads at a time, and stores what differs."""

import asyncio
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from uuid import UUID

from analytics.clock import Clock
from analytics.links.finder import AdLinkSource, FoundLink, LinkFinder
from models.acting import TenantScope
from models.database import Database
from models.products.found_links import (
    KnownLink,
    LinkedAd,
    ads_to_link,
    drop_found_links,
    links_of_ads,
    products_to_link,
    ranges_of_ads,
    store_found_links,
)
from models.tenants.tenant import product_tag

# Ads of one transaction: what is written of them locks for some milliseconds.
_AT_ONCE = 2_000


@dataclass(slots=True)
class _Difference:
    """Links to be stored, and those that are found no more, by ad and product."""

    new: list[tuple[LinkedAd, FoundLink]] = field(default_factory=list)
    gone: list[tuple[UUID, UUID]] = field(default_factory=list)


async def find_ad_links(db: Database, clock: Clock, tenant_id: UUID) -> int:
    """Stores which ads advertise which products, and answers how many links have changed.

    It does not stand still while it reads: whoever changes something meanwhile has queued another search.
    """
    scope, changed = TenantScope(tenant_id), 0
    async with db.read(scope) as session:
        tag_field, products = await product_tag(session), await products_to_link(session)
        ranges = await ranges_of_ads(session, _AT_ONCE) if products else []
    if not products:
        # Links go with their products.
        return 0
    # In a thread, as all that takes long here: meanwhile the event loop serves others.
    finder = await asyncio.to_thread(LinkFinder, products)
    for each in ranges:
        async with db.read(scope) as session:
            ads = await ads_to_link(session, tag_field, each)
            known = await links_of_ads(session, [ad.ad_id for ad in ads])
        changes = await asyncio.to_thread(_compare, finder, ads, known)
        if changes.new or changes.gone:
            changed += len(changes.new) + len(changes.gone)
            async with db.write(scope) as session:
                await drop_found_links(session, changes.gone)
                await store_found_links(session, changes.new, now=clock())
    return changed


def _compare(finder: LinkFinder, ads: Sequence[LinkedAd], known: Sequence[KnownLink]) -> _Difference:
    of_ads: defaultdict[UUID, list[KnownLink]] = defaultdict(list)
    for each in known:
        of_ads[each.ad_id].append(each)
    changes = _Difference()
    for ad in ads:
        stored = of_ads.get(ad.ad_id, [])
        removed = {each.product_id for each in stored if each.is_removed}
        by_hand = any(_is_by_hand(each) for each in stored)
        wanted = {each.product_id: each for each in ([] if by_hand else finder.links_of(ad.signs, without=removed))}
        found = {each.product_id: each for each in stored if each.source is not AdLinkSource.MANUAL}
        changes.gone += [(ad.ad_id, product_id) for product_id in found.keys() - wanted.keys()]
        changes.new += [(ad, link) for link in wanted.values() if not _is_same(found.get(link.product_id), link)]
    return changes


def _is_by_hand(link: KnownLink) -> bool:
    """Whether a person has linked the ad, which counts as long as the product is there."""
    return link.source is AdLinkSource.MANUAL and link.is_there and not link.is_removed


def _is_same(stored: KnownLink | None, link: FoundLink) -> bool:
    return stored is not None and (stored.source, stored.matched) == (link.source, link.matched)

"""Reads by what ads and products are known, and writes the links that were found by it; none of them is of a person."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import and_, delete, text
from sqlmodel import col

from analytics.links.finder import AdLinkSource, AdSigns, FoundLink, ProductSigns
from models.columns import array_text, is_any
from models.database import ReadSession, WriteSession
from models.products.ad_link import AdLink

# With the pages on which channels offer it, or did: an ad may lead there still.
_PRODUCTS = """
    select id, sku, page_urls || array(
        select url from listing
        where listing.tenant_id = $1 and listing.product_id = product.id and url is not null order by listing.id
    )
    from product where tenant_id = $1 and deleted_at is null
"""
_BOUNDS = """
    select id from (select id, row_number() over (order by id) as place from ad where tenant_id = $1) as numbered
    where (place - 1) % $2 = 0 order by id
"""
# Without ORDER and LIMIT, for which a Postgres that knows little of the table would sort all the rest of it each time.
_ADS = """
    select id, ad_account_id, name, landing_urls, url_tags, (
        select value from entity_tag tag where tag.tenant_id = $1 and tag.entity_id = ad.id and tag.field = $2
    )
    from ad where tenant_id = $1 and id between $3 and $4
"""
_KNOWN = """
    select link.ad_id, link.product_id, link.source, link.matched, link.is_removed, product.deleted_at is null
    from ad_link link join product on product.tenant_id = $1 and product.id = link.product_id
    where link.tenant_id = $1 and link.ad_id = any($2::uuid[])
"""
# A product may have been deleted since it was read.
_STORE = text("""
    insert into ad_link (tenant_id, ad_id, product_id, ad_account_id, source, matched, is_removed, created_at)
    select :tenant_id, given.ad_id, given.product_id, given.ad_account_id, given.source, given.matched, false, :now
    from unnest(
        cast(:ad_ids as uuid[]), cast(:product_ids as uuid[]), cast(:account_ids as uuid[]),
        cast(:sources as text[]), cast(:matched as text[])
    ) as given (ad_id, product_id, ad_account_id, source, matched)
    join product on product.tenant_id = :tenant_id and product.id = given.product_id and product.deleted_at is null
    on conflict (tenant_id, ad_id, product_id) do update set source = excluded.source, matched = excluded.matched
    where ad_link.source <> 'MANUAL'
    returning ad_id
""")
_DROP = text("""
    delete from ad_link using unnest(cast(:ad_ids as uuid[]), cast(:product_ids as uuid[])) as given (ad_id, product_id)
    where ad_link.tenant_id = :tenant_id and ad_link.ad_id = given.ad_id and ad_link.product_id = given.product_id
        and ad_link.source <> 'MANUAL'
""")
# `offset 0`: each is looked up by the unique key.
_OTHERWISE = text("""
    select exists (select from product where tenant_id = :tenant_id and deleted_at is null) and exists (
        select from unnest(
            cast(:external_ids as text[]), cast(:names as text[]), cast(:urls as text[]), cast(:tags as text[]),
            cast(:tells_urls as boolean[]), cast(:tells_tags as boolean[])
        ) as given (external_id, name, urls, tags, tells_urls, tells_tags)
        left join lateral (
            select id, name, landing_urls, url_tags from ad
            where tenant_id = :tenant_id and platform = :platform and external_id = given.external_id offset 0
        ) stored on true
        where stored.id is null or stored.name <> given.name
            or (given.tells_urls and cast(stored.landing_urls as text[]) is distinct from cast(given.urls as text[]))
            or (given.tells_tags and stored.url_tags is distinct from given.tags)
    )
""")
_LAST = UUID(int=2**128 - 1)


@dataclass(frozen=True, slots=True)
class LinkedAd:
    """An ad with what it says of products."""

    ad_id: UUID
    ad_account_id: UUID
    signs: AdSigns


@dataclass(frozen=True, slots=True)
class KnownLink:
    """A stored link; `is_removed`: a person took it away; `is_there`: its product is not deleted."""

    ad_id: UUID
    product_id: UUID
    source: AdLinkSource
    matched: str | None
    is_removed: bool
    is_there: bool


async def products_to_link(session: ReadSession) -> list[ProductSigns]:
    """All products that are not deleted; their pages are their own and those of their listings."""
    return [ProductSigns(*row) for row in await session.fetch(_PRODUCTS, [session.tenant_id])]


async def ranges_of_ads(session: ReadSession, size: int) -> list[tuple[UUID, UUID]]:
    """The first and the last id of ranges that have `size` of the tenant's ads each, and all of them together."""
    firsts = [row[0] for row in await session.fetch(_BOUNDS, [session.tenant_id, size])]
    lasts = [UUID(int=each.int - 1) for each in firsts[1:]]
    return [*zip(firsts, [*lasts, _LAST], strict=True)] if firsts else []


async def ads_to_link(session: ReadSession, tag_field: str | None, within: tuple[UUID, UUID]) -> list[LinkedAd]:
    """The ads of a range of ids, with the values of the field."""
    values = [session.tenant_id, tag_field or "", *within]
    return [
        LinkedAd(ad_id, account_id, AdSigns(name, landing_urls or (), url_tags, tag))
        for ad_id, account_id, name, landing_urls, url_tags, tag in await session.fetch(_ADS, values)
    ]


async def links_of_ads(session: ReadSession, ad_ids: Sequence[UUID]) -> list[KnownLink]:
    """The links of these ads, those that a person took away too."""
    found = await session.fetch(_KNOWN, [session.tenant_id, list(ad_ids)])
    return [KnownLink(row[0], row[1], AdLinkSource(row[2]), *row[3:]) for row in found]


async def store_found_links(
    session: WriteSession, links: Iterable[tuple[LinkedAd, FoundLink]], *, now: datetime
) -> None:
    """Stores links that were found, or by what they are found now; what a person said of the same two stays."""
    # In one order, as other writers of links lock them.
    given = sorted(links, key=lambda each: (each[0].ad_id, each[1].product_id))
    if given:
        values = {
            "tenant_id": session.tenant_id,
            "now": now,
            "ad_ids": [ad.ad_id for ad, _ in given],
            "product_ids": [link.product_id for _, link in given],
            "account_ids": [ad.ad_account_id for ad, _ in given],
            "sources": [link.source.value for _, link in given],
            "matched": [link.matched for _, link in given],
        }
        await (await session.connection()).execute(_STORE, values)


async def drop_found_links(session: WriteSession, pairs: Sequence[tuple[UUID, UUID]]) -> None:
    """Deletes links that are found no more, by ad and product."""
    if pairs:
        ads, products = map(list, zip(*pairs, strict=True))
        values = {"tenant_id": session.tenant_id, "ad_ids": ads, "product_ids": products}
        await (await session.connection()).execute(_DROP, values)


async def drop_links_found_of(session: WriteSession, product_id: UUID) -> None:
    """Deletes the links of a product that were found."""
    is_found = and_(col(AdLink.tenant_id) == session.tenant_id, col(AdLink.source) != AdLinkSource.MANUAL)
    await (await session.connection()).execute(delete(AdLink).where(is_found, col(AdLink.product_id) == product_id))


async def drop_links_found_for(session: WriteSession, ad_ids: Sequence[UUID]) -> None:
    """Deletes the links of these ads that were found."""
    is_found = and_(col(AdLink.tenant_id) == session.tenant_id, col(AdLink.source) != AdLinkSource.MANUAL)
    await (await session.connection()).execute(delete(AdLink).where(is_found, is_any(AdLink.ad_id, ad_ids)))


async def would_link_otherwise(
    session: WriteSession, ads: Sequence[Mapping[str, Any]], untold: Sequence[Iterable[str]]
) -> bool:
    """Whether one of these rows of ads, which are to be stored, says something else of products than what is stored.

    False for a tenant without products. `untold` names the columns of each row that keep their stored values.
    """
    if not ads:
        return False
    kept = [frozenset(each) for each in untold]
    urls = [row["landing_urls"] for row in ads]
    values = {
        "tenant_id": session.tenant_id,
        "platform": ads[0]["platform"],
        "external_ids": [row["external_id"] for row in ads],
        "names": [None if "name" in names else row["name"] for row, names in zip(ads, kept, strict=True)],
        "urls": [None if each is None else array_text(each) for each in urls],
        "tags": [row["url_tags"] for row in ads],
        "tells_urls": ["landing_urls" not in names for names in kept],
        "tells_tags": ["url_tags" not in names for names in kept],
    }
    return bool((await (await session.connection()).execute(_OTHERWISE, values)).scalar_one())

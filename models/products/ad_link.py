"""The table of links from ads to the products that they advertise, and the named queries on those made by hand.

Those that are found are written by `models/products/found_links.py`.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import Index, and_, or_, update
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import Field, col, select
from sqlmodel.sql.expression import SelectOfScalar

from analytics.links.finder import AdLinkSource
from models.ads.ad import Ad
from models.columns import Row, TextEnum, dated, is_any, one_of, tenant_key
from models.database import ReadSession, WriteSession
from models.keyset import (
    KeysetPage,
    Listing,
    Ordering,
    PageBelow,
    count_rows_by_parent,
    counts_query,
    load_pages_below,
)
from models.products.product import Product
from models.thin.records import rows


class AdLink(Row, table=True):
    """`matched` is the address, the SKU or the tag by which the link was found.

    `is_removed` is a link that a person took away: it stays as a row, so that it is not found again. There is no
    foreign key to the ad, whose erased account takes its links along.
    """

    __tablename__ = "ad_link"
    __table_args__ = (
        tenant_key("product_id", "product"),
        tenant_key("ad_account_id", "ad_account"),
        one_of("source", AdLinkSource),
        Index(None, "tenant_id", "product_id"),
        Index(None, "tenant_id", "ad_account_id"),
    )

    tenant_id: UUID = Field(primary_key=True)
    ad_id: UUID = Field(primary_key=True)
    product_id: UUID = Field(primary_key=True)
    ad_account_id: UUID
    source: AdLinkSource = Field(sa_type=TextEnum(AdLinkSource))
    matched: str | None = None
    is_removed: bool = False
    created_at: datetime = dated()


_NEWEST_FIRST = Ordering("ad_link", key=col(AdLink.created_at), row_id=col(AdLink.ad_id), descending=True)


def _rows(session: ReadSession) -> SelectOfScalar[AdLink]:
    return select(AdLink).where(AdLink.tenant_id == session.tenant_id, col(AdLink.is_removed).is_(False))


async def ad_links_by_product(session: ReadSession, keys: Sequence[PageBelow]) -> list[KeysetPage[AdLink]]:
    """The pages of many products, the newest link first."""
    return await load_pages_below(session, Listing(_rows(session), _NEWEST_FIRST), col(AdLink.product_id), keys)


async def ad_link_counts_by_product(session: ReadSession, ids: Sequence[UUID]) -> list[int]:
    counts = await count_rows_by_parent(session, counts_query(_rows(session), col(AdLink.product_id)), ids)
    return [counts[product_id] for product_id in ids]


async def ad_links_by_ad(session: ReadSession, ad_ids: Sequence[UUID]) -> list[list[AdLink]]:
    """The links of each ad to products that are not deleted, the oldest first."""
    is_there = select(Product.id).where(
        Product.tenant_id == session.tenant_id, Product.id == AdLink.product_id, col(Product.deleted_at).is_(None)
    )
    query = _rows(session).where(is_any(AdLink.ad_id, ad_ids), is_there.exists())
    found: defaultdict[UUID, list[AdLink]] = defaultdict(list)
    for link in await rows(session, AdLink, query):
        found[link.ad_id].append(link)
    return [sorted(found[ad_id], key=lambda link: (link.created_at, link.product_id)) for ad_id in ad_ids]


async def accounts_of_ads(session: WriteSession, ad_ids: Sequence[UUID]) -> Mapping[UUID, UUID]:
    """The ad account of each of these ads that there is."""
    query = select(Ad.id, Ad.ad_account_id).where(Ad.tenant_id == session.tenant_id, is_any(Ad.id, ad_ids))
    return dict((await session.exec(query)).all())


async def link_by_hand(
    session: WriteSession, product_id: UUID, accounts_by_ad: Mapping[UUID, UUID], *, now: datetime
) -> set[UUID]:
    """Links these ads to the product, whatever was found or removed before; answers those that were not so linked."""
    if not accounts_by_ad:
        return set()
    given = [
        {
            "tenant_id": session.tenant_id,
            "ad_id": ad_id,
            "product_id": product_id,
            "ad_account_id": account_id,
            "source": AdLinkSource.MANUAL,
            "is_removed": False,
            "created_at": now,
        }
        for ad_id, account_id in sorted(accounts_by_ad.items())
    ]
    changed = {"source": AdLinkSource.MANUAL, "matched": None, "is_removed": False, "created_at": now}
    change = (
        insert(AdLink)
        .values(given)
        .on_conflict_do_update(
            index_elements=["tenant_id", "ad_id", "product_id"],
            set_=changed,
            where=or_(col(AdLink.is_removed), col(AdLink.source) != AdLinkSource.MANUAL),
        )
        .returning(col(AdLink.ad_id))
    )
    return set((await (await session.connection()).execute(change)).scalars())


async def unlink_by_hand(session: WriteSession, product_id: UUID, ad_ids: Sequence[UUID]) -> set[UUID]:
    """Takes links away, so that they are not found again; answers the ads that were linked."""
    mine = and_(col(AdLink.tenant_id) == session.tenant_id, col(AdLink.product_id) == product_id)
    change = (
        update(AdLink)
        .where(mine, is_any(AdLink.ad_id, ad_ids), col(AdLink.is_removed).is_(False))
        .values(is_removed=True, source=AdLinkSource.MANUAL)
        .returning(col(AdLink.ad_id))
    )
    return set((await (await session.connection()).execute(change)).scalars())

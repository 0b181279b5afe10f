"""What the tests of links share: a tenant with ads that say something of products, and what is found of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import text

from models.ads.ad import Ad
from models.channels.channel import Channel, ChannelKind, ChannelStatus
from models.listings.listing import ChannelListing, ListingStatus
from models.products.product import Product
from services.ad_links.finding import find_ad_links
from services.products.ad_links import set_product_ads
from services.toolbox import Toolbox
from tests.worlds.naming import NamingWorld, naming_world
from tests.worlds.products import Catalogue, catalogue

LINKS = """
select ad.name, product.sku, link.source, link.matched from ad_link link
join ad on ad.tenant_id = :tenant_id and ad.id = link.ad_id
join product on product.tenant_id = :tenant_id and product.id = link.product_id
where link.tenant_id = :tenant_id and not link.is_removed order by ad.name, product.sku
"""
JOBS = "select status::text from procrastinate_jobs where queueing_lock = :lock order by id"


@dataclass
class LinkWorld:
    """Products are made as the API makes them, ads are stored as they are given."""

    shop: Catalogue
    names: NamingWorld

    @property
    def tenant_id(self) -> UUID:
        return self.shop.team.tenant_id

    async def ad(self, name: str, *urls: str, **given: Any) -> Ad:
        [ad] = await self.shop.team.ads(self.names.ad_sets[0], name, landing_urls=[*urls], **given)
        return ad

    async def product(self, sku: str, *pages: str) -> Product:
        return await self.shop.make(sku, sku=sku, page_urls=pages)

    async def listed(self, product: Product | None, url: str) -> None:
        """A listing that has ended, of a channel of its own."""
        team = self.shop.team
        [channel] = await team.keep(
            Channel(tenant_id=team.tenant_id, kind=ChannelKind.EBAY, name="eBay", status=ChannelStatus.CONNECTED)
        )
        await team.keep(
            ChannelListing(
                tenant_id=team.tenant_id,
                channel_id=channel.id,
                product_id=product.id if product else None,
                status=ListingStatus.ENDED,
                url=url,
                title="Offered",
                currency="EUR",
                price=Decimal(1),
                quantity=1,
            )
        )

    async def find(self) -> int:
        return await find_ad_links(self.shop.tools.db, self.shop.clock, self.tenant_id)

    async def by_hand(self, product: Product, *, add: Sequence[Ad] = (), remove: Sequence[Ad] = ()) -> None:
        tools, ids = self.shop.tools, [[ad.id for ad in ads] for ads in (add, remove)]
        await set_product_ads(tools.db, self.shop.clock, self.shop.team.viewer, product.id, add=ids[0], remove=ids[1])

    async def links(self) -> list[tuple[str, str, str]]:
        """Ad, SKU and source."""
        return [(row[0], row[1], row[2]) for row in await self.send(LINKS, tenant_id=self.tenant_id)]

    async def jobs(self) -> list[str]:
        return [row[0] for row in await self.send(JOBS, lock=f"ad_links:{self.tenant_id}")]

    async def forget_jobs(self) -> None:
        statement = "delete from procrastinate_jobs where queueing_lock = :lock returning id"
        await self.send(statement, lock=f"ad_links:{self.tenant_id}")

    async def send(self, statement: str, **values: Any) -> Sequence[Any]:
        async with self.shop.tools.db.write(self.shop.team.viewer) as session:
            return (await (await session.connection()).execute(text(statement), values)).all()


async def link_world(tools: Toolbox) -> LinkWorld:
    """Two ads are named a_lamp1 and b_mug22, and there are no products."""
    shop, names = await catalogue(tools), await naming_world(tools, ())
    shop.team = names.entities
    return LinkWorld(shop, names)

"""What the tests of listings share: a team with an eBay channel, products and listings, and how it asks for them."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from models.channels.channel import Channel, ChannelKind, ChannelStatus
from models.listings.listing import ChannelListing, ListingStatus
from models.products.product import Product, ProductStatus
from models.tenants.membership import Role
from resolvers.node_id import encode_id
from services.toolbox import Toolbox
from tests.doors.in_process import Answer, Door
from tests.worlds.ads import EntityWorld, entity_world


@dataclass
class ListingWorld:
    tools: Toolbox
    team: EntityWorld
    channel: Channel
    role: Role = Role.MANAGER

    @property
    def channel_id(self) -> str:
        return encode_id("Channel", self.channel.id)

    async def ask(self, query: str, **given: Any) -> Answer:
        return await Door(self.tools, self.team.as_role(self.role)).ask(query, **given)

    async def told(self, query: str, **given: Any) -> Any:
        """The data of an answer without errors."""
        answer = await self.ask(query, **given)
        assert answer.codes == [], answer.messages
        return answer.data

    async def another_channel(self, **given: Any) -> Channel:
        values: dict[str, Any] = {"kind": ChannelKind.EBAY, "name": "eBay", "status": ChannelStatus.CONNECTED}
        [kept] = await self.team.keep(Channel(tenant_id=self.team.tenant_id, **values | given))
        return kept

    async def product(self, sku: str = "LAMP-1", **given: Any) -> Product:
        values: dict[str, Any] = {
            "title": f"Thing {sku}",
            "description": "A thing.",
            "currency": "EUR",
            "price": Decimal("39.90"),
            "quantity": 3,
            "status": ProductStatus.PUBLISHED,
        }
        [kept] = await self.team.keep(Product(tenant_id=self.team.tenant_id, sku=sku, **values | given))
        return kept

    async def listing(self, product: Product | None = None, **given: Any) -> ChannelListing:
        values: dict[str, Any] = {
            "channel_id": self.channel.id,
            "status": ListingStatus.LIVE,
            "market": "EBAY_DE",
            "external_id": f"ext-{given.get('sku', product.sku if product else 'x')}",
            "title": product.title if product else "A thing of the channel",
            "sku": product.sku if product else None,
            "product_id": product.id if product else None,
            "currency": "EUR",
            "price": product.price if product else Decimal(5),
            "quantity": product.quantity if product else 1,
        }
        [kept] = await self.team.keep(ChannelListing(tenant_id=self.team.tenant_id, **values | given))
        return kept


async def listing_world(tools: Toolbox) -> ListingWorld:
    team = await entity_world(tools.db)
    [channel] = await team.keep(
        Channel(
            tenant_id=team.tenant_id,
            kind=ChannelKind.EBAY,
            name="eBay",
            status=ChannelStatus.CONNECTED,
            market="EBAY_DE",
        )
    )
    return ListingWorld(tools, team, channel)

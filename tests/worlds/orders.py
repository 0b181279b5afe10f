"""What the tests of orders share: a team with a shop and products, orders pushed over the API, and what is stored."""

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlmodel import col, select

from models.channels.channel import Channel, ChannelKind, ChannelStatus
from models.products.product import Product, ProductStatus
from models.tenants.membership import Role
from models.tenants.tenant import Tenant
from resolvers.node_id import encode_id
from services.toolbox import Toolbox
from tests.doors.in_process import Answer, Door
from tests.worlds.ads import EntityWorld, entity_world

# Later than any order of the tests.
NOW = datetime(2026, 11, 28, 12, 0, tzinfo=UTC)
SAVE = """mutation ($channel: ID!, $orders: [OrderInput!]!) {
  saveOrders(channelId: $channel, orders: $orders) { saved stale userErrors { code field message } } }"""
ORDERS = """query ($first: Int, $after: String, $filter: OrderFilter) {
  orders(first: $first, after: $after, filter: $filter) { totalCount pageInfo { endCursor hasNextPage } nodes {
    id externalId url status currency placedAt updatedAt buyer { handle country isErased } channel { id }
    lines { id externalId sku title quantity unitPrice discount unitCost product { sku } }
    subtotal discount shipping tax total fees refunds { externalId amount at isSettled reason } netRevenue } } }"""


@dataclass
class OrderWorld:
    tools: Toolbox
    team: EntityWorld
    shop: Channel
    role: Role = Role.MANAGER
    products: dict[str, UUID] = field(default_factory=dict)

    @property
    def shop_id(self) -> str:
        return encode_id("Channel", self.shop.id)

    async def ask(self, query: str, **given: Any) -> Answer:
        return await Door(self.tools, self.team.as_role(self.role)).ask(query, **given)

    async def save(self, *orders: dict[str, Any], shop: Channel | None = None) -> Any:
        channel = self.shop_id if shop is None else encode_id("Channel", shop.id)
        answer = await self.ask(SAVE, channel=channel, orders=list(orders))
        assert answer.codes == [], answer.messages
        return answer.data["saveOrders"]

    async def saved(self, *orders: dict[str, Any], shop: Channel | None = None) -> None:
        found = await self.save(*orders, shop=shop)
        assert (found["saved"], found["userErrors"]) == (len(orders), [])

    async def orders(self, **wanted: Any) -> list[Any]:
        found: list[Any] = (await self.page(**wanted))["nodes"]
        return found

    async def page(self, first: int = 1000, after: str | None = None, **wanted: Any) -> Any:
        answer = await self.ask(ORDERS, first=first, after=after, filter=wanted)
        assert answer.codes == [], answer.messages
        return answer.data["orders"]

    async def another_shop(self, **given: Any) -> Channel:
        values: dict[str, Any] = {"kind": ChannelKind.SHOP, "name": "Shop", "status": ChannelStatus.CONNECTED}
        return (await self.team.keep(Channel(tenant_id=self.team.tenant_id, **values | given)))[0]

    async def product(self, sku: str, quantity: int = 10, **given: Any) -> UUID:
        values: dict[str, Any] = {
            "currency": "EUR",
            "price": Decimal(10),
            "status": ProductStatus.PUBLISHED,
            "title": sku,
        }
        [made] = await self.team.keep(
            Product(tenant_id=self.team.tenant_id, sku=sku, quantity=quantity, **values | given)
        )
        self.products[sku] = made.id
        return made.id

    async def stock(self) -> dict[str, tuple[int, str]]:
        """Quantity and status of each product."""
        async with self.tools.db.read(self.team.viewer) as session:
            query = select(Product).where(Product.tenant_id == self.team.tenant_id).order_by(col(Product.sku))
            return {each.sku: (each.quantity, each.status.value) for each in await session.exec(query)}


async def order_world(tools: Toolbox, time_zone: str = "Europe/Berlin") -> OrderWorld:
    team = await entity_world(tools.db)
    async with tools.db.write(team.viewer) as session:
        (await session.get_one(Tenant, team.tenant_id)).time_zone = time_zone
    shop = Channel(
        tenant_id=team.tenant_id, kind=ChannelKind.SHOP, name="Shop", status=ChannelStatus.CONNECTED, created_at=NOW
    )
    await team.keep(shop)
    return OrderWorld(replace(tools, clock=lambda: NOW), team, shop)


def line(sku: str | None = "L", quantity: int = 1, price: float = 59.5, **given: Any) -> dict[str, Any]:
    values = {"externalId": f"line-{sku}", "sku": sku, "title": f"Thing {sku}"}
    return values | {"quantity": quantity, "unitPrice": price} | given


def order(number: int = 1, *lines: dict[str, Any], minutes: int = 0, **given: Any) -> dict[str, Any]:
    """An order of the 1st of November, changed `minutes` after it was placed."""
    placed = datetime(2026, 11, 1, 10, 0, tzinfo=UTC) + timedelta(hours=number)
    return {
        "externalId": f"order-{number}",
        "status": "PAID",
        "currency": "EUR",
        "placedAt": placed.isoformat(),
        "updatedAt": (placed + timedelta(minutes=minutes)).isoformat(),
        "lines": list(lines or (line(),)),
    } | given

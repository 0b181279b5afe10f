"""What the tests of revenue share: a tenant with channels, products, orders, ads and links, and the golden store."""

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import text

from analytics.links.finder import AdLinkSource
from analytics.periods import DateRange
from models.ads.ad import Ad
from models.channels.channel import Channel, ChannelKind, ChannelStatus
from models.database import WriteSession
from models.insights.day_swap import StoredInsight
from models.orders.booked_sales import book_all_anew
from models.orders.line import OrderLine
from models.orders.order import OrderStatus, SalesOrder
from models.orders.refund import OrderRefund
from models.orders.sums import LINE_SHARE, OF_ORDER, renew_order_sums
from models.products.ad_link import AdLink
from models.products.product import Product
from models.tenants.tenant import tenants_by_ids
from services.toolbox import Toolbox
from tests.doors.in_process import Answer, Door
from tests.worlds.ads import NOON, EntityWorld, entity_world
from tests.worlds.creative_tests import ZEROS
from tests.worlds.insights import InsightWorld, more_insights
from tests.worlds.rates import rate

FIRST, SECOND = date(2026, 11, 1), date(2026, 11, 2)
GOLDEN_RATES = (rate("USD", "2026-11-01", "1.10"), rate("USD", "2026-11-02", "1.08"))
RANGE = {"between": {"from": str(FIRST), "to": str(SECOND)}}
GAPS = "gaps { code message count amount }"
NUMBERS = "currency spend orders units grossRevenue refunds netRevenue fees cost profit coverage blendedRoas"
BLENDED = f"""query($input: BlendedInput!) {{
  blended(input: $input) {{
    rows {{ period {{ start end }} {NUMBERS} aov spendPerOrder platformRevenue platformRoas {GAPS} }}
    totals {{ period {{ start end }} {NUMBERS} aov spendPerOrder platformRevenue platformRoas {GAPS} }}
    warnings {{ code message metrics }}
  }}
}}"""
PRODUCTS = f"""query($input: ProductPerformanceInput!, $first: Int, $after: String) {{
  productPerformance(input: $input, first: $first, after: $after) {{
    totalCount pageInfo {{ hasNextPage endCursor }} nodes {{ product {{ id sku }} {NUMBERS} {GAPS} }}
  }}
}}"""


_SHARES = text(f"""
    update order_line as stored set share = found.share
    from (
        select line.id, {LINE_SHARE} as share from order_line as line where line.tenant_id = :tenant_id {OF_ORDER}
    ) as found
    where stored.tenant_id = :tenant_id and stored.id = found.id
""")


async def renew_shares(session: WriteSession) -> None:
    """Gives all lines of the tenant the share that they are stored with."""
    await (await session.connection()).execute(_SHARES, {"tenant_id": session.tenant_id})


def at(instant: str) -> datetime:
    return datetime.fromisoformat(instant).replace(tzinfo=UTC)


@dataclass
class Line:
    quantity: int
    price: str
    product: Product | None = None
    cost: str | None = None
    discount: str = "0"
    sku: str | None = None


@dataclass
class Store:
    """A tenant that sells and advertises; rows are kept at once."""

    tools: Toolbox
    entities: EntityWorld
    now: datetime = NOON
    accounts: dict[str, InsightWorld] = field(default_factory=dict)

    @property
    def door(self) -> Door:
        return Door(dataclasses.replace(self.tools, clock=lambda: self.now), self.entities.viewer)

    async def channel(self, tax: str | None = None, **given: Any) -> Channel:
        values = {"kind": ChannelKind.SHOP, "name": "Shop", "status": ChannelStatus.CONNECTED} | given
        rate_ = None if tax is None else Decimal(tax)
        row = Channel(tenant_id=self.entities.tenant_id, included_tax_rate=rate_, **values)
        return (await self.entities.keep(row))[0]

    async def product(self, sku: str = "", **given: Any) -> Product:
        values: dict[str, Any] = {
            "sku": sku or uuid4().hex,
            "title": sku or "Thing",
            "currency": "EUR",
            "price": Decimal(10),
        } | given
        return (await self.entities.keep(Product(tenant_id=self.entities.tenant_id, **values)))[0]

    async def order(
        self,
        channel: Channel,
        placed: str,
        lines: Sequence[Line],
        refunds: Sequence[tuple[str, str]] = (),
        **given: Any,
    ) -> SalesOrder:
        """Refunds are amounts with their instants."""
        subtotal = sum((each.quantity * Decimal(each.price) for each in lines), Decimal(0))
        discount = sum((Decimal(each.discount) for each in lines), Decimal(given.pop("discount", 0)))
        amounts: dict[str, Any] = {"shipping": Decimal(given.pop("shipping", 0)), "tax": Decimal(given.pop("tax", 0))}
        fees = given.pop("fees", None)
        values = {"status": OrderStatus.PAID, "currency": "EUR", "external_id": uuid4().hex} | given
        order = SalesOrder(
            tenant_id=self.entities.tenant_id,
            channel_id=channel.id,
            placed_at=at(placed),
            updated_at=at(placed),
            subtotal=subtotal,
            discount=discount,
            total=subtotal - discount + sum(amounts.values()),
            fees=None if fees is None else Decimal(fees),
            **amounts,
            **values,
        )
        await self.entities.keep(order)
        await self.entities.keep(*(self._line(order, place, each) for place, each in enumerate(lines)))
        await self.renew_sums(order)
        for amount, instant in refunds:
            await self.refund(order, amount, instant)
        return order

    async def renew_sums(self, *orders: SalesOrder) -> None:
        """As whoever stores orders, or changes their lines, does."""
        async with self.tools.db.write(self.entities.viewer) as session:
            await renew_shares(session)
            await renew_order_sums(session, [order.id for order in orders])
            [tenant] = await tenants_by_ids(session, [session.tenant_id])
            await book_all_anew(session, tenant.time_zone)

    async def refund(self, order: SalesOrder, amount: str, instant: str, **given: Any) -> OrderRefund:
        row = OrderRefund(
            tenant_id=order.tenant_id,
            order_id=order.id,
            amount=Decimal(amount),
            refunded_at=at(instant),
            **{"external_id": uuid4().hex} | given,
        )
        return (await self.entities.keep(row))[0]

    async def account(self, currency: str = "EUR", **given: Any) -> InsightWorld:
        found = await more_insights(self.entities, store=False, currency=currency, **given)
        return self.accounts.setdefault(currency, found)

    async def spend(self, account: InsightWorld, days: DateRange, spent: Mapping[tuple[int, date], str]) -> None:
        """What ads spent, by their number and the day; every other day of these was read and has nothing."""
        rows = [
            self._ad_day(account.ads[number], day, amount, account.account.currency)
            for (number, day), amount in spent.items()
        ]
        await account.store(days, rows)

    async def link(self, ad: Ad, *products: Product, **given: Any) -> None:
        values: dict[str, Any] = {"ad_id": ad.id, "ad_account_id": ad.ad_account_id} | given
        values.setdefault("source", AdLinkSource.MANUAL)
        rows = (AdLink(tenant_id=self.entities.tenant_id, product_id=each.id, **values) for each in products)
        await self.entities.keep(*rows)

    async def ask(self, query: str, **asked: Any) -> Answer:
        return await self.door.ask(query, input={"range": RANGE} | asked)

    async def blended(self, **asked: Any) -> Any:
        answer = await self.ask(BLENDED, **asked)
        assert answer.codes == [], answer.messages
        return answer.data["blended"]

    async def performance(self, **asked: Any) -> Any:
        """The products by their SKUs; what belongs to none is under None."""
        answer = await self.ask(PRODUCTS, **asked)
        assert answer.codes == [], answer.messages
        nodes = answer.data["productPerformance"]["nodes"]
        return {None if node["product"] is None else node["product"]["sku"]: node for node in nodes}

    def _line(self, order: SalesOrder, place: int, line: Line) -> OrderLine:
        product_id: UUID | None = line.product.id if line.product is not None else None
        return OrderLine(
            tenant_id=order.tenant_id,
            order_id=order.id,
            position=place,
            external_id=f"{place}",
            sku=line.sku,
            title="Thing",
            placed_at=order.placed_at,
            quantity=line.quantity,
            unit_price=Decimal(line.price),
            discount=Decimal(line.discount),
            product_id=product_id,
            unit_cost=None if line.cost is None else Decimal(line.cost),
        )

    def _ad_day(self, ad: Ad, day: date, amount: str, currency: str) -> StoredInsight:
        facts = ZEROS | {"spend": Decimal(amount), "impressions": 1000, "purchase_value": Decimal(amount) * 3}
        return StoredInsight(day, ad.id, ad.ad_set_id, ad.campaign_id, currency, facts)


async def empty_store(tools: Toolbox) -> Store:
    return Store(tools, await entity_world(tools.db))


@dataclass
class GoldenStore(Store):
    """Two days of two channels, two products and three ads, whose numbers are known to the digit."""

    lamp: Product = field(init=False)
    mug: Product = field(init=False)
    with_tax: Channel = field(init=False)
    without_tax: Channel = field(init=False)

    async def fill(self) -> None:
        self.lamp = await self.product("LAMP", cost=Decimal(20))
        self.mug = await self.product("MUG-1")
        self.with_tax, self.without_tax = await self.channel("0.19"), await self.channel()
        await self._sell()
        euros, dollars = await self.account(), await self.account("USD")
        days = DateRange(FIRST, SECOND)
        await self.spend(euros, days, {(0, FIRST): "60.00", (1, FIRST): "40.00"})
        await self.spend(dollars, days, {(0, SECOND): "54.00"})
        await self.link(euros.ads[0], self.lamp)
        await self.link(euros.ads[1], self.lamp, self.mug)
        await self.link(dollars.ads[0], self.lamp, is_removed=True)

    async def _sell(self) -> None:
        lamp, mug, sold = self.lamp, self.mug, self.with_tax
        first = [Line(2, "59.50", lamp, "20.00")]
        await self.order(sold, "2026-11-01T09:00", first, shipping="5.95", fees="12.00")
        refund = ("59.50", "2026-11-02T10:00")
        second = await self.order(sold, "2026-11-01T22:30", [Line(1, "119.00", mug)], [refund])
        await self.refund(second, "30.00", "2026-11-02T11:00", is_settled=False)
        cancelled = [Line(1, "59.50", lamp, "20.00")]
        await self.order(sold, "2026-11-02T09:00", cancelled, [refund], status=OrderStatus.CANCELLED, fees="3.00")
        dollars = [Line(1, "108.00", lamp, "21.60")]
        await self.order(self.without_tax, "2026-11-02T12:00", dollars, currency="USD", fees="3.24")


async def golden_store(tools: Toolbox) -> GoldenStore:
    store = GoldenStore(tools, await entity_world(tools.db))
    await store.fill()
    return store

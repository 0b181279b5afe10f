"""Random stores: rows as they are kept, which plain loops read once more."""

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from random import Random
from uuid import UUID, uuid4

from analytics.periods import DateRange
from analytics.rates import PublishedRate
from models.ads.ad import Ad
from models.channels.channel import Channel
from models.insights.day_swap import StoredInsight
from models.orders.line import OrderLine
from models.orders.order import OrderStatus, SalesOrder
from models.orders.refund import OrderRefund
from models.products.product import Product
from services.toolbox import Toolbox
from tests.revenue_truth.linked import SKUS, Signs, find
from tests.worlds.creative_tests import ZEROS
from tests.worlds.revenue import Store, empty_store

# The clocks of Berlin go back on the 25th of October.
DAYS = DateRange(date(2026, 10, 20), date(2026, 11, 12))
WHOLE = DateRange(date(2026, 10, 1), date(2026, 11, 20))
CURRENCIES = ("XRA", "XRB", "EUR")


@dataclass
class Made:
    """A store with its rows; `gone` are erased products that lines still name, `links` those of ads that count.

    Some links are made by hand, the others are found by what ads say.
    """

    store: Store
    random: Random
    channels: list[Channel] = field(default_factory=list)
    products: list[Product] = field(default_factory=list)
    gone: list[UUID] = field(default_factory=lambda: [uuid4()])
    orders: list[SalesOrder] = field(default_factory=list)
    lines: list[OrderLine] = field(default_factory=list)
    refunds: list[OrderRefund] = field(default_factory=list)
    ads: list[Ad] = field(default_factory=list)
    signs: Signs = field(init=False)
    links: dict[UUID, set[UUID]] = field(default_factory=dict)
    spent: list[StoredInsight] = field(default_factory=list)

    @property
    def tenant_id(self) -> UUID:
        return self.store.entities.tenant_id

    async def fill(self, currencies: tuple[str, ...]) -> None:
        for tax in ("0.19", "0.07", None):
            self.channels.append(await self.store.channel(tax))
        self.signs = Signs(self.random)
        self.products = [await self.signs.product(self.store, sku) for sku in SKUS]
        for _ in range(60):
            self._order(currencies)
        for _ in range(25):
            self._refund(self.random.choice(self.orders))
        for rows in (self.orders, self.lines, self.refunds):
            await self.store.entities.keep(*rows)
        await self.store.renew_sums(*self.orders)
        for currency in currencies:
            await self._advertise(currency)
        await find(self.store)
        self.links = {ad.id: self.signs.links(self.products, ad.id) for ad in self.ads}

    def _order(self, currencies: tuple[str, ...]) -> None:
        random = self.random
        order = SalesOrder(
            tenant_id=self.tenant_id,
            channel_id=random.choice(self.channels).id,
            external_id=uuid4().hex,
            status=random.choice([*OrderStatus]),
            currency=random.choice(currencies),
            placed_at=self._instant(),
            updated_at=self._instant(),
            subtotal=Decimal(0),
            discount=self._amount(300),
            shipping=random.choice((Decimal(0), self._amount(600))),
            tax=random.choice((Decimal(0), self._amount(500))),
            total=Decimal(0),
            fees=random.choice((None, self._amount(900))),
        )
        lines = [self._line(order, place) for place in range(random.randrange(4))]
        order.subtotal = sum((line.quantity * line.unit_price for line in lines), Decimal(0))
        order.discount += sum((line.discount for line in lines), Decimal(0))
        order.total = order.subtotal - order.discount + order.shipping + order.tax
        self.orders.append(order)
        self.lines += lines

    def _line(self, order: SalesOrder, place: int) -> OrderLine:
        random = self.random
        known = [*(product.id for product in self.products), *self.gone, None]
        return OrderLine(
            tenant_id=order.tenant_id,
            order_id=order.id,
            position=place,
            placed_at=order.placed_at,
            external_id=str(place),
            sku=random.choice((None, "A", "B")),
            title=random.choice(("Thing", "Other thing")),
            quantity=random.randrange(1, 4),
            unit_price=random.choice((Decimal(0), self._amount(10_000), self._amount(10_000))),
            discount=random.choice((Decimal(0), self._amount(300))),
            product_id=random.choice(known),
            unit_cost=random.choice((None, self._amount(4_000))),
        )

    def _refund(self, order: SalesOrder) -> None:
        self.refunds.append(
            OrderRefund(
                tenant_id=order.tenant_id,
                order_id=order.id,
                external_id=uuid4().hex,
                amount=self.random.choice((self._amount(3_000), self._amount(60_000))),
                refunded_at=self._instant(),
                is_settled=self.random.random() < 0.8,
            )
        )

    async def _advertise(self, currency: str) -> None:
        account = await self.store.account(currency)
        rows = []
        for ad in account.ads:
            for day in WHOLE.every_day():
                if self.random.random() < 0.4:
                    facts = ZEROS | {"spend": self._amount(5_000), "purchase_value": self._amount(20_000)}
                    rows.append(StoredInsight(day, ad.id, ad.ad_set_id, ad.campaign_id, currency, facts))
            await self.signs.say(self.store, ad)
            linked = self.random.sample(self.products, self.random.choice((0, 0, 0, 1, 2, 3)))
            is_removed = self.random.random() < 0.3
            for product in linked:
                await self.store.link(ad, product, is_removed=is_removed)
            said = self.signs.removed if is_removed else self.signs.by_hand
            said[ad.id] = {product.id for product in linked}
        await account.store(WHOLE, rows)
        self.ads += account.ads
        self.spent += rows

    def _instant(self) -> datetime:
        # Whole hours, so that many lie where days of Berlin begin.
        hours = self.random.randrange(WHOLE.days * 24)
        return datetime.combine(WHOLE.start, datetime.min.time(), UTC) + timedelta(hours=hours)

    def _amount(self, most: int) -> Decimal:
        return Decimal(self.random.randrange(1, most)) / 100


def rates_made() -> list[PublishedRate]:
    """A rate of each currency for all days but some: no rate is carried over a week."""
    random = Random(11)
    days = [day for day in WHOLE.every_day() if not date(2026, 10, 26) <= day <= date(2026, 11, 5)]
    return [
        PublishedRate(currency, day, Decimal(random.randrange(8_000, 13_000)) / 10_000)
        for currency in CURRENCIES[:2]
        for day in days
    ]


async def made(tools: Toolbox, seed: int, currencies: tuple[str, ...] = CURRENCIES) -> Made:
    world = Made(await empty_store(tools), Random(seed))
    await world.fill(currencies)
    return world

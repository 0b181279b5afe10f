"""What the tests of billing share: a Stripe of our own, our webhook over real HTTP, and tenants that buy."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

import aiohttp
from starlette.applications import Starlette

from integrations.stripe.client import StripeApi
from models.billing.subscription import BillingInterval, BillingSubscription, PlanKey, billing_of
from sandbox.stripe import subscriptions
from sandbox.stripe.calls import pay_checkout
from sandbox.stripe.config import SandboxPrice, StripeConfig
from sandbox.stripe.couriers import Delivery
from sandbox.stripe.ledger import Object
from sandbox.stripe.server import StripeServer, run_stripe
from services.billing.checkout import Purchase, create_checkout_session
from services.billing.stripe_sync import sync_customer
from services.price_list import Price, PriceList
from services.toolbox import Toolbox
from services.tools import Billing
from tests.doors.serving import serving
from tests.worlds.ads import NOON, EntityWorld, entity_world
from web.webhooks.stripe import WEBHOOK_PATH, stripe_webhook_routes

KEY, SECRET, OLD_SECRET = "sk_test_0123456789", "whsec_new", "whsec_old"
PRICES = PriceList(
    tuple(
        Price(plan, interval, f"price_{plan}_{interval}".lower())
        for plan in (PlanKey.STARTER, PlanKey.PRO, PlanKey.AGENCY)
        for interval in BillingInterval
    )
)


@dataclass
class BillingWorld:
    """One tenant; `events` are held by the courier until a test sends them."""

    tools: Toolbox
    stripe: StripeServer
    webhook_url: str
    http: aiohttp.ClientSession
    team: EntityWorld
    moved_by: timedelta = field(default_factory=timedelta)

    def price(self, plan: PlanKey, interval: BillingInterval = BillingInterval.MONTH) -> SandboxPrice:
        return self.stripe.ledger.prices[PRICES.sold(plan, interval) or ""]

    async def page(self, plan: PlanKey = PlanKey.PRO, team: EntityWorld | None = None, **wanted: Any) -> str:
        """The URL of a checkout."""
        purchase = Purchase(plan, wanted.pop("interval", BillingInterval.MONTH), "/billing")
        return await create_checkout_session(self.tools, (team or self.team).viewer, purchase, **wanted)

    async def buy(self, plan: PlanKey = PlanKey.PRO, team: EntityWorld | None = None) -> Object:
        """Pays on the page, and lets our side hear of it: the subscription at Stripe."""
        pay_checkout(self.stripe.ledger, (await self.page(plan, team)).rpartition("/")[2])
        customer = await self.customer(team)
        await sync_customer(self.tools.db, self.tools.clock, self.tools.vendors.billing, customer)
        return subscriptions.of_customer(self.stripe.ledger, customer)[0]

    async def customer(self, team: EntityWorld | None = None) -> str:
        bought = await self.bought(team)
        assert bought is not None
        assert bought.stripe_customer_id is not None
        return bought.stripe_customer_id

    async def bought(self, team: EntityWorld | None = None) -> BillingSubscription | None:
        async with self.tools.db.read((team or self.team).viewer) as session:
            return await billing_of(session)

    async def sync(self) -> BillingSubscription:
        await sync_customer(self.tools.db, self.tools.clock, self.tools.vendors.billing, await self.customer())
        bought = await self.bought()
        assert bought is not None
        return bought

    async def send(self, event: Object, **how: Any) -> int:
        """The webhook's status."""
        return await self.stripe.courier.send(event, **how)

    async def post(self, body: bytes, headers: dict[str, str]) -> tuple[int, str]:
        async with self.http.post(self.webhook_url, data=body, headers=headers) as answer:
            return answer.status, await answer.text()

    def now(self) -> datetime:
        return NOON + self.moved_by


@asynccontextmanager
async def billing_world(tools: Toolbox) -> AsyncIterator[BillingWorld]:
    prices = tuple(
        SandboxPrice(price.price_id, price.plan.value, 100, price.interval.value.lower()) for price in PRICES.prices
    )
    config = StripeConfig(KEY, SECRET, "", "admin", prices, retry_pauses_s=())
    async with AsyncExitStack() as stack:
        stripe = await stack.enter_async_context(run_stripe(config))
        stripe.set_delivery(Delivery.HELD)
        api = StripeApi(KEY, api_url=stripe.url, deadline_s=5)
        stack.push_async_callback(api.close)
        http = await stack.enter_async_context(aiohttp.ClientSession())
        world = BillingWorld(tools, stripe, "", http, await entity_world(tools.db))
        vendors = replace(tools.vendors, billing=Billing(api, PRICES, (SECRET, OLD_SECRET)))
        world.tools = replace(tools, vendors=vendors, clock=world.now)
        stripe.ledger.clock = stripe.courier.clock = lambda: world.now().timestamp()
        app = Starlette(routes=stripe_webhook_routes(world.tools))
        url, _ = await stack.enter_async_context(serving(app))
        world.webhook_url = url + WEBHOOK_PATH
        stripe.courier.config = replace(config, webhook_url=world.webhook_url)
        yield world

"""Runs the stand-ins of vendors on this machine, each on a port of its own."""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from secrets import token_urlsafe
from typing import TypeVar

import msgspec

from models.billing.subscription import BillingInterval, PlanKey
from models.channels.channel import ChannelKind
from sandbox.ebay.config import EbayConfig
from sandbox.ebay.server import run_ebay
from sandbox.etsy.config import EtsyConfig
from sandbox.etsy.server import run_etsy
from sandbox.google.config import GoogleConfig
from sandbox.google.server import run_google
from sandbox.meta.config import SandboxConfig
from sandbox.rates import run_rates
from sandbox.server import run_sandbox
from sandbox.stripe.config import SandboxPrice, StripeConfig
from sandbox.stripe.server import run_stripe
from sandbox.vinted.config import VintedConfig
from sandbox.vinted.server import run_vinted
from services.billing.plans import PLANS
from services.channels.messages import webhook_path
from services.installation.demo_shop.marketplaces import CODES, CUSTOMER_NAME
from settings.model import Settings
from startup.vendors import (
    EBAY_ACCEPTED,
    EBAY_DECLINED,
    ebay_app,
    etsy_app,
    google_app,
    meta_app,
    sandbox_prices,
    sandbox_stripe_key,
    sandbox_stripe_secret,
)
from web.webhooks.stripe import WEBHOOK_PATH

T = TypeVar("T")


# Each stand-in has a fixed port after ours, so that the addresses of dialogs stay the same from one start to the next.
_META_PORT, _GOOGLE_PORT, _STRIPE_PORT, _RATES_PORT, _EBAY_PORT, _ETSY_PORT, _VINTED_PORT = 1, 2, 3, 4, 5, 6, 7


class StandIns(msgspec.Struct, frozen=True):
    """The addresses of the stand-ins; None for a vendor without one, which is the real one or not configured."""

    meta: str | None = None
    google: str | None = None
    stripe: str | None = None
    rates: str | None = None
    ebay: str | None = None
    etsy: str | None = None
    vinted: str | None = None


@asynccontextmanager
async def run_stand_ins(settings: Settings, url: str) -> AsyncIterator[StandIns]:
    """Runs the stand-ins that the settings want, until the block ends; `url` is the address of this installation."""
    async with AsyncExitStack() as stack:
        meta = await stack.enter_async_context(_meta(settings, url)) if settings.uses_sandbox else None
        google = await stack.enter_async_context(_google(settings, url)) if settings.uses_google_sandbox else None
        stripe = await stack.enter_async_context(_stripe(settings, url)) if settings.uses_stripe_sandbox else None
        rates = await stack.enter_async_context(_rates(settings)) if settings.uses_rates_sandbox else None
        ebay = await stack.enter_async_context(_ebay(settings, url)) if settings.uses_ebay_sandbox else None
        etsy = await stack.enter_async_context(_etsy(settings, url)) if settings.uses_etsy_sandbox else None
        vinted = await stack.enter_async_context(_vinted(settings)) if settings.uses_vinted_sandbox else None
        yield StandIns(meta, google, stripe, rates, ebay, etsy, vinted)


@asynccontextmanager
async def _meta(settings: Settings, url: str) -> AsyncIterator[str]:
    app = meta_app(settings, "", url)
    config = SandboxConfig(
        app_id=app.app_id,
        app_secret=app.app_secret,
        admin_token=token_urlsafe(24),
        allowed_redirects=(app.redirect_uri,),
        state_path=settings.data_dir / "sandbox.json",
    )
    port = _port(settings, _META_PORT)
    async with _on_a_port(lambda port: run_sandbox(config, port=port), port) as running:
        yield running.url


@asynccontextmanager
async def _google(settings: Settings, url: str) -> AsyncIterator[str]:
    app = google_app(settings, "", url)
    config = GoogleConfig(app.client_id, app.client_secret, token_urlsafe(24), (app.redirect_uri,))
    port = _port(settings, _GOOGLE_PORT)
    async with _on_a_port(lambda port: run_google(config, port=port), port) as running:
        yield running.url


@asynccontextmanager
async def _stripe(settings: Settings, url: str) -> AsyncIterator[str]:
    plans = {plan.key: plan for plan in PLANS}
    prices = tuple(
        SandboxPrice(
            price.price_id, f"Adgraph {plans[price.plan].name}", int(plans[price.plan].price(price.interval) * 100),
            price.interval.value.lower(), plans[price.plan].currency.lower(),
        )
        for price in sandbox_prices().prices
    )  # fmt: skip
    config = StripeConfig(
        secret_key=sandbox_stripe_key(settings),
        webhook_secret=sandbox_stripe_secret(settings),
        webhook_url=url + WEBHOOK_PATH,
        admin_token=token_urlsafe(24),
        prices=prices,
        state_path=settings.data_dir / "sandbox_stripe.json",
        gifts={CUSTOMER_NAME: _gift()},
    )
    port = _port(settings, _STRIPE_PORT)
    async with _on_a_port(lambda port: run_stripe(config, port=port), port) as running:
        yield running.url


@asynccontextmanager
async def _rates(settings: Settings) -> AsyncIterator[str]:
    """The address of the file, not of the server."""
    async with _on_a_port(lambda port: run_rates(port=port), _port(settings, _RATES_PORT)) as url:
        yield url


@asynccontextmanager
async def _ebay(settings: Settings, url: str) -> AsyncIterator[str]:
    app = ebay_app(settings, "")
    config = EbayConfig(
        client_id=app.client_id,
        client_secret=app.client_secret,
        admin_token=token_urlsafe(24),
        ru_name=app.runame,
        accept_url=url + EBAY_ACCEPTED,
        decline_url=url + EBAY_DECLINED,
        state_path=settings.data_dir / "sandbox_ebay.json",
        demo_code=CODES[ChannelKind.EBAY],
    )
    port = _port(settings, _EBAY_PORT)
    async with _on_a_port(lambda port: run_ebay(config, port=port), port) as running:
        yield running.url


def _gift() -> str:
    """The price that the demo's team pays: the smallest plan with room for a channel of each kind."""
    return next(
        each.price_id
        for each in sandbox_prices().prices
        if (each.plan, each.interval) == (PlanKey.PRO, BillingInterval.MONTH)
    )


@asynccontextmanager
async def _etsy(settings: Settings, url: str) -> AsyncIterator[str]:
    app = etsy_app(settings, "", url)
    config = EtsyConfig(
        keystring=app.keystring,
        shared_secret=app.shared_secret,
        admin_token=token_urlsafe(24),
        redirect_uris=(app.redirect_uri,),
        state_path=settings.data_dir / "sandbox_etsy.json",
        demo_code=CODES[ChannelKind.ETSY],
        webhook_url=url + webhook_path(ChannelKind.ETSY),
        webhook_secrets=app.webhook_secrets,
    )
    port = _port(settings, _ETSY_PORT)
    async with _on_a_port(lambda port: run_etsy(config, port=port), port) as running:
        yield running.url


@asynccontextmanager
async def _vinted(settings: Settings) -> AsyncIterator[str]:
    config = VintedConfig(token_urlsafe(24), state_path=settings.data_dir / "sandbox_vinted.json")
    port = _port(settings, _VINTED_PORT)
    async with _on_a_port(lambda port: run_vinted(config, port=port), port) as running:
        yield running.url


def _port(settings: Settings, offset: int) -> int:
    return settings.port + offset if settings.port else 0


@asynccontextmanager
async def _on_a_port(start: Callable[[int], AbstractAsyncContextManager[T]], port: int) -> AsyncIterator[T]:
    """Starts something on the port, or on a free one when that is taken."""
    async with AsyncExitStack() as stack:
        try:
            running = await stack.enter_async_context(start(port))
        except OSError:
            running = await stack.enter_async_context(start(0))
        yield running

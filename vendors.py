"""Which vendors a process of ours speaks with: the real ones by the settings, or stand-ins of them on this machine.

Everything here takes `url`, the address that people open: vendors send browsers back to it.
"""

from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from secrets import token_urlsafe
from typing import TypeVar

import aiohttp
import msgspec

from errors import AppError
from integrations.google.provider import GoogleApp
from integrations.http import Patience
from integrations.meta.graph import MetaApp
from integrations.stripe.client import StripeApi
from models.billing.subscription import BillingInterval, PlanKey
from sandbox.google.config import GoogleConfig
from sandbox.google.server import run_google
from sandbox.meta.config import SandboxConfig
from sandbox.server import run_sandbox
from sandbox.stripe.config import SandboxPrice, StripeConfig
from sandbox.stripe.server import run_stripe
from services.billing.plans import PLANS, Price, PriceList
from services.toolbox import Billing
from settings import Settings, kept_secret
from web.webhooks.stripe import WEBHOOK_PATH

T = TypeVar("T")

# Somebody waits in front of a browser, and the answers are short.
SIGN_IN_PATIENCE = Patience(total_s=20, attempt_s=8, attempts=2, body_bytes=512 * 1024)
_META_APP_ID = "10203040506070"
_GOOGLE_CLIENT_ID = "adgraph-demo.apps.googleusercontent.example"
_META_CALLBACK, _GOOGLE_CALLBACK = "/auth/facebook/callback", "/auth/google/callback"
# Each on its own port after ours, so that the addresses of dialogs stay.
_META_PORT, _GOOGLE_PORT, _STRIPE_PORT = 1, 2, 3


class MissingPrices(AppError):
    """STRIPE_PRICE_IDS does not fit the plans; the message names what is missing."""


class StandIns(msgspec.Struct, frozen=True):
    """Where the stand-ins answer; None for a vendor that is the real one, or not there."""

    meta: str | None = None
    google: str | None = None
    stripe: str | None = None


@asynccontextmanager
async def run_stand_ins(settings: Settings, url: str) -> AsyncIterator[StandIns]:
    """Those that the settings want, until the block ends."""
    async with AsyncExitStack() as stack:
        meta = await stack.enter_async_context(_meta(settings, url)) if settings.uses_sandbox else None
        google = await stack.enter_async_context(_google(settings, url)) if settings.uses_google_sandbox else None
        stripe = await stack.enter_async_context(_stripe(settings, url)) if settings.uses_stripe_sandbox else None
        yield StandIns(meta, google, stripe)


def meta_app(settings: Settings, stand_in: str | None, url: str) -> MetaApp:
    callback = url + _META_CALLBACK
    if stand_in is not None:
        secret = _kept(settings, "sandbox_app_secret")
        return MetaApp(_META_APP_ID, secret, settings.meta_api_version, stand_in, stand_in, callback)
    return MetaApp(
        app_id=settings.meta_app_id or "",
        app_secret=settings.meta_app_secret.get_secret_value() if settings.meta_app_secret else "",
        api_version=settings.meta_api_version,
        graph_url=settings.meta_graph_url,
        dialog_url=settings.meta_dialog_url,
        redirect_uri=callback,
    )


def google_app(settings: Settings, stand_in: str | None, url: str) -> GoogleApp:
    callback = url + _GOOGLE_CALLBACK
    if stand_in is not None:
        return GoogleApp(_GOOGLE_CLIENT_ID, _kept(settings, "sandbox_google_secret"), stand_in, callback)
    return GoogleApp(
        client_id=settings.google_client_id or "",
        client_secret=settings.google_client_secret.get_secret_value() if settings.google_client_secret else "",
        issuer=settings.google_issuer,
        redirect_uri=callback,
    )


@asynccontextmanager
async def open_billing(
    settings: Settings, stand_in: str | None, traces: Sequence[aiohttp.TraceConfig] = ()
) -> AsyncIterator[Billing | None]:
    """Stripe, or its stand-in, or None when nothing can be bought; raises MissingPrices."""
    if stand_in is None and settings.stripe_secret_key is None:
        yield None
        return
    if stand_in is not None:
        stripe = StripeApi(_sandbox_stripe_key(settings), api_url=stand_in, traces=traces)
        billing = Billing(stripe, _sandbox_prices(), (_sandbox_stripe_secret(settings),))
    else:
        assert settings.stripe_secret_key is not None
        prices = _configured_prices(settings.stripe_price_ids)
        stripe = StripeApi(
            settings.stripe_secret_key.get_secret_value(), api_url=settings.stripe_api_url, traces=traces
        )
        billing = Billing(stripe, prices, settings.stripe_webhook_secrets)
    try:
        yield billing
    finally:
        await stripe.close()


def _for_sale() -> list[tuple[PlanKey, BillingInterval]]:
    return [(plan.key, interval) for plan in PLANS if plan.price_monthly for interval in BillingInterval]


def _configured_prices(price_ids: Iterable[str]) -> PriceList:
    found = [text.partition("=") for text in price_ids]
    names = {f"{plan}_{interval}": (plan, interval) for plan, interval in _for_sale()}
    unknown = [name for name, _, _ in found if name not in names]
    missing = sorted(set(names) - {name for name, _, _ in found})
    if unknown or missing:
        raise MissingPrices(f"STRIPE_PRICE_IDS: unknown {unknown or 'none'}, missing {missing or 'none'}.")
    return PriceList(tuple(Price(*names[name], price_id) for name, _, price_id in found))


def _sandbox_prices() -> PriceList:
    return PriceList(tuple(Price(plan, interval, f"price_{plan}_{interval}".lower()) for plan, interval in _for_sale()))


def _sandbox_stripe_key(settings: Settings) -> str:
    return f"sk_test_{_kept(settings, 'sandbox_stripe_key')}"


def _sandbox_stripe_secret(settings: Settings) -> str:
    return f"whsec_{_kept(settings, 'sandbox_stripe_webhook_secret')}"


def _kept(settings: Settings, name: str) -> str:
    return kept_secret(settings.data_dir / "secrets" / name, token_urlsafe(24))


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
        for price in _sandbox_prices().prices
    )  # fmt: skip
    config = StripeConfig(
        secret_key=_sandbox_stripe_key(settings),
        webhook_secret=_sandbox_stripe_secret(settings),
        webhook_url=url + WEBHOOK_PATH,
        admin_token=token_urlsafe(24),
        prices=prices,
        state_path=settings.data_dir / "sandbox_stripe.json",
    )
    port = _port(settings, _STRIPE_PORT)
    async with _on_a_port(lambda port: run_stripe(config, port=port), port) as running:
        yield running.url


def _port(settings: Settings, offset: int) -> int:
    return settings.port + offset if settings.port else 0


@asynccontextmanager
async def _on_a_port(start: Callable[[int], AbstractAsyncContextManager[T]], port: int) -> AsyncIterator[T]:
    """On the port that is wanted, or on a free one when it is taken."""
    async with AsyncExitStack() as stack:
        try:
            running = await stack.enter_async_context(start(port))
        except OSError:
            running = await stack.enter_async_context(start(0))
        yield running

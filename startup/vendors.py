"""Makes the clients of vendors: of the real ones by the settings, or of a stand-in at a given address.

`url` is the address of this installation for browsers, to which vendors send them back.
"""

from base64 import b64encode
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager
from secrets import token_urlsafe

import aiohttp

from analytics.clock import Clock
from auth.token_cipher import TokenCipher
from errors import AppError
from integrations.ebay.app import SCOPES, EbayApp
from integrations.ebay.marketplace import EbayMarketplace
from integrations.ebay.notifications.door import EbayNotices
from integrations.etsy.app import EtsyApp
from integrations.etsy.marketplace import EtsyMarketplace
from integrations.etsy.notices import EtsyNotices
from integrations.google.provider import GoogleApp, GoogleProvider
from integrations.google.sign_in import GoogleSignIn
from integrations.http import HttpClient, Patience
from integrations.mail.mailer import Mailer
from integrations.meta.client import MetaPlatform
from integrations.meta.graph import MetaApp
from integrations.meta.sign_in import FacebookSignIn
from integrations.rates.source import RATES_PATIENCE, RateSource
from integrations.selling.marketplace import OAuthMarketplace
from integrations.selling.notices import NoticeSource
from integrations.stripe.client import StripeApi
from integrations.vinted.marketplace import VintedMarketplace
from models.billing.subscription import BillingInterval, PlanKey
from models.channels.channel import ChannelKind
from models.database import Database
from models.people.oauth_identity import IdentityProvider
from models.platform import Platform
from services.billing.plans import PLANS
from services.installation.sealed_values import SealedText
from services.price_list import Price, PriceList
from services.tools import Billing, Vendors
from settings.loading import kept_secret
from settings.model import Settings, plain

# For sign-ins: a person waits at a browser meanwhile, and the answers are short.
SIGN_IN_PATIENCE = Patience(total_s=20, attempt_s=8, attempts=2, body_bytes=512 * 1024)
_META_APP_ID = "10203040506070"
_GOOGLE_CLIENT_ID = "adgraph-demo.apps.googleusercontent.example"
EBAY_ACCEPTED, EBAY_DECLINED = "/auth/ebay/callback", "/auth/ebay/declined"
_EBAY_CLIENT_ID, _EBAY_RUNAME = "Adgraph-Demo-SBX-0a1b2c3d", "Adgraph-Adgraph-Demo-SBX-abcdef"
_ETSY_KEYSTRING, _ETSY_CALLBACK = "adgraphdemosandbox0a1b2c", "/auth/etsy/callback"
_META_CALLBACK, _GOOGLE_CALLBACK = "/auth/facebook/callback", "/auth/google/callback"


def vendors_of(
    meta: MetaPlatform,
    google: GoogleProvider,
    *marketplaces: EbayMarketplace | EtsyMarketplace,
    billing: Billing | None = None,
    mailer: Mailer | None = None,
    rates: RateSource | None = None,
) -> Vendors:
    """All ad platforms, marketplaces and identity providers, the last in the order in which people are offered them."""
    return Vendors(
        ads={Platform.META: meta},
        sign_in={
            IdentityProvider.GOOGLE: GoogleSignIn(google),
            IdentityProvider.FACEBOOK: FacebookSignIn(meta.app, meta.http),
        },
        billing=billing,
        mailer=mailer,
        rates=rates,
        selling={_kind_of(each): each for each in marketplaces},
        relayed={ChannelKind.VINTED: VintedMarketplace()},
        notices={_kind_of(each): _notices_of(each) for each in marketplaces},
    )


def _kind_of(marketplace: OAuthMarketplace) -> ChannelKind:
    return ChannelKind(marketplace.dialog_name.upper())


def _notices_of(marketplace: EbayMarketplace | EtsyMarketplace) -> NoticeSource:
    return EbayNotices(marketplace) if isinstance(marketplace, EbayMarketplace) else EtsyNotices(marketplace)


class MissingPrices(AppError):
    """STRIPE_PRICE_IDS does not fit the price plans; the message names what is unknown or missing."""


def meta_app(settings: Settings, stand_in: str | None, url: str) -> MetaApp:
    """The app at Meta, or that of the stand-in at the address `stand_in`."""
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
    """The app at Google, or that of the stand-in at the address `stand_in`."""
    callback = url + _GOOGLE_CALLBACK
    if stand_in is not None:
        return GoogleApp(_GOOGLE_CLIENT_ID, _kept(settings, "sandbox_google_secret"), stand_in, callback)
    return GoogleApp(
        client_id=settings.google_client_id or "",
        client_secret=settings.google_client_secret.get_secret_value() if settings.google_client_secret else "",
        issuer=settings.google_issuer,
        redirect_uri=callback,
    )


def ebay_app(settings: Settings, stand_in: str | None) -> EbayApp:
    """The app at eBay, or that of the stand-in, whose hosts are all at the address `stand_in`."""
    if stand_in is not None:
        secret = _kept(settings, "sandbox_ebay_secret")
        hosts = (stand_in, stand_in, stand_in, f"{stand_in}/graphql")
        token = _kept(settings, "sandbox_ebay_verification_token")
        return EbayApp(_EBAY_CLIENT_ID, secret, _EBAY_RUNAME, *hosts, verification_token=token)
    return EbayApp(
        client_id=settings.ebay_client_id or "",
        client_secret=plain(settings.ebay_client_secret),
        runame=settings.ebay_runame or "",
        api_url=settings.ebay_api_url,
        apiz_url=settings.ebay_apiz_url,
        auth_url=settings.ebay_auth_url,
        graphql_url=settings.ebay_graphql_url,
        scopes=settings.ebay_scopes or SCOPES,
        verification_token=plain(settings.ebay_verification_token),
    )


def ebay_marketplace(
    app: EbayApp, http: HttpClient, clock: Clock, *, db: Database, cipher: TokenCipher
) -> EbayMarketplace:
    """EBay for this process; all processes sign with one key, which eBay gives to the application."""
    keys = SealedText(db, cipher, clock, f"ebay.signing_key:{app.client_id}")
    return EbayMarketplace(app, http, clock, keys)


def etsy_app(settings: Settings, stand_in: str | None, url: str) -> EtsyApp:
    """The app at Etsy, or that of the stand-in at the address `stand_in`."""
    callback, per_day = url + _ETSY_CALLBACK, settings.etsy_calls_per_day
    if stand_in is not None:
        secret = _kept(settings, "sandbox_etsy_secret")
        webhook_secret = f"whsec_{b64encode(_kept(settings, 'sandbox_etsy_webhook_secret').encode()).decode()}"
        addresses = (f"{stand_in}/v3/application", f"{stand_in}/v3/public/oauth/token", f"{stand_in}/oauth/connect")
        return EtsyApp(
            _ETSY_KEYSTRING, secret, callback, *addresses, webhook_secrets=(webhook_secret,), calls_per_day=per_day
        )
    return EtsyApp(
        keystring=settings.etsy_keystring or "",
        shared_secret=plain(settings.etsy_shared_secret),
        redirect_uri=callback,
        api_url=settings.etsy_api_url,
        token_url=settings.etsy_token_url,
        connect_url=settings.etsy_connect_url,
        webhook_secrets=settings.etsy_signing_secrets,
        calls_per_day=per_day,
    )


@asynccontextmanager
async def open_billing(
    settings: Settings, stand_in: str | None, traces: Sequence[aiohttp.TraceConfig] = ()
) -> AsyncIterator[Billing | None]:
    """The client of Stripe or its stand-in, until the block ends; None when nothing is sold. Raises MissingPrices."""
    if stand_in is None and settings.stripe_secret_key is None:
        yield None
        return
    if stand_in is not None:
        stripe = StripeApi(sandbox_stripe_key(settings), api_url=stand_in, traces=traces)
        billing = Billing(stripe, sandbox_prices(), (sandbox_stripe_secret(settings),))
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


@asynccontextmanager
async def open_rates(
    settings: Settings, stand_in: str | None, traces: Sequence[aiohttp.TraceConfig] = ()
) -> AsyncIterator[RateSource | None]:
    """The file of exchange rates at FX_RATES_URL, or at the stand-in's address; None where there is neither."""
    url = stand_in or plain(settings.fx_rates_url)
    if not url:
        yield None
        return
    http = HttpClient(RATES_PATIENCE, traces=traces)
    try:
        yield RateSource(url, http)
    finally:
        await http.close()


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


def sandbox_prices() -> PriceList:
    return PriceList(tuple(Price(plan, interval, f"price_{plan}_{interval}".lower()) for plan, interval in _for_sale()))


def sandbox_stripe_key(settings: Settings) -> str:
    return f"sk_test_{_kept(settings, 'sandbox_stripe_key')}"


def sandbox_stripe_secret(settings: Settings) -> str:
    return f"whsec_{_kept(settings, 'sandbox_stripe_webhook_secret')}"


def _kept(settings: Settings, name: str) -> str:
    return kept_secret(settings.data_dir / "secrets" / name, token_urlsafe(24))

"""The tools of use cases, in groups, and a protocol for each: a function that needs several names them by these.

A function that needs one or two takes them themselves (`db: Database`, `clock: Clock`). One that needs more takes
`tools` of a protocol that is put together from those below and declared where its subject is, such as `SignInTools`
(`services/sign_in/tools.py`). The Toolbox (`services/toolbox.py`) is all of them.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from analytics.clock import Clock
from auth.access_tokens import AccessTokenSigner
from auth.authenticator import Authenticator
from auth.limits.limiter import Limiter
from auth.passwords import PasswordHasher
from auth.signed_links import SignedLinks
from auth.token_cipher import TokenCipher
from integrations.ads.platform import AdPlatform
from integrations.mail.mailer import Mailer
from integrations.rates.source import RateSource
from integrations.selling.marketplace import Marketplace, OAuthMarketplace
from integrations.selling.notices import NoticeSource
from integrations.sign_in import SignInProvider
from integrations.storage.door import FileStorage
from integrations.stripe.client import StripeApi
from integrations.vinted.marketplace import VintedMarketplace
from models.channels.channel import ChannelKind
from models.database import Database
from models.people.oauth_identity import IdentityProvider
from models.platform import Platform
from services.price_list import PriceList

AdPlatforms = Mapping[Platform, AdPlatform]
Marketplaces = Mapping[ChannelKind, OAuthMarketplace]


@dataclass(frozen=True, slots=True)
class Billing:
    """Stripe and its prices; each of the webhook secrets may sign its events."""

    stripe: StripeApi
    prices: PriceList
    webhook_secrets: tuple[str, ...] = field(repr=False)


@dataclass(frozen=True, slots=True)
class Vendors:
    """The clients of all ad platforms, identity providers and marketplaces, also of those that are not set up here.

    Where `billing` is None, nothing is sold and every tenant has the FREE plan. Where `mailer` is None, this
    installation sends no mail. Where `rates` is None, exchange rates are loaded from files alone. `selling` are the
    marketplaces with an API, `relayed` those whose calls a browser extension makes.
    """

    ads: AdPlatforms
    sign_in: Mapping[IdentityProvider, SignInProvider]
    billing: Billing | None = None
    mailer: Mailer | None = None
    rates: RateSource | None = None
    selling: Marketplaces = field(default_factory=dict)
    relayed: Mapping[ChannelKind, VintedMarketplace] = field(default_factory=dict)
    notices: Mapping[ChannelKind, NoticeSource] = field(default_factory=dict)

    def marketplace(self, kind: ChannelKind) -> Marketplace | None:
        """What can be asked without a session of the marketplace; None for a kind without one."""
        return self.selling.get(kind) or self.relayed.get(kind)


@dataclass(frozen=True, slots=True)
class Credentials:
    """With what people prove who they are: checks and makes passwords and tokens, and remembers who was recognised.

    Without `has_passwords` people sign in through identity providers only. Refresh tokens are hashed with the first of
    the peppers and found by each of them.
    """

    passwords: PasswordHasher
    tokens: AccessTokenSigner
    authenticator: Authenticator
    refresh_token_peppers: tuple[bytes, ...] = field(repr=False)
    has_passwords: bool = True


@dataclass(frozen=True, slots=True)
class RelayRules:
    """How gently the browser extensions of channels go about their site.

    `spacing_ms` lies between two calls; `listing_delay_s` after it was made, a new item is listed at the latest.
    Versions of the extension before `oldest_agent` are not served.
    """

    spacing_ms: int = 5_000
    listing_delay_s: int = 60
    oldest_agent: str = "1.0.0"


@dataclass(frozen=True, slots=True)
class PublicAddresses:
    """`public_url` is this server for browsers and vendors, `app_url` the place where people open the links of letters.

    Both are without a trailing slash. `return_origins` are further origins to which a sign-in may return.
    """

    public_url: str
    app_url: str
    return_origins: tuple[str, ...] = ()


class HasDb(Protocol):
    @property
    def db(self) -> Database: ...


class HasClock(Protocol):
    @property
    def clock(self) -> Clock: ...


class HasCipher(Protocol):
    """The cipher of what is stored encrypted: platform tokens, letters, OAuth flows, invitations."""

    @property
    def cipher(self) -> TokenCipher: ...


class HasLimiter(Protocol):
    @property
    def limiter(self) -> Limiter: ...


class HasCredentials(Protocol):
    @property
    def credentials(self) -> Credentials: ...


class HasVendors(Protocol):
    @property
    def vendors(self) -> Vendors: ...


class HasRelay(Protocol):
    @property
    def relay(self) -> RelayRules: ...


class HasFiles(Protocol):
    """Where files that the product makes are kept, and the folder of this machine in which they are written before."""

    @property
    def files(self) -> FileStorage: ...

    @property
    def workspace(self) -> Path: ...


class HasChartLinks(Protocol):
    """What signs the links to charts, and knows those that it signed."""

    @property
    def chart_links(self) -> SignedLinks: ...


class HasAddresses(Protocol):
    @property
    def addresses(self) -> PublicAddresses: ...

"""Toolbox: the database, clients and keys that use cases work with, made once per process (startup/tools.py)."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from time import monotonic
from uuid import UUID

from analytics.clock import Clock
from auth.access_tokens import AccessTokenSigner
from auth.authenticator import Authenticator
from auth.limits.limiter import Limiter
from auth.memory import Memory
from auth.passwords import PasswordHasher
from auth.token_cipher import TokenCipher
from integrations.ads.platform import AdPlatform
from integrations.mail.mailer import Mailer
from integrations.sign_in import SignInProvider
from integrations.stripe.client import StripeApi
from models.ads.entity_counts import EntityCounts
from models.database import Database
from models.listener import Hub
from models.people.oauth_identity import IdentityProvider
from models.platform import Platform
from services.price_list import PriceList


@dataclass(frozen=True, slots=True)
class Billing:
    """Stripe and its prices; each of the webhook secrets may sign its events."""

    stripe: StripeApi
    prices: PriceList
    webhook_secrets: tuple[str, ...] = field(repr=False)


@dataclass(frozen=True, slots=True)
class Vendors:
    """The clients of all ad platforms and identity providers, also of those that are not set up here."""

    ads: Mapping[Platform, AdPlatform]
    sign_in: Mapping[IdentityProvider, SignInProvider]


@dataclass(frozen=True, slots=True)
class Retention:
    """After how many days unused sessions and audit entries are deleted; with 0 audit entries are kept for ever."""

    session_days: int = 90
    audit_days: int = 0


@dataclass(frozen=True, slots=True)
class Toolbox:
    """What a use case may need. Where `billing` is None, every tenant has the FREE plan."""

    db: Database
    clock: Clock
    passwords: PasswordHasher
    tokens: AccessTokenSigner
    authenticator: Authenticator
    refresh_tokens_peppers: tuple[bytes, ...]
    limiter: Limiter
    cipher: TokenCipher
    vendors: Vendors
    hub: Hub
    public_url: str
    return_origins: tuple[str, ...]
    # False: people sign in through identity providers only.
    has_passwords: bool
    # None: this installation sends no mail.
    mailer: Mailer | None
    # Where people open the links of letters, without a trailing slash.
    app_url: str
    billing: Billing | None = None
    retention: Retention = Retention()
    # How many entities each tenant has, believed for some seconds.
    entity_counts: Memory[UUID, EntityCounts] = field(default_factory=lambda: Memory(monotonic))

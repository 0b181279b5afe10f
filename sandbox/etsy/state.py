"""Owns everything a running Etsy sandbox remembers, kept in a file when there is one; must not speak HTTP.

`EtsyBook` is what survives a restart. What belongs to a shop is a field of `EtsyShop` (`shops.py`), what belongs to the
app a field of `EtsyBook`. How often the app called is not kept.
"""

from collections import deque
from dataclasses import dataclass, field

import msgspec

from sandbox.etsy.config import EtsyConfig
from sandbox.etsy.shops import EtsySeller, EtsyShop, seeded_sellers, stocked
from sandbox.etsy.webhooks.records import WebhookBook
from sandbox.marketplaces.courier import NoticeCourier
from sandbox.marketplaces.memory import MarketplaceSandbox, kept_book

_FIRST_NUMBER = 1_500_000_000
# Numbers that the profiles of a shop take.
_STOCK = 10
_PAUSES_S = (0.5, 2.0, 5.0)


class OpenCode(msgspec.Struct):
    """What was agreed to, until the app takes it up."""

    user_id: int
    scopes: list[str]
    redirect_uri: str
    challenge: str
    until_s: int
    is_used: bool = False


class EtsyGrant(msgspec.Struct):
    """A pair of tokens; a refresh ends both and makes the next grant. `ended` says why it is no longer good."""

    user_id: int
    scopes: list[str]
    access_token: str
    refresh_token: str
    access_until_s: int
    refresh_until_s: int
    ended: str | None = None


class EtsyBook(msgspec.Struct):
    """Shops by shop id, grants by refresh token, refresh tokens by access token; `last_number` makes ids."""

    shops: dict[int, EtsyShop] = {}
    codes: dict[str, OpenCode] = {}
    grants: dict[str, EtsyGrant] = {}
    access_tokens: dict[str, str] = {}
    webhooks: WebhookBook = msgspec.field(default_factory=WebhookBook)
    last_number: int = _FIRST_NUMBER


@dataclass(kw_only=True)
class EtsySandbox(MarketplaceSandbox[EtsyConfig, EtsyBook]):
    per_second: int
    per_day: int
    has_limit_headers: bool
    # Whether texts come back with entities of HTML in them.
    has_entities: bool = True
    # When the app called: by the running clock for the second, by the sandbox's for the day.
    second: deque[float] = field(default_factory=deque)
    day: deque[int] = field(default_factory=deque)
    # Listings to which a picture is being added, by their id.
    uploading: set[int] = field(default_factory=set)

    def add_shop(self, seller: EtsySeller) -> EtsyShop:
        shop = self.book.shops[seller.shop_id] = stocked(seller, self.first_of(_STOCK))
        return shop

    def shop_of_user(self, user_id: int) -> EtsyShop | None:
        return next((shop for shop in self.book.shops.values() if shop.seller.user_id == user_id), None)


def open_etsy(config: EtsyConfig) -> EtsySandbox:
    kept = kept_book(config, EtsyBook)
    sandbox = EtsySandbox(
        config,
        kept or EtsyBook(),
        NoticeCourier(_PAUSES_S),
        per_second=config.per_second,
        per_day=config.per_day,
        has_limit_headers=config.has_limit_headers,
    )
    if kept is None:
        for seller in seeded_sellers(config.seed):
            sandbox.add_shop(seller)
    if config.webhook_url is not None:
        sandbox.book.webhooks.endpoint = config.webhook_url
        sandbox.book.webhooks.secrets = list(config.webhook_secrets)
    return sandbox

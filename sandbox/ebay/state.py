"""Owns everything a running eBay sandbox remembers, kept in a file when there is one; must not speak HTTP.

`EbayBook` is what survives a restart: shops by the seller's id, tokens, counts. What belongs to a seller is a field of
`Shop` (`sellers.py`); what belongs to the app, such as keys and subscriptions, a field of `EbayBook`.
"""

from dataclasses import dataclass, field
from typing import Any

import msgspec

from sandbox.ebay.config import EbayConfig
from sandbox.ebay.notifications.records import NoticeBook
from sandbox.ebay.sellers import Seller, Shop, seeded_locations, seeded_policies, seeded_sellers
from sandbox.ebay.signing.keys import SigningKey
from sandbox.marketplaces.courier import NoticeCourier
from sandbox.marketplaces.memory import MarketplaceSandbox, kept_book

# Between the three attempts for each message that eBay makes.
_PAUSES_S = (0.5, 2.0)
_FIRST_NUMBER = 1_000
# Numbers that the policies of a seller take.
_POLICIES = 10


class UserConsent(msgspec.Struct):
    """What a seller agreed to: scopes in full, and until when (seconds by the sandbox's clock)."""

    seller_id: str
    scopes: list[str]
    until_s: int
    is_revoked: bool = False


class AccessToken(msgspec.Struct):
    """`refresh_token` names the consent; None is the token of the app itself."""

    refresh_token: str | None
    scopes: list[str]
    until_s: int


class OpenCode(msgspec.Struct):
    seller_id: str
    scopes: list[str]
    until_s: int


class EbayBook(msgspec.Struct):
    """`counts` by what is counted and the day, such as `mint:refresh_token:2026-11-03`; `last_number` makes ids."""

    shops: dict[str, Shop] = {}
    codes: dict[str, OpenCode] = {}
    consents: dict[str, UserConsent] = {}
    access_tokens: dict[str, AccessToken] = {}
    counts: dict[str, int] = {}
    signing_keys: dict[str, SigningKey] = {}
    notices: NoticeBook = msgspec.field(default_factory=NoticeBook)
    last_number: int = _FIRST_NUMBER


@dataclass(kw_only=True)
class EbaySandbox(MarketplaceSandbox[EbayConfig, EbayBook]):
    """`throttled` has patterns over names of APIs that answer 429."""

    write_s: float
    fetches_pictures: bool
    throttled: list[str] = field(default_factory=list)
    # SKUs that are being written, by seller.
    writing: set[tuple[str, str]] = field(default_factory=set)

    def now_text(self) -> str:
        """As eBay writes instants: UTC, milliseconds."""
        return f"{self.clock.now():%Y-%m-%dT%H:%M:%S}.000Z"

    def add_shop(self, seller: Seller) -> Shop:
        policies = seeded_policies(seller, self.first_of(_POLICIES))
        shop = self.book.shops[seller.user_id] = Shop(seller, policies, seeded_locations(seller))
        return shop


def open_ebay(config: EbayConfig) -> EbaySandbox:
    kept = kept_book(config, EbayBook)
    sandbox = EbaySandbox(
        config,
        kept or EbayBook(),
        NoticeCourier(_PAUSES_S),
        write_s=config.write_s,
        fetches_pictures=config.fetches_pictures,
    )
    if kept is None:
        for seller in seeded_sellers(config.seed):
            sandbox.add_shop(seller)
    return sandbox


def shown(found: dict[str, Any]) -> dict[str, Any]:
    """What the API shows of an object; names of our own begin with an underscore."""
    return {key: value for key, value in found.items() if not key.startswith("_")}

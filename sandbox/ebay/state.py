"""Owns everything a running eBay sandbox remembers, kept in a file when there is one; must not speak HTTP.

`EbayBook` is what survives a restart: shops by the seller's id, tokens, counts. What belongs to a seller is a field of
`Shop` (`sellers.py`); what belongs to the app, such as keys and subscriptions, a field of `EbayBook`.
"""

from collections import deque
from dataclasses import dataclass, field
from typing import Any

import msgspec

from sandbox.ebay.config import EbayConfig
from sandbox.ebay.notifications.records import NoticeBook
from sandbox.ebay.sellers import Seller, Shop, seeded_locations, seeded_policies, seeded_sellers
from sandbox.ebay.signing.keys import SigningKey
from sandbox.marketplaces.courier import NoticeCourier
from sandbox.marketplaces.faults import CallFaultBook
from sandbox.marketplaces.memory import CallLogEntry, new_log, read_book, write_book
from sandbox.meta.clock import Clock

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


@dataclass
class EbaySandbox:
    """`url` is known once the sandbox has a port. `throttled` has patterns over names of APIs that answer 429."""

    config: EbayConfig
    clock: Clock
    book: EbayBook
    url: str = ""
    faults: CallFaultBook = field(default_factory=CallFaultBook)
    courier: NoticeCourier = field(default_factory=lambda: NoticeCourier(_PAUSES_S))
    log: deque[CallLogEntry] = field(default_factory=new_log)
    logged: int = 0
    latency_s: float = 0.0
    write_s: float = 0.0
    fetches_pictures: bool = True
    throttled: list[str] = field(default_factory=list)
    # Requests that the dialog has shown, by ticket: for one click each.
    tickets: dict[str, dict[str, str]] = field(default_factory=dict)
    # SKUs that are being written, by seller.
    writing: set[tuple[str, str]] = field(default_factory=set)

    @property
    def now_s(self) -> int:
        return self.clock.now_s()

    def now_text(self) -> str:
        """As eBay writes instants: UTC, milliseconds."""
        return f"{self.clock.now():%Y-%m-%dT%H:%M:%S}.000Z"

    def number(self) -> int:
        """For an id: it never repeats, also after a restart."""
        self.book.last_number += 1
        return self.book.last_number

    def save(self) -> None:
        write_book(self.config.state_path, self.book)

    def add_shop(self, seller: Seller) -> Shop:
        first = self.book.last_number + 1
        self.book.last_number += _POLICIES
        shop = Shop(seller, seeded_policies(seller, first), seeded_locations(seller))
        self.book.shops[seller.user_id] = shop
        return shop


def open_ebay(config: EbayConfig) -> EbaySandbox:
    sandbox = EbaySandbox(
        config,
        Clock(config.today),
        EbayBook(),
        latency_s=config.latency_s,
        write_s=config.write_s,
        fetches_pictures=config.fetches_pictures,
    )
    kept = read_book(config.state_path, EbayBook)
    if kept is not None:
        sandbox.book = kept
    else:
        for seller in seeded_sellers(config.seed):
            sandbox.add_shop(seller)
    return sandbox


def shown(found: dict[str, Any]) -> dict[str, Any]:
    """What the API shows of an object; names of our own begin with an underscore."""
    return {key: value for key, value in found.items() if not key.startswith("_")}

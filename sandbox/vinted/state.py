"""Owns everything a running sandbox of Vinted remembers, kept in a file when there is one; must not speak HTTP.

`VintedBook` is what survives a restart: members with what is theirs, and the browsers that are signed in.
"""

import secrets
from collections import defaultdict, deque
from dataclasses import dataclass, field
from uuid import uuid4

import msgspec

from sandbox.marketplaces.courier import NoticeCourier
from sandbox.marketplaces.memory import MarketplaceSandbox, kept_book
from sandbox.vinted.config import VintedConfig
from sandbox.vinted.members import Member, Session, seeded_members

_FIRST_NUMBER = 5_000_000_000


class VintedBook(msgspec.Struct):
    """Members by id, sessions by the value of their cookie; `last_number` makes ids."""

    members: dict[int, Member] = {}
    sessions: dict[str, Session] = {}
    last_number: int = _FIRST_NUMBER
    is_furnished: bool = False


class Challenge(msgspec.Struct):
    """What stands in the place of every answer: `NONE`, a page with 403, a page with 200, or JSON with 403.

    With a member it stands in that one's way alone. A click ends it, unless it is stubborn.
    """

    style: str = "NONE"
    member_id: int | None = None
    is_stubborn: bool = False


@dataclass(kw_only=True)
class VintedSandbox(MarketplaceSandbox[VintedConfig, VintedBook]):
    listing_delay_s: float
    per_minute: int
    has_retry_after: bool = True
    signed_out_status: int = 401
    # Where pages have the CSRF token: META, SCRIPT or BOTH.
    csrf_place: str = "BOTH"
    challenge: Challenge = field(default_factory=Challenge)
    # When each member called, by the sandbox's clock.
    minutes: dict[int, deque[float]] = field(default_factory=lambda: defaultdict(deque))

    @property
    def now(self) -> float:
        return self.clock.now().timestamp()

    def open_session(self, member: Member) -> str:
        """The value of its cookie."""
        value = secrets.token_urlsafe(32)
        self.book.sessions[value] = Session(member.member_id, str(uuid4()))
        return value

    def close_sessions(self, member: Member) -> int:
        ended = [value for value, session in self.book.sessions.items() if session.member_id == member.member_id]
        for value in ended:
            del self.book.sessions[value]
        return len(ended)


def fresh_book(config: VintedConfig) -> VintedBook:
    """With members who have nothing yet."""
    return VintedBook({member.member_id: member for member in seeded_members(config.seed)})


def open_vinted(config: VintedConfig) -> VintedSandbox:
    return VintedSandbox(
        config,
        kept_book(config, VintedBook) or fresh_book(config),
        NoticeCourier(()),
        listing_delay_s=config.listing_delay_s,
        per_minute=config.per_minute,
    )

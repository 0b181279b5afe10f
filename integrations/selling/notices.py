"""What a marketplace calls this installation with: proved to be the marketplace's own, and in our words.

A message only wakes somebody who then asks the marketplace: losing all of them loses nothing.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol


class NoticeKind(StrEnum):
    """What a message asks for; OTHER is stored and asks for nothing."""

    ORDER = "ORDER"
    REVOKED = "REVOKED"
    FORGET = "FORGET"
    OTHER = "OTHER"


class UntrustedNotice(Exception):
    """A message that the marketplace has not signed; the text is for logs and holds nothing of the message."""


@dataclass(frozen=True, slots=True)
class SellerNotice:
    """`user_id` is the lasting id of whom it is about, `user_name` what the marketplace calls them.

    `order_id` is of an order that has to be read by itself: lists of changes do not have it yet, or never.
    """

    message_id: str
    kind: NoticeKind
    topic: str
    published_at: datetime | None
    user_id: str | None
    user_name: str | None
    order_id: str | None = None


@dataclass(frozen=True, slots=True)
class NoticeCall:
    """A request as it came: nothing of it is proved. `headers` are found by names in lower case."""

    headers: Mapping[str, str]
    body: bytes


class NoticeSource(Protocol):
    """The messages of one marketplace to the one app that the installation has there."""

    @property
    def settings(self) -> str:
        """The names of the settings without which no message is taken, for the operator."""
        ...

    @property
    def is_set_up(self) -> bool: ...

    @property
    def registration(self) -> "NoticeRegistration | None":
        """How our address is registered; None where the operator does that on the marketplace's own pages."""
        ...

    async def read(self, call: NoticeCall) -> SellerNotice:
        """The message in exactly this request; raises UntrustedNotice, InvalidResponse for what is no message, and
        what asking for a key raises.
        """
        ...


class NoticeRegistration(Protocol):
    """The calls that register our address; `endpoint` is that address, byte for byte as it is registered."""

    def challenge_answer(self, code: str, endpoint: str) -> str:
        """What proves that the address is ours."""
        ...

    async def set_up(self, endpoint: str, alert_email: str) -> list[str]:
        """Registers our address and subscribes to what belongs to no seller; answers the topics."""
        ...

    async def subscribe_seller(self, endpoint: str, access: str) -> list[str]:
        """Subscribes to what happens to one seller, by that seller's token; answers the topics."""
        ...

"""What somebody wants of a channel, and which of it a kind of channel cannot have; pure."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Self
from uuid import UUID

from errors import Refused, UserErrorCode
from integrations.selling.marketplace import Marketplace
from models.channels.abilities import ABILITIES
from models.channels.channel import ChannelKind
from models.channels.policy import MOST_POLICIES
from services.channels.policies import PolicyChoice

SHORTEST_PAUSE_MINUTES, LONGEST_PAUSE_MINUTES = 5, 1440
_TAX_DECIMALS = 6


@dataclass(frozen=True, slots=True)
class ChannelWish:
    """The channel that somebody wants to connect; `channel_id` is one that was connected before.

    `return_url` and `code_challenge` are for the dialog of a marketplace, as in FlowStart.
    """

    kind: ChannelKind
    name: str | None = None
    market: str | None = None
    channel_id: UUID | None = None
    return_url: str = "/"
    code_challenge: str | None = None

    def kept(self) -> dict[str, Any]:
        """What the dialog's flow remembers of it."""
        channel_id = None if self.channel_id is None else str(self.channel_id)
        return {"name": self.name, "market": self.market, "channel_id": channel_id}

    @classmethod
    def of_kept(cls, kind: ChannelKind, kept: dict[str, Any]) -> Self:
        channel_id = kept.get("channel_id")
        return cls(kind, kept.get("name"), kept.get("market"), UUID(channel_id) if channel_id else None)


@dataclass(frozen=True, slots=True)
class SettingsWish:
    """What somebody wants of a channel's settings. None leaves one as it is.

    With `says_tax_rate` the tax inside the prices is `included_tax_rate` from now on, and None is none; with
    `says_pause` the channel is read every `sync_every_minutes`, and None is only when somebody asks.
    """

    name: str | None = None
    market: str | None = None
    sync_every_minutes: int | None = None
    says_pause: bool = False
    ends_elsewhere_on_sale: bool | None = None
    included_tax_rate: Decimal | None = None
    says_tax_rate: bool = False
    default_policies: tuple[PolicyChoice, ...] = ()


def check_kind(wish: ChannelWish) -> None:
    """Raises Refused NOT_SUPPORTED for a kind of which no channel can be connected."""
    if wish.kind not in ABILITIES:
        *most, last = (each.shown for each in ABILITIES)
        known = f"{', '.join(most)} and {last}"
        message = f"A channel of {wish.kind.shown} cannot be connected: so far only those of {known} can."
        raise Refused(UserErrorCode.NOT_SUPPORTED, message, field="kind")


def check_market(kind: ChannelKind, marketplace: Marketplace | None, market: str | None) -> None:
    """Raises Refused: NOT_SUPPORTED where there is one market only, INVALID for one that the marketplace has not."""
    if market is None:
        return
    if marketplace is None or not marketplace.markets:
        raise Refused(UserErrorCode.NOT_SUPPORTED, one_market_only(kind), field="market")
    if market not in marketplace.markets:
        raise Refused(UserErrorCode.INVALID, known_markets(marketplace), field="market")


def one_market_only(kind: ChannelKind) -> str:
    return f"There is one market only at {kind.shown}: name none."


def known_markets(marketplace: Marketplace) -> str:
    return f"{marketplace.name} has these markets: {', '.join(marketplace.markets)}."


def other_site() -> Refused:
    """Of a channel that a browser extension works, for which another market is wanted."""
    message = "A member belongs to the site at which the extension was paired: connect a channel of the other site."
    return Refused(UserErrorCode.NOT_SUPPORTED, message, field="market")


def check_settings(kind: ChannelKind, marketplace: Marketplace | None, wish: SettingsWish) -> None:
    """Raises Refused: INVALID, and NOT_SUPPORTED for what the kind of channel has not."""
    check_market(kind, marketplace, wish.market)
    if marketplace is None and wish.default_policies:
        raise Refused(UserErrorCode.NOT_SUPPORTED, f"There are no policies at {kind.shown}.", field="default_policies")
    if len(wish.default_policies) > MOST_POLICIES:
        message = f"At most {MOST_POLICIES} policies can be chosen at once."
        raise Refused(UserErrorCode.INVALID, message, field="default_policies")
    pause = wish.sync_every_minutes
    if marketplace is None and pause is not None:
        message = f"Adgraph does not read {kind.shown}: its orders are pushed or imported."
        raise Refused(UserErrorCode.NOT_SUPPORTED, message, field="sync_every_minutes")
    if pause is not None and not SHORTEST_PAUSE_MINUTES <= pause <= LONGEST_PAUSE_MINUTES:
        message = (
            f"A channel is read every {SHORTEST_PAUSE_MINUTES} to {LONGEST_PAUSE_MINUTES:,} minutes, or never: null."
        )
        raise Refused(UserErrorCode.INVALID, message, field="sync_every_minutes")
    rate = wish.included_tax_rate
    if rate is not None and not (0 <= rate < 1 and rate == round(rate, _TAX_DECIMALS)):
        message = (
            f"The tax inside the prices is a fraction of at least 0 and below 1, with at most {_TAX_DECIMALS} decimals,"
            " such as 0.19."
        )
        raise Refused(UserErrorCode.INVALID, message, field="included_tax_rate")

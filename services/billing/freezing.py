"""Freezes ad accounts, members, channels and products that a smaller price plan has no room for; nothing is deleted.

A frozen ad account or channel keeps its data, but is neither read anew nor changed; a frozen member may only read; a
frozen product is shown and counted, and not changed. The oldest stay usable, of the members the owners and then the
oldest. So a larger plan, or room that somebody makes, always thaws what came next in that order.
"""

from dataclasses import dataclass

from analytics.clock import Clock
from errors import Refused, UserErrorCode
from models.ads.ad_account import AdAccount
from models.billing.freezing import (
    freeze_and_thaw_accounts,
    freeze_and_thaw_channels,
    freeze_and_thaw_members,
    freeze_and_thaw_products,
)
from models.channels.channel import Channel
from models.database import WriteSession
from models.listener import notify_changes
from models.products.product import Product
from services.billing.entitlements import entitlement_of
from services.billing.plans import QuotaKind
from services.tools import Billing


@dataclass(frozen=True, slots=True)
class Frozen:
    """How many ad accounts, members, channels and products of the tenant are frozen."""

    ad_accounts: int
    members: int
    channels: int
    products: int


async def freeze_and_thaw(clock: Clock, billing: Billing | None, session: WriteSession) -> Frozen:
    """Freezes what the tenant's price plan has no room for and thaws the rest, in the caller's transaction.

    To be called whenever the price plan, the accounts or the members have changed, or a channel or product has ended.
    """
    # The statements below must see what the caller has changed.
    await session.flush()
    # Also a team that may only read for an overdue payment keeps the room of its price plan.
    allowed, now = await entitlement_of(clock, billing, session), clock()
    accounts = await freeze_and_thaw_accounts(session, allowed.limit(QuotaKind.AD_ACCOUNTS), now)
    members = await freeze_and_thaw_members(session, allowed.limit(QuotaKind.MEMBERS), now)
    channels = await freeze_and_thaw_channels(session, allowed.limit(QuotaKind.CHANNELS), now)
    products = await freeze_and_thaw_products(session, allowed.limit(QuotaKind.PRODUCTS), now)
    await notify_changes(session, "CHANNEL", channels.changed)
    return Frozen(accounts.frozen, members.frozen, channels.frozen, products.frozen)


def refuse_frozen(account: AdAccount, *, field: str) -> None:
    """Raises Refused QUOTA_EXCEEDED for a frozen account."""
    if account.frozen_at is not None:
        raise _no_room("ad account", "disconnect", field)


def refuse_frozen_channel(channel: Channel, *, field: str) -> None:
    """The same for a channel."""
    if channel.frozen_at is not None:
        raise _no_room("channel", "disconnect", field)


def refuse_frozen_product(product: Product, *, field: str) -> None:
    """The same for a product."""
    if product.frozen_at is not None:
        raise _no_room("product", "delete", field)


def _no_room(kind: str, remove: str, field: str) -> Refused:
    message = f"The plan has no room for this {kind}: {remove} another one or choose a larger plan."
    return Refused(UserErrorCode.QUOTA_EXCEEDED, message, field=field)

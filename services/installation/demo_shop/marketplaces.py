"""Connects the demo's team with the sellers whom the stand-ins of marketplaces keep for it, through the use cases that
everybody has.
"""

from collections.abc import Mapping
from typing import Protocol

import structlog

from auth.viewer import Viewer
from errors import Refused, UserErrorCode
from integrations.errors import IntegrationError
from models.channels.channel import Channel, ChannelKind, ChannelStatus, list_channels
from models.channels.policy import policies_by_channel
from models.keyset import Window
from models.oauth import OAuthPurpose
from services.billing.checkout import CheckoutTools, register_customer
from services.channels.dialog import ConnectedTools, finish_dialog
from services.channels.policies import PolicyChoice
from services.channels.settings import update_channel
from services.channels.wishes import ChannelWish, SettingsWish
from services.installation.demo_shop.catalogue import SHOP_NAME
from services.installation.demo_shop.vocabulary import map_values
from services.oauth import ProviderCode

_log = structlog.get_logger(__name__)

# The stand-in of Stripe has a paid plan for a customer of this name: the FREE one has room for one channel.
CUSTOMER_NAME = f"{SHOP_NAME} (demo)"
# What stands for the code that a seller's consent ends with, at the stand-in alone.
CODES: Mapping[ChannelKind, str] = {
    ChannelKind.EBAY: "SANDBOX-DEMO-SELLER",
    ChannelKind.ETSY: "SANDBOX-DEMO-SHOP",
}


class DemoSellerTools(CheckoutTools, ConnectedTools, Protocol):
    """What buys a plan and ends the dialog of a marketplace."""


async def connect_demo_sellers(tools: DemoSellerTools, owner: Viewer) -> None:
    """Connects a seller of each marketplace of which the team never had a channel.

    Only a team that has the demo's shop, and nothing of its own: what somebody connects or disconnects stays so.
    """
    async with tools.db.read(owner) as session:
        known = (await list_channels(session, Window(50))).rows
    has_shop = any(
        (each.kind, each.name, each.status) == (ChannelKind.SHOP, SHOP_NAME, ChannelStatus.CONNECTED) for each in known
    )
    missing = [kind for kind in CODES if kind in tools.vendors.selling and kind not in {each.kind for each in known}]
    if not has_shop or not missing:
        return
    try:
        await register_customer(tools, owner, name=CUSTOMER_NAME)
        for kind in missing:
            await _connect(tools, owner, kind)
    except (Refused, IntegrationError) as failure:
        # By a plan without room, or by Stripe's stand-in.
        _log.info("demo_sellers_left_alone", reason=str(failure))


async def _connect(tools: DemoSellerTools, owner: Viewer, kind: ChannelKind) -> None:
    marketplace = tools.vendors.selling[kind]
    wish = ChannelWish(kind, f"{SHOP_NAME} on {marketplace.name}")
    code = CODES[kind]
    try:
        channel = await finish_dialog(
            tools, owner, ProviderCode(OAuthPurpose.CHANNEL, marketplace.dialog_name, code, code, wish.kept())
        )
    except Refused as refused:
        if refused.user_code is not UserErrorCode.OAUTH_FAILED:
            raise
        # The marketplace is no stand-in that keeps a seller for the demo; another one may be.
        _log.info("demo_seller_unknown", kind=kind, reason=str(refused))
        return
    await map_values(tools, owner, kind)
    await _choose_policies(tools, owner, channel)


async def _choose_policies(tools: DemoSellerTools, owner: Viewer, channel: Channel) -> None:
    """Of each kind the first by its name, so that products can be published at once."""
    async with tools.db.read(owner) as session:
        [policies] = await policies_by_channel(session, [channel.id])
    first = {each.kind: each for each in reversed(policies)}
    chosen = tuple(PolicyChoice(kind, each.external_id, each.market or None) for kind, each in first.items())
    await update_channel(tools, owner, channel.id, SettingsWish(default_policies=chosen))

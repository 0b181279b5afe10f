"""What each kind of channel can do; what a kind cannot do is refused before anything is queued."""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType

from models.channels.channel import ChannelKind


class ChannelAbility(StrEnum):
    LISTINGS = "LISTINGS"
    PUBLISH = "PUBLISH"
    UPDATE = "UPDATE"
    END = "END"
    ORDERS = "ORDERS"
    SHIP = "SHIP"
    CANCEL = "CANCEL"
    REFUND = "REFUND"
    CASES = "CASES"
    MESSAGES = "MESSAGES"


# A kind is here once channels of it can be connected.
ABILITIES: Mapping[ChannelKind, tuple[ChannelAbility, ...]] = MappingProxyType(
    {
        ChannelKind.SHOP: (ChannelAbility.ORDERS,),
        ChannelKind.EBAY: (
            ChannelAbility.LISTINGS,
            ChannelAbility.PUBLISH,
            ChannelAbility.UPDATE,
            ChannelAbility.END,
            ChannelAbility.ORDERS,
            ChannelAbility.SHIP,
            ChannelAbility.CANCEL,
            ChannelAbility.REFUND,
            ChannelAbility.CASES,
        ),
        # Etsy has no call that refunds or cancels an order, nor one for cases of buyers.
        ChannelKind.ETSY: (
            ChannelAbility.LISTINGS,
            ChannelAbility.PUBLISH,
            ChannelAbility.UPDATE,
            ChannelAbility.END,
            ChannelAbility.ORDERS,
            ChannelAbility.SHIP,
        ),
        # Vinted sends parcels and pays back by itself, on its own pages.
        ChannelKind.VINTED: (
            ChannelAbility.LISTINGS,
            ChannelAbility.PUBLISH,
            ChannelAbility.UPDATE,
            ChannelAbility.END,
            ChannelAbility.ORDERS,
            ChannelAbility.MESSAGES,
        ),
    }
)

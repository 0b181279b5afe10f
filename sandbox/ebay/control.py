"""Owns control of eBay's stand-in: its sellers, their tokens, its pace; clock, faults and log are every one's."""

import msgspec

from sandbox.ebay.faults import EbayFault
from sandbox.ebay.notifications.announcing import announce, user_data
from sandbox.ebay.notifications.topics import REVOCATION
from sandbox.ebay.sellers import Seller, Shop
from sandbox.ebay.sign_in.grants import full_scopes, grant, revoke
from sandbox.ebay.state import EbaySandbox
from sandbox.marketplaces import control
from sandbox.marketplaces.control import ControlRoute, set_given, takes


def shop_of(sandbox: EbaySandbox, seller_id: str) -> Shop:
    """By the seller's id, or by the marketplace of a seeded seller, such as EBAY_DE; raises ValueError."""
    for shop in sandbox.book.shops.values():
        if seller_id in (shop.seller.user_id, shop.seller.marketplace):
            return shop
    raise ValueError(f"there is no seller {seller_id}")


class _Pace(msgspec.Struct, forbid_unknown_fields=True):
    """What is absent stays."""

    latency_s: float | None = None
    write_s: float | None = None
    fetches_pictures: bool | None = None


class _Throttled(msgspec.Struct, forbid_unknown_fields=True):
    apis: list[str]


class _TokenOrder(msgspec.Struct, forbid_unknown_fields=True):
    seller: str
    scopes: list[str] | None = None


class _SellerOrder(msgspec.Struct, forbid_unknown_fields=True):
    seller: str


def _set_pace(sandbox: EbaySandbox, body: _Pace) -> None:
    set_given(sandbox, body)


def _set_throttled(sandbox: EbaySandbox, body: _Throttled) -> None:
    sandbox.throttled[:] = body.apis


def _issue(sandbox: EbaySandbox, body: _TokenOrder) -> object:
    shop = shop_of(sandbox, body.seller)
    scopes = full_scopes(sandbox.config.scopes if body.scopes is None else tuple(body.scopes))
    refresh_token, access_token = grant(sandbox, shop.seller.user_id, scopes)
    return {"access_token": access_token, "refresh_token": refresh_token}


def _revoke(sandbox: EbaySandbox, body: _SellerOrder) -> object:
    seller = shop_of(sandbox, body.seller).seller
    revoked = revoke(sandbox, seller.user_id)
    announce(sandbox, REVOCATION, seller, user_data(seller))
    return {"revoked": revoked}


def _add_fault(sandbox: EbaySandbox, body: EbayFault) -> None:
    sandbox.faults.add(body)


def _add_seller(sandbox: EbaySandbox, body: Seller) -> None:
    if body.user_id in sandbox.book.shops:
        raise ValueError(f"there is a seller {body.user_id} already")
    sandbox.add_shop(body)


def _sellers(sandbox: EbaySandbox, _raw: bytes) -> object:
    return {"sellers": [shop.seller for shop in sandbox.book.shops.values()]}


def _shop(sandbox: EbaySandbox, body: _SellerOrder) -> object:
    return shop_of(sandbox, body.seller)


CONTROL = (
    *control.CONTROL,
    ControlRoute("POST", "pace", takes(_Pace, _set_pace)),
    ControlRoute("POST", "throttle", takes(_Throttled, _set_throttled)),
    ControlRoute("POST", "faults", takes(EbayFault, _add_fault)),
    ControlRoute("POST", "tokens", takes(_TokenOrder, _issue)),
    ControlRoute("POST", "revoke", takes(_SellerOrder, _revoke)),
    ControlRoute("POST", "sellers", takes(Seller, _add_seller)),
    ControlRoute("GET", "sellers", _sellers),
    ControlRoute("POST", "shop", takes(_SellerOrder, _shop)),
)

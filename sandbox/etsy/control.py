"""Owns control of Etsy's stand-in: its shops, their tokens, its limits; clock, faults and log are every one's."""

import msgspec

from sandbox.etsy.config import SCOPES
from sandbox.etsy.faults import EtsyFault
from sandbox.etsy.shops import EtsySeller, EtsyShop
from sandbox.etsy.sign_in.grants import grant, revoke
from sandbox.etsy.state import EtsySandbox
from sandbox.marketplaces import control
from sandbox.marketplaces.control import ControlRoute, set_given, takes


def shop_of(sandbox: EtsySandbox, name: int | str) -> EtsyShop:
    """By the id of the shop or of its user, or by the country of a seeded shop, such as DE; raises ValueError."""
    for shop in sandbox.book.shops.values():
        if str(name) in (str(shop.shop_id), str(shop.seller.user_id), shop.seller.country):
            return shop
    raise ValueError(f"there is no shop {name}")


class ShopOrder(msgspec.Struct, forbid_unknown_fields=True):
    shop: int | str


class _TokenOrder(ShopOrder, forbid_unknown_fields=True):
    """Without scopes: all."""

    scopes: list[str] | None = None


class _Pace(msgspec.Struct, forbid_unknown_fields=True):
    """What is absent stays."""

    latency_s: float | None = None
    per_second: int | None = None
    per_day: int | None = None
    has_limit_headers: bool | None = None
    has_entities: bool | None = None


class _Money(ShopOrder, forbid_unknown_fields=True):
    """How the shop's money is written from now on."""

    divisor: int
    currency: str | None = None


def _add_fault(sandbox: EtsySandbox, body: EtsyFault) -> None:
    sandbox.faults.add(body)


def _issue(sandbox: EtsySandbox, body: _TokenOrder) -> object:
    scopes = list(SCOPES) if body.scopes is None else body.scopes
    made = grant(sandbox, shop_of(sandbox, body.shop).seller.user_id, scopes)
    return {"access_token": made.access_token, "refresh_token": made.refresh_token}


def _revoke(sandbox: EtsySandbox, body: ShopOrder) -> object:
    """The seller withdraws the consent, or changes the password: for the app it is the same."""
    return {"revoked": revoke(sandbox, shop_of(sandbox, body.shop).seller.user_id)}


def _set_pace(sandbox: EtsySandbox, body: _Pace) -> None:
    set_given(sandbox, body)


def _set_money(sandbox: EtsySandbox, body: _Money) -> None:
    seller = shop_of(sandbox, body.shop).seller
    if body.divisor < 1:
        raise ValueError("a divisor is 1 or more")
    seller.divisor, seller.currency = body.divisor, body.currency or seller.currency


def _add_shop(sandbox: EtsySandbox, body: EtsySeller) -> object:
    if body.shop_id in sandbox.book.shops or sandbox.shop_of_user(body.user_id) is not None:
        raise ValueError(f"there is a shop {body.shop_id}, or of user {body.user_id}, already")
    return sandbox.add_shop(body)


def _shops(sandbox: EtsySandbox, _raw: bytes) -> object:
    return {"shops": [shop.seller for shop in sandbox.book.shops.values()]}


def _shop(sandbox: EtsySandbox, body: ShopOrder) -> object:
    return shop_of(sandbox, body.shop)


def _close(sandbox: EtsySandbox, body: ShopOrder) -> None:
    """The shop is gone; its user is still there, without one."""
    del sandbox.book.shops[shop_of(sandbox, body.shop).shop_id]


CONTROL = (
    *control.CONTROL,
    ControlRoute("POST", "faults", takes(EtsyFault, _add_fault)),
    ControlRoute("POST", "pace", takes(_Pace, _set_pace)),
    ControlRoute("POST", "tokens", takes(_TokenOrder, _issue)),
    ControlRoute("POST", "revoke", takes(ShopOrder, _revoke)),
    ControlRoute("POST", "shops", takes(EtsySeller, _add_shop)),
    ControlRoute("GET", "shops", _shops),
    ControlRoute("POST", "shop", takes(ShopOrder, _shop)),
    ControlRoute("POST", "shops/close", takes(ShopOrder, _close)),
    ControlRoute("POST", "shops/money", takes(_Money, _set_money)),
)

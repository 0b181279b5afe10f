"""Owns who a token belongs to, and what a shop has set up: profiles, readiness states, policies, sections."""

from collections.abc import Callable

from sandbox.etsy.calls import EtsyCall, EtsyReply, EtsyRoute, listed, page_of
from sandbox.etsy.errors import EtsyRefusal, missing
from sandbox.etsy.shops import EtsyShop, Object, shown_shop
from sandbox.etsy.state import EtsySandbox

Kept = Callable[[EtsyShop], dict[int, Object]]


def read_me(sandbox: EtsySandbox, call: EtsyCall) -> EtsyReply:
    user_id = call.grant.user_id if call.grant else 0
    shop = sandbox.shop_of_user(user_id)
    return EtsyReply({"user_id": user_id, "shop_id": shop.shop_id if shop else None})


def read_shop(sandbox: EtsySandbox, call: EtsyCall) -> EtsyReply:
    shop = sandbox.book.shops.get(call.id("shop_id"))
    if shop is None:
        raise missing("shop", shop_id=call.ids["shop_id"])
    return EtsyReply(shown_shop(shop, sandbox.url))


def read_shop_of_user(sandbox: EtsySandbox, call: EtsyCall) -> EtsyReply:
    """Needs somebody's token, and no scope."""
    if call.grant is None:
        raise EtsyRefusal("No user was provided as part of the bearer token.", 403)
    shop = sandbox.shop_of_user(call.id("user_id"))
    if shop is None:
        raise EtsyRefusal(f"Could not find a shop for user with user_id = {call.ids['user_id']}", 404)
    return EtsyReply(shown_shop(shop, sandbox.url))


def _all_of(kept: Kept) -> Callable[[EtsySandbox, EtsyCall], EtsyReply]:
    return lambda sandbox, call: listed(list(kept(call.own_shop(sandbox)).values()))


def _one_of(kept: Kept, name: str, what: str) -> Callable[[EtsySandbox, EtsyCall], EtsyReply]:
    def read(sandbox: EtsySandbox, call: EtsyCall) -> EtsyReply:
        found = kept(call.own_shop(sandbox)).get(call.id(name))
        if found is None:
            raise missing(what, **{name: call.ids[name]})
        return EtsyReply(found)

    return read


def read_readiness(sandbox: EtsySandbox, call: EtsyCall) -> EtsyReply:
    """In pages: this list alone of these has limit and offset."""
    found: list[object] = list(call.own_shop(sandbox).readiness_states.values())
    limit, offset = page_of(call)
    return listed(found[offset : offset + limit], len(found))


def read_sections(sandbox: EtsySandbox, call: EtsyCall) -> EtsyReply:
    shop = sandbox.book.shops.get(call.id("shop_id"))
    if shop is None:
        raise missing("shop", shop_id=call.ids["shop_id"])
    return listed(list(shop.sections.values()))


def _shipping(shop: EtsyShop) -> dict[int, Object]:
    return shop.shipping_profiles


def _readiness(shop: EtsyShop) -> dict[int, Object]:
    return shop.readiness_states


def _returns(shop: EtsyShop) -> dict[int, Object]:
    return shop.return_policies


_SHOP = "/shops/{shop_id}"
CALLS = (
    EtsyRoute("GET", "/users/me", "users.me", "shops_r", read_me),
    EtsyRoute("GET", "/users/{user_id}/shops", "users.shop", None, read_shop_of_user),
    EtsyRoute("GET", _SHOP, "shops.read", None, read_shop),
    EtsyRoute("GET", f"{_SHOP}/sections", "shops.sections", None, read_sections),
    EtsyRoute("GET", f"{_SHOP}/shipping-profiles", "shops.shipping_profiles", "shops_r", _all_of(_shipping)),
    EtsyRoute(
        "GET",
        f"{_SHOP}/shipping-profiles/{{shipping_profile_id}}",
        "shops.shipping_profile",
        "shops_r",
        _one_of(_shipping, "shipping_profile_id", "shipping profile"),
    ),
    EtsyRoute("GET", f"{_SHOP}/readiness-state-definitions", "shops.readiness_states", "shops_r", read_readiness),
    EtsyRoute(
        "GET",
        f"{_SHOP}/readiness-state-definitions/{{readiness_state_definition_id}}",
        "shops.readiness_state",
        "shops_r",
        _one_of(_readiness, "readiness_state_definition_id", "readiness state definition"),
    ),
    EtsyRoute("GET", f"{_SHOP}/policies/return", "shops.return_policies", "shops_r", _all_of(_returns)),
    EtsyRoute(
        "GET",
        f"{_SHOP}/policies/return/{{return_policy_id}}",
        "shops.return_policy",
        "shops_r",
        _one_of(_returns, "return_policy_id", "return policy"),
    ),
)

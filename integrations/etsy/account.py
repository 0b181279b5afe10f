"""The shop behind a token, and the policies that its seller has made; read only.

Policies are legal terms: they are chosen here and written at Etsy.
"""

from collections.abc import Sequence

import structlog

from integrations.errors import InvalidResponse, Rejected
from integrations.etsy.app import VENDOR
from integrations.etsy.calls import EtsyRest
from integrations.etsy.values import is_id, words_in
from integrations.selling.records import Seller, SellerPolicy
from integrations.selling.values import Fields

_log = structlog.get_logger(__name__)
_MOST_KEPT = 10_000
READINESS = {"ready_to_ship": "Ready to ship", "made_to_order": "Made to order"}


class ShopIds:
    """Which shop a token is for: asked once for each seller, and anew when somebody looks who it is."""

    def __init__(self) -> None:
        self._known: dict[str, str] = {}

    async def of_token(self, rest: EtsyRest) -> str:
        """Raises Rejected for somebody who has no shop."""
        known = self._known.get(_user_of(rest))
        return known if known is not None else await self.asked(rest)

    async def asked(self, rest: EtsyRest) -> str:
        """The same without what is known: a seller may have closed a shop, and opened another one."""
        shop_id = await _asked_shop_id(rest)
        if len(self._known) >= _MOST_KEPT:
            self._known.clear()
        if _user_of(rest):
            self._known[_user_of(rest)] = shop_id
        return shop_id


async def seller_of(rest: EtsyRest, shops: ShopIds) -> Seller:
    """By the id of the shop, which never changes: a shop may take another name. Raises Rejected without a shop."""
    shop_id = await shops.asked(rest)
    shop = await rest.get(f"/shops/{shop_id}")
    return Seller(shop_id, words_in(shop, "shop_name") or shop_id)


async def currency_of(rest: EtsyRest, shop_id: str) -> str | None:
    """In which the shop's listings are priced."""
    return (await rest.get(f"/shops/{shop_id}")).text("currency_code")


async def policies_of(rest: EtsyRest, shop_id: str) -> list[SellerPolicy]:
    """Shipping profiles, return policies and processing profiles; one that has no id is left out."""
    shipping = await rest.rows(f"/shops/{shop_id}/shipping-profiles")
    returns = await rest.rows(f"/shops/{shop_id}/policies/return")
    return [
        *_read("SHIPPING", "shipping_profile_id", [each for each in shipping if not each.flag("is_deleted")]),
        *_read("RETURN", "return_policy_id", returns),
        *_read("PROCESSING", "readiness_state_id", await processing_profiles(rest, shop_id)),
    ]


async def processing_profiles(rest: EtsyRest, shop_id: str) -> list[Fields]:
    path = f"/shops/{shop_id}/readiness-state-definitions"
    return [each async for page in rest.pages(path) for each in page.parts("results")]


def _read(kind: str, id_name: str, records: Sequence[Fields]) -> list[SellerPolicy]:
    found: list[SellerPolicy] = []
    for each in records:
        policy_id = each.text(id_name)
        if policy_id is None:
            _log.warning("policy_unreadable", vendor=VENDOR, kind=kind)
        else:
            found.append(SellerPolicy(kind, policy_id, _NAMERS[kind](each) or policy_id))
    return found


def _shipping_name(raw: Fields) -> str | None:
    return words_in(raw, "title")


def _return_name(raw: Fields) -> str | None:
    """Return policies have no names at Etsy."""
    kinds = (("accepts_returns", "Returns"), ("accepts_exchanges", "exchanges"))
    accepted = " and ".join(word for name, word in kinds if raw.flag(name))
    if not accepted:
        return "No returns or exchanges"
    days = raw.whole("return_deadline")
    words = accepted[0].upper() + accepted[1:]
    return f"{words} within {days} days" if days else words


def _processing_name(raw: Fields) -> str | None:
    """Such as "Made to order, 3 to 5 days"; nor have processing profiles names."""
    state = raw.text("readiness_state")
    least, most = raw.whole("min_processing_days"), raw.whole("max_processing_days")
    days = [str(each) for each in dict.fromkeys((least, most)) if each is not None]
    time = (
        f"{' to '.join(days)} day{'' if days == ['1'] else 's'}"
        if days
        else words_in(raw, "processing_days_display_label")
    )
    return ", ".join(each for each in (READINESS.get(state or "", state), time) if each) or None


_NAMERS = {"SHIPPING": _shipping_name, "RETURN": _return_name, "PROCESSING": _processing_name}


def _user_of(rest: EtsyRest) -> str:
    """With which the token begins; '' for a token of another form."""
    user_id, _, secret = (rest.token or "").partition(".")
    return user_id if secret else ""


async def _asked_shop_id(rest: EtsyRest) -> str:
    me = await rest.get("/users/me")
    if "user_id" not in me:
        raise InvalidResponse("Etsy does not tell who the token belongs to.")
    shop_id = me.text("shop_id")
    if not is_id(shop_id):
        raise Rejected("This account at Etsy has no shop: open one there first, then connect it.")
    return shop_id

"""The seller behind a token, and the policies and places that the seller has made; read only.

Policies are legal terms: they are chosen here and written at eBay.
"""

from collections.abc import Sequence

import structlog

from integrations.ebay.calls import EbayRest, RestAsk
from integrations.errors import InvalidResponse
from integrations.selling.records import Seller, SellerPolicy

_log = structlog.get_logger(__name__)
# Our kind of policy, the path of its list, the name of the list in the answer, and of an id in it.
_KINDS = (
    ("SHIPPING", "fulfillment_policy", "fulfillmentPolicies", "fulfillmentPolicyId"),
    ("PAYMENT", "payment_policy", "paymentPolicies", "paymentPolicyId"),
    ("RETURN", "return_policy", "returnPolicies", "returnPolicyId"),
)
_LOCATIONS = "/sell/inventory/v1/location"


async def seller_of(calls: EbayRest) -> Seller:
    """By `userId`, which never changes: a seller may take another username."""
    user = (await calls.call(RestAsk("GET", "/commerce/identity/v1/user/", is_on_apiz=True))).fields
    user_id = user.text("userId")
    if user_id is None:
        raise InvalidResponse("eBay does not tell who the token belongs to.")
    return Seller(user_id, user.text("username") or user_id, user.text("registrationMarketplaceId"))


async def policies_of(calls: EbayRest, markets: Sequence[str]) -> list[SellerPolicy]:
    """Of each market, and the places that goods are sent from; raises Rejected for a seller who has not opted in."""
    found = [policy for market in markets for policy in await _business_policies(calls, market)]
    return found + await _locations(calls)


async def _business_policies(calls: EbayRest, market: str) -> list[SellerPolicy]:
    found: list[SellerPolicy] = []
    for kind, path, list_name, id_name in _KINDS:
        ask = RestAsk("GET", f"/sell/account/v1/{path}", {"marketplace_id": market})
        async for page in calls.pages(ask):
            for each in page.parts(list_name):
                policy_id = each.text(id_name)
                if policy_id is None:
                    _log.warning("policy_unreadable", vendor="eBay", kind=kind)
                    continue
                found.append(SellerPolicy(kind, policy_id, each.text("name") or policy_id, market))
    return found


async def _locations(calls: EbayRest) -> list[SellerPolicy]:
    found: list[SellerPolicy] = []
    async for page in calls.pages(RestAsk("GET", _LOCATIONS, {"limit": "100", "offset": "0"})):
        for each in page.parts("locations"):
            key = each.text("merchantLocationKey")
            if key is None:
                _log.warning("policy_unreadable", vendor="eBay", kind="LOCATION")
            elif each.text("merchantLocationStatus") != "DISABLED":
                found.append(SellerPolicy("LOCATION", key, each.text("name") or key))
    return found

"""Owns reading a seller's policies per marketplace: how it ships, is paid and takes back; they are never written."""

from collections.abc import Callable

from sandbox.ebay.account.problems import INVALID_MARKET, NO_POLICY, NOT_ELIGIBLE
from sandbox.ebay.calls import CallRoute, EbayCall, EbayReply
from sandbox.ebay.errors import EbayRefusal
from sandbox.ebay.markets import MARKETS
from sandbox.ebay.sellers import POLICY_IDS
from sandbox.ebay.state import EbaySandbox

Reading = Callable[[EbaySandbox, EbayCall], EbayReply]


def _listing(kind: str) -> Reading:
    def read(_sandbox: EbaySandbox, call: EbayCall) -> EbayReply:
        shop, market = call.shop, call.query.get("marketplace_id", "")
        if market not in MARKETS:
            raise EbayRefusal(INVALID_MARKET)
        if not shop.seller.is_opted_in:
            raise EbayRefusal(NOT_ELIGIBLE)
        found = [policy for policy in shop.policies[kind].values() if policy["marketplaceId"] == market]
        return EbayReply({"total": len(found), f"{kind}Policies": found})

    return read


def _single(kind: str) -> Reading:
    def read(_sandbox: EbaySandbox, call: EbayCall) -> EbayReply:
        if not call.shop.seller.is_opted_in:
            raise EbayRefusal(NOT_ELIGIBLE)
        policy = call.shop.policies[kind].get(call.ids["policy_id"])
        if policy is None:
            raise EbayRefusal(NO_POLICY)
        return EbayReply(policy)

    return read


_READS = ("sell.account", "sell.account.readonly")
_PATH = "/sell/account/v1"
CALLS = tuple(
    route
    for kind in POLICY_IDS
    for route in (
        CallRoute("GET", f"{_PATH}/{kind}_policy", f"account.{kind}_policies", _READS, _listing(kind)),
        CallRoute("GET", f"{_PATH}/{kind}_policy/{{policy_id}}", f"account.{kind}_policy", _READS, _single(kind)),
    )
)

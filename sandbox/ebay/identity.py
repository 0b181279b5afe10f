"""Owns who a token belongs to, as the Identity API tells it."""

from sandbox.ebay.calls import CallRoute, EbayCall, EbayReply
from sandbox.ebay.state import EbaySandbox


def read_user(_sandbox: EbaySandbox, call: EbayCall) -> EbayReply:
    seller = call.shop.seller
    return EbayReply(
        {
            "userId": seller.user_id,
            "username": seller.username,
            "accountType": "BUSINESS",
            "registrationMarketplaceId": seller.marketplace,
            "status": "CONFIRMED",
        }
    )


_SCOPES = ("commerce.identity.readonly",)
CALLS = (
    CallRoute("GET", "/commerce/identity/v1/user", "identity.user", _SCOPES, read_user),
    CallRoute("GET", "/commerce/identity/v1/user/", "identity.user", _SCOPES, read_user),
)

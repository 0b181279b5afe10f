"""Owns the topics that can be subscribed to, as data; must not know what a message of one says."""

from dataclasses import dataclass

from sandbox.ebay.calls import SCOPE
from sandbox.ebay.state import AccessToken

SCHEMA_VERSION = "1.0"
ACCOUNT_DELETION, REVOCATION = "MARKETPLACE_ACCOUNT_DELETION", "AUTHORIZATION_REVOCATION"
ORDER_CONFIRMED, SHIPPED, AVAILABILITY = "ORDER_CONFIRMATION", "ITEM_MARKED_SHIPPED", "ITEM_AVAILABILITY"


@dataclass(frozen=True, slots=True)
class NoticeTopic:
    """`scopes` in short; a token needs one of them. A topic of a user is subscribed to with that user's token."""

    id: str
    text: str
    scopes: tuple[str, ...]
    is_users: bool

    def is_open_to(self, token: AccessToken) -> bool:
        wanted = {f"{SCOPE}/{scope}" if scope else SCOPE for scope in self.scopes}
        return self.is_users == (token.refresh_token is not None) and not wanted.isdisjoint(token.scopes)

    def shown(self) -> dict[str, object]:
        return {
            "topicId": self.id,
            "description": self.text,
            "status": "ENABLED",
            "context": "USER" if self.is_users else "APPLICATION",
            "authorizationScopes": [f"{SCOPE}/{scope}" if scope else SCOPE for scope in self.scopes],
            "filterable": False,
            "supportedPayloads": [
                {
                    "format": ["JSON"],
                    "schemaVersion": SCHEMA_VERSION,
                    "deliveryProtocol": "HTTPS",
                    "deprecated": False,
                }
            ],
        }


# The scope of items marked as shipped is unconfirmed.
TOPICS = {
    topic.id: topic
    for topic in (
        NoticeTopic(ACCOUNT_DELETION, "A user has asked to be deleted.", ("",), is_users=False),
        NoticeTopic(REVOCATION, "A user has taken back a consent.", ("",), is_users=False),
        NoticeTopic(AVAILABILITY, "The availability of an item has changed.", ("",), is_users=False),
        NoticeTopic(
            ORDER_CONFIRMED, "A buyer has paid.", ("sell.fulfillment", "sell.fulfillment.readonly"), is_users=True
        ),
        NoticeTopic(SHIPPED, "An item is marked as shipped.", ("sell.fulfillment",), is_users=True),
    )
}

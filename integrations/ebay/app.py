"""What eBay has given the installation, and where eBay is; calls nothing."""

from dataclasses import dataclass, field

VENDOR = "eBay"
_SCOPE = "https://api.ebay.com/oauth/api_scope"
# What the dialog asks for, unless the operator names others: a token never gets more than it was granted with.
SCOPES: tuple[str, ...] = tuple(
    f"{_SCOPE}/{name}"
    for name in (
        "sell.inventory",
        "sell.account",
        "sell.fulfillment",
        "sell.finances",
        "sell.payment.dispute",
        "commerce.identity.readonly",
        "commerce.notification.subscription",
        "sell.cancellation",
        "sell.return",
        "sell.inquiry",
    )
)
# All that a token of the app may do.
APP_SCOPE = _SCOPE


@dataclass(frozen=True, slots=True)
class EbayApp:
    """`client_id` is '' while eBay is not set up. `runame` is the name that eBay registered our address under: its
    dialog and the exchange of its code want that name where OAuth has an address.

    `apiz_url` is the second host of its REST APIs; `graphql_url` is the whole address of the GraphQL endpoint.
    """

    client_id: str
    client_secret: str = field(repr=False)
    runame: str
    api_url: str = "https://api.ebay.com"
    apiz_url: str = "https://apiz.ebay.com"
    auth_url: str = "https://auth.ebay.com"
    graphql_url: str = "https://graphqlapi.ebay.com/graphql"
    scopes: tuple[str, ...] = SCOPES
    # Shared with eBay, which proves by it that notifications go to us; '' while they are not set up.
    verification_token: str = field(repr=False, default="")

    @property
    def is_set_up(self) -> bool:
        return bool(self.client_id and self.client_secret and self.runame)

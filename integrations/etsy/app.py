"""What Etsy has given the installation, and where Etsy is; calls nothing."""

from dataclasses import dataclass, field

VENDOR = "Etsy"
# Where the operator writes what EtsyApp holds.
SETTINGS = "ETSY_KEYSTRING and ETSY_SHARED_SECRET"
# What the dialog asks for: no listing is ever deleted, and no shop is changed.
SCOPES: tuple[str, ...] = (
    "listings_r",
    "listings_w",
    "transactions_r",
    "transactions_w",
    "shops_r",
)


@dataclass(frozen=True, slots=True)
class EtsyApp:
    """`keystring` is '' while Etsy is not set up. `redirect_uri` is registered with the app, letter for letter.

    `webhook_secrets` sign Etsy's messages; none while they are not set up.
    """

    keystring: str
    shared_secret: str = field(repr=False)
    redirect_uri: str
    api_url: str = "https://openapi.etsy.com/v3/application"
    token_url: str = "https://api.etsy.com/v3/public/oauth/token"  # noqa: S105 - an address
    connect_url: str = "https://www.etsy.com/oauth/connect"
    webhook_secrets: tuple[str, ...] = field(repr=False, default=())
    scopes: tuple[str, ...] = SCOPES
    # What Etsy grants a new app; its answers tell what it grants this one.
    calls_per_day: int = 10_000

    @property
    def is_set_up(self) -> bool:
        return bool(self.keystring and self.shared_secret and self.redirect_uri)

    @property
    def api_key(self) -> str:
        """What every call has as x-api-key; the keystring alone is refused since February 2026."""
        return f"{self.keystring}:{self.shared_secret}"

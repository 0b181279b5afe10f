"""eBay for the one app of the installation, as the product asks it; holds what all its sellers share."""

from collections.abc import Sequence

from analytics.clock import Clock
from integrations.ebay import oauth
from integrations.ebay.app import VENDOR, EbayApp
from integrations.ebay.calls import EbayRest
from integrations.ebay.drafts import problems_of
from integrations.ebay.markets import MARKETS
from integrations.ebay.notifications.messages import NotificationKeys
from integrations.ebay.session import EbaySession
from integrations.ebay.signatures import CallSigner, ProcessKeys, SigningKeys
from integrations.ebay.taxonomy import Taxonomy
from integrations.http import HttpClient
from integrations.selling.records import ListingDraft, RecordProblem, SellerTokens


class EbayMarketplace:
    """A Marketplace. Nothing of a seller is kept here."""

    name = VENDOR
    dialog_name = "ebay"
    settings = "EBAY_CLIENT_ID, EBAY_CLIENT_SECRET and EBAY_RUNAME"

    def __init__(self, app: EbayApp, http: HttpClient, clock: Clock, keys: SigningKeys | None = None) -> None:
        """Without `keys` every process signs with a key of its own."""
        self.app = app
        self._http = http
        self._clock = clock
        self.app_tokens = oauth.AppTokens(app, http, clock)
        self._taxonomy = Taxonomy(app, http, self.app_tokens, clock)
        self.notification_keys = NotificationKeys(app, http, self.app_tokens, clock)
        self._signer = CallSigner(app, http, self.app_tokens, keys=keys or ProcessKeys(), clock=clock)

    @property
    def is_set_up(self) -> bool:
        return self.app.is_set_up

    @property
    def markets(self) -> Sequence[str]:
        return tuple(MARKETS)

    @property
    def scopes(self) -> Sequence[str]:
        return self.app.scopes

    @property
    def day(self) -> None:
        """None: eBay tells what is left of each part of its API by a call of its own, and grants much."""

    def dialog_url(self, *, state: str, code_verifier: str) -> str:  # noqa: ARG002 - eBay takes no code challenge
        return oauth.authorization_url(self.app, state=state)

    async def tokens_for_code(self, *, code: str, code_verifier: str) -> SellerTokens:  # noqa: ARG002 - as above
        return await oauth.tokens_for_code(self.app, self._http, code)

    async def renewed_tokens(self, refresh: str) -> SellerTokens:
        return await oauth.renewed_tokens(self.app, self._http, refresh)

    async def revoke(self, refresh: str) -> None:
        """Nothing: eBay has no call for it, so the consent lasts until the seller withdraws it at eBay."""

    def problems_of(self, draft: ListingDraft) -> Sequence[RecordProblem]:
        return problems_of(draft, self.app.api_url)

    def session(self, access: str, market: str | None) -> EbaySession:
        return EbaySession(self.rest(access), self._taxonomy, market, self._clock)

    def rest(self, access: str) -> EbayRest:
        """Calls with a seller's token, for what no session has: subscriptions to notifications about that seller."""
        return EbayRest(self.app, self._http, access, self._signer)

    async def app_rest(self) -> EbayRest:
        """Calls with the token of the app, for what belongs to no seller; Rejected or Barred when it gets none."""
        return self.rest(await self.app_tokens.value())

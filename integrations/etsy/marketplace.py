"""Etsy for the one app of the installation, as the product asks it; holds what all its shops share."""

from collections.abc import Sequence

from analytics.clock import Clock
from integrations.etsy import oauth
from integrations.etsy.account import ShopIds
from integrations.etsy.app import SETTINGS, VENDOR, EtsyApp
from integrations.etsy.calls import EtsyRest
from integrations.etsy.drafts import problems_of
from integrations.etsy.remaining import CallMeter, RemainingCalls
from integrations.etsy.session import EtsySession
from integrations.etsy.taxonomy import EtsyTaxonomy
from integrations.http import HttpClient
from integrations.selling.records import CallsOfDay, ListingDraft, RecordProblem, SellerTokens


class EtsyMarketplace:
    """A Marketplace. Of a seller nothing is kept here but the number of the shop."""

    name = VENDOR
    dialog_name = "etsy"
    settings = SETTINGS

    def __init__(self, app: EtsyApp, http: HttpClient, clock: Clock) -> None:
        self.app = app
        self._http = http
        self.clock = clock
        self._meter = CallMeter(clock)
        self._shops = ShopIds()
        self._taxonomy = EtsyTaxonomy(EtsyRest(app, http, self._meter), clock)

    @property
    def is_set_up(self) -> bool:
        return self.app.is_set_up

    @property
    def markets(self) -> Sequence[str]:
        return ()

    @property
    def scopes(self) -> Sequence[str]:
        return self.app.scopes

    @property
    def remaining(self) -> RemainingCalls | None:
        """What Etsy's answers told last of the app's calls; None before the first of them."""
        return self._meter.latest

    @property
    def day(self) -> CallsOfDay:
        told = self._meter.latest
        if told is None:
            return CallsOfDay(self.app.calls_per_day)
        return CallsOfDay(told.per_day or self.app.calls_per_day, told.left_today, told.told_at)

    def dialog_url(self, *, state: str, code_verifier: str) -> str:
        return oauth.authorization_url(self.app, state=state, code_verifier=code_verifier)

    async def tokens_for_code(self, *, code: str, code_verifier: str) -> SellerTokens:
        return await oauth.tokens_for_code(self.app, self._http, code=code, code_verifier=code_verifier)

    async def renewed_tokens(self, refresh: str) -> SellerTokens:
        return await oauth.renewed_tokens(self.app, self._http, refresh)

    async def revoke(self, refresh: str) -> None:
        """Nothing: Etsy has no call for it, so the consent lasts until the seller withdraws it at Etsy."""

    def problems_of(self, draft: ListingDraft) -> Sequence[RecordProblem]:
        return problems_of(draft, self.clock().year)

    def session(self, access: str, market: str | None) -> EtsySession:  # noqa: ARG002 - one market
        return EtsySession(EtsyRest(self.app, self._http, self._meter, access), self._shops, self._taxonomy, self.clock)

"""Owns what the product asks of an ad platform, whichever it is; must not know one.

A new platform is a class that keeps to AdPlatform, its sessions to AdSession, and an entry in `startup/tools.py`.
"""

from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Protocol

from analytics.enums import Breakdown, EntityLevel
from analytics.periods import DateRange
from integrations.ads.list_memory import ListMemory
from integrations.ads.questions import Asking
from integrations.ads.records import (
    AdAccountRecord,
    AdRecord,
    AdSetRecord,
    CampaignRecord,
    CreativeRecord,
    EntityState,
    InsightPage,
    PeopleRecord,
    PersonNotice,
    TokenInfo,
    VisibleAdAccounts,
)
from integrations.ads.spoiled import Spoiled
from integrations.ads.usage import Usage


class AdPlatform(Protocol):
    """A platform for the one app that the installation has there."""

    @property
    def name(self) -> str:
        """As people call it."""
        ...

    @property
    def dialog_name(self) -> str:
        """As the address has it to which its dialog sends people back."""
        ...

    @property
    def settings(self) -> str:
        """What to set to have it."""
        ...

    @property
    def is_set_up(self) -> bool: ...

    @property
    def required_scopes(self) -> Sequence[str]:
        """Permissions without which nothing can be read."""
        ...

    @property
    def scopes(self) -> Sequence[str]:
        """All permissions that the dialog asks for."""
        ...

    @property
    def write_scope(self) -> str:
        """The permission that changing ads needs."""
        ...

    def dialog_url(self, *, state: str, code_verifier: str) -> str:
        """Where somebody is asked for access to their ad accounts."""
        ...

    async def token_for_code(self, *, code: str, code_verifier: str) -> str:
        """The token for the dialog's code, which works once; raises Rejected for a code that is not good."""
        ...

    async def renewed_token(self, token: str) -> str:
        """Another token for one that has not ended yet; raises IntegrationErrors where it cannot be renewed."""
        ...

    def person_notice(self, text: str, *, now: datetime) -> PersonNotice:
        """What the platform signed and sent by itself; raises BadInput for what it did not sign, or long ago."""
        ...

    def account_session(self, token: str) -> "AdSession": ...


class LeftOutRules(Protocol):
    """By which rule rows of deleted ads are asked for: the best ones are left out once they were refused."""

    is_changed: bool

    @property
    def left_out(self) -> int:
        """How many of the rules are asked with no more, from the best on."""
        ...

    def leave_out(self, rules: int) -> None: ...


class AdSession(Protocol):
    """One token's view of a platform; every method may raise an IntegrationError."""

    @property
    def calls(self) -> int:
        """HTTP calls made so far, repeated ones included."""
        ...

    @property
    def usage(self) -> Mapping[tuple[str, str | None], Usage]:
        """The latest reading of each limit, by its kind and ad account."""
        ...

    @property
    def version(self) -> str:
        """Of the platform's API: what it refuses depends on it."""
        ...

    @property
    def lists(self) -> ListMemory:
        """How lists are asked for, and what of them was refused."""
        ...

    @property
    def statuses(self) -> LeftOutRules: ...

    def take_spoiled(self) -> Sequence[Spoiled]:
        """What could not be read of the answers since the last time, although the rest of them could."""
        ...

    async def token_info(self) -> TokenInfo:
        """What the platform says of the token; an invalid one is an answer here, no error."""
        ...

    async def confirm_token(self) -> None:
        """Raises AccessRevoked with what a person has to do, which `token_info` does not tell, when it is dead."""
        ...

    async def visible_ad_accounts(self) -> VisibleAdAccounts:
        """Every ad account that the token's owner may see, those of which the platform told the id alone included."""
        ...

    async def ad_account(self, external_id: str) -> AdAccountRecord: ...

    def campaigns(
        self, owner_id: str, *, currency: str, changed_since: datetime | None = None
    ) -> AsyncIterator[CampaignRecord]:
        """All of an account, or those that the platform changed at that instant of its own clock or later."""
        ...

    def ad_sets(
        self, owner_id: str, *, currency: str, changed_since: datetime | None = None
    ) -> AsyncIterator[AdSetRecord]:
        """As for campaigns; of an account or a campaign."""
        ...

    def ads(self, owner_id: str, *, changed_since: datetime | None = None) -> AsyncIterator[AdRecord]:
        """As for campaigns; of an account, a campaign or an ad set."""
        ...

    def creatives(self, external_id: str) -> AsyncIterator[CreativeRecord]: ...

    async def campaigns_by_ids(self, external_ids: Sequence[str], *, currency: str) -> list[CampaignRecord]:
        """The campaigns that the platform still knows, deleted ones included; the others are left out."""
        ...

    async def ad_sets_by_ids(self, external_ids: Sequence[str], *, currency: str) -> list[AdSetRecord]:
        """As for campaigns."""
        ...

    async def ads_by_ids(self, external_ids: Sequence[str]) -> list[AdRecord]:
        """The ads that the platform still knows, deleted ones included; the others are left out."""
        ...

    async def creatives_by_ids(self, external_ids: Sequence[str]) -> list[CreativeRecord]:
        """The creatives that the platform still knows; the others are left out."""
        ...

    @property
    def insight_fields(self) -> Sequence[str]:
        """The platform's names of the numbers of an AdDayRow, which can be asked for in parts."""
        ...

    @property
    def part_fields(self) -> Sequence[str]:
        """Those of them that can be asked for by breakdowns."""
        ...

    def insights(self, external_id: str, since: date, until: date, *, asking: Asking) -> AsyncIterator[InsightPage]:
        """Every ad and day of the range, or the part that is asked about, page by page."""
        ...

    def broken_down(
        self, external_id: str, since: date, until: date, breakdowns: Sequence[Breakdown], *, asking: Asking
    ) -> AsyncIterator[InsightPage]:
        """The same, each row a part of an ad's day."""
        ...

    async def spend_by_day(self, external_id: str, days: DateRange) -> dict[date, Decimal | None]:
        """What the account spent in all on each day with delivery; None for what cannot be read."""
        ...

    def smallest_amount(self, currency: str) -> Decimal:
        """To what the platform rounds amounts of a currency, budgets too."""
        ...

    def people(
        self, external_id: str, level: EntityLevel, periods: Sequence[DateRange], *, daily: bool, asking: Asking
    ) -> AsyncIterator[list[PeopleRecord]]:
        """Deduplicated people of the account or its campaigns, over each of the periods or each day of them."""
        ...

    async def set_status(self, external_id: str, status: str) -> None:
        """Switches a campaign, an ad set or an ad to ACTIVE or PAUSED, and returns when the platform confirmed it.

        Throttled, PermissionMissing, AccessRevoked and Rejected mean that nothing was changed; after any other
        IntegrationError nobody knows.
        """
        ...

    async def set_daily_budget(self, external_id: str, amount: Decimal, *, currency: str) -> None:
        """The same for a daily budget, a multiple of the currency's smallest amount."""
        ...

    async def entity_state(self, external_id: str, *, currency: str, has_budget: bool) -> EntityState:
        """What the platform shows now; `has_budget` is false for ads, which have none of their own."""
        ...

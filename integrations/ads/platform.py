"""The protocols of an ad platform and of a session with one of its tokens; no platform is known here.

A new platform needs a class with the methods of AdPlatform, sessions with those of AdSession, and an entry in
`startup/vendors.py`.
"""

from collections.abc import AsyncGenerator, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Protocol

from analytics.enums import Breakdown, EntityLevel
from analytics.periods import DateRange
from integrations.ads.list_memory import ListMemory
from integrations.ads.questions import Asking
from integrations.ads.records import (
    AdAccountRecord,
    AdDayRow,
    AdRecord,
    AdSetRecord,
    CampaignRecord,
    CreativeRecord,
    EntityState,
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
        """The platform's name in texts for users."""
        ...

    @property
    def dialog_name(self) -> str:
        """The platform's name in the address to which its dialog sends the browser back."""
        ...

    @property
    def settings(self) -> str:
        """The names of the settings that the platform needs, for the operator."""
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
        """The address of the dialog in which a person grants access to their ad accounts."""
        ...

    async def token_for_code(self, *, code: str, code_verifier: str) -> str:
        """The token for the dialog's code, which works once; raises Rejected for a code that is not valid."""
        ...

    async def renewed_token(self, token: str) -> str:
        """A new token for one that has not ended yet; raises IntegrationErrors if it cannot be renewed."""
        ...

    def person_notice(self, text: str, *, now: datetime) -> PersonNotice:
        """The notice in a signed message of the platform; raises BadInput unless it has signed the message lately."""
        ...

    def account_session(self, token: str) -> "AdSession": ...


class LeftOutRules(Protocol):
    """The rules by which rows of deleted ads are asked for, in an order of preference.

    A rule is left out once the platform has refused it.
    """

    is_changed: bool

    @property
    def left_out(self) -> int:
        """How many rules, from the first on, are not used any more."""
        ...

    def leave_out(self, rules: int) -> None: ...


class AdSession(Protocol):
    """What one token can read and change on a platform; every method may raise an IntegrationError."""

    @property
    def calls(self) -> int:
        """How many HTTP calls were made so far, repeated ones included."""
        ...

    @property
    def usage(self) -> Mapping[tuple[str, str | None], Usage]:
        """The latest reading of each limit, by its kind and ad account."""
        ...

    @property
    def version(self) -> str:
        """The version of the platform's API, on which it depends what the platform refuses."""
        ...

    @property
    def lists(self) -> ListMemory:
        """How lists are asked for, and what of them was refused."""
        ...

    @property
    def statuses(self) -> LeftOutRules: ...

    def take_spoiled(self) -> Sequence[Spoiled]:
        """The values of the answers that could not be read, since this was last called."""
        ...

    async def token_info(self) -> TokenInfo:
        """What the platform says of the token; that it is invalid is an answer here, no error."""
        ...

    async def confirm_token(self) -> None:
        """Raises AccessRevoked when the token does not work, with what a person has to do.

        `token_info` does not tell that.
        """
        ...

    async def visible_ad_accounts(self) -> VisibleAdAccounts:
        """Every ad account that the token's owner may see, even if the platform tells only its id."""
        ...

    async def ad_account(self, external_id: str) -> AdAccountRecord: ...

    def campaigns(
        self, owner_id: str, *, currency: str, changed_since: datetime | None = None
    ) -> AsyncGenerator[CampaignRecord, None]:
        """The campaigns of an account: all, or those that were changed at `changed_since` or later.

        The instant is one of the platform's clock.
        """
        ...

    def ad_sets(
        self, owner_id: str, *, currency: str, changed_since: datetime | None = None
    ) -> AsyncGenerator[AdSetRecord, None]:
        """The ad sets of an account or a campaign, as in `campaigns`."""
        ...

    def ads(self, owner_id: str, *, changed_since: datetime | None = None) -> AsyncGenerator[AdRecord, None]:
        """The ads of an account, a campaign or an ad set, as in `campaigns`."""
        ...

    def creatives(self, external_id: str) -> AsyncGenerator[CreativeRecord, None]: ...

    async def campaigns_by_ids(self, external_ids: Sequence[str], *, currency: str) -> list[CampaignRecord]:
        """The campaigns that the platform still knows, deleted ones included; the others are left out."""
        ...

    async def ad_sets_by_ids(self, external_ids: Sequence[str], *, currency: str) -> list[AdSetRecord]:
        """The ad sets that the platform still knows, deleted ones included; the others are left out."""
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
        """Those of `insight_fields` that can be asked for by breakdowns."""
        ...

    def insights(
        self, external_id: str, since: date, until: date, *, asking: Asking
    ) -> AsyncGenerator[Sequence[AdDayRow], None]:
        """Every ad and day of the range, or the part that is asked about, page by page; no row comes twice."""
        ...

    def broken_down(
        self, external_id: str, since: date, until: date, breakdowns: Sequence[Breakdown], *, asking: Asking
    ) -> AsyncGenerator[Sequence[AdDayRow], None]:
        """Every ad and day of the range divided by the breakdowns: each row is a part of an ad's day."""
        ...

    async def spend_by_day(self, external_id: str, days: DateRange) -> dict[date, Decimal | None]:
        """What the account as a whole spent on each day with delivery; None where that cannot be read."""
        ...

    def smallest_amount(self, currency: str) -> Decimal:
        """The unit to which the platform rounds amounts of a currency, budgets included, in major units."""
        ...

    def people(
        self, external_id: str, level: EntityLevel, periods: Sequence[DateRange], *, daily: bool, asking: Asking
    ) -> AsyncGenerator[list[PeopleRecord], None]:
        """Deduplicated people of the account or of its campaigns, for each period, or for each day of the periods."""
        ...

    async def set_status(self, external_id: str, status: str) -> None:
        """Switches a campaign, an ad set or an ad to ACTIVE or PAUSED, and returns when the platform confirmed it.

        Throttled, PermissionMissing, AccessRevoked and Rejected mean that nothing was changed; after any other
        IntegrationError it is not known whether something was.
        """
        ...

    async def set_daily_budget(self, external_id: str, amount: Decimal, *, currency: str) -> None:
        """Sets a daily budget, a multiple of the currency's smallest amount; errors are as in `set_status`."""
        ...

    async def entity_state(self, external_id: str, *, currency: str, has_budget: bool) -> EntityState:
        """The entity as the platform shows it now; `has_budget` is false for ads, which have no budget."""
        ...

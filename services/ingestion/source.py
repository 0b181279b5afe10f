"""What a refresh asks of a platform, as a protocol that the platform's client fulfils."""

from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Protocol

from analytics.enums import Breakdown, EntityLevel
from analytics.periods import DateRange
from integrations.meta.decoding import Spoiled
from integrations.meta.insights.asking import Asking
from integrations.meta.insights.reach import PeopleRecord
from integrations.meta.insights.status_rules import StatusFiltering
from integrations.meta.list_memory import ListMemory
from integrations.meta.records import (
    AdAccountRecord,
    AdRecord,
    AdSetRecord,
    CampaignRecord,
    CreativeRecord,
    InsightPage,
)
from integrations.meta.usage import Usage


class RefreshSource(Protocol):
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
        """The version of the platform's API; which fields are refused depends on it."""
        ...

    @property
    def lists(self) -> ListMemory:
        """How lists are asked for, and what of them the platform refused."""
        ...

    @property
    def statuses(self) -> StatusFiltering:
        """By which rule on statuses deleted ads are asked for."""
        ...

    def take_spoiled(self) -> Sequence[Spoiled]:
        """What could not be read of the answers since this was last called, although the rest of them could."""
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

    def insights(self, external_id: str, since: date, until: date, *, asking: Asking) -> AsyncIterator[InsightPage]:
        """Every ad and day of the range, or the part that is asked about, page by page."""
        ...

    def broken_down(
        self, external_id: str, since: date, until: date, breakdowns: Sequence[Breakdown], *, asking: Asking
    ) -> AsyncIterator[InsightPage]:
        """The same divided by breakdowns: each row is a BrokenDownRecord, a part of an ad's day."""
        ...

    async def spend_by_day(self, external_id: str, days: DateRange) -> dict[date, Decimal | None]:
        """What the account spent in all on each day with delivery; None for what cannot be read."""
        ...

    def smallest_amount(self, currency: str) -> Decimal:
        """The unit to which the platform rounds amounts of a currency, as 0.01 for euros."""
        ...

    def people(
        self, external_id: str, level: EntityLevel, periods: Sequence[DateRange], *, daily: bool, asking: Asking
    ) -> AsyncIterator[list[PeopleRecord]]:
        """Deduplicated people of the account or its campaigns, over each of the periods or each day of them."""
        ...


class RefreshPlatform(Protocol):
    def account_session(self, token: str) -> RefreshSource: ...

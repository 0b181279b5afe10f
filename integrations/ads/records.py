"""The records in which a platform's objects reach the rest of the product: our names, our units, UTC. Does no I/O."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Protocol, Self

from analytics.enums import Breakdown
from analytics.metrics.facts import FactValue


@dataclass(frozen=True, slots=True)
class TokenInfo:
    """What the platform says of a token; an expiry of None means never.

    `is_ours`: the token was made for our app. `is_of_system`: it belongs to a system of a business, not to a person.
    """

    is_ours: bool
    is_of_system: bool
    is_valid: bool
    external_user_id: str
    external_user_name: str | None
    scopes: tuple[str, ...]
    expires_at: datetime | None
    data_access_expires_at: datetime | None
    # Asked for at sign-in only, and perhaps never verified.
    external_user_email: str | None = None

    @property
    def is_usable(self) -> bool:
        """Whether the token is valid, made for our app, and has an owner."""
        return self.is_valid and self.is_ours and bool(self.external_user_id)


@dataclass(frozen=True, slots=True)
class AdAccountRecord:
    """`external_id` is the platform's; `status` is the value of an AdAccountStatus.

    An account that is not set up has no currency or no time zone, and we may not know the one it has. `untold` is as in
    CampaignRecord. `refusal` says why the platform does not tell of the account, or of its currency or time zone.
    """

    external_id: str
    name: str
    currency: str | None
    time_zone: str | None
    status: str
    untold: frozenset[str] = frozenset()
    refusal: str | None = None


@dataclass(frozen=True, slots=True)
class VisibleAdAccounts:
    """The ad accounts that a token can see.

    `cut_short` says why the platform refused the rest of the list, even its ids; None if the list is complete.
    """

    records: list[AdAccountRecord]
    cut_short: str | None


@dataclass(frozen=True, slots=True)
class CampaignRecord:
    """Budgets are in the account currency's major unit; `status` is the value of a DeliveryStatus.

    The name of a campaign without one is its id. `untold` names the attributes that this answer did not tell: stored
    values of these stay, and the values in the record are only for a campaign that is not stored yet.
    """

    external_id: str
    name: str
    status: str
    objective: str | None
    daily_budget: Decimal | None
    lifetime_budget: Decimal | None
    starts_at: datetime | None
    ends_at: datetime | None
    created_at: datetime | None
    updated_at: datetime | None
    untold: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class AdSetRecord:
    """The attributes are as in CampaignRecord."""

    external_id: str
    campaign_external_id: str
    name: str
    status: str
    optimization_goal: str | None
    daily_budget: Decimal | None
    lifetime_budget: Decimal | None
    created_at: datetime | None
    updated_at: datetime | None
    untold: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class AdRecord:
    """`creative_external_id` is the platform's id of the creative, not the key of its asset."""

    external_id: str
    ad_set_external_id: str
    campaign_external_id: str
    creative_external_id: str | None
    name: str
    status: str
    created_at: datetime | None
    updated_at: datetime | None
    untold: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class LandingRecord:
    """Where a creative leads: each address once, as the platform has it, without the parameters that it adds.

    `url_tags` are these parameters, such as utm_source=x&utm_content={{ad.id}}. `untold` is as in CampaignRecord.
    """

    landing_urls: tuple[str, ...]
    url_tags: str | None
    untold: frozenset[str] = frozenset()


# Nothing is known of where something leads.
UNKNOWN_LANDING = LandingRecord((), None, frozenset({"landing_urls", "url_tags"}))


@dataclass(frozen=True, slots=True)
class CreativeRecord:
    """`asset_key` is the asset that is shown (video:, image:, story:, else creative:), which creatives may share.

    `untold` is as in CampaignRecord; with `asset_key` in it, it is not known what the creative shows. `landing` is
    where this creative leads; others with the same asset may lead elsewhere.
    """

    external_id: str
    asset_key: str
    name: str
    kind: str
    title: str | None
    body: str | None
    thumbnail_url: str | None
    video_id: str | None
    image_hash: str | None
    landing: LandingRecord = UNKNOWN_LANDING
    untold: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class EntityState:
    """`switch` is what the object itself is set to; `status`, a DeliveryStatus, also depends on the objects above it.

    `untold` names the attributes that the platform did not say: their values here must not be stored.
    """

    switch: str
    status: str
    daily_budget: Decimal | None
    updated_at: datetime | None
    untold: frozenset[str] = frozenset()


class AdDayRow(Protocol):
    """One ad on one day, or a part of it by breakdowns, in the row that the platform sent.

    This is a protocol and no dataclass, since a refresh has hundreds of thousands of such rows: a platform decodes them
    in its own form and computes our facts from that. An id or a currency that the row does not tell is ''.
    """

    @property
    def day(self) -> date: ...
    @property
    def ad_external_id(self) -> str: ...
    @property
    def ad_set_external_id(self) -> str: ...
    @property
    def campaign_external_id(self) -> str: ...
    @property
    def currency(self) -> str: ...

    @property
    def kind(self) -> str:
        """AD_DAY or PART: the name of the row in reports of values that could not be read."""
        ...

    @property
    def identity(self) -> tuple[object, ...]:
        """The key by which a row that came before is recognised."""
        ...

    @property
    def raw_actions(self) -> str | None:
        """The counts of all action types, as JSON text with the platform's own keys; None when there are none."""
        ...

    @property
    def raw_action_values(self) -> str | None:
        """The values of all action types, in the same form."""
        ...

    def platform_name(self, name: str) -> str:
        """The platform's name of the field that is called `name` here."""
        ...

    def values(self, breakdowns: Sequence[Breakdown]) -> tuple[str, ...]:
        """The values of these breakdowns in their order, '' where the row has none; empty for an ad's whole day."""
        ...

    def facts(self, *, missing: Collection[str], is_video: bool | None, odd: list[str]) -> dict[str, FactValue]:
        """The values of the stored columns, by column.

        `missing` are the platform's names of fields that it could not answer. Names of fields with a value that is no
        number are added to `odd`.
        """
        ...

    def with_fields(self, other: Self, names: Sequence[str]) -> Self:
        """The row with these fields, by the platform's names, taken from another row of the same identity."""
        ...


# The most by which a platform's clock and ours are taken to differ.
CLOCK_SKEW = timedelta(minutes=10)
# The numbers of a PeopleRecord; refusals of them are reported under these names.
PEOPLE_FIELDS = ("reach", "unique_clicks")


@dataclass(frozen=True, slots=True)
class PeopleRecord:
    """The deduplicated people of a campaign, or of the whole account, in a period; both days are included."""

    since: date
    until: date
    campaign_external_id: str | None = None
    reach: int | None = None
    unique_clicks: int | None = None

    @property
    def identity(self) -> tuple[str | None, date, date]:
        """The key by which a row that came before is recognised."""
        return self.campaign_external_id, self.since, self.until


@dataclass(frozen=True, slots=True)
class PersonNotice:
    """A message that a platform has sent about a person; `user_id` is the person's id within our app."""

    user_id: str
    issued_at: datetime

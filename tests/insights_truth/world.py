"""What is stored of a tenant, as plain values: the truth answers questions from it, and stored.py writes it down.

Names of facts are those of the API's formulas (docs/metrics.md). Ids are uuids. Nothing here computes.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from tests.insights_truth.days import Span
from tests.insights_truth.metrics import Written

Number = int | Decimal
# The value of a fact by its name; a conversion has a value for each window besides, named such as purchases@CLICK_7D.
Facts = Mapping[str, Number | None]


@dataclass(frozen=True, slots=True)
class Account:
    id: UUID
    currency: str
    time_zone: str
    name: str
    is_connected: bool = True


@dataclass(frozen=True, slots=True)
class Entity:
    """A campaign, ad set, ad or creative as it is now; creatives have no status."""

    id: UUID
    account_id: UUID
    name: str
    status: str = "ACTIVE"
    campaign_id: UUID | None = None
    ad_set_id: UUID | None = None
    creative_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class AdDay:
    """An ad's numbers on a day; ad set and campaign are those that the row was stored with.

    A part of an ad's day has the name of its set of breakdowns and their values, '' where the platform named none.
    """

    day: date
    account_id: UUID
    campaign_id: UUID
    ad_set_id: UUID
    ad_id: UUID
    currency: str
    facts: Facts
    breakdowns: tuple[str, ...] = ()
    values: tuple[str, ...] = ()

    def value(self, breakdown: str) -> str | None:
        """The part's value of a breakdown of its set."""
        return self.values[self.breakdowns.index(breakdown)] or None


@dataclass(frozen=True, slots=True)
class People:
    """Deduplicated people of exactly this entity and period; None where the platform gave no number."""

    level: str
    account_id: UUID
    entity_id: UUID
    start: date
    end: date
    reach: int | None
    unique_clicks: int | None


@dataclass(slots=True, repr=False)
class World:
    """`now` is the instant at which questions are asked."""

    seed: int
    now: datetime
    accounts: list[Account] = field(default_factory=list)
    campaigns: list[Entity] = field(default_factory=list)
    ad_sets: list[Entity] = field(default_factory=list)
    ads: list[Entity] = field(default_factory=list)
    creatives: list[Entity] = field(default_factory=list)
    rows: list[AdDay] = field(default_factory=list)
    # By account and set of breakdowns: the days that were read, and their parts.
    read: dict[tuple[UUID, tuple[str, ...]], Span] = field(default_factory=dict)
    parts: list[AdDay] = field(default_factory=list)
    # What a field says of a campaign or an ad, by entity and field; those of campaigns are no rule for their ads.
    tags: dict[tuple[UUID, str], str | None] = field(default_factory=dict)
    # The tenant's own metrics by key.
    customs: dict[str, Written] = field(default_factory=dict)
    people: list[People] = field(default_factory=list)

    def __repr__(self) -> str:
        return f"world_of({self.seed})"

    def _repr_pretty_(self, printer: Any, _cycle: object) -> None:
        """Hypothesis would print all that is stored."""
        printer.text(repr(self))

    def entities(self, level: str) -> "dict[UUID, Entity]":
        """The known entities of a level below accounts, by id."""
        lists = {"CAMPAIGN": self.campaigns, "AD_SET": self.ad_sets, "AD": self.ads, "CREATIVE": self.creatives}
        return {each.id: each for each in lists[level]}

    def name_of(self, level: str, entity_id: UUID | None) -> str | None:
        """The name as it is now; None for an entity that is not known."""
        if level == "AD_ACCOUNT":
            return next((each.name for each in self.accounts if each.id == entity_id), None)
        known = self.entities(level).get(entity_id) if entity_id is not None else None
        return known.name if known else None

    def people_of(self, level: str, entity_id: UUID | None, start: date, end: date) -> People | None:
        wanted = (level, entity_id, start, end)
        return next(
            (each for each in self.people if (each.level, each.entity_id, each.start, each.end) == wanted), None
        )

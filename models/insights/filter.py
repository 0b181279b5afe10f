"""Which rows a question about insights is about: what a client may ask for; there is no SQL here."""

from collections.abc import Iterator
from dataclasses import dataclass
from uuid import UUID

from analytics.enums import Breakdown, EntityLevel
from errors import BadInput
from models.ads.campaign import DeliveryStatus
from models.ads.tag_filter import TagMatch
from models.text_match import TextMatch

Ids = tuple[UUID, ...]

# How deep allOf, anyOf and noneOf may be nested in one another.
_DEEPEST = 8
# Limits of a whole filter: the statement grows with the parts, and Postgres takes 32,767 values in one statement.
_MOST_PARTS = 200
_MOST_VALUES = 5_000
# Levels whose rows have a delivery status.
_DELIVERED = (EntityLevel.CAMPAIGN, EntityLevel.AD_SET, EntityLevel.AD)


@dataclass(frozen=True, slots=True)
class BreakdownMatch:
    """The value of a breakdown, which is null where the platform left it out of a part."""

    breakdown: Breakdown
    value: TextMatch


@dataclass(frozen=True, slots=True)
class InsightsFilter:
    """Every given part must be true; an empty list of ids matches nothing.

    `name` and `status` are those of the entities that the answer is grouped by, `tag` is one of the ads whose days are
    summed.
    """

    all_of: "tuple[InsightsFilter, ...] | None" = None
    any_of: "tuple[InsightsFilter, ...] | None" = None
    none_of: "InsightsFilter | None" = None
    campaign_ids: Ids | None = None
    ad_set_ids: Ids | None = None
    ad_ids: Ids | None = None
    creative_ids: Ids | None = None
    name: TextMatch | None = None
    status: tuple[DeliveryStatus, ...] | None = None
    breakdown: BreakdownMatch | None = None
    tag: TagMatch | None = None

    @property
    def children(self) -> "tuple[InsightsFilter, ...]":
        return (*(self.all_of or ()), *(self.any_of or ()), *((self.none_of,) if self.none_of else ()))

    def walk(self) -> "Iterator[InsightsFilter]":
        """The filter and everything below it."""
        yield self
        for child in self.children:
            yield from child.walk()

    @property
    def depth(self) -> int:
        return 1 + max((child.depth for child in self.children), default=0)

    @property
    def values(self) -> int:
        """How many ids, texts and statuses this part lists, without the parts below it."""
        names = self.name.any_of if self.name else None
        values = self.breakdown.value.any_of if self.breakdown else None
        tags = self.tag.value.any_of if self.tag else None
        ids = (self.campaign_ids, self.ad_set_ids, self.ad_ids, self.creative_ids)
        lists = (*ids, names, self.status, values, tags)
        return sum(len(each or ()) for each in lists)

    @property
    def needs_entity(self) -> bool:
        return any(part.name is not None or part.status is not None for part in self.walk())

    @property
    def breakdowns(self) -> frozenset[Breakdown]:
        """The breakdowns whose values are compared."""
        return frozenset(part.breakdown.breakdown for part in self.walk() if part.breakdown is not None)

    @property
    def needs_campaign(self) -> bool:
        return any(part.campaign_ids is not None for part in self.walk())

    @property
    def needs_ad(self) -> bool:
        below = ("ad_set_ids", "ad_ids", "creative_ids")
        return any(getattr(part, name) is not None for part in self.walk() for name in below)

    @property
    def tag_fields(self) -> frozenset[str]:
        return frozenset(part.tag.field for part in self.walk() if part.tag is not None)


def check_depth(depth: int) -> None:
    """Raises BadInput for a filter that is nested too deep.

    Code that builds a filter from a client's input calls this at each level before it goes one level deeper.
    """
    if depth > _DEEPEST:
        raise BadInput(f"A filter may have at most {_DEEPEST} levels of parts within parts.")


def check_filter(wanted: InsightsFilter, level: EntityLevel) -> None:
    """Raises BadInput for a filter that is too large, or has a part that means nothing at the level."""
    check_depth(wanted.depth)
    parts = tuple(wanted.walk())
    if len(parts) > _MOST_PARTS or sum(part.values for part in parts) > _MOST_VALUES:
        raise BadInput(
            f"A filter may have at most {_MOST_PARTS} parts, and {_MOST_VALUES:,} values in all parts together."
        )
    for part in parts:
        if part.name is not None and level is EntityLevel.TENANT:
            raise BadInput("Rows about the whole tenant have no names to filter by: group by AD_ACCOUNT or below.")
        if part.status is not None and level not in _DELIVERED:
            raise BadInput(
                "Only campaigns, ad sets and ads have a status to filter by: group by CAMPAIGN, AD_SET or AD."
            )


def cuts_groups(wanted: InsightsFilter, level: EntityLevel) -> bool:
    """Whether the filter may remove a part of a group, such as some ads of a campaign where a row is a campaign.

    Deduplicated people are stored for whole groups only.
    """
    if level is EntityLevel.AD:
        return False
    return bool(wanted.tag_fields) or wanted.needs_ad or (wanted.needs_campaign and level is not EntityLevel.CAMPAIGN)

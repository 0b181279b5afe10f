"""What a filter by a tag means in SQL; runs no query.

A comparison with a value that is missing is false, and only `is_null` asks for one. So a condition is never unknown,
and may stand below NOT.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import ColumnElement, and_, exists, false, func, select, true
from sqlmodel import col

from models.ads.ad import Ad
from models.ads.entity_tag import EntityTag
from models.ads.name_filter import matches_name
from models.text_match import TextMatch, TextTerms

Match = TextMatch | TextTerms
_COMPARISONS = ("eq", "any_of", "contains", "starts_with")


@dataclass(frozen=True, slots=True)
class TagMatch:
    """What the value of one field has to be; an entity without the field has no value."""

    field: str
    value: TextMatch


def is_tagged(entity_id: Any, field: Any, match: Match, tenant: Any) -> ColumnElement[bool]:
    """The condition on a campaign, ad set or ad of the tenant; `field` may be a parameter."""
    return _by_value(
        match,
        lambda compared: exists().where(
            col(EntityTag.tenant_id) == tenant,
            col(EntityTag.entity_id) == entity_id,
            col(EntityTag.field) == field,
            _is_value(col(EntityTag.value), col(EntityTag.value_key), compared),
        ),
    )


def is_creative_tagged(creative_id: Any, field: Any, match: Match, tenant: Any) -> ColumnElement[bool]:
    """The condition on a creative, whose value is the one that all its ads have."""
    of_ad = and_(
        col(EntityTag.tenant_id) == tenant,
        col(EntityTag.entity_id) == col(Ad.id),
        col(EntityTag.field) == field,
    )
    value = col(EntityTag.value)
    least = func.min(value)
    agreed = (
        select(col(Ad.creative_id), least.label("value"), func.min(EntityTag.value_key).label("value_key"))
        .join_from(Ad, EntityTag, of_ad, isouter=True)
        .where(col(Ad.tenant_id) == tenant, col(Ad.creative_id).is_not(None))
        .group_by(col(Ad.creative_id))
        .having(func.count(value) == func.count(), least == func.max(value))
        .subquery("agreed")
    )
    return _by_value(
        match,
        lambda compared: creative_id.in_(
            select(agreed.c.creative_id).where(_is_value(agreed.c.value, agreed.c.value_key, compared))
        ),
    )


def _by_value(match: Match, has: Callable[[Match], ColumnElement[bool]]) -> ColumnElement[bool]:
    """The condition by `has`, which tells of a match whether there is a value and whether it fits."""
    comparisons = replace(match, is_null=None)
    is_compared = any(getattr(match, part) is not None for part in _COMPARISONS)
    if match.is_null:
        return false() if is_compared else ~has(comparisons)
    return has(comparisons) if is_compared or match.is_null is False else true()


def _is_value(value: Any, key: Any, match: Match) -> ColumnElement[bool]:
    return and_(value.is_not(None), matches_name(value, key, match))

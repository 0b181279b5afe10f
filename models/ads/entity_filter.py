"""What a filter of ad accounts, campaigns, ad sets, ads or creatives means in SQL; runs no query."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, TypeVar
from uuid import UUID

from sqlalchemy import ColumnElement, exists
from sqlmodel import col, select
from sqlmodel.sql.expression import SelectOfScalar

from models.ads.ad import Ad
from models.ads.ad_account import AdAccount, AdAccountStatus
from models.ads.ad_set import AdSet
from models.ads.campaign import Campaign, DeliveryStatus
from models.ads.creative import Creative
from models.ads.name_filter import matches_name
from models.ads.tag_filter import TagMatch, is_creative_tagged, is_tagged
from models.columns import is_any, is_any_text
from models.platform import Platform
from models.text_match import TextMatch

Entity = TypeVar("Entity", AdAccount, Campaign, AdSet, Ad, Creative)
Ids = tuple[UUID, ...]
Texts = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class AdAccountFilter:
    """Every given part must be true; an empty tuple matches nothing."""

    platform: Platform | None = None
    status: tuple[AdAccountStatus, ...] | None = None
    name: TextMatch | None = None
    external_ids: Texts | None = None


@dataclass(frozen=True, slots=True)
class EntityFilter:
    """Every given part must be true; an empty tuple matches nothing.

    `ad_set_ids` matches campaigns that have one of these ad sets. Creatives have no column for some parts: these are
    asked of a creative's ads, and a single ad must match all of them. A tag of a creative is its own, as a name is.
    """

    ad_account_ids: Ids | None = None
    campaign_ids: Ids | None = None
    ad_set_ids: Ids | None = None
    status: tuple[DeliveryStatus, ...] | None = None
    name: TextMatch | None = None
    tag: TagMatch | None = None
    # The platform's own ids.
    external_ids: Texts | None = None
    ad_account_external_ids: Texts | None = None


Filter = AdAccountFilter | EntityFilter
Condition = Callable[[Any], ColumnElement[bool]]

EVERYTHING = EntityFilter()


def _is_one_of(column: Any) -> Condition:
    return partial(is_any_text, column)


def _of_accounts(kind: type[Campaign | AdSet | Ad | Creative]) -> Condition:
    accounts = _is_one_of(AdAccount.external_id)
    return lambda ids: _has(AdAccount, kind, kind.ad_account_id == AdAccount.id, accounts(ids))


def _has(other: type[Entity], kind: type[Any], *conditions: Any) -> ColumnElement[bool]:
    """Whether the tenant's rows of `other` have one that fits a row of `kind`."""
    return exists().where(col(other.tenant_id) == kind.tenant_id, *conditions).correlate(kind)


def _name_of(kind: type[Entity]) -> Condition:
    return lambda match: matches_name(kind.name, kind.name_key, match)


def _campaigns_of_ad_sets(ids: Ids) -> ColumnElement[bool]:
    return _has(AdSet, Campaign, AdSet.campaign_id == Campaign.id, is_any(AdSet.id, ids))


_CONDITIONS: Mapping[type, Mapping[str, Condition]] = {
    AdAccount: {
        "platform": col(AdAccount.platform).__eq__,
        "status": _is_one_of(AdAccount.status),
        "name": _name_of(AdAccount),
        "external_ids": _is_one_of(AdAccount.external_id),
    },
    Campaign: {
        "ad_account_ids": partial(is_any, Campaign.ad_account_id),
        "campaign_ids": partial(is_any, Campaign.id),
        "ad_set_ids": _campaigns_of_ad_sets,
        "status": _is_one_of(Campaign.status),
        "name": _name_of(Campaign),
        "external_ids": _is_one_of(Campaign.external_id),
        "ad_account_external_ids": _of_accounts(Campaign),
    },
    AdSet: {
        "ad_account_ids": partial(is_any, AdSet.ad_account_id),
        "campaign_ids": partial(is_any, AdSet.campaign_id),
        "ad_set_ids": partial(is_any, AdSet.id),
        "status": _is_one_of(AdSet.status),
        "name": _name_of(AdSet),
        "external_ids": _is_one_of(AdSet.external_id),
        "ad_account_external_ids": _of_accounts(AdSet),
    },
    Ad: {
        "ad_account_ids": partial(is_any, Ad.ad_account_id),
        "campaign_ids": partial(is_any, Ad.campaign_id),
        "ad_set_ids": partial(is_any, Ad.ad_set_id),
        "status": _is_one_of(Ad.status),
        "name": _name_of(Ad),
        "external_ids": _is_one_of(Ad.external_id),
        "ad_account_external_ids": _of_accounts(Ad),
    },
    Creative: {
        "ad_account_ids": partial(is_any, Creative.ad_account_id),
        "name": _name_of(Creative),
        "external_ids": _is_one_of(Creative.external_id),
        "ad_account_external_ids": _of_accounts(Creative),
    },
}
# The parts of a filter that a creative has no column for: they are asked of its ads.
_ASKED_OF_ADS = {part: _CONDITIONS[Ad][part] for part in ("campaign_ids", "ad_set_ids", "status")}


def rows_where(kind: type[Entity], wanted: Filter, *, tenant_id: UUID) -> SelectOfScalar[Entity]:
    """The select of the tenant's rows of one table that the filter matches, without order or limit."""
    rows = select(kind).where(col(kind.tenant_id) == tenant_id, *_held(_CONDITIONS[kind], wanted))
    if kind is Creative and (of_an_ad := list(_held(_ASKED_OF_ADS, wanted))):
        rows = rows.where(_has(Ad, Creative, Ad.creative_id == Creative.id, *of_an_ad))
    if isinstance(wanted, EntityFilter) and wanted.tag is not None:
        has_tag = is_creative_tagged if kind is Creative else is_tagged
        rows = rows.where(has_tag(col(kind.id), wanted.tag.field, wanted.tag.value, tenant_id))
    return rows


def _held(conditions: Mapping[str, Condition], wanted: Filter) -> Iterator[ColumnElement[bool]]:
    for part, condition in conditions.items():
        value = getattr(wanted, part)
        if value is not None:
            yield condition(value)

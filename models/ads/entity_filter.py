"""What a filter of ad accounts, campaigns, ad sets, ads or creatives means in SQL; runs no query."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, TypeVar
from uuid import UUID

from sqlalchemy import ARRAY, ColumnElement, String, Uuid, any_, bindparam, exists, type_coerce
from sqlmodel import col, select
from sqlmodel.sql.expression import SelectOfScalar

from models.ads.ad import Ad
from models.ads.ad_account import AdAccount, AdAccountStatus
from models.ads.ad_set import AdSet
from models.ads.campaign import Campaign, DeliveryStatus
from models.ads.creative import Creative
from models.ads.name_filter import matches_name
from models.ads.tag_filter import TagMatch, is_creative_tagged, is_tagged
from models.columns import TEXT_LIST
from models.platform import Platform
from models.text_match import TextMatch, TextShape, text_shape
from models.thin.compiled import TENANT

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
# The condition with the parameter that has a part's value.
Condition = Callable[[Any], ColumnElement[bool]]

EVERYTHING = EntityFilter()


@dataclass(frozen=True, slots=True)
class FilterShape:
    """A filter without its values, which are bound to a statement: filters of one shape share one.

    `parts` are the names of plain parts, each with the name that its value is bound under; of `tag` the name of the
    field is bound too.
    """

    parts: tuple[tuple[str, str], ...] = ()
    name: TextShape | None = None
    tag: tuple[str, TextShape] | None = None


# That of a filter which matches everything.
WHOLE = FilterShape()


def shape_of(wanted: Filter) -> tuple[FilterShape, Mapping[str, Any]]:
    """The shape of a filter, and its values by the names under which they are bound, as asyncpg takes them."""
    values: dict[str, Any] = {}

    def bind(value: Any) -> str | None:
        if value is None:
            return None
        values[name := f"value_{len(values)}"] = value
        return name

    plain = ((part, bind(_plain(getattr(wanted, part, None)))) for part in _PARAMETERS)
    parts = tuple((part, name) for part, name in plain if name is not None)
    name = None if wanted.name is None else text_shape(wanted.name, bind)
    tag = wanted.tag if isinstance(wanted, EntityFilter) else None
    if tag is None:
        return FilterShape(parts, name), values
    return FilterShape(parts, name, (str(bind(tag.field)), text_shape(tag.value, bind))), values


def _plain(value: Any) -> Any:
    if isinstance(value, tuple):
        return [_plain(each) for each in value]
    return value.value if isinstance(value, StrEnum) else value


# The type of each plain part's parameter. Members of closed sets are texts.
_PARAMETERS: Mapping[str, Any] = {
    "platform": String(),
    "status": TEXT_LIST,
    "ad_account_ids": ARRAY(Uuid()),
    "campaign_ids": ARRAY(Uuid()),
    "ad_set_ids": ARRAY(Uuid()),
    "external_ids": TEXT_LIST,
    "ad_account_external_ids": TEXT_LIST,
}


def _is(column: Any) -> Condition:
    return lambda text: type_coerce(column, String()) == text


def _is_one_of(column: Any) -> Condition:
    return lambda texts: type_coerce(column, String()) == any_(texts)


def _is_any(column: Any) -> Condition:
    return lambda ids: column == any_(ids)


def _of_accounts(kind: type[Campaign | AdSet | Ad | Creative]) -> Condition:
    accounts = _is_one_of(AdAccount.external_id)
    return lambda ids: _has(AdAccount, kind, kind.ad_account_id == AdAccount.id, accounts(ids))


def _has(other: type[Entity], kind: type[Any], *conditions: Any) -> ColumnElement[bool]:
    """Whether the tenant's rows of `other` have one that fits a row of `kind`."""
    return exists().where(col(other.tenant_id) == kind.tenant_id, *conditions).correlate(kind)


def _campaigns_of_ad_sets(ids: Any) -> ColumnElement[bool]:
    return _has(AdSet, Campaign, AdSet.campaign_id == Campaign.id, col(AdSet.id) == any_(ids))


_CONDITIONS: Mapping[type, Mapping[str, Condition]] = {
    AdAccount: {
        "platform": _is(AdAccount.platform),
        "status": _is_one_of(AdAccount.status),
        "external_ids": _is_one_of(AdAccount.external_id),
    },
    Campaign: {
        "ad_account_ids": _is_any(Campaign.ad_account_id),
        "campaign_ids": _is_any(Campaign.id),
        "ad_set_ids": _campaigns_of_ad_sets,
        "status": _is_one_of(Campaign.status),
        "external_ids": _is_one_of(Campaign.external_id),
        "ad_account_external_ids": _of_accounts(Campaign),
    },
    AdSet: {
        "ad_account_ids": _is_any(AdSet.ad_account_id),
        "campaign_ids": _is_any(AdSet.campaign_id),
        "ad_set_ids": _is_any(AdSet.id),
        "status": _is_one_of(AdSet.status),
        "external_ids": _is_one_of(AdSet.external_id),
        "ad_account_external_ids": _of_accounts(AdSet),
    },
    Ad: {
        "ad_account_ids": _is_any(Ad.ad_account_id),
        "campaign_ids": _is_any(Ad.campaign_id),
        "ad_set_ids": _is_any(Ad.ad_set_id),
        "status": _is_one_of(Ad.status),
        "external_ids": _is_one_of(Ad.external_id),
        "ad_account_external_ids": _of_accounts(Ad),
    },
    Creative: {
        "ad_account_ids": _is_any(Creative.ad_account_id),
        "external_ids": _is_one_of(Creative.external_id),
        "ad_account_external_ids": _of_accounts(Creative),
    },
}
# The parts of a filter that a creative has no column for: they are asked of its ads.
_ASKED_OF_ADS = {part: _CONDITIONS[Ad][part] for part in ("campaign_ids", "ad_set_ids", "status")}


def rows_where(kind: type[Entity], wanted: FilterShape) -> SelectOfScalar[Entity]:
    """The select of the tenant's rows of one table that a filter of this shape matches, without order or limit."""
    rows = select(kind).where(col(kind.tenant_id) == TENANT, *_held(_CONDITIONS[kind], wanted))
    if wanted.name is not None:
        rows = rows.where(matches_name(kind.name, kind.name_key, wanted.name.terms))
    if kind is Creative and (of_an_ad := list(_held(_ASKED_OF_ADS, wanted))):
        rows = rows.where(_has(Ad, Creative, Ad.creative_id == Creative.id, *of_an_ad))
    if wanted.tag is not None:
        has_tag = is_creative_tagged if kind is Creative else is_tagged
        field, value = wanted.tag
        rows = rows.where(has_tag(col(kind.id), bindparam(field, type_=String()), value.terms, TENANT))
    return rows


def _held(conditions: Mapping[str, Condition], wanted: FilterShape) -> Iterator[ColumnElement[bool]]:
    for part, name in wanted.parts:
        if part in conditions:
            yield conditions[part](bindparam(name, type_=_PARAMETERS[part]))

"""What a filter of insights means for stored rows: its shape, without values, and the condition that is made of it.

A condition has two values. A comparison with null is false, and its `not` is true.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any

from sqlalchemy import (
    ARRAY,
    ColumnElement,
    FromClause,
    String,
    Uuid,
    and_,
    any_,
    bindparam,
    false,
    func,
    or_,
    select,
    true,
)
from sqlmodel import col

from analytics.enums import Breakdown
from models.ads.ad import Ad
from models.ads.name_filter import matches_name
from models.ads.tag_filter import is_tagged
from models.columns import TEXT_LIST
from models.insights.filter import InsightsFilter
from models.insights.statements.parts import PartColumn
from models.insights.statements.values import Values
from models.text_match import TextShape, text_shape
from models.thin.compiled import TENANT

_COLUMNS = {"campaign_ids": "campaign_id", "ad_set_ids": "ad_set_id", "ad_ids": "ad_id"}


@dataclass(frozen=True, slots=True)
class TagShape:
    """A TagMatch of the entity that a column of the facts names; `field` is the name that it is bound under."""

    column: str
    field: str
    value: TextShape


@dataclass(frozen=True, slots=True)
class Condition:
    """An InsightsFilter: its parts, and under which names its values are bound.

    `ids` are pairs of a column and a name, `creatives` and `statuses` are names; `part` is compared with `part_value`.
    """

    all_of: "tuple[Condition, ...] | None" = None
    any_of: "tuple[Condition, ...] | None" = None
    none_of: "Condition | None" = None
    ids: tuple[tuple[str, str], ...] = ()
    creatives: str | None = None
    name: TextShape | None = None
    statuses: str | None = None
    part: Breakdown | None = None
    part_value: TextShape | None = None
    tag: TagShape | None = None


def condition_of(wanted: InsightsFilter, values: Values, *, tagged: str = "ad_id") -> Condition:
    """The shape of a filter; its ids, texts and statuses are added to `values`.

    `tagged` is the column of the facts that names whose tags count.
    """
    below = partial(condition_of, values=values, tagged=tagged)
    tag = wanted.tag
    listed = ((column, getattr(wanted, name)) for name, column in _COLUMNS.items())
    return Condition(
        all_of=None if wanted.all_of is None else tuple(map(below, wanted.all_of)),
        any_of=None if wanted.any_of is None else tuple(map(below, wanted.any_of)),
        none_of=None if wanted.none_of is None else below(wanted.none_of),
        ids=tuple((column, values.add(list(ids))) for column, ids in listed if ids is not None),
        creatives=values.add_given(None if wanted.creative_ids is None else list(wanted.creative_ids)),
        name=None if wanted.name is None else text_shape(wanted.name, values.add_given),
        statuses=values.add_given(None if wanted.status is None else [status.value for status in wanted.status]),
        part=None if wanted.breakdown is None else wanted.breakdown.breakdown,
        part_value=None if wanted.breakdown is None else text_shape(wanted.breakdown.value, values.add_given),
        tag=None if tag is None else TagShape(tagged, values.add(tag.field), text_shape(tag.value, values.add_given)),
    )


@dataclass(frozen=True, slots=True)
class Compared:
    """What conditions are about: the facts, the entity at the grouped level, and the values of breakdowns."""

    facts: FromClause
    entity: FromClause | None = None
    parts: tuple[PartColumn, ...] = ()

    def part(self, breakdown: Breakdown) -> ColumnElement[Any]:
        return next(each for each in self.parts if each.breakdown is breakdown).or_null(self.facts)


def rendered(condition: Condition, about: Compared) -> ColumnElement[bool]:
    """The condition in SQL."""
    return and_(true(), *_parts(condition, about))


def _parts(condition: Condition, about: Compared) -> Iterator[ColumnElement[bool]]:
    facts, entity = about.facts, about.entity
    for column, name in condition.ids:
        yield facts.c[column] == any_(_ids(name))
    # Ad-days have no column for creatives, so a creative stands for the ads that use it now.
    if condition.creatives is not None:
        is_of = col(Ad.creative_id) == any_(_ids(condition.creatives))
        yield facts.c.ad_id.in_(select(col(Ad.id)).where(col(Ad.tenant_id) == TENANT, is_of))
    if condition.all_of is not None:
        yield and_(true(), *(rendered(part, about) for part in condition.all_of))
    if condition.any_of is not None:
        yield or_(false(), *(rendered(part, about) for part in condition.any_of))
    if condition.none_of is not None:
        # Not NOT: that of an unknown name would be unknown again.
        yield rendered(condition.none_of, about).is_not(true())
    if condition.tag is not None:
        tag = condition.tag
        yield is_tagged(facts.c[tag.column], bindparam(tag.field, type_=String()), tag.value.terms, TENANT)
    if entity is not None and condition.name is not None:
        yield matches_name(entity.c.name, entity.c.name_key, condition.name.terms)
    if condition.part is not None and condition.part_value is not None:
        value = about.part(condition.part)
        yield matches_name(value, func.name_key(value), condition.part_value.terms)
    if entity is not None and condition.statuses is not None:
        yield entity.c.status == any_(bindparam(condition.statuses, type_=TEXT_LIST))


def _ids(name: str) -> ColumnElement[Any]:
    return bindparam(name, type_=ARRAY(Uuid()))

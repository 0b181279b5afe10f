"""Tags of groups: the joins that bring the values by which groups are parted, where they come from, and their order.

A value that is missing is '' in a statement, which no stored value is, so that a key of a group is never null.
"""

from collections.abc import Callable, Sequence
from typing import Any
from urllib.parse import quote

from sqlalchemy import ColumnElement, FromClause, Integer, Select, String, and_, bindparam, func, literal, select

from analytics.enums import TagSource
from models.ads.entity_tag import FIRST_TOLD, EntityTag, Tag
from models.columns import TEXT_LIST
from models.insights.statements.plan import GroupsPlan, Side, tag_name
from models.thin.compiled import TENANT

Column = ColumnElement[Any]

_TAGS: Any = EntityTag.__table__  # type: ignore[attr-defined]  # SQLModel declares it at run time
# The places of sources in FIRST_TOLD, from 1, as Postgres counts; an entity without a row of the field lacks the value.
_SOURCES = literal([source.value for source in FIRST_TOLD], TEXT_LIST)
_MISSING = FIRST_TOLD.index(TagSource.MISSING) + 1


def tag_keys(plan: GroupsPlan) -> tuple[str, ...]:
    """The columns that have the values of a group's tags."""
    return tuple(tag_name(number) for number in range(plan.tags))


class TagColumns:
    """The tags of the rows of `summed`: `values` part the groups, `sources` have the first source of each group."""

    def __init__(self, plan: GroupsPlan, summed: Any, side: Side) -> None:
        self._joins: list[tuple[Any, ColumnElement[bool]]] = []
        self.values: list[Column] = []
        self.sources: list[Column] = []
        for name in tag_keys(plan):
            tag = _tag(name).subquery(f"{name}_{side}")
            self._joins.append((tag, tag.c.entity_id == summed.c[plan.tagged]))
            self.values.append(func.coalesce(tag.c.value, "").label(name))
            first = func.min(func.coalesce(tag.c.source, _MISSING), type_=Integer())
            self.sources.append(first.label(f"{side}_{name}_source"))

    def joined(self, tables: FromClause) -> FromClause:
        """Outer joins: what has no row of the field is in the group without a value."""
        for tag, is_same in self._joins:
            tables = tables.join(tag, is_same, isouter=True)
        return tables


def _tag(name: str) -> Select[Any]:
    """The tenant's tags of the field that is bound under `name`; of the source its place in FIRST_TOLD."""
    source = func.array_position(_SOURCES, _TAGS.c.source, type_=Integer()).label("source")
    is_field = and_(_TAGS.c.tenant_id == TENANT, _TAGS.c.field == bindparam(name, type_=String()))
    columns: list[Any] = [_TAGS.c.entity_id, _TAGS.c.value, source]
    return select(*columns).where(is_field)


def source_columns(plan: GroupsPlan) -> tuple[str, ...]:
    """The columns that have the first sources of a group's tags, those of each side."""
    return tuple(f"{side}_{name}_source" for name in tag_keys(plan) for side in plan.sides)


def sources_of(plan: GroupsPlan, base: Any) -> list[Column]:
    """For each tag the first source of a group on any side."""
    columns: list[Column] = []
    for name in tag_keys(plan):
        sides = [base.c[f"{side}_{name}_source"] for side in plan.sides]
        columns.append(func.least(*sides, type_=Integer()).label(f"{name}_source"))
    return columns


def sorted_tag(base: Any, place: int) -> Column:
    """The key of the order of names for a tag's value; null where it is missing."""
    value = func.nullif(base.c[tag_name(place)], "")
    return func.name_key(value, type_=String(collation="C"))


def tags_reader(fields: Sequence[str]) -> Callable[[Sequence[Any]], tuple[Tag, ...]]:
    """A function from the columns of values and those of sources, one behind the other, to the tags of a row."""
    number = len(fields)

    def read(columns: Sequence[Any]) -> tuple[Tag, ...]:
        return tuple(
            Tag(field, columns[place] or None, FIRST_TOLD[columns[number + place] - 1])
            for place, field in enumerate(fields)
        )

    return read


def key_of_tags(tags: Sequence[Tag]) -> str:
    """What the key of a row says of its tags: different texts for different tags, whatever characters they have."""
    parts = (
        f"/tag.{quote(tag.field, safe='')}{_escaped(tag.value)}" for tag in sorted(tags, key=lambda tag: tag.field)
    )
    return "".join(parts)


def _escaped(value: str | None) -> str:
    return "" if value is None else f"={quote(value, safe='')}"

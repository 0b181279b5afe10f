"""@cost and @listSize: what the fields of the schema cost, as its SDL says it and execution/limits/cost.py charges it.

They are those of the draft "GraphQL Cost Directives" (https://ibm.github.io/graphql-specs/cost-spec.html). What follows
from how a field is written is not written a second time: `declare_costs` adds it to the fields of a finished schema.
"""

from collections.abc import Sequence
from typing import Any, TypeVar

import strawberry
from graphql import GraphQLField, GraphQLSchema, get_named_type, is_leaf_type
from strawberry.schema_directive import Location
from strawberry.types.field import StrawberryField

from execution.limits.list_sizes import ASSUMED_LIST, DEFAULT_PAGE, FIRST, SIZE, ListLength, is_list, written_as

LOOK_UP = "2"  # points of a field that is looked up for each object, besides the points of the objects it leads to
T = TypeVar("T")


@strawberry.schema_directive(
    locations=[Location.FIELD_DEFINITION],
    name="cost",
    description="What a field costs for each object that it is asked of, in points: 0 where nothing is said. Besides, "
    "each object of the answer costs a point for every five values asked of it, rounded up, and at least one.",
)
class CostDirective:
    weight: str


@strawberry.schema_directive(
    locations=[Location.FIELD_DEFINITION],
    name="listSize",
    description="How many items a list is taken to have: `assumedSize`, or what `slicingArguments` say. There a number "
    "is the length, up to 1,000; what answers a list is as long as that list; for a range of days it is the number of "
    "its periods, up to `assumedSize`. With `sizedFields` it is the length of these lists below the field.",
)
class ListSizeDirective:
    assumed_size: int | None = strawberry.UNSET
    slicing_arguments: list[str] | None = strawberry.UNSET
    sized_fields: list[str] | None = strawberry.UNSET
    require_one_slicing_argument: bool | None = True

    @property
    def assumed(self) -> int:
        return self.assumed_size or ASSUMED_LIST

    @property
    def slicing(self) -> tuple[str, ...]:
        return tuple(self.slicing_arguments or ())

    @property
    def sized(self) -> tuple[str, ...]:
        return tuple(self.sized_fields or ())


def declare_costs(schema: GraphQLSchema) -> None:
    """Adds the directives to all fields of the schema that have none yet."""
    fields = [
        (kind, name, definition)
        for kind in schema.type_map.values()
        for name, definition in getattr(kind, "fields", {}).items()
        if isinstance(definition, GraphQLField)
    ]
    sized = {
        (get_named_type(definition.type), name)
        for _, _, definition in fields
        if FIRST in definition.args and not is_list(definition.type)
        for name in _lists_below(definition)
    }
    for kind, name, definition in fields:
        written = written_as(definition)
        if written is not None:
            told = {type(directive) for directive in written.directives}
            found = _directives_of(definition, written, is_sized=(kind, name) in sized)
            written.directives = [*written.directives, *(each for each in found if type(each) not in told)]


def weight_of(definition: GraphQLField) -> int:
    """What the field costs for each object that it is asked of."""
    written = written_as(definition)
    told = _told(written.directives, CostDirective) if written is not None else None
    return int(told.weight) if told is not None else 0


def list_size_of(definition: GraphQLField) -> ListSizeDirective | None:
    written = written_as(definition)
    return _told(written.directives, ListSizeDirective) if written is not None else None


def declared_length(definition: GraphQLField) -> ListLength | None:
    """What the field declares of its length beside the directive, which cannot say how arguments are counted."""
    written = written_as(definition)
    return written.metadata.get(SIZE) if written is not None else None


def _told(directives: Sequence[object], kind: type[T]) -> T | None:
    return next((each for each in directives if isinstance(each, kind)), None)


def _directives_of(definition: GraphQLField, written: StrawberryField, *, is_sized: bool) -> list[object]:
    """What the way in which a field is written says of its cost; `is_sized`: the field above tells the length."""
    found: list[object] = [CostDirective(weight=LOOK_UP)] if written.is_async else []
    if FIRST in definition.args and not is_list(definition.type):
        found.append(_sliced(DEFAULT_PAGE, [FIRST], sized_fields=_lists_below(definition)))
    elif is_list(definition.type) and not is_sized:
        found.append(_list_size(definition, written.metadata.get(SIZE)))
    return found


def _lists_below(definition: GraphQLField) -> list[str]:
    kind: Any = get_named_type(definition.type)
    return [name for name, field in kind.fields.items() if is_list(field.type)]


def _list_size(definition: GraphQLField, declared: ListLength | None) -> ListSizeDirective:
    if declared is not None:
        return _sliced(declared.at_most, declared.by)
    # A list of plain values costs what it is assumed to hold, whatever its arguments.
    is_plain = is_leaf_type(get_named_type(definition.type))
    lists = [name for name, argument in definition.args.items() if is_list(argument.type)]  # type: ignore[arg-type]
    return _sliced(ASSUMED_LIST, [] if is_plain else lists)


def _sliced(assumed: int, by: Sequence[str], **more: Any) -> ListSizeDirective:
    # Nothing is required of arguments that are not there, so it is not said.
    if not by:
        return ListSizeDirective(assumed_size=assumed, require_one_slicing_argument=strawberry.UNSET)
    return ListSizeDirective(
        assumed_size=assumed, slicing_arguments=list(by), require_one_slicing_argument=False, **more
    )

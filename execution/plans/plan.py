"""ObjectPlan: how the objects of one type are completed for one selection."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from graphql import GraphQLField, GraphQLNonNull, GraphQLObjectType, GraphQLOutputType
from graphql.execution.collect_fields import FieldDetailsList

from execution.plans.fields import Many

# Completes one value: it is given the value and the PlanRun. Raises for whatever it does not know.
Make = Callable[[Any, Any], Any]


class Selected(NamedTuple):
    """A field of a selection: its name in the answer, its nodes, its definition and the type that has it."""

    name: str
    details: FieldDetailsList
    definition: GraphQLField
    parent: GraphQLObjectType

    @property
    def type(self) -> GraphQLOutputType:
        return self.definition.type


@dataclass(slots=True)
class Column:
    """A field whose values are completed for all rows together.

    `many` answers the values of all rows at once; without it `read` takes the value from a row. `write` completes a
    value. Without it the values are objects that have columns themselves, whose plans are `inner`.
    """

    selected: Selected
    many: Many | None
    inner: "Objects | None" = None
    read: Make | None = None
    write: Make | None = None

    @property
    def is_nullable(self) -> bool:
        return not isinstance(self.selected.type, GraphQLNonNull)


@dataclass(slots=True)
class ObjectPlan:
    """Objects of one type: `make` writes what lies in the row; `columns` and `left` are what is missing then.

    What is `left` is resolved by graphql-core, field by field.
    """

    kind: GraphQLObjectType
    make: Make
    columns: list[Column] = field(default_factory=list)
    left: dict[str, FieldDetailsList] = field(default_factory=dict)
    number_written: int = 0

    @property
    def is_plain(self) -> bool:
        return not self.columns and not self.left

    def missing(self, columns: Iterable[Column]) -> dict[str, FieldDetailsList]:
        """What is left together with these columns."""
        return self.left | {column.selected.name: column.selected.details for column in columns}


@dataclass(slots=True)
class Objects:
    """The plans of the objects that the values of one place may be, by the names of their types.

    `type_of` answers the name of a value's type.
    """

    plans: Mapping[str, ObjectPlan]
    type_of: Callable[[Any, Any], str]

    def plan_of(self, value: Any, run: Any) -> ObjectPlan:
        """Raises for a value of another type."""
        return self.plans[self.type_of(value, run)]

    @property
    def is_columnar(self) -> bool:
        """Whether nothing of the objects, at whatever depth, has to be resolved for each of them."""
        return not any(plan.left for plan in self.plans.values())

"""Compiles plans: one Python function for each type and selection, with everything that is known beforehand in it."""

from collections.abc import Mapping
from inspect import iscoroutinefunction
from itertools import count
from keyword import iskeyword
from typing import Any

from graphql import (
    GraphQLLeafType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLOutputType,
    is_abstract_type,
    is_leaf_type,
    is_object_type,
)
from graphql.execution.collect_fields import FieldDetailsList

from execution.limits.answered import Spliced
from execution.limits.list_sizes import is_list
from execution.plans.classes import PLAIN, NotPlainError
from execution.plans.fields import Many, ResolverCall, RowAttribute, source_of
from execution.plans.leaves import as_it_is, leaf_writer, names_of_members
from execution.plans.plan import Column, Make, ObjectPlan, Objects, Selected
from execution.plans.run import AnyExecutor, attribute_or_item

_MOST_TYPES = 20  # behind an interface or union
_TYPENAME = "__typename"
_IS_ROW = "    if type(row) not in PLAIN: PLAIN.learn(type(row))\n"
# A list that is JSON already is its own answer.
_IS_LIST = (
    "    if type(value) is Spliced: return value\n"
    "    if type(value) is not list and type(value) is not tuple: raise NotPlainError\n"
)


class NoPlanError(Exception):
    """The selection has something that plans do not know, or nothing that a plan could do better than graphql-core."""


class Compiler:
    """Compiles what belongs to one list or object. The functions refer to what lies in the namespace."""

    def __init__(self, executor: AnyExecutor, *, most_fields: int) -> None:
        self._executor = executor
        self._space: dict[str, Any] = {
            "PLAIN": PLAIN,
            "NotPlainError": NotPlainError,
            "attribute_or_item": attribute_or_item,
            "Spliced": Spliced,
        }
        self._texts: list[str] = []
        self._numbers = count()
        self.fields_left = most_fields
        # Each plan is made once, though it may be tried for the row itself first and for a column then.
        self._plans: dict[tuple[str, bool, tuple[int, ...]], tuple[ObjectPlan, str]] = {}
        # Plans and columns that get a function once all are compiled, with its name and that of the attribute.
        self._waiting: list[tuple[ObjectPlan | Column, str, str]] = []

    def item(self, kind: GraphQLOutputType, details: FieldDetailsList) -> Make | None:
        """The function that completes an item of a list; None when something of the item lies outside of the row.

        Raises NoPlanError.
        """
        expression = self._value(kind, "value", details)
        if expression is None:
            return None
        name = self._function(expression, "value")
        self._exec()
        made: Make = self._space[name]
        return made

    def objects(self, kind: GraphQLOutputType, details: FieldDetailsList, *, has_lists: bool = True) -> Objects:
        """The plans of the objects that the values of one place may be; raises NoPlanError.

        Without `has_lists`, the lists in them are left.
        """
        found = self._objects(kind, details, has_lists=has_lists)
        self._exec()
        return found

    def _exec(self) -> None:
        """Makes the functions. What clients or a schema name stands in their text as literals alone."""
        exec(compile("\n".join(self._texts), "<plan>", "exec"), self._space)  # noqa: S102 - see above
        self._texts.clear()
        for owner, attribute, name in self._waiting:
            setattr(owner, attribute, self._space[name])
        self._waiting.clear()

    def _known(self, value: Any, prefix: str) -> str:
        """A name by which the functions refer to the value."""
        name = f"{prefix}_{next(self._numbers)}"
        self._space[name] = value
        return name

    def _function(self, expression: str, parameter: str, before: str = "") -> str:
        name = f"make_{next(self._numbers)}"
        self._texts.append(f"def {name}({parameter}, run):\n{before}    return {expression}")
        return name

    # ------------------------------------------------------------------------------------------------ objects
    def _objects(self, kind: GraphQLOutputType, details: FieldDetailsList, *, has_lists: bool = True) -> Objects:
        inner: Any = kind.of_type if isinstance(kind, GraphQLNonNull) else kind
        plans = {each.name: self._plan(each, details, has_lists=has_lists)[0] for each in self._types(inner)}
        if is_object_type(inner):
            [name] = plans
            return Objects(plans, lambda _value, _run: name)
        resolve = inner.resolve_type
        return Objects(plans, lambda value, run: resolve(value, run.info, inner))

    def _types(self, kind: GraphQLOutputType) -> list[GraphQLObjectType]:
        if is_object_type(kind):
            return [kind]
        if not is_abstract_type(kind) or kind.resolve_type is None or iscoroutinefunction(kind.resolve_type):
            raise NoPlanError
        types = list(self._executor.schema.get_possible_types(kind))
        if len(types) > _MOST_TYPES:
            raise NoPlanError
        return types

    def _plan(
        self, kind: GraphQLObjectType, details: FieldDetailsList, *, has_lists: bool = True
    ) -> tuple[ObjectPlan, str]:
        """The plan, and the name of its function."""
        key = (kind.name, has_lists, tuple(id(each.node) for each in details))
        if key not in self._plans:
            plan, before = ObjectPlan(kind, _not_made), _IS_ROW
            if kind.is_type_of is not None:
                if iscoroutinefunction(kind.is_type_of):
                    raise NoPlanError
                known = self._known(kind.is_type_of, "is_type_of")
                before += f"    if {known}(row, run.info) is not True: raise NotPlainError\n"
            written = ", ".join(self._fields(plan, details, has_lists=has_lists))
            name = self._function(f"{{{written}}}", "row", before)
            self._plans[key] = (plan, name)
            self._waiting.append((plan, "make", name))
        return self._plans[key]

    def _fields(self, plan: ObjectPlan, details: FieldDetailsList, *, has_lists: bool) -> list[str]:
        """The text of each field. One that is missing in the row is None, which keeps the order of the answer."""
        parts = []
        collected = self._executor.collect_subfields(plan.kind, details)
        for name, found in collected.grouped_field_set.items():
            self.fields_left -= 1
            if self.fields_left < 0 or any(each.defer_usage or each.fragment_variable_values for each in found):
                raise NoPlanError
            field_name = found[0].node.name.value
            definition = self._executor.schema.get_field(plan.kind, field_name)
            if definition is None:
                continue  # as graphql-core does for a document that was not validated
            written = None
            if field_name == _TYPENAME:
                written = repr(plan.kind.name)
            elif has_lists or not is_list(definition.type):
                written = self._field(plan, Selected(name, list(found), definition, plan.kind))
            else:
                plan.left[name] = list(found)
            plan.number_written += written is not None
            parts.append(f"{name!r}: {written}")
        return parts

    def _field(self, plan: ObjectPlan, selected: Selected) -> str | None:
        """The expression for a field that lies in the row; None after it was noted as missing."""
        source = source_of(selected.definition, selected.details[0].node.name.value, self._executor.field_resolver)
        if source is None:
            plan.left[selected.name] = selected.details
            return None
        if isinstance(source, Many):
            expression = self._value(selected.type, "value", selected.details)
            column = Column(selected, source)
            if expression is not None:
                self._waiting.append((column, "write", self._function(expression, "value")))
            self._note_missing(plan, column, is_complete=expression is not None)
            return None
        read = self._read(source, selected)
        expression = self._value(selected.type, read, selected.details)
        if expression is None:
            column = Column(selected, None)
            self._waiting.append((column, "read", self._function(read, "row")))
            self._note_missing(plan, column, is_complete=False)
        return expression

    def _note_missing(self, plan: ObjectPlan, column: Column, *, is_complete: bool) -> None:
        """Notes a column, or a field that is left because its values cannot be completed without resolving more."""
        selected = column.selected
        if not is_complete and not is_list(selected.type):
            inner = self._objects_or_none(selected.type, selected.details)
            column.inner = inner if inner is not None and inner.is_columnar else None
        if is_complete or column.inner is not None:
            plan.columns.append(column)
        else:
            plan.left[selected.name] = selected.details

    def _objects_or_none(self, kind: GraphQLOutputType, details: FieldDetailsList) -> Objects | None:
        try:
            return self._objects(kind, details)
        except NoPlanError:
            return None

    def _read(self, source: RowAttribute | ResolverCall, selected: Selected) -> str:
        """The expression for the value in the row."""
        if isinstance(source, RowAttribute):
            if source.or_item:
                return f"attribute_or_item(row, {source.name!r})"
            is_plain = source.name.isidentifier() and not iskeyword(source.name)
            return f"row.{source.name}" if is_plain else f"getattr(row, {source.name!r})"
        function = self._known(source.function, "function")
        parent = "row" if source.parent is None else f"{source.parent}=row"
        if not source.field.arguments:
            return f"{function}({parent})"
        selected_, field = self._known(selected, "selected"), self._known(source.field, "field")
        return f"{function}({parent}, **run.arguments({selected_}, {field}))"

    # ------------------------------------------------------------------------------------------------ values
    def _value(self, kind: GraphQLOutputType, read: str, details: FieldDetailsList) -> str | None:
        """The expression for the value that `read` is; None when something of it lies outside of the row."""
        is_nullable = not isinstance(kind, GraphQLNonNull)
        inner: Any = kind.of_type if isinstance(kind, GraphQLNonNull) else kind
        if is_leaf_type(inner):
            return self._leaf(inner, read, is_nullable=is_nullable)
        make = self._list(inner, details) if isinstance(inner, GraphQLList) else self._nested(inner, details)
        if make is None or not is_nullable:
            return None if make is None else f"{make}({read}, run)"
        value = self._local()
        return f"(None if ({value} := {read}) is None else {make}({value}, run))"

    def _local(self) -> str:
        return f"v{next(self._numbers)}"

    def _leaf(self, kind: GraphQLLeafType, read: str, *, is_nullable: bool) -> str:
        write, value = self._known(leaf_writer(kind), "leaf"), self._local()
        condition, members = as_it_is(kind), names_of_members(kind)
        otherwise = f"{write}({value})"
        if condition is None and members is None:
            return f"(None if ({value} := {read}) is None else {otherwise})" if is_nullable else f"{write}({read})"
        if members is None:
            assert condition is not None
            simply, test = value, condition.format(value)
        else:
            enum, names = self._known(members[0], "enum"), self._known(members[1], "names")
            simply, test = f"{names}[{value}]", f"type({value}) is {enum}"
        if not is_nullable:
            return f"({simply} if {test.replace(value, f'{value} := {read}', 1)} else {otherwise})"
        return f"(None if ({value} := {read}) is None else {simply} if {test} else {otherwise})"

    def _list(self, kind: GraphQLList[Any], details: FieldDetailsList) -> str | None:
        item = self._value(kind.of_type, "item", details)
        if item is None or is_streamed(details):
            return None
        return self._function(f"[{item} for item in value]", "value", _IS_LIST)

    def _nested(self, kind: GraphQLOutputType, details: FieldDetailsList) -> str | None:
        objects = self._objects_or_none(kind, details)
        if objects is None or not all(plan.is_plain for plan in objects.plans.values()):
            return None
        makes = {each.name: self._plan(each, details)[1] for each in self._types(kind)}
        if is_object_type(kind):
            return makes[kind.name]
        type_of, table = self._known(objects.type_of, "type_of"), self._table(makes)
        return self._function(f"{table}[{type_of}(value, run)](value, run)", "value")

    def _table(self, makes: Mapping[str, str]) -> str:
        name = f"makes_{next(self._numbers)}"
        self._texts.append(f"{name} = {{{', '.join(f'{kind!r}: {make}' for kind, make in makes.items())}}}")
        return name


def is_streamed(details: FieldDetailsList) -> bool:
    """Whether the list is handed on item by item."""
    return any(each.name.value == "stream" for detail in details for each in detail.node.directives or ())


def _not_made(_value: Any, _run: Any) -> Any:
    raise NotPlainError

"""PlanRun: what belongs to one run of a plan: the executor, the place in the answer, and the values of arguments."""

from collections.abc import Mapping
from typing import Any

from graphql import GraphQLResolveInfo, GraphQLSchema
from graphql.execution import Executor
from graphql.execution.values import get_argument_values
from graphql.pyutils import Path
from strawberry.schema.schema_converter import get_arguments
from strawberry.types.field import StrawberryField

from execution.plans.classes import NotPlainError
from execution.plans.plan import Selected

_SCHEMA = "strawberry-definition"
AnyExecutor = Executor[Any]


def attribute_or_item(row: Any, name: str) -> Any:
    """The value that graphql-core's own resolver answers; raises NotPlainError for a function, which it would call."""
    value = row.get(name) if isinstance(row, Mapping) else getattr(row, name, None)
    if callable(value):
        raise NotPlainError(name)
    return value


class PlanRun:
    """`info` is that of the list or object which is completed; types behind interfaces are asked with it too."""

    __slots__ = ("_arguments", "executor", "info")

    def __init__(self, executor: AnyExecutor, info: GraphQLResolveInfo[Any]) -> None:
        self.executor = executor
        self.info = info
        self._arguments: dict[int, dict[str, Any]] = {}

    def arguments(self, selected: Selected, field: StrawberryField) -> dict[str, Any]:
        """The arguments of a field whose resolver takes no info, as that resolver takes them; without the parent."""
        found = self._arguments.get(id(selected))
        if found is None:
            found = self._arguments[id(selected)] = self._resolver_arguments(selected, field, None, None)
        return found

    def for_all(self, selected: Selected, field: StrawberryField, rows: list[Any]) -> dict[str, Any]:
        """The arguments of a list form: the rows stand where a resolver takes its parent."""
        nodes = [each.node for each in selected.details]
        path = Path(self.info.path, selected.name, selected.parent.name)
        raw = self.executor.build_resolve_info(selected.definition, nodes, selected.parent, path)
        schema = self.executor.schema.extensions[_SCHEMA]
        return self._resolver_arguments(selected, field, rows, schema.config.info_class(_raw_info=raw, _field=field))

    def _resolver_arguments(self, selected: Selected, field: StrawberryField, parent: Any, info: Any) -> dict[str, Any]:
        executor = self.executor
        given = get_argument_values(
            selected.definition, selected.details[0].node, executor.variable_values, None, executor.hide_suggestions
        )
        named = resolver_arguments(executor.schema, field, given, parent=parent, info=info)
        if parent is None and field.base_resolver is not None and field.base_resolver.parent_parameter is not None:
            del named[field.base_resolver.parent_parameter.name]
        return named


def resolver_arguments(
    schema: GraphQLSchema, field: StrawberryField, given: dict[str, Any], *, parent: Any, info: Any
) -> dict[str, Any]:
    """What the resolver of a field is called with, by its own names; `given` are the coerced arguments."""
    written = schema.extensions[_SCHEMA]
    _, named = get_arguments(
        field=field,
        source=parent,
        info=info,
        kwargs=given,
        config=written.config,
        scalar_registry=written.schema_converter.scalar_registry,
    )
    return named

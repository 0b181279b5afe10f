"""Engine: Strawberry's schema, whose operations run by execution/pipeline.py instead of Strawberry's own wrappers."""

from collections.abc import AsyncGenerator, Iterable, Mapping, Sequence
from typing import Any

import strawberry
from graphql import GraphQLDirective, GraphQLSchema
from strawberry.extensions import SchemaExtension
from strawberry.types import ExecutionResult

from execution.context import OperationContext
from execution.executor import Executor
from execution.hooks import BARE, Hooks
from execution.limits.directives import CostDirective, ListSizeDirective, declare_costs
from execution.one_of import declare_one_of
from execution.pipeline import OperationRun
from execution.request import OperationRequest
from execution.turns import behind_all


class Engine(strawberry.Schema):
    """The schema that operations run on; `also` adds extensions of the process, such as tracing.

    `core_directives` are graphql-core's own: for a directive of Strawberry's each field would be wrapped.
    """

    def __init__(self, query: type, *, core_directives: Sequence[GraphQLDirective] = (), **options: Any) -> None:
        self._core_directives = core_directives
        types = [*options.pop("types", ()), CostDirective, ListSizeDirective]
        super().__init__(query, types=types, execution_context_class=Executor, **options)
        declare_costs(self._schema)
        declare_one_of(self._schema)

    def _collect_graphql_directives(self, schema_directive_types: Iterable[type]) -> tuple[GraphQLDirective, ...]:
        return (*super()._collect_graphql_directives(schema_directive_types), *self._core_directives)

    def also(self, extension: type[SchemaExtension]) -> None:
        """Adds an extension: its hooks begin before and end after those that were added earlier."""
        self.extensions = (extension, *self.extensions)

    @property
    def core(self) -> GraphQLSchema:
        """The schema of graphql-core."""
        return self._schema

    def run(self, request: OperationRequest, context: OperationContext) -> OperationRun:
        """One operation that has not begun; `context` may be that of a connection with many operations."""
        own = context.for_operation(behind_all=behind_all)
        hooks = Hooks(self, self.get_extensions(), request, own) if self.extensions else BARE
        return OperationRun(self._schema, request, own, executor=Executor, hooks=hooks)

    # ------------------------------------------------------------------ methods of Strawberry's schema
    async def execute(  # type: ignore[override]  # without what we have no use for, such as a root value
        self,
        query: str,
        variable_values: Mapping[str, Any] | None = None,
        context_value: Any = None,
        *,
        operation_name: str | None = None,
    ) -> ExecutionResult:
        """The result of a query or a mutation."""
        return await self.run(OperationRequest(query, variable_values, operation_name), context_value).single()

    async def stream(  # type: ignore[override]  # as above
        self,
        query: OperationRequest | str,
        variable_values: Mapping[str, Any] | None = None,
        context_value: Any = None,
        **_others: Any,
    ) -> AsyncGenerator[ExecutionResult, None]:
        """The results of any operation; the handler of sockets passes the whole request as the query."""
        request = OperationRequest(query, variable_values) if isinstance(query, str) else query
        return self.run(request, context_value).events()

"""Hooks: Strawberry's extensions of the process, such as tracing, around the stages of an operation.

Without extensions an operation has the hooks of `Bare`, which do nothing.
"""

from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager, nullcontext
from typing import Any

import strawberry
from graphql import DocumentNode
from graphql.execution.middleware import MiddlewareManager
from strawberry.extensions import SchemaExtension
from strawberry.extensions.runner import SchemaExtensionsRunner
from strawberry.types import ExecutionContext, ExecutionResult

from execution.context import OperationContext
from execution.request import OperationRequest

_NOTHING: AbstractAsyncContextManager[None] = nullcontext()


class Bare:
    """The hooks of an operation that no extension watches; one object serves all operations."""

    middleware: MiddlewareManager | None = None

    def operation(self) -> AbstractAsyncContextManager[None]:
        return _NOTHING

    def parsing(self) -> AbstractAsyncContextManager[None]:
        return _NOTHING

    def validation(self) -> AbstractAsyncContextManager[None]:
        return _NOTHING

    def executing(self) -> AbstractAsyncContextManager[None]:
        return _NOTHING

    def event(self, result: ExecutionResult) -> AbstractAsyncContextManager[None]:  # noqa: ARG002 - `Hooks` needs it
        return _NOTHING

    def parsed(self, document: DocumentNode) -> None:
        """Told of the document, for extensions that read it."""

    async def ended(self, result: ExecutionResult) -> None:
        """Told of a result, for extensions that read it; what they add to the answer is set on it."""


BARE = Bare()


class Hooks(Bare):
    """The hooks of one operation that extensions watch, called as Strawberry would call them."""

    def __init__(
        self,
        schema: strawberry.Schema,
        extensions: Sequence[SchemaExtension],
        request: OperationRequest,
        context: OperationContext,
    ) -> None:
        self._seen = ExecutionContext(
            query=request.text,
            schema=schema,
            allowed_operations=(),
            context=context,
            variables=dict(request.variables or {}),
            provided_operation_name=request.operation_name,
        )
        for extension in extensions:
            extension.execution_context = self._seen
        self._runner = SchemaExtensionsRunner(self._seen, list(extensions))
        resolving = [each for each in extensions if each._implements_resolve()]  # noqa: SLF001 - as Strawberry's own do
        self.middleware = MiddlewareManager(*resolving) if resolving else None

    def operation(self) -> AbstractAsyncContextManager[None]:
        return _as_async(self._runner.operation())

    def parsing(self) -> AbstractAsyncContextManager[None]:
        return _as_async(self._runner.parsing())

    def validation(self) -> AbstractAsyncContextManager[None]:
        return _as_async(self._runner.validation())

    def executing(self) -> AbstractAsyncContextManager[None]:
        return _as_async(self._runner.executing())

    def event(self, result: ExecutionResult) -> AbstractAsyncContextManager[None]:
        return _as_async(self._runner.on_stream_result(result))

    def parsed(self, document: DocumentNode) -> None:
        self._seen.graphql_document = document

    async def ended(self, result: ExecutionResult) -> None:
        self._seen.result = result
        self._seen.pre_execution_errors = result.errors
        if told := await self._runner.get_extensions_results(self._seen):
            result.extensions = {**(result.extensions or {}), **told}


def _as_async(hooks: Any) -> AbstractAsyncContextManager[None]:
    """Strawberry's own class of hooks, which has the methods of the protocol and not its type."""
    found: AbstractAsyncContextManager[None] = hooks
    return found

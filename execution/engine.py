"""Engine: Strawberry's schema with our limits, rate limits, error masking and log; each operation has its own context.

What Strawberry gives no public access to is read from its private attributes; its version is pinned.
"""

from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from contextvars import ContextVar
from functools import partial
from inspect import isawaitable
from time import perf_counter
from typing import Any, Protocol, Self

import strawberry
import structlog
from graphql import (
    ExecutionResult,
    GraphQLDirective,
    GraphQLError,
    GraphQLSchema,
    GraphQLSyntaxError,
    OperationDefinitionNode,
    get_operation_ast,
)
from graphql import (
    OperationType as Kind,
)
from strawberry.extensions import SchemaExtension
from strawberry.types import ExecutionContext
from strawberry.types.graphql import OperationType

from errors import AppError, Forbidden
from execution.documents import Prepared
from execution.executor import Executor
from execution.limits.cost import MAX_COST, Cost, Existing
from execution.limits.root_fields import known_variables, root_fields
from execution.limits.shape import MAX_TOKENS, check_values
from execution.masking import public_error
from execution.persisted.lookup import Documents, FoundDocument
from execution.telemetry import count_operation
from execution.turns import behind_all

log = structlog.get_logger(__name__)
_LONGEST_NAME = 100
REFUSED_COST = 100  # points of an operation that is refused: finding its errors takes time too
# An operation of more points is counted again with the number of objects that exist, which takes a query.
WORTH_COUNTING = 10_000
INTROSPECTION = ("__schema", "__type")
# The kind of the operation that this request or task has run; the HTTP view reads it to choose headers.
operation_kind: ContextVar[OperationType | None] = ContextVar("operation_kind", default=None)


class OperationContext(Protocol):
    """What this folder needs of `info.context`."""

    @property
    def request_id(self) -> str: ...
    @property
    def shows_schema(self) -> bool:
        """Whether this client may read the schema by introspection; if not, errors suggest no names of it either."""
        ...

    def for_operation(self, *, behind_all: Callable[[], Awaitable[None]]) -> Self:
        """A new context for one operation.

        A loader, which collects the questions of many objects, awaits `behind_all` before it asks them: until then
        objects that wait for a turn may add to its batch.
        """
        ...

    async def charge(self, fields: Sequence[tuple[str, Mapping[str, Any]]], *, cost: int) -> None:
        """Counts an operation against the rate limits before it runs: its root fields with arguments, and its points.

        Raises RateLimited when a limit is exceeded.
        """
        ...

    def only_reads(self) -> None:
        """Told before a query runs: what it reads need not come from a server that can write."""
        ...

    def begin_again(self) -> bool:
        """Whether the query that has just ended must run once more, since a server failed it that others stand in for.

        The context is then as it was before the first run.
        """
        ...

    @property
    def documents(self) -> Documents:
        """The application's documents that a request may name in place of a text, and whether others may run."""
        ...

    @property
    def documents_owner(self) -> str | None:
        """Whose registered documents this client finds and adds to; None if it has no tenant."""
        ...

    async def existing(self, fields: Mapping[str, tuple[str, Mapping[str, Any]]]) -> Mapping[str, Existing]:
        """How many objects of each type there can be below each root field, as far as that is known."""
        ...


class Operation(SchemaExtension):
    """Gives each operation its context, prepares its document, checks its cost and rate limits, and logs one line.

    It has no `resolve` hook, which Strawberry would call for every field.
    """

    _prepared: Prepared
    _document: FoundDocument
    _kind: OperationType | None = None

    def on_operation(self) -> Iterator[None]:
        operation_kind.set(None)
        # Over a WebSocket, Strawberry passes the connection's context to all its operations, so each gets its own here.
        self.execution_context.context = self.execution_context.context.for_operation(behind_all=behind_all)
        self._find_document()
        started = perf_counter()
        yield
        duration_s = perf_counter() - started
        errors = self._errors()
        count_operation(self._kind, errors, duration_s)
        log.info(
            "operation_finished",
            operation=(self.execution_context.operation_name or "")[:_LONGEST_NAME] or None,
            duration_ms=round(duration_s * 1000, 2),
            codes=sorted({str(code) for error in errors if (code := (error.extensions or {}).get("code"))}),
        )

    def _find_document(self) -> None:
        context = self.execution_context
        self._document = context.context.documents.find(context.query or "", owner=context.context.documents_owner)
        context.query = self._document.text

    def _errors(self) -> Sequence[GraphQLError]:
        """The errors of the operation, of before or during its execution; they are masked already."""
        return (
            self.execution_context.pre_execution_errors or getattr(self.execution_context.result, "errors", None) or ()
        )

    def on_parse(self) -> Iterator[None]:
        context = self.execution_context
        context.parse_options["max_tokens"] = MAX_TOKENS
        # If a hook raises, an operation over a socket ends without an answer. So a syntax error is not raised here:
        # Strawberry parses the text again and answers the error.
        with suppress(GraphQLSyntaxError):
            self._prepared = self._document.prepared(
                context.schema._schema,  # noqa: SLF001 - as Strawberry's own do
                hides_names=not context.context.shows_schema,
            )
            context.graphql_document = self._prepared.document
        yield

    async def on_validate(self) -> AsyncIterator[None]:
        context = self.execution_context
        errors = list(self._prepared.errors)  # a copy: masking replaces its items
        # By the name in the request: Strawberry's own `operation_name` would be the first operation if there is none.
        operation = get_operation_ast(self._prepared.document, context._provided_operation_name)  # noqa: SLF001 - as above
        self._kind = OperationType(operation.operation.value) if operation is not None else None
        operation_kind.set(self._kind)
        if not errors and operation is None:
            errors.append(GraphQLError("The document has several operations: name the one to run in `operationName`."))
        try:
            if errors:
                await context.context.charge((), cost=REFUSED_COST)
            elif operation is not None:
                await self._admit(operation)
        except AppError as error:
            errors[:] = [GraphQLError(error.message, original_error=error)]
        context.pre_execution_errors = errors
        if not errors:
            self._document.keep()
        if not errors and self._kind is OperationType.QUERY:
            context.context.only_reads()
        yield

    async def _admit(self, operation: OperationDefinitionNode) -> None:
        """Checks and charges the operation; raises QueryTooComplex, Forbidden, RateLimited, or BadInput."""
        context, document = self.execution_context, self._prepared.document
        check_values(context.variables)
        variables = known_variables(operation, context.variables or {})
        fields = root_fields(document, operation, variables)
        if not context.context.shows_schema and any(field.name in INTROSPECTION for field in fields.values()):
            raise Forbidden("The schema is not shown here; schema.graphql of the project is the whole of it.")
        cost = Cost(context.schema._schema, document, operation, variables)  # noqa: SLF001 - as above
        points = cost.points()
        # Only queries: the answer of a mutation or a subscription may have objects that do not exist yet.
        if points > WORTH_COUNTING and operation.operation is Kind.QUERY:
            cost.know(await context.context.existing(fields))
            points = cost.points()
        if points > MAX_COST:
            await context.context.charge((), cost=REFUSED_COST)
            raise cost.refusal(points)
        await context.context.charge(list(fields.values()), cost=points)


class Engine(strawberry.Schema):
    """The schema that operations run on; `also` adds extensions of the process, such as tracing.

    `core_directives` are graphql-core's own: for a directive of Strawberry's each field would be wrapped.
    """

    def __init__(self, query: type, *, core_directives: Sequence[GraphQLDirective] = (), **options: Any) -> None:
        self._core_directives = core_directives
        super().__init__(query, extensions=[Operation], execution_context_class=Executor, **options)

    def _collect_graphql_directives(self, schema_directive_types: Iterable[type]) -> tuple[GraphQLDirective, ...]:
        return (*super()._collect_graphql_directives(schema_directive_types), *self._core_directives)

    def also(self, extension: type[SchemaExtension]) -> None:
        """Adds an extension around ours: its hooks begin before and end after those of `Operation`."""
        self.extensions = (extension, *self.extensions)

    def _get_execute_function(self) -> Callable[..., Any]:
        execute = super()._get_execute_function()

        def executed(*given: Any, **options: Any) -> Any:
            answer = execute(*given, **options)
            if not isawaitable(answer):
                return answer
            return _settled(answer, partial(execute, *given, **options), options["context_value"])

        return executed

    @property
    def core(self) -> GraphQLSchema:
        """The schema of graphql-core."""
        return self._schema

    def process_errors(self, errors: list[GraphQLError], execution_context: ExecutionContext | None = None) -> None:
        """Masks errors in place: Strawberry calls it for every answer, over HTTP and WebSocket, executed or not."""
        request_id = execution_context.context.request_id if execution_context else ""
        errors[:] = [public_error(error, request_id) for error in errors]


async def _settled(answer: Awaitable[ExecutionResult], again: Callable[[], Any], context: OperationContext) -> Any:
    """The answer; or that of a second run, when the context says that the query must run once more.

    It runs as a whole: its fields are to show one moment, and loaders keep what has failed. A query changes nothing,
    so the client notices a second run by the time alone.
    """
    first = await answer
    if not context.begin_again():
        return first
    second = again()
    return await second if isawaitable(second) else second

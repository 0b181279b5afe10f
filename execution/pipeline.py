"""OperationRun: one operation from its text to its result; the order of the steps is that of `OperationRun.single`.

Document, choice of the operation, variables, limits and cost, charge, execution, masking of errors, log and measures.
"""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Collection, Sequence
from contextlib import aclosing
from inspect import isawaitable
from time import perf_counter
from typing import Any

import structlog
from graphql import (
    ExecutionResult as CoreResult,
)
from graphql import (
    GraphQLError,
    GraphQLSchema,
    OperationType,
    create_source_event_stream,
    default_field_resolver,
    default_type_resolver,
    map_source_to_response_event,
)
from graphql.error import located_error
from graphql.execution import get_variable_values
from graphql.execution.collect_fields import collect_fields
from graphql.execution.values import VariableValues
from strawberry.execution import optimized_is_awaitable
from strawberry.types import ExecutionResult
from strawberry.types.execution import PreExecutionError

from errors import AppError, BadInput, QueryTooComplex, RateLimited
from execution.answers.keeping import AskedOperation, KeptPlace, kept_cost, place_of
from execution.context import OperationContext
from execution.documents import Prepared, PreparedOperation
from execution.executor import Executor
from execution.hooks import Bare
from execution.limits.bill import Bill
from execution.limits.large_input import may_be_large, most_values
from execution.limits.shape import check_values
from execution.masking import once_each, public_error
from execution.one_of import with_fields
from execution.persisted.lookup import FoundDocument
from execution.request import OperationRequest
from execution.telemetry import count_operation

log = structlog.get_logger(__name__)

_LONGEST_NAME = 100
EVERY_KIND = frozenset(OperationType)
# What is said of a kind that a transport does not run.
ELSEWHERE = {
    OperationType.QUERY: "Queries are not run here.",
    OperationType.MUTATION: "A mutation is sent by POST.",
    OperationType.SUBSCRIPTION: "A subscription needs a WebSocket.",
}
# How the log says that an operation over a socket or a stream ended: by itself, or before that, because its client left
# or unsubscribed, a token ended or the server stopped.
COMPLETE, CUT = "complete", "cut"
UNNAMED = "The document has several operations: name the one to run in `operationName`."
# Mutations that run: the event loop itself holds on to no task.
_GOING_ON: set[asyncio.Future[Any]] = set()


class OperationRun:
    """One operation; `kind` is known once its document is, and None if the document does not have the operation."""

    def __init__(
        self,
        schema: GraphQLSchema,
        request: OperationRequest,
        context: OperationContext,
        *,
        executor: type[Executor],
        hooks: Bare,
    ) -> None:
        """`context` is that of this operation alone."""
        self._schema = schema
        self._request = request
        self._context = context
        self._executor_class = executor
        self._hooks = hooks
        self._bill = Bill(schema, context)
        self._found: FoundDocument
        self._document: Prepared
        self._operation: PreparedOperation
        self._variables: VariableValues
        self.kind: OperationType | None = None
        self.is_of_wrong_kind = False

    async def single(self, allowed: Collection[OperationType] = EVERY_KIND) -> ExecutionResult:
        """The result of a query or a mutation; a PreExecutionError if it was refused before it ran."""
        started = perf_counter()
        try:
            async with self._hooks.operation():
                result = await self._refusal(allowed) or await self._executed()
                await self._hooks.ended(result)
        except Exception as error:  # noqa: BLE001 - nothing of ours: it is logged when it is masked
            result = self._refused([_as_graphql_error(error)])
        await self._settle(result)
        self._finish(result, started)
        return result

    async def events(self, allowed: Collection[OperationType] = EVERY_KIND) -> AsyncGenerator[ExecutionResult, None]:
        """The results of an operation of any kind, of which a subscription has many."""
        started = perf_counter()
        result: ExecutionResult | None = None
        end, told = CUT, 0
        try:
            async with self._hooks.operation(), aclosing(self._results(allowed)) as results:
                async for result in results:
                    await self._hooks.ended(result)
                    if self.kind is not OperationType.SUBSCRIPTION:
                        await self._settle(result)
                    told += 1
                    async with self._hooks.event(result):
                        yield result
            end = COMPLETE
        finally:
            self._finish(result, started, end=end, results=told)

    async def _results(self, allowed: Collection[OperationType]) -> AsyncGenerator[ExecutionResult, None]:
        try:
            if refused := await self._refusal(allowed):
                yield refused
            elif self.kind is not OperationType.SUBSCRIPTION:
                yield await self._executed()
            else:
                async for result in self._subscribed():
                    yield result
        except Exception as error:  # noqa: BLE001 - as above
            yield self._refused([_as_graphql_error(error)])

    # ------------------------------------------------------------------ before execution
    async def _refusal(self, allowed: Collection[OperationType]) -> PreExecutionError | None:
        """Why the operation does not run, if it does not."""
        async with self._hooks.parsing():
            try:
                self._prepare()
            except GraphQLError as error:
                return self._refused(await self._charged_for([error]))
        self._hooks.parsed(self._document.document)
        async with self._hooks.validation():
            errors = await self._objections(allowed)
        return self._refused(errors) if errors else None

    def _prepare(self) -> None:
        context = self._context
        self._found = context.documents.find(self._request.text, owner=context.documents_owner)
        self._document = self._found.prepared(self._schema, hides_names=not context.shows_schema)

    async def _objections(self, allowed: Collection[OperationType]) -> Sequence[GraphQLError]:
        try:
            if errors := self._choose(allowed) or self._coerce():
                return await self._charged_for(errors)
            await self._bill.admit(self._document, self._operation, self._request.variables or {})
        except AppError as error:
            refusal = [GraphQLError(error.message, original_error=error)]
            # To find out that something is wrong takes time, whatever it is.
            is_free = isinstance(error, RateLimited) or self._bill.is_charged
            return refusal if is_free else await self._charged_for(refusal)
        self._found.keep()
        if self.kind is OperationType.QUERY:
            self._context.only_reads()
        return ()

    async def _charged_for(self, errors: Sequence[GraphQLError]) -> Sequence[GraphQLError]:
        """The errors of an operation that does not run; or that too many of them were sent."""
        try:
            await self._bill.refuse()
        except AppError as error:
            return [GraphQLError(error.message, original_error=error)]
        return errors

    def _choose(self, allowed: Collection[OperationType]) -> Sequence[GraphQLError]:
        """Chooses the operation; its errors are those of the document, or that it is not there or not allowed."""
        name = self._request.operation_name
        operation = self._document.operation(name)
        if operation is not None:
            self._operation, self.kind = operation, operation.kind
            if operation.kind not in allowed:
                self.is_of_wrong_kind = True
                raise BadInput(ELSEWHERE[operation.kind])
        if self._document.errors:
            return self._document.errors
        if operation is None:
            return [GraphQLError(UNNAMED if name is None else f"There is no operation named '{name}'.")]
        return ()

    def _coerce(self) -> Sequence[GraphQLError]:
        given = self._request.variables or {}
        if self._request.is_large and not may_be_large(self._schema, self._operation.node):
            raise QueryTooComplex("This operation takes at most 1 MiB.")
        check_values(given, most_values(self._schema, self._operation.node))
        values = get_variable_values(
            self._schema,
            self._operation.node.variable_definitions or (),
            given,  # type: ignore[arg-type]  # it is only read
            hide_suggestions=not self._context.shows_schema,
        )
        if isinstance(values, list):
            return once_each(with_fields(values, self._schema) if self._context.shows_schema else values)
        self._variables = values
        return ()

    # ------------------------------------------------------------------ execution
    def _executor(self) -> Executor:
        document = self._document
        executor = self._executor_class(
            self._schema,
            document.fragment_definitions,
            document.fragments,
            None,
            self._context,
            self._operation.node,
            self._variables,
            default_field_resolver,
            default_type_resolver,
            default_field_resolver,
            middleware_manager=self._hooks.middleware,
            is_awaitable=optimized_is_awaitable,
            hide_suggestions=not self._context.shows_schema,
            operation_extensions=self._request.extensions,
        )
        executor.plans = document.plans
        return executor

    async def _executed(self) -> ExecutionResult:
        """The result of a query or a mutation."""
        try:
            return await self._kept_or_run()
        except asyncio.CancelledError:
            await self._bill.abandoned()
            raise

    async def _kept_or_run(self) -> ExecutionResult:
        """The result; of a query perhaps one that was kept."""
        place = await self._place() if self.kind is OperationType.QUERY else None
        kept = place.find() if place is not None else None
        if kept is not None:
            self._bill.known(kept_cost(kept))
            return kept
        result = await self._ran()
        if place is not None:
            place.keep(result)
        return result

    async def _place(self) -> KeptPlace | None:
        asked = AskedOperation(self._found.text, self._document, self._operation, self._request.variables or {})
        return await place_of(asked, self._context, self._schema)

    async def _ran(self) -> ExecutionResult:
        async with self._hooks.executing():
            result = await self._to_the_end(self._executor().execute_operation())
            # It runs as a whole: its fields are to show one moment, and loaders keep what has failed. A query changes
            # nothing, so the client notices a second run by the time alone.
            if self.kind is OperationType.QUERY and self._context.begin_again():
                result = await _settled(self._executor().execute_operation())
        return self._shown(result)

    async def _to_the_end(self, answer: Any) -> CoreResult:
        """The answer. A mutation goes on though its caller leaves: what it has claimed or begun, it ends."""
        if self.kind is not OperationType.MUTATION or not isawaitable(answer):
            return await _settled(answer)  # type: ignore[no-any-return]  # graphql-core promises nothing
        work = asyncio.ensure_future(answer)
        _GOING_ON.add(work)
        work.add_done_callback(_GOING_ON.discard)
        return await asyncio.shield(work)

    async def _subscribed(self) -> AsyncIterator[ExecutionResult]:
        executor = self._executor()
        async with self._hooks.executing():
            source = await _settled(create_source_event_stream(executor))
        if isinstance(source, CoreResult):
            yield self._refused(source.errors or ())
            return
        try:
            async with aclosing(map_source_to_response_event(executor, source)) as events:
                async for event in events:
                    yield self._shown(event)
        except Exception as error:  # noqa: BLE001 - as above
            yield self._shown(CoreResult(None, [_located_in_source(error, executor)]))

    # ------------------------------------------------------------------ after execution
    def _shown(self, result: CoreResult) -> ExecutionResult:
        return ExecutionResult(result.data, self._masked(result.errors) if result.errors else None)

    def _refused(self, errors: Sequence[GraphQLError]) -> PreExecutionError:
        return PreExecutionError(None, self._masked(errors))

    def _masked(self, errors: Sequence[GraphQLError]) -> list[GraphQLError]:
        return [public_error(error, self._context.request_id) for error in errors]

    async def _settle(self, result: ExecutionResult) -> None:
        result.extensions = {**(result.extensions or {}), "cost": await self._bill.settled(result)}

    def _finish(self, result: ExecutionResult | None, started: float, **more: Any) -> None:
        """Counts and logs the end; `more` is what the line says besides."""
        duration_s = perf_counter() - started
        errors = (result.errors if result is not None else None) or ()
        # A query or mutation of whose end nobody is told has no code to be counted by.
        if result is not None or self.kind is OperationType.SUBSCRIPTION:
            count_operation(self.kind, errors, duration_s)
        log.info(
            "operation_finished",
            operation=self._name(),
            duration_ms=round(duration_s * 1000, 2),
            codes=sorted({str(code) for error in errors if (code := (error.extensions or {}).get("code"))}),
            **more,
        )

    def _name(self) -> str | None:
        name = self._request.operation_name or (self._operation.name if self.kind is not None else None)
        return name[:_LONGEST_NAME] if name else None


async def _settled(answer: Any) -> Any:
    return await answer if isawaitable(answer) else answer


def _located_in_source(error: Exception, executor: Executor) -> GraphQLError:
    """The error with the place of the subscription's field, which graphql-core adds to no error of its source."""
    operation, kind = executor.operation, executor.schema.subscription_type
    assert kind is not None
    fields = collect_fields(
        executor.schema, executor.fragments, executor.variable_values, kind, operation, executor.hide_suggestions
    ).grouped_field_set
    name, details = next(iter(fields.items()))
    return located_error(error, [each.node for each in details], [name])


def _as_graphql_error(error: Exception) -> GraphQLError:
    return error if isinstance(error, GraphQLError) else GraphQLError(str(error), original_error=error)

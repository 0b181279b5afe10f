"""Spans for OpenTelemetry: operations, resolvers that do I/O, SQL statements and calls to vendors.

They are attached from outside when a process starts, so tracing costs nothing while it is off. The packages are
installed with requirements-extras.lock.
"""

import inspect
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from types import SimpleNamespace
from typing import Any

import aiohttp
from graphql import GraphQLObjectType, GraphQLSchema
from strawberry.extensions import SchemaExtension

from errors import AppError

try:
    from opentelemetry import trace
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
    from opentelemetry.sdk.resources import Resource
    from opentelemetry.sdk.trace import SpanProcessor, TracerProvider
    from opentelemetry.sdk.trace.export import BatchSpanProcessor
    from opentelemetry.trace import SpanKind, StatusCode
except ImportError:  # the extra is not installed
    _IS_INSTALLED = False
else:
    _IS_INSTALLED = True

_LONGEST_STATEMENT = 300
_LONGEST_NAME = 100


class TracingError(AppError):
    """OTEL_EXPORTER_OTLP_ENDPOINT is set, but spans cannot be exported."""


def exporter(endpoint: str) -> "SpanProcessor":
    """An exporter that sends spans to a collector by HTTP, in batches; raises TracingError if it is not installed."""
    if not _IS_INSTALLED:
        raise TracingError(
            "OTEL_EXPORTER_OTLP_ENDPOINT is set: install requirements-extras.lock, which has the exporter."
        )
    return BatchSpanProcessor(OTLPSpanExporter(endpoint=f"{endpoint.rstrip('/')}/v1/traces"))


class Tracing:
    """The tracer of the process; each public method attaches it to one kind of work."""

    def __init__(self, processor: "SpanProcessor", *, service: str) -> None:
        self._provider = TracerProvider(resource=Resource.create({"service.name": service}), shutdown_on_exit=False)
        self._provider.add_span_processor(processor)
        self._tracer = self._provider.get_tracer("adgraph")

    def close(self) -> None:
        """Sends the spans that are left and ends the tracer."""
        self._provider.shutdown()

    @contextmanager
    def _span(self, name: str, kind: "SpanKind | None" = None) -> Iterator["trace.Span"]:
        """A span around the block. An exception sets its status to the exception's type; the text may have secrets."""
        with self._tracer.start_as_current_span(
            name,
            kind=kind or SpanKind.INTERNAL,
            record_exception=False,
            set_status_on_exception=False,
        ) as span:
            try:
                yield span
            except BaseException as error:
                span.set_status(StatusCode.ERROR, type(error).__name__)
                raise

    def operations(self) -> type[SchemaExtension]:
        """An extension for the engine: one span for each operation."""
        span = self._span

        class OperationSpan(SchemaExtension):
            def on_operation(self) -> Iterator[None]:
                context = self.execution_context
                with span("graphql.operation", SpanKind.SERVER) as current:
                    yield
                    # Set after the operation: its name is known only when the document has been parsed.
                    current.set_attribute("graphql.operation.name", (context.operation_name or "")[:_LONGEST_NAME])
                    current.set_attribute("adgraph.request_id", str(getattr(context.context, "request_id", "")))
                    if context.pre_execution_errors or getattr(context.result, "errors", None):
                        current.set_status(StatusCode.ERROR)

        return OperationSpan

    def resolvers(self, schema: GraphQLSchema) -> int:
        """Adds a span to every async resolver, and to no other field; answers how many there are."""
        wrapped = 0
        for kind in schema.type_map.values():
            if not isinstance(kind, GraphQLObjectType) or kind.name.startswith("__"):
                continue
            for name, field in kind.fields.items():
                resolver = getattr(field.extensions.get("strawberry-definition"), "base_resolver", None)
                if resolver is not None and inspect.iscoroutinefunction(resolver.wrapped_func):
                    field.resolve = self._resolved(f"{kind.name}.{name}", field.resolve)
                    wrapped += 1
        return wrapped

    def _resolved(self, name: str, resolve: Any) -> Callable[..., Awaitable[Any]]:
        @wraps(resolve)
        async def traced(*args: Any, **kwargs: Any) -> Any:
            with self._span(name):
                answer = resolve(*args, **kwargs)
                return await answer if inspect.isawaitable(answer) else answer

        return traced

    def statements(self, role: str) -> Callable[[str, Any], Callable[[BaseException | None], None]]:
        """A watcher of the statements of a role, with a span for each: its text without the values of parameters."""

        def begin(statement: str, _values: Any) -> Callable[[BaseException | None], None]:
            words = statement.split(maxsplit=1)
            span = self._tracer.start_span(f"sql {words[0].lower() if words else ''}", kind=SpanKind.CLIENT)
            span.set_attributes(
                {"db.system.name": "postgresql", "db.query.text": statement[:_LONGEST_STATEMENT], "adgraph.role": role}
            )

            def end(error: BaseException | None) -> None:
                if error is not None:
                    span.set_status(StatusCode.ERROR, type(error).__name__)
                span.end()

            return end

        return begin

    def vendor_calls(self) -> aiohttp.TraceConfig:
        """A configuration of the HTTP client that adds a span to each call, with its host and path.

        Queries and headers are left out, since they contain credentials.
        """
        config = aiohttp.TraceConfig()

        async def begin(_session: Any, context: SimpleNamespace, call: aiohttp.TraceRequestStartParams) -> None:
            context.span = self._tracer.start_span(f"{call.method} {call.url.host}", kind=SpanKind.CLIENT)
            context.span.set_attributes({"server.address": call.url.host or "", "url.path": call.url.path})

        async def end(_session: Any, context: SimpleNamespace, call: aiohttp.TraceRequestEndParams) -> None:
            context.span.set_attribute("http.response.status_code", call.response.status)
            context.span.end()

        async def fail(_session: Any, context: SimpleNamespace, call: aiohttp.TraceRequestExceptionParams) -> None:
            context.span.set_status(StatusCode.ERROR, type(call.exception).__name__)
            context.span.end()

        config.on_request_start.append(begin)
        config.on_request_end.append(end)
        config.on_request_exception.append(fail)
        return config

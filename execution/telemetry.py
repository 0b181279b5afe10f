"""Counters and durations of operations for monitoring; their names are public, since dashboards and alerts use them."""

from collections.abc import Sequence

from graphql import GraphQLError, OperationType
from prometheus_client import Counter, Gauge, Histogram

_OPERATIONS = Counter(
    "adgraph_operations",
    "GraphQL operations that ended, by kind and by the code of their first error.",
    ("kind", "code"),
)
_SECONDS = Histogram(
    "adgraph_operation_seconds",
    "How long queries and mutations took, from parsing to the result.",
    ("kind",),
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30),
)
_FALLBACKS = Counter(
    "adgraph_plan_fallbacks",
    "Lists and objects that a compiled plan gave back to graphql-core, by the type that has the field.",
    ("type",),
)


def count_fallback(type_name: str) -> None:
    """Counts a value that a plan did not know; many of one type are a resolver that answers what nobody expects."""
    _FALLBACKS.labels(type_name).inc()


_KEPT_LOOKS = Counter(
    "adgraph_response_cache",
    "Queries whose answers may be kept, by whether one was there (hit) or not (miss).",
    ("outcome",),
)
_KEPT_BYTES = Gauge("adgraph_response_cache_bytes", "How much memory kept answers take in this process.")


def note_kept_look(*, is_hit: bool) -> None:
    _KEPT_LOOKS.labels("hit" if is_hit else "miss").inc()


def note_kept_bytes(more: int) -> None:
    """By how much the memory of kept answers has grown; less than 0 where it has shrunk."""
    _KEPT_BYTES.inc(more)


def count_operation(kind: OperationType | None, errors: Sequence[GraphQLError], duration_s: float) -> None:
    """Counts an operation that ended; `kind` is None if the document does not have the operation."""
    codes = [str((error.extensions or {}).get("code", "INTERNAL")) for error in errors]
    name = kind.value if kind is not None else "unknown"
    _OPERATIONS.labels(name, codes[0] if codes else "OK").inc()
    # The duration of a subscription only tells how long somebody watched.
    if kind in (OperationType.QUERY, OperationType.MUTATION):
        _SECONDS.labels(name).observe(duration_s)

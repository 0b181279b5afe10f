"""Answers a query from those that are kept, or keeps its answer: whole answers without errors, of queries alone."""

from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

import msgspec
from strawberry.types import ExecutionResult

from errors import AppError
from execution.answers.cache import AnswerCache
from execution.answers.selected import selected_fields
from execution.context import OperationContext
from execution.documents import Prepared, PreparedOperation
from execution.transport.json_text import Exact, encode_json

# Points of an operation whose answer was kept: a small read, and an answer to send, which takes time by its size.
KEPT_COST = 10
BYTES_PER_POINT = 5_000
_encoded = msgspec.json.Encoder(order="deterministic").encode


class KeptAnswer(ExecutionResult):
    """A result that was not computed for this request; its data are JSON already."""


def kept_cost(kept: ExecutionResult) -> int:
    """The points of a kept answer."""
    return max(KEPT_COST, len(memoryview(kept.data)) // BYTES_PER_POINT)  # type: ignore[arg-type]  # it is msgspec.Raw


@dataclass(frozen=True, slots=True)
class KeptPlace:
    """Where the answer of an operation is kept."""

    cache: AnswerCache
    key: bytes

    def find(self) -> ExecutionResult | None:
        data = self.cache.find(self.key)
        return None if data is None else KeptAnswer(msgspec.Raw(data), None)  # type: ignore[arg-type]  # see there

    def keep(self, result: ExecutionResult) -> None:
        if not result.errors:
            self.cache.keep(self.key, encode_json(result.data).encode())


@dataclass(frozen=True, slots=True)
class AskedOperation:
    """What of a request decides about its answer, besides who asks and what is stored."""

    text: str
    document: Prepared
    operation: PreparedOperation
    variables: Mapping[str, Any]


async def place_of(asked: AskedOperation, context: OperationContext, schema: Any) -> KeptPlace | None:
    """Where the answer is kept; None if it is not to be kept, or when nobody can say what it depends on."""
    cache, operation = context.answers, asked.operation
    if cache is None:
        return None
    if operation.selected is None:
        operation.selected = selected_fields(schema, operation.node, asked.document.fragment_definitions)
    try:
        version = await context.answers_version(operation.selected)
    except AppError:
        # The operation itself will say what is wrong. A server that failed the question fails no second one.
        context.begin_again()
        return None
    return None if version is None else KeptPlace(cache, _key(asked, version))


def _key(asked: AskedOperation, version: str) -> bytes:
    # Others than those that the operation declares decide nothing, and may be anything.
    declared = [each.variable.name.value for each in asked.operation.node.variable_definitions or ()]
    variables = {name: _exact(asked.variables[name]) for name in declared if name in asked.variables}
    return sha256(_encoded([version, asked.text, asked.operation.name, variables])).digest()


def _exact(value: Any) -> Any:
    """A value of the variables that is another JSON for every other number, however many digits it has."""
    match value:
        case Exact():
            return {"number": value.text}
        case Mapping():
            return {"object": {name: _exact(each) for name, each in value.items()}}
        case list():
            return [_exact(each) for each in value]
        case _:
            return value

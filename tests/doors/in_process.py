"""Asks the schema in process, as a viewer of the test's choice; the way over HTTP is tests/doors/http.py."""

from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

import msgspec

from auth.viewer import Viewer
from execution.limits.answered import Spliced
from models.acting import Origin
from resolvers.context import Context
from schema import build_schema
from services.toolbox import Toolbox

ORIGIN = Origin(ip="192.0.2.1", user_agent="tests", request_id="request-1")
SESSIONS_PER_OPERATION = 4


class Number(Decimal):
    """A number of JSON, equal to what the API would have had in Python: a Decimal or a float."""

    def __eq__(self, other: object) -> bool:
        return float(self) == other if isinstance(other, float) else super().__eq__(other)

    __hash__ = Decimal.__hash__


_decode = msgspec.json.Decoder(float_hook=Number).decode


def whole(data: Any) -> Any:
    """The data of an answer with what is JSON already in them decoded."""
    match data:
        case Spliced(text=text):
            return _decode(text)
        case dict():
            return {name: whole(value) for name, value in data.items()}
        case list():
            return [whole(value) for value in data]
        case _:
            return data


@dataclass(frozen=True, slots=True)
class Answer:
    data: Any
    codes: list[str] = field(default_factory=list)
    paths: list[list[str | int]] = field(default_factory=list)
    messages: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Door:
    tools: Toolbox
    viewer: Viewer | None

    async def ask(self, query: str, /, **variables: Any) -> Answer:
        return answer_of(await build_schema().execute(query, variable_values=variables, context_value=self._context()))

    async def watch(self, query: str, /, **variables: Any) -> AsyncGenerator[Answer, None]:
        """Each event of a subscription; its refusal alone where it is refused."""
        stream: Any = await build_schema().subscribe(query, variables, self._context())
        if not hasattr(stream, "__aiter__"):
            yield answer_of(stream)
            return
        async with aclosing(stream):
            async for event in stream:
                yield answer_of(event)

    def _context(self) -> Context:
        return Context(self.viewer, self.tools, self.tools.db.bounded(SESSIONS_PER_OPERATION), ORIGIN)


def answer_of(result: Any) -> Answer:
    errors = result.errors or []
    return Answer(
        # As a client reads it: parts of it may be JSON already.
        data=whole(result.data),
        codes=[(error.extensions or {})["code"] for error in errors],
        paths=[list(error.path or []) for error in errors],
        messages=[error.message for error in errors],
    )

"""Asks the schema in process, as a viewer of the test's choice; the way over HTTP is tests/doors/http.py."""

from dataclasses import dataclass, field
from typing import Any

from auth.viewer import Viewer
from models.acting import Origin
from resolvers.context import Context
from schema import build_schema
from services.toolbox import Toolbox

ORIGIN = Origin(ip="192.0.2.1", user_agent="tests", request_id="request-1")
SESSIONS_PER_OPERATION = 4


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
        context = Context(self.viewer, self.tools, self.tools.db.bounded(SESSIONS_PER_OPERATION), ORIGIN)
        result = await build_schema().execute(query, variable_values=variables, context_value=context)
        errors = result.errors or []
        return Answer(
            data=result.data,
            codes=[(error.extensions or {})["code"] for error in errors],
            paths=[list(error.path or []) for error in errors],
            messages=[error.message for error in errors],
        )

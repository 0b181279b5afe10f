"""Owns the convention of the table of calls: what a row says, what its function gets and what it answers.

A module has functions `(sandbox, call) -> VintedReply`, plain or async, and a table of them:

    CALLS = (VintedRoute("GET", "/users/current", "users.current", read_me),)

which `app.py` adds to the others. A function raises VintedRefusal for what the site refuses. What it changes in
`sandbox.book` is saved after it.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, TypeVar

import msgspec
from starlette.datastructures import Headers, QueryParams

from sandbox.vinted.errors import missing, wrong
from sandbox.vinted.members import Member
from sandbox.vinted.state import VintedSandbox

PREFIX = "/api/v2"
# Of items; whoever asks for more gets so many.
LONGEST_PAGE = 96
_MOST_DIGITS = 15
Object = dict[str, Any]
Row = TypeVar("Row")


@dataclass(frozen=True, slots=True)
class VintedReply:
    body: Object = field(default_factory=dict)
    status: int = 200


@dataclass(frozen=True, slots=True)
class VintedCall:
    """One request, after who it is was looked up; without a session `viewer` is None."""

    ids: Mapping[str, str]
    query: QueryParams
    headers: Headers
    raw: bytes = field(repr=False)
    viewer: Member | None = None

    @property
    def member(self) -> Member:
        """Of calls that need one."""
        assert self.viewer is not None
        return self.viewer

    def id(self, name: str) -> int:
        """A number of the path; another text names nothing."""
        number = whole_number(self.ids[name])
        if number is None:
            raise missing()
        return number

    def body(self) -> Object:
        """An object of JSON, by whatever content type."""
        try:
            found = msgspec.json.decode(self.raw)
        except (msgspec.DecodeError, RecursionError):
            raise wrong("base", "The body is not valid JSON.") from None
        if not isinstance(found, dict):
            raise wrong("base", "The body is not an object.")
        return found


Act = Callable[[VintedSandbox, VintedCall], VintedReply | Awaitable[VintedReply]]


@dataclass(frozen=True, slots=True)
class VintedRoute:
    """`path` is under /api/v2. What is public needs no session."""

    method: str
    path: str
    name: str
    act: Act
    is_public: bool = False


def whole_number(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) <= _MOST_DIGITS else None


def paged(name: str, rows: Sequence[Row], call: VintedCall, show: Callable[[Row], Object | None]) -> VintedReply:
    """A page of the rows. What `show` answers None for is left out, and counted: such a page is shorter than asked.

    A page past the last one is empty.
    """
    page, per_page = _number(call, "page", 1), min(_number(call, "per_page", 20), LONGEST_PAGE)
    shown = [show(row) for row in rows[(page - 1) * per_page : page * per_page]]
    pagination = {
        "current_page": page,
        "total_pages": -(-len(rows) // per_page),
        "total_entries": len(rows),
        "per_page": per_page,
    }
    return VintedReply({name: [row for row in shown if row is not None], "pagination": pagination, "code": 0})


def _number(call: VintedCall, name: str, default: int) -> int:
    text = call.query.get(name)
    number = default if text is None else whole_number(text)
    if not number:
        raise wrong(name, f"{name} is not a number from 1 on.")
    return number


def money(amount: str, currency: str) -> Object:
    """As the site writes it: 12.5 and 25.0."""
    return {"amount": str(float(amount)), "currency_code": currency}


def iso(moment_s: float) -> str:
    return datetime.fromtimestamp(moment_s, UTC).isoformat()

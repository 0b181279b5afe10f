"""Owns what eBay says when it refuses: what is refused in every API, and the envelope; must not decide when.

An API has its own `problems.py` beside its calls.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class EbayProblem:
    """A kind of error or warning; `status` is the answer's when this one ends the call."""

    error_id: int
    status: int
    message: str
    domain: str = "ACCESS"
    category: str = "REQUEST"
    long_message: str = ""


INVALID_TOKEN = EbayProblem(
    1001,
    401,
    "Invalid access token",
    "OAuth",
    long_message="Invalid access token. Check the value of the Authorization HTTP request header.",
)
MISSING_TOKEN = EbayProblem(
    1002,
    401,
    "Missing access token",
    "OAuth",
    long_message="The access token is missing in the Authorization HTTP request header.",
)
ACCESS_DENIED = EbayProblem(1100, 403, "Access denied", long_message="Insufficient permissions to fulfill the request.")
TOO_MANY = EbayProblem(
    2001, 429, "Too many requests.", long_message="The request limit has been reached for the resource."
)
NOT_THERE = EbayProblem(2002, 404, "Resource not found", long_message="The requested resource was not found.")
INVALID_REQUEST = EbayProblem(
    2004,
    400,
    "Invalid request",
    long_message="The request has errors. For help, see the documentation for this API.",
)


class EbayRefusal(Exception):
    """Ends a call. `text` takes the place of the long message; `parameters` are shown by name."""

    def __init__(
        self,
        problem: EbayProblem,
        text: str = "",
        *,
        parameters: Mapping[str, str] | None = None,
        status: int | None = None,
    ) -> None:
        super().__init__(text or problem.message)
        self.status = problem.status if status is None else status
        self.errors = [shown_problem(problem, text, parameters=parameters)]

    def with_errors(self, errors: list[dict[str, Any]]) -> "EbayRefusal":
        """The same answer with several errors at once."""
        self.errors = errors
        return self


def shown_problem(
    problem: EbayProblem, text: str = "", *, parameters: Mapping[str, str] | None = None
) -> dict[str, Any]:
    """An error or a warning: both have one shape."""
    shown: dict[str, Any] = {
        "errorId": problem.error_id,
        "domain": problem.domain,
        "category": problem.category,
        "message": problem.message,
        "longMessage": text or problem.long_message or problem.message,
    }
    if parameters:
        shown["parameters"] = [{"name": name, "value": value} for name, value in parameters.items()]
    return shown

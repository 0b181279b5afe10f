"""Owns how the site refuses a call: a code, its name, a sentence, and the fields that are wrong; must not decide when.

The codes 99, 100, 104 and 106 are known from public clients; the words are ours.
"""

from collections.abc import Mapping, Sequence

Fault = tuple[str, str]


class VintedRefusal(Exception):
    """Ends a call. `faults` are fields of the body, each with what is wrong with it."""

    def __init__(
        self,
        message_code: str,
        message: str,
        status: int,
        *,
        code: int,
        faults: Sequence[Fault] = (),
    ) -> None:
        super().__init__(message)
        self.status = status
        self.headers: dict[str, str] = {}
        self.body = {
            "code": code,
            "message_code": message_code,
            "message": message,
            "errors": [{"field": field, "value": value} for field, value in faults],
            "payload": {},
        }


def invalid(faults: Sequence[Fault]) -> VintedRefusal:
    """Of a body: every field that is wrong at once. The site answers 400, not 422."""
    words = " ".join(value for _, value in faults)
    return VintedRefusal("validation_error", words or "The request is invalid.", 400, code=99, faults=faults)


def wrong(field: str, value: str) -> VintedRefusal:
    return invalid([(field, value)])


def signed_out(status: int) -> VintedRefusal:
    """401 for who has no session; some reports have 403."""
    return VintedRefusal("invalid_authentication_token", "Sign in to go on.", status, code=100)


def missing() -> VintedRefusal:
    return VintedRefusal("not_found", "Content not found.", 404, code=104)


def denied(message: str = "Access denied.") -> VintedRefusal:
    """Another's thing, a wrong CSRF token, another origin, or a member who may not do this for now."""
    return VintedRefusal("access_denied", message, 403, code=106)


def too_many(wait_s: int | None) -> VintedRefusal:
    refusal = VintedRefusal("rate_limit_exceeded", "You are doing this too often.", 429, code=106)
    if wait_s is not None:
        refusal.headers["retry-after"] = str(wait_s)
    return refusal


def broken() -> Mapping[str, object]:
    return VintedRefusal("server_error", "Something went wrong.", 500, code=1).body

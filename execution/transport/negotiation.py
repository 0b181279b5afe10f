"""Media types of GraphQL over HTTP: which one to answer with, and whether the one of a request is accepted."""

from collections.abc import Iterator, Mapping

GRAPHQL_RESPONSE = "application/graphql-response+json"
JSON = "application/json"
EVENTS = "text/event-stream"
_OFFERED = (GRAPHQL_RESPONSE, JSON)  # the first is taken if the client prefers both equally
# Headers that a page of another site cannot send before its browser has asked us (preflight).
ASKING_FIRST = ("authorization", "graphql-require-preflight", "apollo-require-preflight", "x-apollo-operation-name")
_WILDCARDS = {"*/*", "application/*"}


def _ranges(accept: str) -> Iterator[tuple[str, float]]:
    for part in accept.split(","):
        media_range, *parameters = (piece.strip().lower() for piece in part.split(";"))
        quality = 1.0
        for parameter in parameters:
            if parameter.startswith("q="):
                try:
                    quality = float(parameter[2:])
                except ValueError:
                    quality = 0.0
        yield media_range, quality


def _weights(accept: str) -> dict[str, float]:
    """How much the client wants each of our media types; what it does not accept is not among them."""
    weights: dict[str, float] = {}
    for media_range, quality in _ranges(accept):
        offered = JSON if media_range in _WILDCARDS else media_range
        if offered in (*_OFFERED, EVENTS) and quality > 0:
            weights[offered] = max(weights.get(offered, 0.0), quality)
    return weights


def response_type(accept: str | None) -> str | None:
    """The media type to answer with once; None when the client accepts none of ours."""
    if not accept:
        return JSON
    weights = _weights(accept)
    best = max(_OFFERED, key=lambda offered: weights.get(offered, 0.0))
    return best if best in weights else None


def wants_events(accept: str | None) -> bool:
    """Whether a stream of events is wanted more than a single answer: some clients accept both for every operation."""
    weights = _weights(accept or "")
    return weights.pop(EVENTS, 0.0) > max(weights.values(), default=0.0)


def reads_errors_from_200(accept: str | None) -> bool:
    """Whether the client accepts only application/json, as clients do that are older than GraphQL over HTTP.

    Such clients read the errors of an answer only if its status is 200.
    """
    ranges = {media_range for media_range, _ in _ranges(accept or "")}
    return JSON in ranges and GRAPHQL_RESPONSE not in ranges


def is_json(content_type: str | None) -> bool:
    """Whether a body is JSON in UTF-8.

    No other type is accepted: a page of another site can send those without the browser asking us first (preflight).
    """
    media_type, *parameters = (piece.strip().lower() for piece in (content_type or "").split(";"))
    charsets = [value.partition("=")[2].strip('"') for value in parameters if value.startswith("charset=")]
    return media_type == JSON and all(charset in {"utf-8", "utf8"} for charset in charsets)


def is_form(content_type: str | None) -> bool:
    """Whether a body is a form with files, which pages can send without a preflight."""
    return (content_type or "").partition(";")[0].strip().lower() == "multipart/form-data"


def asks_first(headers: Mapping[str, str]) -> bool:
    """Whether a browser has asked us before it sent this request, if the sender is a page of another site."""
    return any(name in headers for name in ASKING_FIRST)

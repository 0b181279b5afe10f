"""Media types of GraphQL over HTTP: which one to answer with, and whether the one of a request is accepted."""

from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import NamedTuple

GRAPHQL_RESPONSE = "application/graphql-response+json"
JSON = "application/json"
EVENTS = "text/event-stream"
# Headers that a page of another site cannot send before its browser has asked us (preflight).
ASKING_FIRST = ("authorization", "graphql-require-preflight", "apollo-require-preflight", "x-apollo-operation-name")
_WILDCARDS = ("application/*", "*/*")  # the more exact one first
# Clients send few values of `Accept`; a longer one is read each time, so that strangers cannot fill memory with them.
_LONGEST_KEPT = 200


class AcceptedTypes(NamedTuple):
    """What a client accepts of what we answer.

    `media_type` is for a single answer, None when the client takes none of ours. `wants_events`: a stream of events is
    wanted more than a single answer, while some clients accept both for every operation. `reads_errors_from_200`: as
    clients that are older than GraphQL over HTTP it takes application/json alone, and reads errors only from a 200.
    """

    media_type: str | None
    wants_events: bool
    reads_errors_from_200: bool


def accepted_types(accept: str | None) -> AcceptedTypes:
    """What the header `Accept` says."""
    if not accept:
        return AcceptedTypes(JSON, wants_events=False, reads_errors_from_200=False)
    return _kept(accept) if len(accept) <= _LONGEST_KEPT else _read(accept)


def _read(accept: str) -> AcceptedTypes:
    named = _weights(accept)
    events = named.pop(EVENTS, 0.0)
    single = {media_type: weight for media_type, weight in named.items() if weight > 0}
    # Of equal ones the newer type is taken.
    best = max(single, key=lambda media_type: (single[media_type], media_type == GRAPHQL_RESPONSE), default=None)
    is_old = best == JSON and GRAPHQL_RESPONSE not in single and _names(accept, JSON)
    return AcceptedTypes(best, wants_events=events > max(single.values(), default=0.0), reads_errors_from_200=is_old)


_kept = lru_cache(maxsize=64)(_read)


def _weights(accept: str) -> dict[str, float]:
    """The weight of each of our types: of a type that is named several times the largest, and 0 is a refusal.

    A wildcard stands for JSON, which every client reads, unless it is wanted more than JSON.
    """
    weights: dict[str, float] = {}
    for media_range, weight in _ranges(accept):
        weights[media_range] = max(weights.get(media_range, 0.0), weight)
    any_weight = next((weights[wildcard] for wildcard in _WILDCARDS if wildcard in weights), 0.0)
    found = {
        media_type: weights[media_type] for media_type in (GRAPHQL_RESPONSE, JSON, EVENTS) if media_type in weights
    }
    if JSON not in found:
        found[JSON] = any_weight
    elif any_weight > found[JSON]:
        found.setdefault(GRAPHQL_RESPONSE, any_weight)
    return found


def _names(accept: str, media_type: str) -> bool:
    return any(media_range == media_type for media_range, _ in _ranges(accept))


def _ranges(accept: str) -> Iterator[tuple[str, float]]:
    for part in accept.split(","):
        media_range, *parameters = (piece.strip().lower() for piece in part.split(";"))
        weights = [parameter[2:] for parameter in parameters if parameter.startswith("q=")]
        yield media_range, _weight(weights[0]) if weights else 1.0


def _weight(text: str) -> float:
    """A weight from 0 to 1; 0 for what is none."""
    try:
        weight = float(text)
    except ValueError:
        return 0.0
    return weight if 0 <= weight <= 1 else 0.0


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
    return any(headers.get(name, "").strip() for name in ASKING_FIRST)


def is_coded(content_encoding: str | None) -> bool:
    """Whether a body is compressed, or otherwise not as it is."""
    return any(coding.strip().lower() not in ("", "identity") for coding in (content_encoding or "").split(","))

"""Media types of GraphQL over HTTP: which one the client wants, which one it sent."""

from collections.abc import Iterator

GRAPHQL_RESPONSE = "application/graphql-response+json"
JSON = "application/json"
_OFFERED = (GRAPHQL_RESPONSE, JSON)  # at equal preference the first
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


def response_type(accept: str | None) -> str | None:
    """The media type to answer with, or None when the client takes none of ours."""
    if not accept:
        return JSON
    best: dict[str, float] = {}
    for media_range, quality in _ranges(accept):
        offered = JSON if media_range in _WILDCARDS else media_range
        if offered in _OFFERED and quality > 0:
            best[offered] = max(best.get(offered, 0.0), quality)
    return max(_OFFERED, key=lambda offered: best.get(offered, 0.0)) if best else None


def reads_errors_from_200(accept: str | None) -> bool:
    """Whether the client names application/json alone, as those do that are older than the draft."""
    ranges = {media_range for media_range, _ in _ranges(accept or "")}
    return JSON in ranges and GRAPHQL_RESPONSE not in ranges


def is_json(content_type: str | None) -> bool:
    """Whether a body is JSON in UTF-8: the only one a page on another site cannot send without a preflight."""
    media_type, *parameters = (piece.strip().lower() for piece in (content_type or "").split(";"))
    charsets = [value.partition("=")[2].strip('"') for value in parameters if value.startswith("charset=")]
    return media_type == JSON and all(charset in {"utf-8", "utf8"} for charset in charsets)

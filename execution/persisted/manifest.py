"""Reads a manifest of documents, in the form of Relay, GraphQL code generator or Apollo; checks none of its texts."""

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from errors import AppError

LARGEST_MANIFEST = 8 * 1024 * 1024
_LONGEST_SHOWN = 80
APOLLO = "apollo-persisted-query-manifest"


class ManifestError(AppError):
    """The manifest cannot be used; the message says why, entry by entry."""


class ManifestEntry(NamedTuple):
    """A document as the manifest has it; `name` and `kind` are None where the form of the manifest has none."""

    document_id: Any
    text: Any
    name: Any = None
    kind: Any = None


def read_manifest(path: Path) -> Sequence[ManifestEntry]:
    """The entries of a manifest; raises ManifestError for a file that is none."""
    found = _json(_content(path))
    if not isinstance(found, dict):
        raise ManifestError("must be a JSON object: a manifest of Relay, GraphQL code generator or Apollo.")
    entries = _apollo(found) if _is_apollo(found) else [ManifestEntry(*pair) for pair in found.items()]
    if not entries:
        raise ManifestError("has no document in it.")
    return entries


def _content(path: Path) -> bytes:
    """The file's bytes; no more of it is read than a manifest may have, whatever kind of file it is."""
    try:
        with path.open("rb") as file:
            content = file.read(LARGEST_MANIFEST + 1)
    except OSError as error:
        raise ManifestError(f"cannot be read ({error.strerror}).") from error
    if len(content) > LARGEST_MANIFEST:
        raise ManifestError(f"is too large: a manifest may have {LARGEST_MANIFEST // 1024 // 1024} MiB.")
    return content


def _json(content: bytes) -> Any:
    try:
        return json.loads(content.decode("utf-8-sig"), object_pairs_hook=_object)
    except (ValueError, RecursionError) as error:
        raise ManifestError("is no JSON in UTF-8.") from error


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """An object of JSON; of a key that stands twice a parser would silently take the last."""
    found: dict[str, Any] = {}
    for key, value in pairs:
        if key in found:
            raise ManifestError(f"has the key {shown(key)} twice in one object.")
        found[key] = value
    return found


def _is_apollo(found: dict[str, Any]) -> bool:
    # In the other forms each value is a text, and none of them could be the name of Apollo's.
    return found.get("format") == APOLLO or isinstance(found.get("operations"), list)


def _apollo(found: dict[str, Any]) -> Sequence[ManifestEntry]:
    if found.get("format") != APOLLO or found.get("version") != 1:
        raise ManifestError(f"has `operations` and must say `format` {APOLLO} and `version` 1.")
    if not isinstance(found.get("operations"), list):
        raise ManifestError("must have a list of `operations`.")
    return list(_operations(found["operations"]))


def _operations(listed: list[Any]) -> Iterator[ManifestEntry]:
    for place, each in enumerate(listed):
        if not isinstance(each, dict):
            raise ManifestError(f"has something else than an object in `operations`, at place {place}.")
        yield ManifestEntry(each.get("id"), each.get("body"), each.get("name", ""), each.get("type", ""))


def shown(value: Any) -> str:
    """A value of the manifest as a line may show it: short, and without control characters."""
    text = json.dumps(value)
    return text if len(text) <= _LONGEST_SHOWN else f"{text[: _LONGEST_SHOWN - 1]}…"

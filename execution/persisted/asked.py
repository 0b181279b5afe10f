"""What a request says of its document: its text, or a name of a text that the server has already, or both."""

import re
from collections.abc import Mapping
from hashlib import sha256
from typing import Any, Self

from errors import BadInput, PersistedQueryNotSupported

PREFIX = "sha256:"
VERSION = 1  # of automatic persisted queries; there is no other
_HASH = re.compile(r"[0-9a-f]{64}")
# No parser takes this for a document: whoever overlooks that a request has no text runs nothing.
_NO_TEXT = " "


def name_of(text: str) -> str:
    """The name that a document has by its text alone: `sha256:` and the hash of its UTF-8 in lower-case hex."""
    # A lone surrogate has no UTF-8. It cannot be in a valid document, so what its hash is does not matter.
    return PREFIX + sha256(text.encode(errors="surrogatepass")).hexdigest()


def is_hash(text: str) -> bool:
    """Whether a text is what SHA-256 looks like in hex; our names, Apollo's and Relay's have it in lower case."""
    return _HASH.fullmatch(text) is not None


class AskedDocument(str):
    """A text with what else the request says of it; transports hand it to the engine in place of a query's text."""

    __slots__ = ("document_id", "has_text", "persisted_query")
    has_text: bool
    document_id: str | None
    persisted_query: Any

    @classmethod
    def of(cls, request: Mapping[str, Any]) -> Self | None:
        """The document of a request whose values have the right types; None when it names none and has no text.

        Empty texts are the same as none, as in the parameters of a GET.
        """
        text, document_id = request.get("query"), request.get("documentId")
        persisted_query = (request.get("extensions") or {}).get("persistedQuery")
        if not text and not document_id and persisted_query is None:
            return None
        asked = cls(text or _NO_TEXT)
        asked.has_text = bool(text)
        asked.document_id = document_id or None
        asked.persisted_query = persisted_query
        return asked

    def name(self) -> str | None:
        """The name by which the request asks for a document; None for a request that has the text alone.

        Raises BadInput for a name that cannot be one, and PersistedQueryNotSupported for another protocol than ours.
        """
        names = set[str]()
        if self.persisted_query is not None:
            names.add(_hash_name(self.persisted_query))
        if self.document_id is not None:
            names.add(_checked(self.document_id))
        if len(names) > 1:
            raise BadInput("`documentId` and `extensions.persistedQuery` name different documents.")
        return names.pop() if names else None


def _hash_name(persisted_query: Any) -> str:
    if not isinstance(persisted_query, dict):
        raise BadInput("`extensions.persistedQuery` must be an object with `version` and `sha256Hash`.")
    version = persisted_query.get("version")
    if version != VERSION or isinstance(version, bool):
        raise PersistedQueryNotSupported
    found = persisted_query.get("sha256Hash")
    if not isinstance(found, str) or not is_hash(found):
        raise BadInput("`extensions.persistedQuery.sha256Hash` must be 64 hexadecimal digits in lower case.")
    return PREFIX + found


def _checked(document_id: str) -> str:
    if ":" in document_id and not (document_id.startswith(PREFIX) and is_hash(document_id.removeprefix(PREFIX))):
        raise BadInput("A `documentId` with a colon must be `sha256:` and 64 hexadecimal digits in lower case.")
    return document_id

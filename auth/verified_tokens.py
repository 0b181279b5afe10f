"""VerifiedTokens: access tokens whose signature was verified, so that each is verified once and not at each request.

It remembers what a token says, not whether that still holds: session, version and end are checked at each request.
"""

from collections import OrderedDict
from hashlib import sha256
from typing import Generic, Protocol, TypeVar
from uuid import UUID

MOST_REMEMBERED = 10_000


class _OfSession(Protocol):
    @property
    def session_id(self) -> UUID: ...


C = TypeVar("C", bound=_OfSession)


class VerifiedTokens(Generic[C]):
    """The claims of tokens by the hashes of their texts: of each session the last token, of at most 10,000 sessions.

    Only what was verified is added, so strangers add nothing. Several texts can stand for one token, since base64
    has spare bits; one place for each session keeps somebody who is signed in from filling the memory with them.
    """

    def __init__(self, most: int = MOST_REMEMBERED) -> None:
        self._most = most
        self._claims: OrderedDict[bytes, C] = OrderedDict()
        self._of_sessions: dict[UUID, bytes] = {}

    def __len__(self) -> int:
        return len(self._claims)

    @staticmethod
    def key_of(text: str) -> bytes:
        """The hash by which a token is remembered: its text is a secret."""
        return sha256(text.encode(errors="surrogatepass")).digest()

    def find(self, key: bytes) -> C | None:
        found = self._claims.get(key)
        if found is not None:
            self._claims.move_to_end(key)
        return found

    def add(self, key: bytes, claims: C) -> None:
        """Remembers a token in place of the one that its session had; the one that was not used the longest goes."""
        before = self._of_sessions.get(claims.session_id)
        if before is not None:
            del self._claims[before]
        self._claims[key] = claims
        self._of_sessions[claims.session_id] = key
        if len(self._claims) > self._most:
            _, dropped = self._claims.popitem(last=False)
            del self._of_sessions[dropped.session_id]

    def drop(self, key: bytes) -> None:
        """Forgets a token that has ended."""
        claims = self._claims.pop(key, None)
        if claims is not None:
            del self._of_sessions[claims.session_id]

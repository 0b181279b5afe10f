"""Signs links that hold what they lead to: whoever has one may open it until its instant, and nobody can make another.

It knows nothing of what a link holds. Links to files are signed where the files are kept (`integrations/storage`).
"""

import base64
import hashlib
import hmac
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from urllib.parse import urlencode

_CONTENT, _EXPIRES, _SIGNATURE = "q", "expires", "signature"


def signing_key(secret: str, purpose: str) -> bytes:
    """A key that is derived from a secret of the installation, so that it equals none with another use."""
    return hmac.digest(secret.encode(), purpose.encode(), "sha256")


@dataclass(frozen=True, slots=True)
class SignedLinks:
    """Links begin with `url`. The first of the `keys` signs them, and each of the keys is accepted."""

    url: str
    keys: Sequence[bytes] = field(repr=False)

    def link(self, content: bytes, until: datetime) -> str:
        """The link that holds the content, and works until this instant."""
        packed = base64.urlsafe_b64encode(zlib.compress(content, 9)).decode().rstrip("=")
        expires = str(int(until.timestamp()))
        signature = _signed(self.keys[0], packed, expires)
        return f"{self.url}?{urlencode({_CONTENT: packed, _EXPIRES: expires, _SIGNATURE: signature})}"

    def content(self, query: Mapping[str, str], now: datetime) -> bytes | None:
        """What the link with this query holds; None for one that is not ours, was changed, or is over."""
        packed, expires, given = (query.get(name, "") for name in (_CONTENT, _EXPIRES, _SIGNATURE))
        signatures = [_signed(each, packed, expires) for each in self.keys]
        if not any(hmac.compare_digest(each.encode(), given.encode(errors="surrogatepass")) for each in signatures):
            return None
        # Nothing is unpacked that was not signed, and so is not ours.
        if now.timestamp() > int(expires):
            return None
        return zlib.decompress(base64.urlsafe_b64decode(packed + "=" * (-len(packed) % 4)))


def _signed(key: bytes, *parts: str) -> str:
    # Each part is hashed by itself: no two different lists of parts are the same text.
    text = b"".join(hashlib.sha256(part.encode(errors="surrogatepass")).digest() for part in parts)
    return hmac.new(key, text, "sha256").hexdigest()

"""Reads Meta's signed_request: checks that Meta made it lately, and tells whom it is about; does not act on it."""

import hmac
import re
from base64 import urlsafe_b64decode
from binascii import Error as NotBase64
from datetime import UTC, datetime, timedelta
from hashlib import sha256

import msgspec

from errors import BadInput
from integrations.ads.records import CLOCK_SKEW, PersonNotice

# Meta sends a signed_request as soon as it is made.
LONGEST_LIFE = timedelta(hours=1)
_ALGORITHM = "HMAC-SHA256"
_PART = re.compile(r"[A-Za-z0-9_-]+={0,2}")
_USER_ID = re.compile(r"[0-9]{1,32}")


class _Payload(msgspec.Struct, frozen=True):
    algorithm: str
    issued_at: int
    user_id: str | int


def read_signed_request(app_secret: str, text: str, *, now: datetime) -> PersonNotice:
    """The content of a signed_request; raises BadInput, with one text for every cause."""
    invalid = BadInput("The signed_request is not valid.")
    signature, _, payload = text.partition(".")
    if not app_secret or not _PART.fullmatch(signature) or not _PART.fullmatch(payload):
        raise invalid
    # The signature is over the encoded payload, so it is checked before the payload is decoded.
    expected = hmac.new(app_secret.encode(), payload.encode(), sha256).digest()
    try:
        if not hmac.compare_digest(_decoded(signature), expected):
            raise invalid
        found = msgspec.json.decode(_decoded(payload), type=_Payload)
        issued_at = datetime.fromtimestamp(found.issued_at, UTC)
    except (NotBase64, msgspec.MsgspecError, UnicodeDecodeError, OverflowError, ValueError, OSError) as error:
        raise invalid from error
    user_id = str(found.user_id)
    is_timely = -CLOCK_SKEW <= now - issued_at <= LONGEST_LIFE
    if found.algorithm.upper() != _ALGORITHM or not is_timely or not _USER_ID.fullmatch(user_id):
        raise invalid
    return PersonNotice(user_id, issued_at)


def _decoded(part: str) -> bytes:
    bare = part.rstrip("=")
    return urlsafe_b64decode(bare + "=" * (-len(bare) % 4))

"""Messages that are signed by the scheme of Standard Webhooks, with a secret that both sides know; stores nothing.

The signature is a base64 HMAC-SHA256 over `id.timestamp.body`. The header may hold several, separated by spaces: each
with its version in front (`v1,`), or bare, as some senders leave it out.
"""

import hmac
import re
from base64 import b64decode, b64encode
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256

from integrations.selling.notices import NoticeCall, UntrustedNotice

TOLERANCE = timedelta(minutes=5)
_PREFIX, _VERSION = "whsec_", "v1"
_ID, _TIMESTAMP = re.compile(r"[\x21-\x7e]{1,200}"), re.compile(r"[0-9]{1,12}")
_LONGEST_HEADER, _MOST_SIGNATURES = 4_096, 20


@dataclass(frozen=True, slots=True)
class SignedNotice:
    """What the signature proves besides the body."""

    message_id: str
    sent_at: datetime


def key_of(secret: str) -> bytes:
    """The key in a secret like `whsec_...`; raises ValueError for a text that is none."""
    try:
        key = b64decode(secret.removeprefix(_PREFIX), validate=True)
    except ValueError:
        key = b""
    if not key:
        raise ValueError("This is no secret of a webhook.")
    return key


def proved(call: NoticeCall, *, keys: Sequence[bytes], now: datetime) -> SignedNotice:
    """Raises UntrustedNotice for a message that none of the keys signed, or that is not of these minutes.

    There are several keys while one is replaced by another.
    """
    message_id, timestamp = call.headers.get("webhook-id", ""), call.headers.get("webhook-timestamp", "")
    if not _ID.fullmatch(message_id) or not _TIMESTAMP.fullmatch(timestamp):
        raise UntrustedNotice("the id or the timestamp is missing")
    if abs(now.timestamp() - int(timestamp)) > TOLERANCE.total_seconds():
        raise UntrustedNotice("too old, or of the future")
    signed = f"{message_id}.{timestamp}.".encode() + call.body
    expected = [b64encode(hmac.new(key, signed, sha256).digest()) for key in keys]
    given = _signatures(call.headers.get("webhook-signature", ""))
    if not any(hmac.compare_digest(mine, theirs) for mine in expected for theirs in given):
        raise UntrustedNotice("the signature does not fit")
    return SignedNotice(message_id, datetime.fromtimestamp(int(timestamp), UTC))


def _signatures(header: str) -> list[bytes]:
    if len(header) > _LONGEST_HEADER:
        return []
    parts = [part.rpartition(",") for part in header.split(" ")[:_MOST_SIGNATURES]]
    return [value.encode(errors="replace") for version, _, value in parts if version in ("", _VERSION)]

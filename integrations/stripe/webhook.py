"""Reads Stripe's signed events: checks that Stripe sent one lately and for us, and whom it is about; does not act."""

import hmac
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Annotated, Any, Literal

import msgspec

from errors import BadInput

# The tolerance of Stripe's own libraries, which apply it to the past; here it applies to the future too.
TOLERANCE = timedelta(minutes=5)
_LONGEST_HEADER = 4096
_SIGNATURE = re.compile(r"[0-9a-f]{64}")
_TIMESTAMP = re.compile(r"[0-9]{1,12}")
_CUSTOMER = re.compile(r"cus_[A-Za-z0-9_]{1,250}")


@dataclass(frozen=True, slots=True)
class StripeEventRecord:
    """`customer_id` is the customer that the event is about; None when it is about no customer."""

    id: str
    type: str
    created: int
    livemode: bool
    api_version: str | None
    customer_id: str | None


class _Data(msgspec.Struct):
    object: dict[str, Any]


class _Event(msgspec.Struct):
    id: Annotated[str, msgspec.Meta(pattern=r"^evt_[A-Za-z0-9_]{1,250}$")]
    object: Literal["event"]
    type: Annotated[str, msgspec.Meta(pattern=r"^[a-z0-9_.]{1,100}$")]
    created: Annotated[int, msgspec.Meta(ge=0, le=2**53)]
    livemode: bool
    data: _Data
    api_version: Annotated[str, msgspec.Meta(pattern=r"^[A-Za-z0-9_.\-]{1,50}$")] | None = None


def read_event(
    body: bytes, signature: str | None, *, secrets: Sequence[str], is_live: bool, now: datetime
) -> StripeEventRecord:
    """The event in a request's body; `secrets` are the webhook's signing secrets, `is_live` the mode of our key.

    Raises BadInput, with one text for every cause: forged, too old, too early, no event, of the other mode.
    """
    invalid = BadInput("The event is not valid.")
    if not _is_signed(body, signature or "", secrets=secrets, now=now):
        raise invalid
    try:
        event = msgspec.json.decode(body, type=_Event)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise invalid from error
    if event.livemode != is_live:
        raise invalid
    return StripeEventRecord(
        event.id, event.type, event.created, event.livemode, event.api_version, _customer(event.data.object)
    )


def _is_signed(body: bytes, header: str, *, secrets: Sequence[str], now: datetime) -> bool:
    """Whether one of the secrets made the signature; there are several while a secret is replaced by a new one.

    The header is `t=...,v1=...`, where v1 may come several times.
    """
    parts = [part.strip().partition("=") for part in header[:_LONGEST_HEADER].split(",")]
    times = [value for name, _, value in parts if name == "t"]
    signatures = [value for name, _, value in parts if name == "v1" and _SIGNATURE.fullmatch(value)]
    if len(times) != 1 or not _TIMESTAMP.fullmatch(times[0]):
        return False
    if abs(now.timestamp() - int(times[0])) > TOLERANCE.total_seconds():
        return False
    signed = times[0].encode() + b"." + body
    expected = [hmac.new(secret.encode(), signed, sha256).hexdigest() for secret in secrets if secret]
    return any(hmac.compare_digest(mine, theirs) for mine in expected for theirs in signatures)


def _customer(found: dict[str, Any]) -> str | None:
    candidate = found.get("id") if found.get("object") == "customer" else found.get("customer")
    return candidate if isinstance(candidate, str) and _CUSTOMER.fullmatch(candidate) else None

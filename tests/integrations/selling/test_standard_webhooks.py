"""Signatures by the scheme of Standard Webhooks: what is taken, and all that is not."""

import hmac
from base64 import b64encode
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from hashlib import sha256

import pytest

from integrations.selling.notices import NoticeCall, UntrustedNotice
from integrations.selling.standard_webhooks import key_of, proved

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
BODY = b'{"event_type": "order.paid"}'
KEY, OTHER = b"k" * 24, b"o" * 24


def signature(key: bytes = KEY, message_id: str = "msg_1", at: datetime = NOW, body: bytes = BODY) -> str:
    signed = f"{message_id}.{int(at.timestamp())}.".encode() + body
    return b64encode(hmac.new(key, signed, sha256).digest()).decode()


def call(given: str, at: object = NOW, message_id: str = "msg_1", body: bytes = BODY) -> NoticeCall:
    timestamp = str(int(at.timestamp())) if isinstance(at, datetime) else str(at)
    headers: Mapping[str, str] = {
        "webhook-id": message_id,
        "webhook-timestamp": timestamp,
        "webhook-signature": given,
    }
    return NoticeCall(headers, body)


def is_taken(made: NoticeCall, *keys: bytes) -> bool:
    try:
        found = proved(made, keys=keys or (KEY,), now=NOW)
    except UntrustedNotice:
        return False
    return found.message_id == made.headers["webhook-id"]


@pytest.mark.parametrize(
    "given",
    [
        signature(),
        f"v1,{signature()}",
        f"v1,{signature(OTHER)} v1,{signature()}",
        f"v1a,abc v2,{signature()} {signature()}",
        f"  v1,{signature()} ",
        f"é ü v1,{signature()}",
    ],
)
def test_a_signature_is_taken_bare_or_with_its_version_and_among_others(given: str) -> None:
    assert is_taken(call(given))


@pytest.mark.parametrize(
    "given",
    ["", " ", ",", "v1,", "v1", f"v2,{signature()}", f"v1;{signature()}", signature()[:-1], signature().lower(),
     "é" * 99, signature(OTHER), signature(message_id="msg_2"), signature(body=BODY + b" "), "x " * 3000 + signature(),
     signature(at=NOW + timedelta(seconds=1)), "x " * 30 + signature(), b64encode(b"").decode(), signature() + "\x00"],
)  # fmt: skip
def test_what_was_not_signed_so_is_refused(given: str) -> None:
    assert not is_taken(call(given))


def test_each_of_several_secrets_may_sign_while_one_replaces_another() -> None:
    assert is_taken(call(signature(OTHER)), KEY, OTHER)
    assert not is_taken(call(signature(b"x" * 24)), KEY, OTHER)


@pytest.mark.parametrize(
    ("seconds", "taken"), [(-301, False), (-300, True), (300, True), (301, False), (86_400, False)]
)
def test_a_message_counts_for_five_minutes_before_and_after(seconds: int, taken: bool) -> None:
    at = NOW + timedelta(seconds=seconds)
    assert is_taken(call(signature(at=at), at)) is taken


@pytest.mark.parametrize("at", ["", "soon", "-1", "1e9", " 1", "1" * 13, "1" * 5000, "٣", "1.5"])
def test_a_timestamp_that_is_none_is_refused(at: str) -> None:
    assert not is_taken(call(signature(), at))


@pytest.mark.parametrize("message_id", ["", "a b", "x" * 201, "é", "a\nb"])
def test_an_id_that_is_none_is_refused(message_id: str) -> None:
    assert not is_taken(call(signature(message_id=message_id), message_id=message_id))


def test_a_message_without_its_headers_is_refused() -> None:
    assert not is_taken(NoticeCall({"webhook-id": "msg_1"}, BODY))


def test_the_key_of_a_secret() -> None:
    assert key_of("whsec_" + b64encode(KEY).decode()) == key_of(b64encode(KEY).decode()) == KEY
    for bad in ("", "whsec_", "whsec_not base64", "whsec_é", "whsec_abc"):
        with pytest.raises(ValueError, match="no secret"):
            key_of(bad)

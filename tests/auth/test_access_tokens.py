"""Access tokens: everything but our own, fresh, well-signed token is refused with one text."""

import base64
import hmac
import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest

from auth.access_tokens import LIFETIME, AccessClaims, AccessTokenSigner, secret_id
from auth.credential_words import EXPIRED, INVALID
from auth.verified_tokens import MOST_REMEMBERED, VerifiedTokens
from errors import Unauthenticated

SECRET, OTHER = "current-secret-" * 3, "another-secret-" * 3
NOW = datetime(2026, 11, 21, 12, 0, 0, 250_000, tzinfo=UTC)


def tokens(current: str = SECRET, previous: str | None = None, *, at: datetime = NOW) -> AccessTokenSigner:
    return AccessTokenSigner(current, previous=previous, issuer="https://ads.example", clock=lambda: at)


def issue(issuer: AccessTokenSigner) -> str:
    return issuer.issue(user_id=uuid4(), session_id=uuid4(), tenant_id=uuid4(), version=1).text


def claims(**changes: object) -> dict[str, Any]:
    second = int(NOW.timestamp())
    good: dict[str, Any] = {
        "iss": "https://ads.example",
        "aud": "adgraph-api",
        "sub": str(uuid4()),
        "sid": str(uuid4()),
        "tid": str(uuid4()),
        "ver": 0,
        "iat": second,
        "exp": second + 60,
        "jti": "1",
    }
    return {name: value for name, value in {**good, **changes}.items() if value is not ...}


def signed(payload: dict[str, Any], *, secret: str = SECRET, digest: str = "sha256", **header: object) -> str:
    """Signs anything, by hand: a library would refuse most of what is tried here."""
    head = {"alg": "HS256", "typ": "at+jwt", "kid": secret_id(SECRET), **header}
    kept = {name: value for name, value in head.items() if value is not ...}
    unsigned = raw(json.dumps(kept).encode(), json.dumps(payload).encode())[:-1]
    signature = hmac.digest(secret.encode(), unsigned.encode(), digest)
    return f"{unsigned}.{base64.urlsafe_b64encode(signature).decode().rstrip('=')}"


def raw(header: bytes, payload: bytes = b"{}", signature: str = "") -> str:
    return ".".join([*(base64.urlsafe_b64encode(part).decode().rstrip("=") for part in (header, payload)), signature])


def test_a_token_says_who_and_which_session_but_no_role() -> None:
    user, session, tenant = uuid4(), uuid4(), uuid4()
    token = tokens().issue(user_id=user, session_id=session, tenant_id=tenant, version=3)
    read = tokens().verify(token.text)
    assert (read.user_id, read.session_id, read.tenant_id, read.version) == (user, session, tenant, 3)
    assert read.expires_at == token.expires_at == NOW.replace(microsecond=0) + LIFETIME
    assert "role" not in base64.urlsafe_b64decode(token.text.split(".")[1] + "==").decode()


def test_a_token_without_a_tenant_is_valid() -> None:
    token = tokens().issue(user_id=uuid4(), session_id=uuid4(), tenant_id=None, version=0)
    assert tokens().verify(token.text).tenant_id is None


def test_the_hand_made_token_of_these_tests_is_valid_before_it_is_spoiled() -> None:
    assert tokens().verify(signed(claims())).version == 0


@pytest.mark.parametrize(
    "spoil",
    [
        pytest.param(lambda: signed(claims(), digest="sha512", alg="HS512"), id="HS512"),
        pytest.param(lambda: signed(claims(), alg="none"), id="none"),
        pytest.param(lambda: raw(b'{"alg":"none","typ":"at+jwt"}', json.dumps(claims()).encode()), id="none-unsigned"),
        pytest.param(lambda: signed(claims(), kid=...), id="no-kid"),
        pytest.param(lambda: signed(claims(), kid="00000000"), id="other-kid"),
        pytest.param(lambda: signed(claims(), kid=["x"]), id="kid-list"),
        pytest.param(lambda: signed(claims(), typ="JWT"), id="id-token-type"),
        pytest.param(lambda: signed(claims(), typ=...), id="no-type"),
        pytest.param(lambda: signed(claims(), secret=OTHER), id="other-key-our-kid"),
        pytest.param(lambda: signed(claims()).rpartition(".")[0] + ".", id="empty-signature"),
        pytest.param(lambda: signed(claims(aud="other")), id="other-audience"),
        pytest.param(lambda: signed(claims(iss="https://evil.example")), id="other-issuer"),
        pytest.param(lambda: signed(claims(exp=str(int(NOW.timestamp()) + 60))), id="exp-text"),
        pytest.param(lambda: signed(claims(exp=10**400)), id="exp-beyond-time"),
        pytest.param(lambda: signed(claims(iat=int(NOW.timestamp()) + 60)), id="issued-in-the-future"),
        pytest.param(lambda: signed(claims(ver="0")), id="version-text"),
        pytest.param(lambda: signed(claims(ver=True)), id="version-bool"),
        pytest.param(lambda: signed(claims(sub="root")), id="subject-no-uuid"),
        pytest.param(lambda: signed(claims(sid=5)), id="session-number"),
        pytest.param(lambda: signed(claims(), crit=["exp"]), id="crit"),
        pytest.param(lambda: "agr_" + "A" * 43, id="refresh-token"),
        pytest.param(lambda: "A" * 2_000_000, id="two-megabytes"),
        pytest.param(lambda: raw(b"[" * 1400), id="nested-header"),
        pytest.param(lambda: raw(b"[]"), id="header-list"),
        pytest.param(lambda: "", id="empty"),
        pytest.param(lambda: "\ud800.é.", id="not-ascii"),
    ],
)
def test_a_spoiled_token_is_refused(spoil: Callable[[], str]) -> None:
    with pytest.raises(Unauthenticated) as refusal:
        tokens().verify(spoil())
    assert refusal.value.message == INVALID


@pytest.mark.parametrize("name", ["iss", "aud", "sub", "sid", "ver", "iat", "exp", "jti"])
def test_every_claim_is_needed(name: str) -> None:
    with pytest.raises(Unauthenticated):
        tokens().verify(signed(claims(**{name: ...})))


def test_a_replica_whose_clock_is_a_little_ahead_is_trusted() -> None:
    ahead = tokens(at=NOW + timedelta(seconds=20))
    assert tokens().verify(issue(ahead))


def test_a_token_expires_after_ten_minutes() -> None:
    token = issue(tokens())
    assert tokens(at=NOW + timedelta(minutes=9, seconds=59)).verify(token)
    with pytest.raises(Unauthenticated, match="has expired"):
        tokens(at=NOW + timedelta(minutes=10)).verify(token)
    with pytest.raises(Unauthenticated, match="has expired"):
        tokens().verify(signed(claims(exp=int(NOW.timestamp()))))


def test_the_previous_secret_verifies_until_it_is_retired() -> None:
    token = issue(tokens(OTHER))
    assert tokens(SECRET, OTHER).verify(token)
    with pytest.raises(Unauthenticated):
        tokens(SECRET).verify(token)
    with pytest.raises(Unauthenticated):
        tokens(OTHER).verify(issue(tokens(SECRET, OTHER)))


def test_short_and_repeated_secrets_are_refused() -> None:
    with pytest.raises(ValueError, match="32"):
        tokens("short")
    with pytest.raises(ValueError, match="32"):
        tokens(SECRET, "short")
    with pytest.raises(ValueError, match="equals"):
        tokens(SECRET, SECRET)


def test_a_token_is_verified_once_and_ends_when_it_should() -> None:
    now = [NOW]
    signer = AccessTokenSigner(SECRET, issuer="https://ads.example", clock=lambda: now[0])
    text = issue(signer)
    first = signer.verify(text)
    assert signer.verify(text) is first
    now[0] = NOW.replace(microsecond=0) + LIFETIME - timedelta(microseconds=1)
    assert signer.verify(text) is first
    for _ in range(2):
        now[0] += timedelta(microseconds=1)
        with pytest.raises(Unauthenticated, match=EXPIRED):
            signer.verify(text)


def test_a_flood_of_tokens_that_do_not_hold_pushes_nothing_out() -> None:
    signer = tokens()
    text = issue(signer)
    first = signer.verify(text)
    for number in range(MOST_REMEMBERED + 1):
        with pytest.raises(Unauthenticated):
            signer.verify(f"{number}")
    assert signer.verify(text) is first


@pytest.mark.parametrize("text", ["", ".", "\ud800", "é" * 40, "a.b.c", "\x00"])
def test_what_is_no_token_is_refused_each_time(text: str) -> None:
    signer = tokens()
    for _ in range(2):
        with pytest.raises(Unauthenticated, match=INVALID):
            signer.verify(text)


def test_the_memory_of_tokens_is_bounded_and_has_one_place_for_a_session() -> None:
    known, signer = VerifiedTokens[AccessClaims](most=3), tokens()
    sessions = [signer.verify(issue(signer)) for _ in range(4)]
    for number, each in enumerate(sessions[:3]):
        known.add(bytes([number]), each)
    for spelling in range(100, 110):  # other texts of one token
        known.add(bytes([spelling]), sessions[2])
    assert len(known) == 3
    assert known.find(bytes([0])) is sessions[0]
    known.add(b"fourth", sessions[3])
    assert [known.find(key) for key in (bytes([1]), bytes([0]), bytes([109]))] == [None, sessions[0], sessions[2]]

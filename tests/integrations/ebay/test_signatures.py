"""Signatures of calls: eBay's published figures, and the faults that public reports name."""

from base64 import b64decode, b64encode
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from integrations.ebay.signatures import (
    CallSigner,
    EbaySigningKey,
    ProcessKeys,
    signature_base,
    signed_headers,
)
from integrations.errors import InvalidResponse
from sandbox.ebay.signing.messages import SignatureFault, SignedMessage, verify
from tests.integrations.ebay.conftest import NOW, EbayWorld

# Of the README of eBay's verification container: its public test key, its example and that example's signature.
PUBLISHED_KEY = "JrQLj5P/89iXES9+vFgrIy29clF9CC/oPPsw3c5D0bs="
PUBLISHED_SIGNATURE = "uunxYrXKC8KaoupD5D1DKdmQmrOhz6b4Xbhb3o9d4x4xFIpg++XzEZztOyeOI59rMMjM3NIcFgxBH0c1ckpfBw=="
PUBLISHED_DIGEST = "sha-256=:X48E9qOokqqrvdts8nOJRJN3OWDUoyWxBf7kbu9DBPE=:"
PUBLISHED_INPUT = 'sig1=("content-digest" "x-ebay-signature-key" "@method" "@path" "@authority");created=1659651955'
PUBLISHED_JWE = (
    "eyJ6aXAiOiJERUYiLCJlbmMiOiJBMjU2R0NNIiwidGFnIjoiSGdLcjNSSWFlZll0Mkd4blBUUTEwUSIsImFsZyI6IkEyNTZHQ01LVyIsIml2Ijoi"
    "QTVOQXFYUXlITkNIT01GVSJ9.z3JcS0vvxrYboqpySAq_Znww-3V6AllxmJP5JEMkuLY.K1f4MVMEc8ylbfSS.fASwJyMCk2tXZsNWk13IcuVgSWTO"
    "cynSdAoJrK4WApZANlxAP9J0qr0Jz_4aFldFDSZ5tfuxLGqzJmWU7CiZWwNjk2XoVy8q5ogMrFNFwFXP4SrX1XORhNLZPTyS5DEqLDPYn2NX944xen"
    "dEwfcxxXsTSeNCUnmSyfitiscUC04GYOfn0UWQ2buSWx7Yod0IR2GtTGUsM9o3J-riuNDKhw.rRsWM1Sl_2stTnZLJkWVmQ"
)
CREATED = datetime.fromtimestamp(1659651955, UTC)
PRIVATE = Ed25519PrivateKey.generate()


def a_key(**more: object) -> EbaySigningKey:
    secret = PRIVATE.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
    key = EbaySigningKey("k", b64encode(secret).decode(), PUBLISHED_JWE, NOW + timedelta(days=900), NOW)
    return replace(key, **more)  # type: ignore[arg-type]  # the key's own fields


def checked(headers: dict[str, str], method: str, path: str, authority: str, body: bytes) -> None:
    lowered = {name.lower(): value for name, value in headers.items()}
    verify(SignedMessage(method, path, authority, lowered, body), lambda _jwe: PRIVATE.public_key())


def test_digest_and_input_are_as_published() -> None:
    url = "http://localhost:8080/verifysignature"
    headers = signed_headers(a_key(), "POST", url, body=b'{"hello": "world"}', created=CREATED)
    assert headers["Content-Digest"] == PUBLISHED_DIGEST
    assert headers["Signature-Input"] == PUBLISHED_INPUT
    assert headers["x-ebay-signature-key"] == PUBLISHED_JWE


def test_the_published_signature_fits_our_base() -> None:
    values = {
        "content-digest": PUBLISHED_DIGEST,
        "x-ebay-signature-key": PUBLISHED_JWE,
        "@method": "POST",
        "@path": "/verifysignature",
        "@authority": "localhost:8080",
    }
    base = signature_base(tuple(values), PUBLISHED_INPUT.removeprefix("sig1="), values)
    public = Ed25519PublicKey.from_public_bytes(b64decode(PUBLISHED_KEY))
    public.verify(b64decode(PUBLISHED_SIGNATURE), base.encode())


@pytest.mark.parametrize(
    ("url", "path", "authority"),
    [
        ("https://api.ebay.com/sell/order/1?x=1", "/sell/order/1", "api.ebay.com"),
        ("https://API.ebay.com:443/a", "/a", "api.ebay.com"),
        ("http://127.0.0.1:9000/graphql", "/graphql", "127.0.0.1:9000"),
    ],
)
@pytest.mark.parametrize("body", [b"", b'{"a": 1}'])
def test_a_call_is_signed_as_it_is_sent(url: str, path: str, authority: str, body: bytes) -> None:
    headers = signed_headers(a_key(), "post", url, body=body, created=CREATED)
    checked(headers, "POST", path, authority, body)
    assert ("Content-Digest" in headers) == bool(body)
    with pytest.raises(SignatureFault):
        checked(headers, "POST", f"{path}/2", authority, body)
    with pytest.raises(SignatureFault):
        checked(headers, "POST", path, "apiz.ebay.com", body)


@pytest.mark.parametrize("text", ["", "no key", "YWJj", "a" * 5000])
def test_a_key_that_is_none_is_told_without_showing_it(text: str) -> None:
    with pytest.raises(InvalidResponse) as caught:
        signed_headers(a_key(private_key=text), "POST", "https://api.ebay.com/a", body=b"", created=CREATED)
    assert not text or text not in repr(caught.value)


def test_the_lines_of_pem_may_be_around_a_key() -> None:
    pem = PRIVATE.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
    headers = signed_headers(a_key(private_key=pem), "POST", "https://h/a", body=b"", created=CREATED)
    checked(headers, "POST", "/a", "h", b"")


async def test_one_key_is_made_however_many_sign_and_replaced_before_it_ends(ebay: EbayWorld) -> None:
    keys = ProcessKeys()
    app, tokens = ebay.marketplace.app, ebay.marketplace.app_tokens
    signers = [CallSigner(app, ebay.http, tokens, keys=keys, clock=lambda: ebay.now[0]) for _ in range(2)]
    used = [(await signer.headers("POST", "https://h/a", b"x"))["x-ebay-signature-key"] for signer in signers]
    assert len(set(used)) == 1
    ebay.now[0] += timedelta(days=3 * 365)
    ebay.server.sandbox.clock.set(ebay.now[0])
    assert (await signers[0].headers("POST", "https://h/a", b"x"))["x-ebay-signature-key"] not in used
    assert ebay.calls().count("key_management.create_key") == 2


async def test_a_key_without_its_private_half_is_refused_and_nothing_of_it_shown(ebay: EbayWorld) -> None:
    body = '{"signingKeyId": "canary-1", "jwe": "canary-2", "expirationTime": 1999999999}'
    ebay.spoil("key_management.create_key", status=200, body=body)
    signer = CallSigner(
        ebay.marketplace.app, ebay.http, ebay.marketplace.app_tokens, keys=ProcessKeys(), clock=lambda: NOW
    )
    with pytest.raises(InvalidResponse) as caught:
        await signer.headers("POST", "https://h/a", b"x")
    assert "canary" not in repr(caught.value)

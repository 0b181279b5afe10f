"""Message signatures: eBay's published example fits, and each fault of public reports is refused."""

from base64 import b64decode
from dataclasses import replace
from datetime import timedelta

import msgspec
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import load_der_public_key

from sandbox.ebay.signing.messages import SignatureFault, SignedMessage, verify
from tests.sandbox.ebay.ebay_client import EbayClient
from tests.sandbox.ebay.signers import KEYS, MessageSigner, app_token, new_signer

# The keys and the example are those of eBay's repository digital-signature-verification-ebay-api, which has them from
# the IETF's draft: they are public and open nothing.
PUBLIC = "MCowBQYDK2VwAyEAJrQLj5P/89iXES9+vFgrIy29clF9CC/oPPsw3c5D0bs="
PRIVATE = "MC4CAQAwBQYDK2VwBCIEIJ+DYvh6SEqVTm50DFtMDoQikTmiCqirVv9mWG9qfSnF"
JWE = (
    "eyJ6aXAiOiJERUYiLCJlbmMiOiJBMjU2R0NNIiwidGFnIjoiSGdLcjNSSWFlZll0Mkd4blBUUTEwUSIsImFsZyI6IkEyNTZHQ01LVyIsIml2Ijoi"
    "QTVOQXFYUXlITkNIT01GVSJ9.z3JcS0vvxrYboqpySAq_Znww-3V6AllxmJP5JEMkuLY.K1f4MVMEc8ylbfSS.fASwJyMCk2tXZsNWk13IcuVgS"
    "WTOcynSdAoJrK4WApZANlxAP9J0qr0Jz_4aFldFDSZ5tfuxLGqzJmWU7CiZWwNjk2XoVy8q5ogMrFNFwFXP4SrX1XORhNLZPTyS5DEqLDPYn2NX9"
    "44xendEwfcxxXsTSeNCUnmSyfitiscUC04GYOfn0UWQ2buSWx7Yod0IR2GtTGUsM9o3J-riuNDKhw.rRsWM1Sl_2stTnZLJkWVmQ"
)
PARTS = '("content-digest" "x-ebay-signature-key" "@method" "@path" "@authority")'
EXAMPLE = SignedMessage(
    "POST",
    "/verifysignature",
    "localhost:8080",
    {
        "content-digest": "sha-256=:X48E9qOokqqrvdts8nOJRJN3OWDUoyWxBf7kbu9DBPE=:",
        "signature-input": f"sig1={PARTS};created=1659651955",
        "signature": "sig1=:uunxYrXKC8KaoupD5D1DKdmQmrOhz6b4Xbhb3o9d4x4xFIpg++XzEZztOyeOI59rMMjM3NIcFgxBH0c1ckpfBw==:",
        "x-ebay-signature-key": JWE,
    },
    b'{"hello": "world"}',
)


def key_of(jwe: str) -> Ed25519PublicKey | None:
    key = load_der_public_key(b64decode(PUBLIC))
    assert isinstance(key, Ed25519PublicKey)
    return key if jwe == JWE else None


def test_the_example_that_ebay_published_fits() -> None:
    verify(EXAMPLE, key_of)


def test_what_the_tests_sign_is_what_ebay_signs() -> None:
    signer = MessageSigner(JWE, PRIVATE, EXAMPLE.authority)
    signed = signer.headers("POST", EXAMPLE.path, EXAMPLE.body, created=1659651955)
    assert {name.lower(): value for name, value in signed.items()} == EXAMPLE.headers


def changed(**headers: str | None) -> SignedMessage:
    given = {name.replace("_", "-"): value for name, value in headers.items()}
    kept = {name: value for name, value in {**EXAMPLE.headers, **given}.items() if value is not None}
    return replace(EXAMPLE, headers=kept)


def signed_over(base: str, **headers: str) -> SignedMessage:
    signer = MessageSigner(JWE, PRIVATE, EXAMPLE.authority)
    return changed(signature=f"sig1=:{signer.signed(base)}:", **headers)


def base(created: str = "1659651955", *, end: str = "\n", quote: str = "", authority: str = "localhost:8080") -> str:
    lines = [
        f'"content-digest": {quote}{EXAMPLE.headers["content-digest"]}{quote}',
        f'"x-ebay-signature-key": {quote}{JWE}{quote}',
        '"@method": POST',
        '"@path": /verifysignature',
        f'"@authority": {authority}',
        f'"@signature-params": {PARTS};created={created}',
    ]
    return end.join(lines)


FAULTS = {
    "no key": (changed(x_ebay_signature_key=None), 215001),
    "another's key": (changed(x_ebay_signature_key="e.e.e.e.e"), 215122),
    "no signature": (changed(signature=None), 215120),
    "no input": (changed(signature_input=None), 215120),
    "no digest": (changed(content_digest=None), 215120),
    "digest of another body": (replace(EXAMPLE, body=b'{"hello":"world"}'), 215120),
    "another path": (replace(EXAMPLE, path="/verify"), 215120),
    "another method": (replace(EXAMPLE, method="PUT"), 215120),
    "another host": (replace(EXAMPLE, authority="apiz.ebay.com"), 215120),
    "quotes around values": (signed_over(base(quote="'")), 215120),
    "line ends of Windows": (signed_over(base(end="\r\n")), 215120),
    "a line end at the end": (signed_over(base() + "\n"), 215120),
    "milliseconds": (
        signed_over(base("1659651955123"), signature_input=f"sig1={PARTS};created=1659651955123"),
        215120,
    ),
    "labels that differ": (changed(signature_input=f"sig2={PARTS};created=1659651955"), 215120),
    "a part left out": (
        changed(signature_input='sig1=("x-ebay-signature-key" "@method" "@path");created=1659651955'),
        215120,
    ),
    "an unknown part": (changed(signature_input=f'sig1={PARTS[:-1]} "@status");created=1659651955'), 215120),
    "a part twice": (changed(signature_input=f'sig1={PARTS[:-1]} "@method");created=1659651955'), 215120),
    "no base64": (changed(signature="sig1=:====:"), 215120),
    "an RSA signature's length": (changed(signature=f"sig1=:{'QUJD' * 80}:"), 215120),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_frequent_fault_is_refused(fault: str) -> None:
    message, error_id = FAULTS[fault]
    with pytest.raises(SignatureFault) as found:
        verify(message, key_of)
    assert found.value.error_id == error_id


def test_what_was_signed_as_it_should_be_is_told_from_the_faults() -> None:
    """The texts of the faults above are those of a good signature but for the fault."""
    verify(signed_over(base()), key_of)


async def test_a_key_is_made_once_and_its_private_half_is_never_shown_again(ebay: EbayClient) -> None:
    bearer = {"Authorization": f"Bearer {await app_token(ebay)}"}
    for body, error_id in ((b"", 210006), ({}, 210001), ({"signingKeyCipher": "DSA"}, 210001)):
        assert (await ebay.send("POST", KEYS, body, **bearer)).error_ids == [error_id]
    for cipher in ("ED25519", "RSA"):
        made = await ebay.send("POST", KEYS, {"signingKeyCipher": cipher}, **bearer)
        assert {"signingKeyId", "privateKey", "publicKey", "jwe", "expirationTime"} <= set(made.body)
        assert len(made.body["jwe"].split(".")) == 5
        found = await ebay.send("GET", f"{KEYS}/{made.body['signingKeyId']}", **bearer)
        assert found.body == {name: value for name, value in made.body.items() if name != "privateKey"}
        listed = await ebay.send("GET", KEYS, **bearer)
        assert found.body in listed.body["signingKeys"]
    assert (await ebay.send("GET", f"{KEYS}/none", **bearer)).error_ids == [210002]


async def sale(ebay: EbayClient, seller: str) -> str:
    made = await ebay.control("POST", "orders", {"seller": seller, "lines": [{"price": "10.00"}]})
    return f"/sell/fulfillment/v1/order/{made['orderId']}/issue_refund"


@pytest.mark.parametrize("cipher", ["ED25519", "RSA"])
async def test_a_seller_in_germany_signs_what_moves_money(ebay: EbayClient, cipher: str) -> None:
    path, signer = await sale(ebay, "EBAY_DE"), await new_signer(ebay, cipher)
    refund = {"reasonForRefund": "BUYER_CANCEL", "orderLevelRefundAmount": {"value": "1.00", "currency": "EUR"}}
    body = msgspec.json.encode(refund)
    assert (await ebay.call("POST", path, body)).error_ids == [215001]
    forged = signer.headers("POST", path, body) | {"Signature": f"sig1=:{signer.signed('other')}:"}
    refused = await ebay.call("POST", path, body, **forged)
    assert (refused.status, refused.error_ids, refused.body["errors"][0]["domain"]) == (403, [215120], "ACCESS")
    assert (await ebay.call("POST", path, body, **signer.headers("POST", path, body))).status == 200


async def test_a_seller_in_the_united_states_need_not_sign(ebay: EbayClient) -> None:
    path = await sale(ebay, "EBAY_US")
    refund = {"reasonForRefund": "BUYER_CANCEL", "orderLevelRefundAmount": {"value": "1.00", "currency": "USD"}}
    done = await ebay.call("POST", path, refund, seller="EBAY_US", Signature="sig1=:nonsense:")
    assert done.status == 200


async def test_a_key_ends_after_three_years(ebay: EbayClient) -> None:
    path, signer = await sale(ebay, "EBAY_DE"), await new_signer(ebay)
    body = b'{"reasonForRefund": "BUYER_CANCEL"}'
    assert (await ebay.call("POST", path, body, **signer.headers("POST", path, body))).error_ids == [34905]
    ebay.server.sandbox.clock.skew = timedelta(days=3 * 366)
    ebay.tokens.clear()
    assert (await ebay.call("POST", path, body, **signer.headers("POST", path, body))).error_ids == [215122]

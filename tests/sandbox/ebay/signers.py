"""Owns how the tests sign a message as eBay wants it, written apart from the sandbox's own reading of the scheme."""

import time
from base64 import b64decode, b64encode
from dataclasses import dataclass
from hashlib import sha256
from urllib.parse import urlsplit

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_der_private_key

from sandbox.ebay.calls import SCOPE
from tests.sandbox.ebay.ebay_client import EbayClient

KEYS = "/developer/key_management/v1/signing_key"


@dataclass(frozen=True, slots=True)
class MessageSigner:
    """`authority` is the host with its port, `private_key` base64 of PKCS #8."""

    jwe: str
    private_key: str
    authority: str

    def headers(self, method: str, path: str, body: bytes = b"", *, created: int | None = None) -> dict[str, str]:
        digest = f"sha-256=:{b64encode(sha256(body).digest()).decode()}:"
        names = '"x-ebay-signature-key" "@method" "@path" "@authority"'
        if body:
            names = f'"content-digest" {names}'
        params = f"({names});created={created or int(time.time())}"
        lines = [f'"content-digest": {digest}'] if body else []
        lines += [f'"x-ebay-signature-key": {self.jwe}', f'"@method": {method}', f'"@path": {path}']
        lines += [f'"@authority": {self.authority}', f'"@signature-params": {params}']
        signature = self.signed("\n".join(lines))
        return {
            "x-ebay-signature-key": self.jwe,
            "Signature-Input": f"sig1={params}",
            "Signature": f"sig1=:{signature}:",
        } | ({"Content-Digest": digest} if body else {})

    def signed(self, base: str) -> str:
        key = load_der_private_key(b64decode(self.private_key), None)
        if isinstance(key, RSAPrivateKey):
            return b64encode(key.sign(base.encode(), PKCS1v15(), SHA256())).decode()
        assert isinstance(key, Ed25519PrivateKey)
        return b64encode(key.sign(base.encode())).decode()


async def app_token(ebay: EbayClient, *scopes: str) -> str:
    minted = await ebay.mint(
        grant_type="client_credentials",
        scope=" ".join(f"{SCOPE}/{scope}" if scope else SCOPE for scope in scopes or ("",)),
    )
    return str(minted.body["access_token"])


async def new_signer(ebay: EbayClient, cipher: str = "ED25519") -> MessageSigner:
    bearer = {"Authorization": f"Bearer {await app_token(ebay)}"}
    made = await ebay.send("POST", KEYS, {"signingKeyCipher": cipher}, **bearer)
    assert made.status == 200, made
    return MessageSigner(made.body["jwe"], made.body["privateKey"], urlsplit(ebay.server.url).netloc)

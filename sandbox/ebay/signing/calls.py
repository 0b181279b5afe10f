"""Owns the Key Management API, and the gate before calls that have to be signed; must not know what those calls do."""

import msgspec

from sandbox.ebay.calls import CallRoute, EbayCall, EbayReply
from sandbox.ebay.problems import refusal
from sandbox.ebay.signing.keys import CIPHERS, make_key, public_key_of
from sandbox.ebay.signing.messages import PublicKey, SignatureFault, SignedMessage, verify
from sandbox.ebay.state import EbaySandbox

_ROOT = "/developer/key_management/v1/signing_key"
_GENERAL = ("",)


class _KeyOrder(msgspec.Struct, forbid_unknown_fields=True, rename="camel"):
    signing_key_cipher: str | None = None


def create_key(sandbox: EbaySandbox, call: EbayCall) -> EbayReply:
    if not call.raw:
        raise refusal(210006)
    cipher = call.read(_KeyOrder).signing_key_cipher
    if cipher not in CIPHERS:
        raise refusal(210001)
    key, private_key = make_key(cipher, sandbox.now_s)
    sandbox.book.signing_keys[key.id] = key
    return EbayReply(key.shown() | {"privateKey": private_key})


def list_keys(sandbox: EbaySandbox, _call: EbayCall) -> EbayReply:
    return EbayReply({"signingKeys": [key.shown() for key in sandbox.book.signing_keys.values()]})


def get_key(sandbox: EbaySandbox, call: EbayCall) -> EbayReply:
    key = sandbox.book.signing_keys.get(call.ids["id"])
    if key is None:
        raise refusal(210002, f"The signing key with id {call.ids['id']} was not found.")
    return EbayReply(key.shown())


def signature_gate(sandbox: EbaySandbox, route: CallRoute, call: EbayCall) -> None:
    """Calls that move money, for sellers who have to sign. Of anybody else a signature is not read, as with eBay."""
    if route.moves_money:
        check_signature(sandbox, call)


def check_signature(sandbox: EbaySandbox, call: EbayCall) -> None:
    if call.own_shop is None or not call.own_shop.seller.needs_signature:
        return
    headers = {name.lower(): value for name, value in call.headers.items()}
    message = SignedMessage(call.method, call.path, headers.get("host", ""), headers, call.raw)
    try:
        verify(message, lambda jwe: _key_of(sandbox, jwe))
    except SignatureFault as fault:
        raise refusal(fault.error_id, parameters={"reason": str(fault)}) from None


def _key_of(sandbox: EbaySandbox, jwe: str) -> PublicKey | None:
    for key in sandbox.book.signing_keys.values():
        if key.jwe == jwe and sandbox.now_s < key.until_s:
            return public_key_of(key)
    return None


CALLS = (
    CallRoute("POST", _ROOT, "key_management.create_key", _GENERAL, create_key),
    CallRoute("GET", _ROOT, "key_management.list_keys", _GENERAL, list_keys),
    CallRoute("GET", f"{_ROOT}/{{id}}", "key_management.get_key", _GENERAL, get_key),
)

"""Digital signatures of calls that move money, which eBay wants for sellers in the EU and the UK; decides no call.

The scheme is that of eBay's page "Digital Signatures for APIs": HTTP message signatures by an Ed25519 key that eBay
makes for the app. eBay ignores signatures of other sellers, so that nobody has to know where a seller lives.
"""

import asyncio
import hashlib
from base64 import b64decode, b64encode
from binascii import Error as NotBase64
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Protocol
from urllib.parse import urlsplit

import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import load_der_private_key

from analytics.clock import Clock
from integrations.cached_answer import CachedAnswer
from integrations.ebay.app import EbayApp
from integrations.ebay.calls import EbayRest, RestAsk
from integrations.ebay.oauth import AppTokens
from integrations.errors import InvalidResponse
from integrations.http import HttpClient

_PATH = "/developer/key_management/v1/signing_key"
_PARTS = ("x-ebay-signature-key", "@method", "@path", "@authority")
_DIGEST = "content-digest"
# How long a process goes on with the key that it has read.
_READ_AGAIN_AFTER = timedelta(hours=1)
# A key is replaced before it ends.
_MARGIN = timedelta(days=7)
# A key that eBay refuses is not replaced so soon after it was made: then something else is wrong, and every call would
# ask for one more.
_LEFT_ALONE = timedelta(minutes=10)
_PORTS = {"https": 443, "http": 80}


@dataclass(frozen=True, slots=True)
class EbaySigningKey:
    """`private_key` is base64 of PKCS #8, which eBay shows once; `jwe` is the public half, sealed by eBay.

    `made_at` is when eBay was asked for it.
    """

    key_id: str
    private_key: str = field(repr=False)
    jwe: str
    ends_at: datetime
    made_at: datetime


class SigningKeys(Protocol):
    """Where the key of the installation is kept, as JSON: all processes sign with one."""

    async def load(self) -> str | None: ...

    async def replace(self, old: str | None, make: Callable[[], Awaitable[str]]) -> str:
        """What `make` brings instead of `old`; what is kept already where another process was faster."""
        ...


class ProcessKeys:
    """SigningKeys that live as long as the process."""

    def __init__(self) -> None:
        self._kept: str | None = None
        self._lock = asyncio.Lock()

    async def load(self) -> str | None:
        return self._kept

    async def replace(self, old: str | None, make: Callable[[], Awaitable[str]]) -> str:
        async with self._lock:
            if self._kept is None or self._kept == old:
                self._kept = await make()
            return self._kept


class CallSigner:
    """Signs calls with the installation's key; asks eBay for one when there is none."""

    def __init__(self, app: EbayApp, http: HttpClient, tokens: AppTokens, *, keys: SigningKeys, clock: Clock) -> None:
        self._app, self._http, self._tokens, self._keys, self._clock = app, http, tokens, keys, clock
        self._current = CachedAnswer(self._usable_key, clock)
        self._refused: str | None = None

    async def headers(self, method: str, url: str, body: bytes | None) -> Mapping[str, str]:
        key = await self._current.value(at_most=_READ_AGAIN_AFTER)
        return signed_headers(key, method, url, body=body, created=self._clock())

    async def renew(self, signed: Mapping[str, str]) -> bool:
        """Whether there is another key than the one that eBay did not know; `signed` are the headers of that call.

        Raises what asking eBay for a key raises.
        """
        used = signed[_PARTS[0]]
        if (await self._current.value(at_most=_READ_AGAIN_AFTER)).jwe != used:
            return True
        self._refused = used
        return (await self._current.value(at_most=timedelta(0))).jwe != used

    async def _usable_key(self) -> EbaySigningKey:
        text = await self._keys.load()
        kept = None if text is None else _read(text)
        if kept is not None and self._is_usable(kept):
            return kept
        found = _read(await self._keys.replace(text, self._made_text))
        if found is None:
            raise InvalidResponse("The key that eBay calls are signed with cannot be read.")
        return found

    def _is_usable(self, key: EbaySigningKey) -> bool:
        now = self._clock()
        is_left_alone = key.jwe != self._refused or now - key.made_at < _LEFT_ALONE
        return is_left_alone and now < key.ends_at - _MARGIN

    async def _made_text(self) -> str:
        return msgspec.json.encode(await self._made()).decode()

    async def _made(self) -> EbaySigningKey:
        rest = EbayRest(self._app, self._http, await self._tokens.value())
        ask = RestAsk("POST", _PATH, body={"signingKeyCipher": "ED25519"}, is_on_apiz=True, is_idempotent=False)
        made = (await rest.call(ask)).fields
        key_id, private_key, jwe = made.text("signingKeyId"), made.text("privateKey"), made.text("jwe")
        ends = made.whole("expirationTime")
        if key_id is None or private_key is None or jwe is None or ends is None:
            # Not shown: the answer has the private key.
            raise InvalidResponse("eBay sent no key to sign with.")
        key = EbaySigningKey(key_id, private_key, jwe, datetime.fromtimestamp(ends, UTC), self._clock())
        # One that nobody can sign with is not kept.
        _private(key)
        return key


def _read(text: str) -> EbaySigningKey | None:
    """None for what another release has written otherwise: eBay gives another key."""
    try:
        return msgspec.json.decode(text, type=EbaySigningKey)
    except msgspec.MsgspecError:
        return None


def signed_headers(
    key: EbaySigningKey, method: str, url: str, *, body: bytes | None, created: datetime
) -> dict[str, str]:
    """The headers that sign a call to the address; `created` is written in whole seconds."""
    headers = {_PARTS[0]: key.jwe}
    if body:
        headers["Content-Digest"] = f"sha-256=:{b64encode(hashlib.sha256(body).digest()).decode()}:"
    parts = (_DIGEST, *_PARTS) if body else _PARTS
    names = " ".join(f'"{part}"' for part in parts)
    params = f"({names});created={int(created.timestamp())}"
    base = signature_base(parts, params, {**_derived(method, url), **_lowered(headers)})
    headers["Signature-Input"] = f"sig1={params}"
    headers["Signature"] = f"sig1=:{b64encode(_private(key).sign(base.encode())).decode()}:"
    return headers


def signature_base(parts: tuple[str, ...], params: str, values: Mapping[str, str]) -> str:
    """What is signed: a line for each part and one for the parameters, no line end after the last."""
    lines = [f'"{part}": {values[part]}' for part in parts]
    return "\n".join([*lines, f'"@signature-params": {params}'])


def _derived(method: str, url: str) -> dict[str, str]:
    """The parts that are no headers: a path without its query, and the host that is called, with an odd port."""
    address = urlsplit(url)
    host = (address.hostname or "").lower()
    is_usual = address.port in (None, _PORTS.get(address.scheme))
    return {
        "@method": method.upper(),
        "@path": address.path or "/",
        "@authority": host if is_usual else f"{host}:{address.port}",
    }


def _lowered(headers: Mapping[str, str]) -> dict[str, str]:
    return {name.lower(): value for name, value in headers.items()}


def _private(key: EbaySigningKey) -> Ed25519PrivateKey:
    """Raises InvalidResponse for a key that is none: nothing of it is shown."""
    # eBay sends the base64 alone; a key that somebody pasted may have PEM's lines around it.
    text = "".join(line for line in key.private_key.split("\n") if not line.startswith("-----"))
    try:
        found = load_der_private_key(b64decode(text, validate=True), None)
    except (NotBase64, ValueError):
        found = None
    if not isinstance(found, Ed25519PrivateKey):
        raise InvalidResponse("The key that eBay calls are signed with cannot be read.") from None
    return found

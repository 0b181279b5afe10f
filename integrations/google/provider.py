"""Google's configuration: the addresses and keys that it publishes, each cached for an hour. Knows no dialog."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TypeVar
from urllib.parse import urlsplit

import msgspec
from joserfc.errors import JoseError
from joserfc.jwk import RSAKey

from analytics.clock import Clock
from integrations.cached_answer import CachedAnswer
from integrations.errors import InvalidResponse, Rejected, Unavailable
from integrations.google.id_tokens import ALGORITHM
from integrations.google.records import Discovery, KeyList, OAuthFault
from integrations.http import HttpClient, Reply, Request, TryAgain

T = TypeVar("T")
VENDOR = "Google"
# Tokens with invented key ids must not make us ask Google for its keys each time.
ASKED_AGAIN_AFTER = timedelta(minutes=1)
_WELL_KNOWN = "/.well-known/openid-configuration"
_SMALLEST_KEY_BITS = 2048
_OK, _BAD_REQUEST, _SERVER_FAULT = 200, 400, 500
_DISCOVERY = msgspec.json.Decoder(Discovery)
_KEYS = msgspec.json.Decoder(KeyList)
_FAULT = msgspec.json.Decoder(OAuthFault)


@dataclass(frozen=True, slots=True)
class GoogleApp:
    """What Google has given the installation; `client_id` is '' when sign-in with Google is not set up."""

    client_id: str
    client_secret: str = field(repr=False)
    issuer: str
    # Where the dialog sends the browser back to: exactly the address that is registered for the client.
    redirect_uri: str


class GoogleProvider:
    """Google for one client; its methods raise IntegrationErrors."""

    def __init__(self, app: GoogleApp, http: HttpClient, clock: Clock) -> None:
        self.app = app
        self.http = http
        self.clock = clock
        self._discovery = CachedAnswer(self._fetch_discovery, clock)
        self._keys = CachedAnswer(self._fetch_keys, clock)

    async def discovery(self) -> Discovery:
        return await self._discovery.value()

    async def key(self, kid: str) -> RSAKey | None:
        """The key with this id, None if Google has none; for an unknown id Google is asked at most once a minute."""
        found = (await self._keys.value()).get(kid)
        return found or (await self._keys.value(at_most=ASKED_AGAIN_AFTER)).get(kid)

    async def _fetch_discovery(self) -> Discovery:
        found = await self._read(self.app.issuer.rstrip("/") + _WELL_KNOWN, _DISCOVERY)
        endpoints = (found.authorization_endpoint, found.token_endpoint, found.jwks_uri)
        scheme = urlsplit(self.app.issuer).scheme
        # Only the sandbox has no TLS: an issuer with https must not name addresses without it.
        is_safe = all(urlsplit(endpoint).scheme in ("https", scheme) for endpoint in endpoints)
        if found.issuer != self.app.issuer or not is_safe:
            raise InvalidResponse("Google's configuration is not that of GOOGLE_ISSUER.")
        return found

    async def _fetch_keys(self) -> dict[str, RSAKey]:
        listed = await self._read((await self.discovery()).jwks_uri, _KEYS)
        return usable_keys(listed.keys)

    async def _read(self, url: str, decoder: "msgspec.json.Decoder[T]") -> T:
        return await self.http.call(Request(VENDOR, "GET", url), lambda reply: read(reply, decoder))


def usable_keys(listed: Sequence[dict[str, object]]) -> dict[str, RSAKey]:
    """The RSA signing keys of a key set, by id; keys that cannot be read are left out, as RFC 7517 asks."""
    found: dict[str, RSAKey] = {}
    for each in listed:
        kid = each.get("kid")
        is_signing = each.get("use", "sig") == "sig" and each.get("alg", ALGORITHM) == ALGORITHM
        if not isinstance(kid, str) or each.get("kty") != "RSA" or not is_signing:
            continue
        try:
            key = RSAKey.import_key({name: str(each[name]) for name in ("kty", "n", "e")})
        except (JoseError, ValueError, KeyError):
            continue
        if key.public_key.key_size >= _SMALLEST_KEY_BITS:
            found[kid] = key
    return found


def read(reply: Reply, decoder: "msgspec.json.Decoder[T]") -> T:
    """The decoded answer; raises Rejected for an OAuth error, TryAgain for a failure that may pass."""
    if reply.status == _OK:
        try:
            return decoder.decode(reply.body)
        except (msgspec.MsgspecError, UnicodeDecodeError):
            raise TryAgain(InvalidResponse("Google sent an answer that cannot be read.")) from None
    if reply.status >= _SERVER_FAULT:
        raise TryAgain(Unavailable("Google does not answer at the moment; try again in a few minutes."))
    if reply.status >= _BAD_REQUEST and _is_fault(reply):
        raise Rejected("Google did not accept the answer of its dialog.")
    raise TryAgain(InvalidResponse("Google sent an answer that cannot be read."))


def _is_fault(reply: Reply) -> bool:
    try:
        return bool(_FAULT.decode(reply.body).error)
    except (msgspec.MsgspecError, UnicodeDecodeError):
        return False

"""eBay's notifications: what it calls us with, proved and read, and the calls that set them up; stores nothing.

A notification only wakes somebody who then asks: losing all of them loses nothing.
"""

import hashlib
from base64 import b64decode
from binascii import Error as NotBase64
from dataclasses import dataclass
from datetime import datetime, timedelta

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ec import ECDSA, EllipticCurvePublicKey
from cryptography.hazmat.primitives.hashes import SHA1, SHA256, SHA384, SHA512, HashAlgorithm
from cryptography.hazmat.primitives.serialization import load_pem_public_key

from analytics.clock import Clock
from integrations.cached_answer import CachedAnswer
from integrations.ebay.app import EbayApp
from integrations.ebay.calls import EbayRest
from integrations.ebay.oauth import AppTokens
from integrations.errors import InvalidResponse, Rejected
from integrations.http import HttpClient
from integrations.selling.values import Fields, decoded

ROOT = "/commerce/notification/v1"
# eBay signs with SHA-1 (its documentation and SDKs): the key is named by eBay, not by whoever calls.
_DIGESTS: dict[str, type[HashAlgorithm]] = {"SHA1": SHA1, "SHA256": SHA256, "SHA384": SHA384, "SHA512": SHA512}
_KEPT_FOR = timedelta(hours=1)
_ASKED_AGAIN_AFTER = timedelta(minutes=1)
_LONGEST_HEADER = 4_096
_LONGEST_KID = 100
_MOST_KEYS = 50


class UntrustedNotification(Exception):
    """A message that eBay has not signed, or not as it signs; the text is for logs and holds nothing of the message."""


@dataclass(frozen=True, slots=True)
class EbayNotification:
    """`user_id` and `username` are whom the message is about; eBay uses either, and for some topics neither."""

    notification_id: str
    topic: str
    published_at: datetime | None
    user_id: str | None
    username: str | None
    # An order's id, for topics about one.
    order_id: str | None


def challenge_response(challenge_code: str, *, verification_token: str, endpoint: str) -> str:
    """What eBay wants back; `endpoint` is the registered address byte for byte, never that of the request."""
    return hashlib.sha256(f"{challenge_code}{verification_token}{endpoint}".encode()).hexdigest()


def notification_in(body: bytes) -> EbayNotification:
    """The message in a body whose signature was checked; raises InvalidResponse for what is no message."""
    try:
        raw = Fields.of(decoded(body))
    except ValueError:
        raw = Fields({})
    notification, topic = raw.part("notification"), raw.part("metadata").text("topic")
    notification_id, data = notification.text("notificationId"), notification.part("data")
    if notification_id is None or topic is None:
        raise InvalidResponse("eBay sent a notification without its id or topic.")
    return EbayNotification(
        notification_id,
        topic,
        notification.instant("publishDate") or notification.instant("eventDate"),
        _told(data, ("userId", "publicUserId")),
        _told(data, ("username",)),
        _told(data, ("orderId",)),
    )


def _told(data: Fields, names: tuple[str, ...], depth: int = 3) -> str | None:
    """The first value of one of the names: each topic has its own objects around what it tells."""
    found = next((text for name in names if (text := data.text(name)) is not None), None)
    if found is not None or depth == 0:
        return found
    parts = (data.part(name) for name, value in data.raw.items() if isinstance(value, dict))
    return next((told for part in parts if (told := _told(part, names, depth - 1)) is not None), None)


class NotificationKeys:
    """eBay's public keys by their ids, each for an hour; of unknown ids one is asked for in a minute.

    Otherwise whoever forges ids would use up the calls of the installation.
    """

    def __init__(self, app: EbayApp, http: HttpClient, tokens: AppTokens, clock: Clock) -> None:
        self._app, self._http, self._tokens, self._clock = app, http, tokens, clock
        self._known: dict[str, CachedAnswer[EllipticCurvePublicKey]] = {}
        self._asking: dict[str, CachedAnswer[EllipticCurvePublicKey]] = {}
        self._asked_at: datetime | None = None

    async def verify(self, header: str, body: bytes) -> None:
        """Returns when eBay has signed exactly this body; raises UntrustedNotification, or what asking raises."""
        kid, signature, digest = _signature_in(header)
        try:
            key = await self._key(kid)
            key.verify(signature, body, ECDSA(digest()))
        except Rejected:
            raise UntrustedNotification("eBay does not know the key") from None
        except InvalidSignature:
            raise UntrustedNotification("the signature does not fit the body") from None

    async def _key(self, kid: str) -> EllipticCurvePublicKey:
        """Raises Rejected for a key that eBay does not know."""
        known = self._known.get(kid) or self._asking.get(kid)
        if known is not None:
            return await known.value(at_most=_KEPT_FOR)
        now = self._clock()
        if self._asked_at is not None and abs(now - self._asked_at) < _ASKED_AGAIN_AFTER:
            raise UntrustedNotification("the key is not known, and another one was asked for just now")
        self._asked_at = now
        # Messages that are signed by a new key come several at a time: all of them wait for the one call.
        cached = self._asking[kid] = CachedAnswer(lambda: self._fetch(kid), self._clock)
        try:
            key = await cached.value(at_most=_KEPT_FOR)
        finally:
            del self._asking[kid]
        if len(self._known) >= _MOST_KEYS:
            del self._known[next(iter(self._known))]
        self._known[kid] = cached
        # A key that eBay has says that the id was none of those that are made up.
        self._asked_at = None
        return key

    async def _fetch(self, kid: str) -> EllipticCurvePublicKey:
        rest = EbayRest(self._app, self._http, await self._tokens.value())
        text = (await rest.get(f"{ROOT}/public_key/{kid}")).text("key") or ""
        return public_key_of(text)


def public_key_of(text: str) -> EllipticCurvePublicKey:
    """EBay writes PEM on one line; raises InvalidResponse for what is no key of an elliptic curve."""
    middle = text.replace("-----BEGIN PUBLIC KEY-----", "").replace("-----END PUBLIC KEY-----", "")
    pem = f"-----BEGIN PUBLIC KEY-----\n{''.join(middle.split())}\n-----END PUBLIC KEY-----\n"
    try:
        key = load_pem_public_key(pem.encode())
    except (ValueError, UnsupportedAlgorithm):
        key = None
    if not isinstance(key, EllipticCurvePublicKey):
        raise InvalidResponse("eBay's key for notifications cannot be read.")
    return key


def _signature_in(header: str) -> tuple[str, bytes, type[HashAlgorithm]]:
    """Key id, signature and digest of the header; raises UntrustedNotification."""
    if not header or len(header) > _LONGEST_HEADER:
        raise UntrustedNotification("there is no signature, or a very long one")
    try:
        said = Fields.of(decoded(b64decode(header, validate=True)))
        signature = b64decode(said.text("signature") or "", validate=True)
    except (NotBase64, ValueError):
        raise UntrustedNotification("the signature cannot be read") from None
    kid, digest = said.text("kid") or "", _DIGESTS.get((said.text("digest") or "").upper().replace("-", ""))
    # The id becomes part of an address.
    is_plain = kid.isascii() and kid.replace("-", "").replace("_", "").isalnum() and len(kid) <= _LONGEST_KID
    if not is_plain or not signature or digest is None or (said.text("alg") or "").lower() != "ecdsa":
        raise UntrustedNotification("the signature is of another kind than eBay's")
    return kid, signature, digest

"""Owns what Meta tells an app without being asked: signed requests to its deauthorize and deletion URLs."""

import hmac
from dataclasses import dataclass
from enum import StrEnum
from hashlib import sha256

import aiohttp
import msgspec

from sandbox.meta.sign_in.tokens import base64url

_TIMEOUT = aiohttp.ClientTimeout(total=10)


class CallbackKind(StrEnum):
    DEAUTHORIZE = "deauthorize"
    DELETION = "deletion"


@dataclass(frozen=True, slots=True)
class CallbackAnswer:
    status: int
    body: str


def signed_request(app_secret: str, user_id: str, *, issued_at: int) -> str:
    """The signature is over the encoded payload."""
    payload = base64url(msgspec.json.encode({"user_id": user_id, "algorithm": "HMAC-SHA256", "issued_at": issued_at}))
    return f"{base64url(hmac.new(app_secret.encode(), payload.encode(), sha256).digest())}.{payload}"


async def call_back(url: str, signed: str) -> CallbackAnswer:
    """Raises OSError when nobody listens."""
    async with (
        aiohttp.ClientSession(timeout=_TIMEOUT) as session,
        session.post(url, data={"signed_request": signed}, allow_redirects=False) as answer,
    ):
        return CallbackAnswer(answer.status, await answer.text())

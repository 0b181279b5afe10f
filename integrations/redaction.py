"""Owns which words of a text are credentials; every URL, body or exception text passes here before it is shown."""

import re

_NAMES = (
    "access_token",
    "appsecret_proof",
    "client_secret",
    "code",
    "code_verifier",
    "fb_exchange_token",
    "input_token",
    "refresh_token",
    "signed_request",
)
_ASSIGNED = re.compile(
    rf"""(?i)(["']?\b(?:{"|".join(_NAMES)})["']?\s*(?:=|:|%3D)\s*["']?)(?!\d{{1,4}}\b)[^\s&"',}}\])>]+"""
)
_BEARER = re.compile(r"(?i)\b(Bearer|OAuth)\s+[\w|.~+/=-]{8,}")
# Meta's tokens begin with EAA; an app token is the app's id and secret joined by a bar.
_BARE = re.compile(r"\bEAA\w{8,}|\b\d{3,}\|[\w-]{8,}")
MASK = "***"


def redact(text: str) -> str:
    """The text with every credential masked; an error code (`"code": 190`) is none."""
    text = _ASSIGNED.sub(rf"\g<1>{MASK}", text)
    return _BARE.sub(MASK, _BEARER.sub(rf"\g<1> {MASK}", text))

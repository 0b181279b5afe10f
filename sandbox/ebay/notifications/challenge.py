"""Owns how an endpoint proves that it knows its verification token, before a destination is registered."""

import hmac
from hashlib import sha256

import aiohttp
import msgspec

from sandbox.marketplaces.courier import OK_STATUSES

_TIMEOUT = aiohttp.ClientTimeout(total=10)


async def answers_challenge(endpoint: str, verification_token: str, code: str) -> bool:
    """Whether the endpoint knows the token: it hashes code, token and its own address, byte for byte as registered."""
    expected = sha256(f"{code}{verification_token}{endpoint}".encode()).hexdigest()
    try:
        async with (
            aiohttp.ClientSession(timeout=_TIMEOUT) as http,
            http.get(endpoint, params={"challenge_code": code}, allow_redirects=False) as answer,
        ):
            found = msgspec.json.decode(await answer.read())
    except (aiohttp.ClientError, TimeoutError, ValueError):
        return False
    given = found.get("challengeResponse") if isinstance(found, dict) else None
    return (
        answer.status in OK_STATUSES
        and isinstance(given, str)
        and hmac.compare_digest(given.encode(), expected.encode())
    )

"""Owns how tests read what a stand-in answers: JSON where it is, else a text."""

from typing import Any

import aiohttp
import msgspec


async def decoded(answer: aiohttp.ClientResponse) -> Any:
    """None without a body."""
    raw = await answer.read()
    try:
        return msgspec.json.decode(raw) if raw else None
    except msgspec.DecodeError:
        return raw.decode()

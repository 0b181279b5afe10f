"""Owns a small Graph client for the sandbox's tests; must know nothing of the generator."""

import hmac
import json
from dataclasses import dataclass
from datetime import UTC, date, datetime
from hashlib import sha256
from typing import Any

import aiohttp

from sandbox.meta.config import SandboxConfig
from sandbox.server import SandboxServer

TODAY = date(2026, 11, 21)
NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)
FIRST_DAY = date(2026, 7, 25)
APP_ID = "4711"
SECRET = "sandbox-secret"
ADMIN_TOKEN = "admin-token"
REDIRECT = "http://127.0.0.1:9/auth/meta/callback"
CONFIG = SandboxConfig(APP_ID, SECRET, ADMIN_TOKEN, allowed_redirects=(REDIRECT,), today=TODAY)
SYSTEM_USER = "SANDBOX-SYSTEM-USER"
_MOST_PAGES = 600

Row = dict[str, Any]


def proof(token: str, secret: str = SECRET) -> str:
    return hmac.new(secret.encode(), token.encode(), sha256).hexdigest()


@dataclass
class Graph:
    """Reads the Graph as a stranger would, over HTTP."""

    server: SandboxServer
    session: aiohttp.ClientSession
    token: str = SYSTEM_USER
    secret: str = SECRET

    def auth(self) -> dict[str, str]:
        return {"access_token": self.token, "appsecret_proof": proof(self.token, self.secret)}

    async def call(self, path: str, method: str = "GET", **params: str) -> tuple[int, Row]:
        url = f"{self.server.url}/v26.0/{path}"
        async with self.session.request(method, url, params=self.auth() | params) as answer:
            return answer.status, await answer.json()

    async def get(self, path: str, **params: str) -> Row:
        status, body = await self.call(path, **params)
        assert status == 200, body
        return body

    async def error(self, path: str, **params: str) -> tuple[int, int, int | None]:
        """HTTP status, code and subcode of a call that must fail."""
        status, body = await self.call(path, **params)
        assert "error" in body, body
        return status, body["error"]["code"], body["error"].get("error_subcode")

    async def all_rows(self, path: str, **params: str) -> list[Row]:
        """Every row of a list, by `next` alone; endless lists fail."""
        rows: list[Row] = []
        body = await self.get(path, **params)
        for _ in range(_MOST_PAGES):
            rows += body["data"]
            following = body.get("paging", {}).get("next")
            if following is None:
                return rows
            async with self.session.get(following) as answer:
                assert answer.status == 200
                body = await answer.json()
        raise AssertionError("the list does not end")

    async def insights(self, object_id: str, since: date, until: date, **params: str) -> list[Row]:
        days = json.dumps({"since": since.isoformat(), "until": until.isoformat()})
        return await self.all_rows(f"{object_id}/insights", time_range=days, **({"limit": "500"} | params))


def number(row: Row, name: str) -> float:
    return float(row.get(name, "0"))


def action(row: Row, action_type: str, window: str = "value", *, name: str = "actions") -> float:
    """The number of one action type in one window; what is not listed is zero."""
    found = [stat for stat in row.get(name, []) if stat["action_type"] == action_type]
    assert len(found) <= 1
    return float(found[0].get(window, "0")) if found else 0.0

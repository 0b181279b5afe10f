"""Owns how the tests use the stand-in of Vinted's site: as a member's browser, and as whoever controls it."""

import re
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from io import BytesIO
from typing import Any

import aiohttp
import msgspec
from PIL import Image

from sandbox.vinted.calls import PREFIX
from sandbox.vinted.config import VintedConfig
from sandbox.vinted.control import member_named
from sandbox.vinted.members import Member
from sandbox.vinted.server import VintedServer
from sandbox.vinted.state import Challenge
from tests.sandbox.decoding import decoded

ADMIN_TOKEN, PASSWORD = "admin", "pass-of-all"
IN_SCRIPT = re.compile(r'"CSRF_TOKEN\\?":\\?"([^"\\]+)')
IN_META = re.compile(r'<meta name="csrf-token" content="([^"]+)">')


def vinted_config(**changes: Any) -> VintedConfig:
    given: dict[str, Any] = {"password": PASSWORD, "items": 30} | changes
    return VintedConfig(ADMIN_TOKEN, **given)


def jpeg(width: int = 64, height: int = 48, kind: str = "JPEG") -> bytes:
    file = BytesIO()
    Image.new("RGB", (width, height), (200, 100, 50)).save(file, kind)
    return file.getvalue()


@dataclass(frozen=True, slots=True)
class Seen:
    """`body` is decoded JSON, and the text where it is no JSON."""

    status: int
    body: Any
    headers: Mapping[str, str]

    @property
    def refusal(self) -> tuple[int, str]:
        return self.status, str(self.body["message_code"])

    @property
    def fields(self) -> list[str]:
        """Which fields are wrong."""
        return [each["field"] for each in self.body["errors"]]


@dataclass
class SiteBrowser:
    """Keeps cookies as a browser does, and sends with a call what a page of the site would."""

    server: VintedServer
    http: aiohttp.ClientSession
    place: int
    headers: dict[str, str] = field(default_factory=dict)

    @property
    def member(self) -> Member:
        return member_named(self.server.sandbox, self.place)

    async def visit(self, path: str, **options: Any) -> Seen:
        return await self._send("GET", path, **options)

    async def sign_in(self, password: str = PASSWORD) -> Seen:
        """By the form; the token of the page that follows is sent with calls from now on."""
        form = {"login": self.member.login, "password": password}
        page = await self._send("POST", "/member/login", data=form)
        token = IN_SCRIPT.search(page.body) or IN_META.search(page.body)
        self.headers = {"Origin": self.server.url, "x-csrf-token": token[1] if token else ""}
        return page

    async def call(self, method: str, path: str, body: object = None, **headers: str) -> Seen:
        """`{me}` in the path is the member's id; `body` is JSON, bytes and forms go as they are."""
        data = body if isinstance(body, bytes | aiohttp.FormData) or body is None else msgspec.json.encode(body)
        path = PREFIX + path.replace("{me}", str(self.member.member_id))
        return await self._send(method, path, data=data, headers=self.headers | headers)

    async def upload(self, temp_uuid: str = "session-1", raw: bytes | None = None, **fields: str) -> Seen:
        form = aiohttp.FormData(default_to_multipart=True)
        for name, value in ({"photo[type]": "item", "photo[temp_uuid]": temp_uuid} | fields).items():
            form.add_field(name, value)
        form.add_field("photo[file]", jpeg() if raw is None else raw, filename="a.jpg", content_type="image/jpeg")
        return await self.call("POST", "/photos", form)

    async def control(self, method: str, path: str, body: object = None) -> Any:
        got = await self.ask_control(method, path, {} if body is None and method == "POST" else body)
        assert got.status == 200, got
        return got.body

    async def ask_control(self, method: str, path: str, body: object = None, token: str = ADMIN_TOKEN) -> Seen:
        data = None if body is None else msgspec.json.encode(body)
        return await self._send(method, f"/_sandbox/{path}", data=data, headers={"X-Sandbox-Token": token})

    async def _send(self, method: str, path: str, **options: Any) -> Seen:
        async with self.http.request(method, self.server.url + path, **options) as answer:
            return Seen(answer.status, await decoded(answer), answer.headers)


@asynccontextmanager
async def browsers(server: VintedServer) -> AsyncIterator[Callable[[int], Awaitable[SiteBrowser]]]:
    """Opens browsers with cookies of their own, signed in as the member of that place."""
    async with AsyncExitStack() as stack:

        async def opened(place: int) -> SiteBrowser:
            jar = aiohttp.CookieJar(unsafe=True)
            http = await stack.enter_async_context(aiohttp.ClientSession(cookie_jar=jar))
            browser = SiteBrowser(server, http, place)
            await browser.sign_in()
            return browser

        yield opened


def mend(server: VintedServer) -> None:
    sandbox, config = server.sandbox, server.sandbox.config
    sandbox.clock.set(None)
    sandbox.clock.skew = timedelta()
    sandbox.faults.clear()
    sandbox.challenge = Challenge()
    sandbox.latency_s, sandbox.listing_delay_s = config.latency_s, config.listing_delay_s
    sandbox.per_minute, sandbox.has_retry_after = config.per_minute, True
    sandbox.signed_out_status, sandbox.csrf_place = 401, "BOTH"
    sandbox.minutes.clear()
    for member in sandbox.book.members.values():
        member.is_restricted = False

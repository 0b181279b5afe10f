"""Owns how the tests speak to a sandbox of Etsy: as an app with its key and tokens, and as whoever controls it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from io import BytesIO
from typing import Any

import aiohttp
import msgspec
from PIL import Image

from sandbox.etsy.calls import PREFIX
from sandbox.etsy.config import EtsyConfig
from sandbox.etsy.control import shop_of
from sandbox.etsy.server import EtsyServer
from sandbox.etsy.shops import EtsyShop
from tests.sandbox.decoding import decoded

KEYSTRING, SHARED_SECRET, ADMIN_TOKEN = "keystring1", "shared-secret-1", "admin"
API_KEY = f"{KEYSTRING}:{SHARED_SECRET}"
REDIRECT_URI = "http://127.0.0.1:9/callback?x=1"
# A verifier of RFC 7636, and its S256 hash.
VERIFIER = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
CHALLENGE = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"


def etsy_config(**changes: Any) -> EtsyConfig:
    return EtsyConfig(KEYSTRING, SHARED_SECRET, ADMIN_TOKEN, **{"redirect_uris": (REDIRECT_URI,)} | changes)


def jpeg(width: int = 640, height: int = 480, kind: str = "JPEG") -> bytes:
    file = BytesIO()
    Image.new("RGB", (width, height), (200, 100, 50)).save(file, kind)
    return file.getvalue()


@dataclass(frozen=True, slots=True)
class Got:
    """`body` is decoded JSON, None without one, and the text where it is no JSON."""

    status: int
    body: Any
    headers: Mapping[str, str]

    @property
    def error(self) -> str:
        return str(self.body["error"])

    @property
    def seen(self) -> tuple[int, str]:
        """What a refusal is told by."""
        return self.status, self.error


@dataclass
class EtsyClient:
    """`tokens` by shop: minted by control at the first call, with every scope."""

    server: EtsyServer
    http: aiohttp.ClientSession
    tokens: dict[str, str] = field(default_factory=dict)

    def shop(self, name: str = "DE") -> EtsyShop:
        return shop_of(self.server.sandbox, name)

    async def send(self, method: str, path: str, body: object = None, **headers: str) -> Got:
        """Without a key; `body` is JSON, bytes go as they are, a mapping of texts under `form` as a form."""
        data = body if isinstance(body, bytes | aiohttp.FormData) or body is None else msgspec.json.encode(body)
        is_json = data is not None and not isinstance(data, aiohttp.FormData)
        sent = ({"Content-Type": "application/json"} if is_json else {}) | headers
        url = f"{self.server.url}{path}"
        async with self.http.request(method, url, data=data, headers=sent, allow_redirects=False) as answer:
            return Got(answer.status, await decoded(answer), answer.headers)

    async def call(self, method: str, path: str, body: object = None, *, shop: str = "DE", **headers: str) -> Got:
        """`{shop}` in the path is the id of the shop."""
        token = self.tokens.get(shop) or await self.token(shop)
        self.tokens[shop] = token
        sent = {"x-api-key": API_KEY, "Authorization": f"Bearer {token}"} | headers
        path = path.replace("{shop}", str(self.shop(shop).shop_id))
        return await self.send(method, PREFIX + path, body, **sent)

    async def form(self, method: str, path: str, fields: Mapping[str, object], *, shop: str = "DE") -> Got:
        """As most clients send: urlencoded."""
        texts = aiohttp.FormData({name: str(value) for name, value in fields.items()})
        return await self.call(method, path, texts, shop=shop)

    async def token(self, shop: str, scopes: list[str] | None = None) -> str:
        issued = await self.control("POST", "tokens", {"shop": shop, "scopes": scopes})
        return str(issued["access_token"])

    async def mint(self, **form: str) -> Got:
        """The token endpoint."""
        given = {"client_id": KEYSTRING} | form
        async with self.http.post(f"{self.server.url}/v3/public/oauth/token", data=given) as answer:
            return Got(answer.status, await decoded(answer), answer.headers)

    async def upload(self, listing_id: int, raw: bytes | None = None, *, shop: str = "DE", **fields: object) -> Got:
        form = aiohttp.FormData({name: str(value) for name, value in fields.items()}, default_to_multipart=True)
        if raw is not None:
            form.add_field("image", raw, filename="a.jpg", content_type="image/jpeg")
        return await self.call("POST", f"/shops/{{shop}}/listings/{listing_id}/images", form, shop=shop)

    async def control(self, method: str, path: str, body: object = None) -> Any:
        got = await self.send(method, f"/_sandbox/{path}", body, **{"X-Sandbox-Token": ADMIN_TOKEN})
        assert got.status == 200, got
        return got.body

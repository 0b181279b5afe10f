"""Every secret is changed under load, process by process, as docs/deploy.md tells: no request fails, none is lost."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass, field, replace
from uuid import uuid4

import aiohttp
import pytest
from cryptography.fernet import Fernet

from auth.access_tokens import AccessTokenSigner
from auth.authenticator import Authenticator
from auth.refresh_tokens import pepper_of
from auth.token_cipher import TokenCipher
from services.installation.key_rotation import rotate_keys
from services.toolbox import Toolbox
from settings.model import AppEnv, Settings
from startup.server import build_app
from tests.doors.http import GraphQLClient, Reply
from tests.doors.serving import serving
from tests.worlds.connections import SYSTEM_USER, ConnectWorld, connect_base

pytestmark = pytest.mark.drill

OLD_JWT, NEW_JWT = "the old secret of the tests, long enough", "the new secret of the tests, long enough"
OLD_KEY, NEW_KEY = Fernet.generate_key().decode(), Fernet.generate_key().decode()
CLIENTS, DEADLINE_S = 6, 60
REGISTER = """
mutation ($input: RegisterInput!) { register(input: $input) { accessToken refreshToken userErrors { message } } }
"""
CONNECT = """
mutation ($token: String!) { addAccessGrant(input: { platform: META, accessToken: $token }) {
  grant { id } userErrors { message } } }
"""
SEE = "query ($grant: ID!) { availableAdAccounts(grantId: $grant) { nodes { name } } viewer { user { id } } }"
REFRESH = """
mutation ($token: String!) { refreshSession(refreshToken: $token) {
  accessToken refreshToken userErrors { message } } }
"""


async def _nobody_asks() -> None:
    pass


@dataclass
class Fleet:
    """Two API processes; a load balancer tries the other one when one does not answer."""

    tools: Toolbox
    urls: list[str] = field(default_factory=lambda: ["", ""])
    lives: list[AsyncExitStack] = field(default_factory=lambda: [AsyncExitStack(), AsyncExitStack()])
    # Some load on the mixed fleet: waits until there was some.
    is_asked: Callable[[], Awaitable[None]] = field(default=_nobody_asks)

    def release(self, jwt: tuple[str, ...], keys: tuple[str, ...]) -> Toolbox:
        previous = jwt[1] if len(jwt) > 1 else None
        tokens = AccessTokenSigner(
            jwt[0], previous=previous, issuer=self.tools.addresses.public_url, clock=self.tools.clock
        )
        credentials = replace(
            self.tools.credentials,
            tokens=tokens,
            authenticator=Authenticator(self.tools.db, tokens, self.tools.clock),
            refresh_token_peppers=tuple(pepper_of(secret) for secret in jwt),
        )
        return replace(self.tools, credentials=credentials, cipher=TokenCipher(keys))

    async def roll_out(self, jwt: tuple[str, ...], keys: tuple[str, ...]) -> Toolbox:
        """One after the other, each drained, as an upgrade does it."""
        tools = self.release(jwt, keys)
        for number in (0, 1):
            await self.lives[number].aclose()
            app = build_app(tools, Settings(_env_file=None, app_env=AppEnv.TEST))
            self.urls[number], _ = await self.lives[number].enter_async_context(serving(app))
            await self.is_asked()
        return tools

    async def ask(self, turn: int, bearer: str | None, query: str, **variables: object) -> Reply:
        for number in (turn, turn + 1):
            try:
                return await GraphQLClient(self.urls[number % 2], bearer).ask(query, **variables)
            except aiohttp.ClientConnectionError:
                continue
        raise AssertionError("neither process answers")


@dataclass
class Load:
    """People who look at their platform's accounts and renew their sessions, on and on."""

    fleet: Fleet
    answers: int = 0
    failures: list[str] = field(default_factory=list)
    is_over: bool = False
    connected: asyncio.Barrier = field(default_factory=lambda: asyncio.Barrier(CLIENTS + 1))

    async def goes_on(self) -> None:
        """Waits until everybody was answered some times more, on average."""
        wanted = self.answers + 4 * CLIENTS
        async with asyncio.timeout(DEADLINE_S):
            while self.answers < wanted and not self.failures:  # noqa: ASYNC110 - as many people tell as it takes
                await asyncio.sleep(0.01)

    async def person(self) -> None:
        email = f"{uuid4().hex}@example.com"
        values = {"email": email, "password": uuid4().hex, "name": "Ada", "tenantName": "Team"}
        signed_in = (await self.fleet.ask(0, None, REGISTER, input=values)).data["register"]
        connected = await self.fleet.ask(0, signed_in["accessToken"], CONNECT, token=SYSTEM_USER)
        assert connected.errors == []
        grant = connected.data["addAccessGrant"]["grant"]["id"]
        await self.connected.wait()
        turn = 0
        while not self.is_over:
            turn += 1
            self._note(await self.fleet.ask(turn, signed_in["accessToken"], SEE, grant=grant))
            renewed = await self.fleet.ask(turn, None, REFRESH, token=signed_in["refreshToken"])
            # The answer got lost: the client asks the other process once more with the token that it has.
            renewed = await self.fleet.ask(turn + 1, None, REFRESH, token=signed_in["refreshToken"])
            self._note(renewed)
            signed_in = (renewed.data or {}).get("refreshSession") or signed_in
            if signed_in["userErrors"]:
                self.failures.append(str(signed_in["userErrors"]))
                return

    def _note(self, reply: Reply) -> None:
        self.answers += 1
        if reply.status != 200 or reply.errors:
            self.failures.append(reply.text)


@pytest.fixture
async def world(tools: Toolbox) -> AsyncIterator[ConnectWorld]:
    async with connect_base(tools) as base:
        yield await base.world()


async def test_no_request_fails_while_every_secret_is_changed(world: ConnectWorld) -> None:
    fleet = Fleet(replace(world.tools))
    await fleet.roll_out((OLD_JWT,), (OLD_KEY,))
    load = Load(fleet)
    people = [asyncio.create_task(load.person()) for _ in range(CLIENTS)]
    async with asyncio.timeout(DEADLINE_S):
        await load.connected.wait()
    fleet.is_asked = load.goes_on
    # First every process learns the new secrets, then they use them, then the old ones go.
    await fleet.roll_out((OLD_JWT, NEW_JWT), (OLD_KEY, NEW_KEY))
    newest = await fleet.roll_out((NEW_JWT, OLD_JWT), (NEW_KEY, OLD_KEY))
    assert (await rotate_keys(newest.db, newest.cipher)).rotated >= CLIENTS
    await fleet.roll_out((NEW_JWT,), (NEW_KEY,))
    load.is_over = True
    await asyncio.gather(*people)
    for life in fleet.lives:
        await life.aclose()
    assert load.failures == []
    assert load.answers > 10 * CLIENTS

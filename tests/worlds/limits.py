"""The application with its rate limits on and a clock that moves, behind a proxy of the test's own."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from itertools import count
from typing import Any

from auth.limits.limiter import Limiter
from services.toolbox import Toolbox
from settings.model import AppEnv, Settings
from startup.server import build_app
from tests.doors.http import GraphQLClient, Reply
from tests.doors.serving import serving
from tests.worlds.sign_in import PASSWORD, MovableClock, new_email

REGISTER = """
mutation ($email: String!, $password: String!) {
  register(input: { email: $email, password: $password, name: "Ann", tenantName: "Acme" }) {
    accessToken userErrors { code }
  }
}
"""
_addresses = count(1)


@dataclass(frozen=True, slots=True)
class LimitsWorld:
    client: GraphQLClient
    clock: MovableClock
    tools: Toolbox
    headers: dict[str, str] = field(default_factory=dict)

    def at(self, address: str) -> GraphQLClient:
        """A caller as our proxy reports it."""
        return replace(self.client, headers={"x-forwarded-for": address})

    def elsewhere(self) -> GraphQLClient:
        """A caller whose address nobody had before."""
        number = next(_addresses)
        return self.at(f"198.18.{number // 256}.{number % 256}")

    async def person(self) -> GraphQLClient:
        """Somebody new with a team, at an address of their own."""
        caller = self.elsewhere()
        reply = await caller.ask(REGISTER, email=new_email(), password=PASSWORD)
        return caller.signed_in(reply.data["register"]["accessToken"])


@asynccontextmanager
async def limits_world(
    tools: Toolbox, *, limiter: Limiter | None = None, **settings: Any
) -> AsyncIterator[LimitsWorld]:
    """`limiter`: one that does not count by the world's clock."""
    clock = MovableClock()
    own = replace(tools, limiter=limiter or Limiter(clock))
    chosen = Settings(_env_file=None, app_env=AppEnv.TEST, **{"trusted_proxies": ("127.0.0.1",), **settings})
    async with serving(build_app(own, chosen)) as (url, _server):
        yield LimitsWorld(GraphQLClient(url), clock, own)


def told_wait(reply: Reply, status: int = 429) -> int:
    """The wait of a refused request, which each of its parts must tell alike; 200 where a field of it was refused."""
    assert reply.status == status, reply.text
    wait = int(reply.headers["retry-after"])
    assert wait > 0
    assert int(reply.headers["x-ratelimit-limit"]) > 0
    assert int(reply.headers["x-ratelimit-remaining"]) >= 0
    assert int(reply.headers["x-ratelimit-reset"]) > 0
    if "errors" in reply.body:
        extensions = reply.errors[0]["extensions"]
        assert (extensions["code"], extensions["retryAfter"]) == ("RATE_LIMITED", wait)
        assert extensions["requestId"]
    else:
        assert reply.body["error"] == "RATE_LIMITED"
        assert reply.body["message"]
        assert reply.body["retryAfter"] == wait
    return wait

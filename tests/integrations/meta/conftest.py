"""A sandbox without faults at the start of each test, and a platform on it that does not sleep."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import date

import pytest_asyncio

from integrations.http import HttpClient
from integrations.meta.client import MetaPlatform, MetaSession
from integrations.meta.graph import MetaApp
from sandbox.meta.config import SandboxConfig
from sandbox.meta.trouble.faults import FaultKind, FaultRule
from sandbox.server import SandboxServer, run_sandbox

REDIRECT = "http://127.0.0.1:8000/auth/facebook/callback"
APP_SECRET = "app-secret-canary-0123456789"


@dataclass(slots=True)
class MetaWorld:
    server: SandboxServer
    platform: MetaPlatform
    pauses: list[float] = field(default_factory=list)

    def session(self, token: str = "SANDBOX-SYSTEM-USER") -> MetaSession:
        return self.platform.account_session(token)

    def spoil(self, kind: FaultKind, path: str = "*", **rule: object) -> None:
        self.server.admin.add_fault(FaultRule(kind, path, **rule))  # type: ignore[arg-type]  # a rule's own fields


@pytest_asyncio.fixture(scope="session")
async def meta_server() -> AsyncIterator[SandboxServer]:
    """One for all tests of a worker: what it has computed once, it knows."""
    config = SandboxConfig(
        app_id="4242", app_secret=APP_SECRET, admin_token="t", allowed_redirects=(REDIRECT,), today=date(2026, 11, 20)
    )
    async with run_sandbox(config) as server:
        yield server


@pytest_asyncio.fixture
async def meta(meta_server: SandboxServer) -> AsyncIterator[MetaWorld]:
    pauses: list[float] = []

    async def sleep(seconds: float) -> None:
        pauses.append(seconds)

    http = HttpClient(sleep=sleep, dice=lambda: 1.0)
    app = MetaApp("4242", APP_SECRET, "v26.0", meta_server.url, meta_server.dialog_url, REDIRECT)
    try:
        yield MetaWorld(meta_server, MetaPlatform(app, http), pauses)
    finally:
        await http.close()
        meta_server.admin.clear_faults()

"""The walk's tools: those of every test, with a sandbox as the platform."""

from collections.abc import AsyncIterator

import pytest

from integrations.http import HttpClient
from integrations.meta.client import MetaPlatform
from integrations.meta.graph import MetaApp
from sandbox.server import run_sandbox
from services.toolbox import Toolbox
from tests.sandbox.graph_client import APP_ID, CONFIG, SECRET
from tests.worlds.refreshes import HASTY
from tests.worlds.vendors import with_meta


@pytest.fixture(scope="session")
async def tools(tools: Toolbox) -> AsyncIterator[Toolbox]:
    http = HttpClient(HASTY)
    async with run_sandbox(CONFIG) as server:
        app = MetaApp(APP_ID, SECRET, "v26.0", server.url, server.url, "http://127.0.0.1:9/callback")
        yield with_meta(tools, MetaPlatform(app, http))
    await http.close()

"""Owns running an Etsy sandbox on loopback; must not hold rules."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from sandbox.etsy.app import create_etsy_app
from sandbox.etsy.calls import PREFIX
from sandbox.etsy.config import EtsyConfig
from sandbox.etsy.state import EtsySandbox
from sandbox.marketplaces.serving import serve_marketplace


@dataclass(frozen=True, slots=True)
class EtsyServer:
    """`url` plays www, api and openapi.etsy.com."""

    url: str
    sandbox: EtsySandbox

    @property
    def api_url(self) -> str:
        """What all calls begin with."""
        return self.url + PREFIX


@asynccontextmanager
async def run_etsy(config: EtsyConfig, *, port: int = 0) -> AsyncIterator[EtsyServer]:
    """Until the block ends. Port 0 takes a free one; a port in use raises OSError."""
    app = create_etsy_app(config)
    async with serve_marketplace(app, port) as url:
        yield EtsyServer(url, app.state.sandbox)

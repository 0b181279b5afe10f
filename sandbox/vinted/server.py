"""Owns running a sandbox of Vinted on loopback; must not hold rules."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from sandbox.marketplaces.serving import serve_marketplace
from sandbox.vinted.app import create_vinted_app
from sandbox.vinted.config import VintedConfig
from sandbox.vinted.state import VintedSandbox


@dataclass(frozen=True, slots=True)
class VintedServer:
    """`url` plays the site of one market."""

    url: str
    sandbox: VintedSandbox


@asynccontextmanager
async def run_vinted(config: VintedConfig, *, port: int = 0) -> AsyncIterator[VintedServer]:
    """Until the block ends. Port 0 takes a free one; a port in use raises OSError."""
    app = create_vinted_app(config)
    async with serve_marketplace(app, port) as url:
        yield VintedServer(url, app.state.sandbox)

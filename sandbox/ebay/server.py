"""Owns running an eBay sandbox on loopback; must not hold rules."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from sandbox.ebay.app import create_ebay_app
from sandbox.ebay.config import EbayConfig
from sandbox.ebay.state import EbaySandbox
from sandbox.marketplaces.serving import serve_marketplace


@dataclass(frozen=True, slots=True)
class EbayServer:
    """`url` plays api.ebay.com, apiz.ebay.com and auth.ebay.com; `graphql_url` the endpoint of graphqlapi.ebay.com."""

    url: str
    sandbox: EbaySandbox

    @property
    def graphql_url(self) -> str:
        return f"{self.url}/graphql"


@asynccontextmanager
async def run_ebay(config: EbayConfig, *, port: int = 0) -> AsyncIterator[EbayServer]:
    """Until the block ends. Port 0 takes a free one; a port in use raises OSError."""
    app = create_ebay_app(config)
    async with serve_marketplace(app, port) as url:
        yield EbayServer(url, app.state.sandbox)

"""A Chromium with the extension, a stand-in of the site, and a server that hands out what a test gives it."""

import os
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.async_api import Page, expect

from sandbox.server import serve
from sandbox.vinted.members import Member
from sandbox.vinted.seeding import furnish
from sandbox.vinted.server import VintedServer, run_vinted
from sandbox.vinted.state import open_vinted
from tests.browser.conftest import CHROMIUM
from tests.browser.vinted_agent.loaded import LoadedAgent, loaded_agent
from tests.browser.vinted_agent.relay_stand_in import CODE, RelayStandIn
from tests.sandbox.vinted.site_browser import mend, vinted_config


@dataclass
class Scene:
    """`popup` is open as a page of its own, which lets a test look in and wake the extension."""

    agent: LoadedAgent
    site: VintedServer
    relay: RelayStandIn
    relay_url: str
    popup: Page

    @property
    def members(self) -> list[Member]:
        return list(self.site.sandbox.book.members.values())

    @property
    def owner(self) -> Member:
        return self.members[0]

    async def wake(self) -> None:
        await self.agent.wake(self.popup)


@pytest.fixture(scope="module")
async def vinted_site() -> AsyncIterator[VintedServer]:
    async with run_vinted(vinted_config(items=120)) as running:
        yield running


@pytest.fixture(scope="module")
async def loaded(vinted_site: VintedServer, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[LoadedAgent]:
    if CHROMIUM is None:
        assert not os.environ.get("CI"), "CI must have a Chromium"
        pytest.skip("no Chromium on this machine")
    folder: Path = tmp_path_factory.mktemp("vinted-agent")
    async with loaded_agent(folder, vinted_site.url) as agent:
        yield agent


@pytest.fixture
async def unpaired(vinted_site: VintedServer, loaded: LoadedAgent) -> AsyncIterator[Scene]:
    """A browser in which nobody is signed in, and an extension that knows no server."""
    relay = RelayStandIn()
    async with serve(relay.app()) as url:
        popup = await loaded.popup()
        yield Scene(loaded, vinted_site, relay, url, popup)
        await loaded.start_anew(popup)
    mend(vinted_site)
    vinted_site.sandbox.book = open_vinted(vinted_site.sandbox.config).book
    furnish(vinted_site.sandbox)


@pytest.fixture
async def scene(unpaired: Scene) -> Scene:
    """An extension that is paired, in a browser where the first member is signed in at the site."""
    await unpaired.agent.sign_in(unpaired.owner.login)
    await unpaired.agent.pair(unpaired.popup, unpaired.relay_url, CODE)
    await expect(unpaired.popup.get_by_text("Paired with Wardrobe")).to_be_visible()
    return unpaired

"""The extension as a person has it: unpacked in a Chromium, with its popup, beside a tab of the site."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from playwright.async_api import BrowserContext, Page, Worker, async_playwright, expect

from tests.browser.conftest import CHROMIUM, FLAGS, PATIENCE_MS
from tests.sandbox.vinted.site_browser import PASSWORD
from web.clients import agent_files


@dataclass
class LoadedAgent:
    context: BrowserContext
    extension: str
    site: str

    async def popup(self) -> Page:
        page = await self.context.new_page()
        page.set_default_timeout(PATIENCE_MS)
        await page.goto(f"{self.extension}/popup/popup.html")
        return page

    async def pair(self, popup: Page, server: str, code: str) -> None:
        await popup.get_by_label("Address of your Adgraph server").fill(server)
        await popup.get_by_label("Code of the channel").fill(code)
        await popup.get_by_role("button", name="Pair").click()

    async def sign_in(self, login: str) -> Page:
        """In a tab that stays open."""
        page = await self.context.new_page()
        await page.goto(f"{self.site}/member/login")
        await page.get_by_label("Name").fill(login)
        await page.get_by_label("Password").fill(PASSWORD)
        await page.get_by_role("button", name="Sign in").click()
        await expect(page.get_by_text(f"Signed in as {login}.")).to_be_visible()
        return page

    @property
    def worker(self) -> Worker | None:
        return next((each for each in self.context.service_workers if each.url.startswith(self.extension)), None)

    async def kill_worker(self, popup: Page) -> None:
        """Ends the service worker at once, as Chrome does when it likes."""
        session = await self.context.new_cdp_session(popup)
        await session.send("ServiceWorker.enable")
        await session.send("ServiceWorker.stopAllWorkers")
        await session.detach()

    async def start_anew(self, popup: Page) -> None:
        """As it was when it was installed, with one empty tab."""
        await popup.evaluate("() => chrome.runtime.sendMessage({ order: 'forget' })")
        await self.context.new_page()
        for page in self.context.pages[:-1]:
            await page.close()
        await self.context.clear_cookies()

    async def state(self, popup: Page) -> Any:
        return await popup.evaluate("() => chrome.storage.local.get(null)")

    async def wake(self, popup: Page) -> None:
        await popup.evaluate("() => chrome.runtime.sendMessage({ order: 'work' })")


@asynccontextmanager
async def loaded_agent(folder: Path, site: str) -> AsyncIterator[LoadedAgent]:
    """`folder` takes the extension's files and the browser's profile; `site` is a stand-in of Vinted's."""
    unpacked = folder / "vinted-agent"
    for name, body in agent_files(site):
        path = unpacked / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(body)
    own = ["--headless=new", f"--disable-extensions-except={unpacked}", f"--load-extension={unpacked}"]
    async with async_playwright() as playwright:
        context = await playwright.chromium.launch_persistent_context(
            folder / "profile",
            executable_path=CHROMIUM,
            headless=False,  # Playwright's own flag would start the old headless mode, which has no extensions
            args=[*FLAGS, *own],
        )
        worker = (
            context.service_workers[0] if context.service_workers else await context.wait_for_event("serviceworker")
        )
        yield LoadedAgent(context, worker.url.removesuffix("/background.js"), site)
        await context.close()

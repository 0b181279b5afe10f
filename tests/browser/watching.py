"""Listening to a page while it is used."""

from playwright.async_api import Page


class Watcher:
    """Everything the page complains about, and every host it asks."""

    def __init__(self, page: Page) -> None:
        self.complaints: list[str] = []
        self.hosts: set[str] = set()
        page.on("console", lambda message: self._hear(message.type, message.text))
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("request", lambda request: self.hosts.add(request.url.split("/")[2]))

    def _hear(self, kind: str, text: str) -> None:
        if kind == "error" or "Content Security Policy" in text:
            self.complaints.append(text)


async def run_tab(page: Page, number: int) -> None:
    await page.locator("[role=tab]").nth(number - 1).click()
    await page.get_by_role("button", name="Execute query").click()

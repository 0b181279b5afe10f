"""The links of mails in a real Chromium: from the letter in the folder to a proven address and a new password."""

import asyncio
import os
import re
from email import message_from_bytes, policy
from pathlib import Path

import pytest
from playwright.async_api import Page, expect

from tests.browser.watching import Watcher
from tests.doors.http import PATIENCE_S, GraphQLClient
from tests.worlds.sign_in import PASSWORD, new_email

pytestmark = pytest.mark.browser

REGISTER = """
mutation ($email: String!, $password: String!) {
  register(input: { email: $email, password: $password, name: "Pat", tenantName: "Pat" }) { accessToken }
}
"""
RESET = "mutation ($email: String!) { requestPasswordReset(email: $email) { ok } }"
INVITE = """
mutation ($email: String!) { inviteMember(email: $email, role: MANAGER) { userErrors { code } } }
"""
MEMBERS = "{ tenant { members { nodes { role user { email } } } invitations { totalCount } } }"
SCREENSHOT = os.environ.get("SCREENSHOT_INVITATION")
NEW = "a new horse battery"


async def link_to(data_dir: Path, email: str, page: str) -> str:
    """What a person would click in their newest letter about it."""
    async with asyncio.timeout(PATIENCE_S):
        while True:
            for path in sorted((data_dir / "mails").glob("*.eml"), reverse=True):
                letter = message_from_bytes(path.read_bytes(), policy=policy.default)
                body = letter.get_body(("plain",))
                found = re.search(rf"http\S+/{page}#token=\S+", str(body.get_content() if body else ""))
                if letter["To"] == email and found:
                    return found[0]
            await asyncio.sleep(0.1)


async def test_links_prove_an_address_and_set_a_password(server: GraphQLClient, data_dir: Path, page: Page) -> None:
    watcher, email = Watcher(page), new_email()
    registered = await server.ask(REGISTER, email=email, password=PASSWORD)
    person = server.signed_in(registered.data["register"]["accessToken"])
    await page.goto(await link_to(data_dir, email, "verify-email"))
    assert "token" not in page.url
    assert (await person.ask("{ viewer { emailVerified } }")).data == {"viewer": {"emailVerified": False}}
    await page.get_by_role("button", name="Confirm").click()
    await expect(page.get_by_role("status")).to_have_text("Your address is confirmed.")
    assert (await person.ask("{ viewer { emailVerified } }")).data == {"viewer": {"emailVerified": True}}
    await server.ask(RESET, email=email)
    await page.goto(await link_to(data_dir, email, "reset-password"))
    await page.get_by_label("Password").fill("short")
    await page.get_by_role("button").click()
    await expect(page.get_by_role("status")).to_contain_text("at least 12 characters")
    await page.get_by_label("Password").fill(NEW)
    await page.get_by_role("button").click()
    await expect(page.get_by_role("status")).to_contain_text("Sign in with it")
    assert (await server.login(email, NEW)).token is not None
    assert watcher.complaints == []


async def test_a_link_of_an_invitation_makes_a_member(server: GraphQLClient, data_dir: Path, page: Page) -> None:
    watcher, owner_email, email = Watcher(page), new_email(), new_email()
    registered = await server.ask(REGISTER, email=owner_email, password=PASSWORD)
    owner = server.signed_in(registered.data["register"]["accessToken"])
    assert (await owner.ask(INVITE, email=email)).data == {"inviteMember": {"userErrors": []}}
    await page.goto(await link_to(data_dir, email, "accept-invitation"))
    await expect(page.get_by_role("heading")).to_have_text("Join Pat")
    await expect(page.locator("main")).to_contain_text("Pat invites you to work with Pat on Adgraph as MANAGER.")
    await expect(page.get_by_label("E-mail address")).to_have_value(email)
    if SCREENSHOT:
        await page.screenshot(path=Path(SCREENSHOT))
    await page.get_by_label("E-mail address").fill(owner_email)
    await page.get_by_label("Password").fill(PASSWORD)
    await page.get_by_label("Your name").fill("New Body")
    await page.get_by_role("button", name="Join").click()
    await expect(page.get_by_role("status")).to_contain_text("This e-mail address has an account")
    await page.get_by_label("E-mail address").fill(email)
    await page.get_by_label("Password").press("Enter")
    await expect(page.get_by_role("status")).to_have_text("You are a member of Pat now, and signed in.")
    await page.get_by_role("link", name="Go on to Adgraph").click()
    await expect(page.get_by_role("status")).to_have_text("Signed in as New Body, MANAGER of Pat.")
    tenant = (await owner.ask(MEMBERS)).data["tenant"]
    people = {each["user"]["email"]: each["role"] for each in tenant["members"]["nodes"]}
    assert people == {owner_email: "OWNER", email: "MANAGER"}
    assert tenant["invitations"] == {"totalCount": 0}
    assert watcher.complaints == []


async def test_who_has_an_account_joins_with_it_and_once_signed_in_by_one_click(
    server: GraphQLClient, data_dir: Path, page: Page
) -> None:
    email = new_email()
    links: list[str] = []
    await server.ask(REGISTER, email=email, password=PASSWORD)
    await page.goto(await link_to(data_dir, email, "verify-email"))
    await page.get_by_role("button", name="Confirm").click()
    await expect(page.get_by_role("status")).to_have_text("Your address is confirmed.")
    for _ in range(2):
        registered = await server.ask(REGISTER, email=new_email(), password=PASSWORD)
        await server.signed_in(registered.data["register"]["accessToken"]).ask(INVITE, email=email)
        links.append(await newest_link(data_dir, email, but=links))
    await page.goto(links[0])
    await page.get_by_label("I have an account").check()
    await expect(page.get_by_label("Your name")).to_be_hidden()
    await page.get_by_label("Password").fill(PASSWORD)
    await page.get_by_role("button", name="Join").click()
    await expect(page.get_by_role("status")).to_have_text("You are a member of Pat now, and signed in.")
    await page.goto(links[1])
    await page.get_by_role("button", name="Join as Pat").click()
    await expect(page.get_by_role("status")).to_have_text("You are a member of Pat now, and signed in.")
    await page.goto(links[1])
    await expect(page.get_by_role("status")).to_contain_text("This link was used, withdrawn or never given out.")


async def newest_link(data_dir: Path, email: str, *, but: list[str]) -> str:
    async with asyncio.timeout(PATIENCE_S):
        while True:
            link = await link_to(data_dir, email, "accept-invitation")
            if link not in but:
                return link
            await asyncio.sleep(0.1)

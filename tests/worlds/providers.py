"""What the tests of signing in with a provider share: people at Google and Facebook, and their way to us."""

import secrets
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from auth.viewer import Viewer
from errors import Refused, UserErrorCode
from models.acting import Origin, TenantScope
from models.people.oauth_identity import IdentityProvider, identities_of_user
from models.people.user import User, user_by_id
from sandbox.google.people import Person
from services.oauth import challenge_of
from services.oauth_purposes import CompletedOAuth, complete_oauth
from services.people.sessions import SignedIn
from services.sign_in.by_password import Registration, register
from services.sign_in.by_provider import begin_sign_in
from services.sign_in.identities import begin_link
from tests.worlds.connections import VERIFIER, Browser, ConnectWorld

ORIGIN = Origin(ip="192.0.2.7", user_agent="tests", request_id="request-7")
PASSWORD = "correct horse battery"
GOOGLE, FACEBOOK = IdentityProvider.GOOGLE, IdentityProvider.FACEBOOK


@dataclass
class ProviderWorld:
    base: ConnectWorld

    def somebody(self, *, email: str | None = None, verified: bool = True, subject: str | None = None) -> Person:
        """With an account at Google."""
        number = str(10**20 + secrets.randbelow(10**20))
        person = Person(subject or number, "Some Body", email, email_verified=verified and email is not None)
        self.base.google.add(person)
        return person

    async def begin(
        self, provider: IdentityProvider = GOOGLE, *, link_to: Viewer | None = None, return_url: str = "/done"
    ) -> str:
        plan: dict[str, Any] = {"return_url": return_url, "code_challenge": challenge_of(VERIFIER)}
        if link_to is not None:
            return await begin_link(self.base.tools, link_to, provider=provider, **plan)
        return await begin_sign_in(self.base.tools, provider=provider, **plan)

    async def dialog(self, browser: Browser, link: str, person: Person | str) -> str:
        """Where the provider sends the browser back to; a text is a person's id at Facebook."""
        opened = await browser.get(link)
        if isinstance(person, Person):
            return self.base.google.choose(opened.location, person.subject)
        return self.base.server.admin.decide(opened.location, "allow", person_id=person)

    async def come_back(self, person: Person | str, *, link_to: Viewer | None = None) -> str:
        """A whole round trip of one browser: the one-time code."""
        browser = self.base.browser()
        provider = GOOGLE if isinstance(person, Person) else FACEBOOK
        back = await self.dialog(browser, await self.begin(provider, link_to=link_to), person)
        return (await browser.get(back)).query["code"]

    async def complete(self, code: str, viewer: Viewer | None = None) -> CompletedOAuth:
        return await complete_oauth(self.base.tools, viewer, ORIGIN, code=code, code_verifier=VERIFIER)

    async def sign_in(self, person: Person | str) -> SignedIn:
        signed_in = (await self.complete(await self.come_back(person))).signed_in
        assert signed_in is not None
        return signed_in

    async def link(self, person: Person | str, viewer: Viewer) -> None:
        assert (await self.complete(await self.come_back(person, link_to=viewer), viewer)).viewer == viewer

    async def registered(self, *, email: str | None = None, verified: bool = True) -> SignedIn:
        """Somebody with a password."""
        wanted = Registration(email or new_email(), PASSWORD, "Some Body", "Team")
        signed_in = await register(self.base.tools, ORIGIN, wanted)
        if verified:
            await self.change(signed_in.viewer, email_verified_at=self.base.now())
        return signed_in

    async def user(self, viewer: Viewer) -> User:
        async with self.base.tools.db.read(None) as session:
            user = await user_by_id(session, person_of(viewer))
        assert user is not None
        return user

    async def change(self, viewer: Viewer, **changes: object) -> None:
        async with self.base.tools.db.write(None) as session:
            user = await user_by_id(session, person_of(viewer))
            for name, value in changes.items():
                setattr(user, name, value)

    async def linked(self, viewer: Viewer) -> list[str]:
        async with self.base.tools.db.read(TenantScope(None, viewer.user_id)) as session:
            return [identity.subject for identity in await identities_of_user(session, person_of(viewer))]


def person_of(viewer: Viewer) -> UUID:
    assert viewer.user_id is not None
    return viewer.user_id


def new_email() -> str:
    return f"{secrets.token_hex(8)}@example.com"


def facebook_id() -> str:
    return str(10**16 + secrets.randbelow(10**16))


async def refusal(coming: Any) -> UserErrorCode:
    try:
        await coming
    except Refused as refused:
        return refused.user_code
    raise AssertionError("nothing was refused")

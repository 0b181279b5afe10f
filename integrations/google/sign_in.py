"""Signing in with Google, as a SignInProvider."""

from integrations.google import oauth
from integrations.google.provider import GoogleProvider
from integrations.sign_in import VouchedPerson


class GoogleSignIn:
    """A SignInProvider: Google for one app."""

    settings = "GOOGLE_CLIENT_ID and GOOGLE_CLIENT_SECRET"

    def __init__(self, google: GoogleProvider) -> None:
        self.google = google

    @property
    def is_set_up(self) -> bool:
        return bool(self.google.app.client_id)

    async def prepare(self) -> None:
        await self.google.discovery()

    async def dialog_url(self, *, state: str, code_verifier: str) -> str:
        return await oauth.authorization_url(self.google, state=state, code_verifier=code_verifier)

    async def is_own_answer(self, issuer: str | None) -> bool:
        return await oauth.is_answer_of_google(self.google, issuer)

    async def person_for_code(self, *, code: str, code_verifier: str) -> VouchedPerson:
        return await oauth.person_for_code(self.google, code=code, code_verifier=code_verifier)

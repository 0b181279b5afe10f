"""Signing in with Facebook, as a SignInProvider."""

from integrations.http import HttpClient
from integrations.meta import oauth
from integrations.meta.graph import MetaApp
from integrations.sign_in import VouchedPerson

# Meta's dialog names no issuer in its answers; if a later one does, it must be this.
_ISSUER = "https://www.facebook.com"


class FacebookSignIn:
    """A SignInProvider: Facebook for one app."""

    settings = "META_APP_ID and META_APP_SECRET"

    def __init__(self, app: MetaApp, http: HttpClient) -> None:
        self.app = app
        self.http = http

    @property
    def is_set_up(self) -> bool:
        return bool(self.app.app_id)

    async def prepare(self) -> None:
        """Does nothing: the address of Facebook's dialog is a setting and need not be fetched."""

    async def dialog_url(self, *, state: str, code_verifier: str) -> str:
        return oauth.sign_in_url(self.app, state=state, code_verifier=code_verifier)

    async def is_own_answer(self, issuer: str | None) -> bool:
        return issuer in (None, _ISSUER)

    async def person_for_code(self, *, code: str, code_verifier: str) -> VouchedPerson:
        """The person of a dialog's code. The address counts as not verified, since Meta does not say whether it is."""
        found = await oauth.person_for_code(self.app, self.http, code=code, code_verifier=code_verifier)
        return VouchedPerson(
            found.external_user_id, found.external_user_name, found.external_user_email, email_is_verified=False
        )

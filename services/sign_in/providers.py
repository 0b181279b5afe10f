"""Asks identity providers for their dialog and for the person whom they vouch for; must not know accounts."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from errors import Refused, UserErrorCode
from integrations.errors import AccessRevoked, InvalidResponse, Rejected
from integrations.sign_in import SignInProvider
from models.people.oauth_identity import IdentityProvider
from services.oauth import OpenedFlow, ProviderCode
from services.people.email_addresses import normalized_email
from services.vendor_calls import platform_call

SignInProviders = Mapping[IdentityProvider, SignInProvider]


@dataclass(frozen=True, slots=True)
class ExternalPerson:
    """A person as the provider knows them.

    `subject` is the provider's id of the account, which never changes. An `email` that is not verified is only shown.
    """

    provider: IdentityProvider
    subject: str
    name: str | None
    email: str | None
    email_is_verified: bool

    @property
    def own_email(self) -> str | None:
        """The address, if the provider has verified that it is this person's."""
        return self.email if self.email_is_verified else None


def name_of(provider: IdentityProvider) -> str:
    """The provider's name in addresses of our site and in the rows of dialogs."""
    return provider.value.lower()


def providers_set_up(providers: SignInProviders) -> Sequence[IdentityProvider]:
    """The providers with which people can sign in here."""
    return [key for key, provider in providers.items() if provider.is_set_up]


async def require_ready(providers: SignInProviders, key: IdentityProvider) -> None:
    """Makes sure that a dialog can be opened.

    Raises Refused NOT_CONFIGURED, UpstreamUnavailable when the provider does not answer where its dialog is.
    """
    provider = providers[key]
    if not provider.is_set_up:
        raise Refused(
            UserErrorCode.NOT_CONFIGURED,
            f"Sign-in with {key.value.title()} is not set up here: set {provider.settings}.",
            field="provider",
        )
    await provider.prepare()


async def fetch_sign_in_url(providers: SignInProviders, opened: OpenedFlow) -> str:
    """The address of the provider's dialog, which asks who somebody is and for no other access."""
    provider = providers[_key_of(opened.provider)]
    return await provider.dialog_url(state=opened.state, code_verifier=opened.provider_verifier)


async def fetch_person(providers: SignInProviders, traded: ProviderCode) -> ExternalPerson:
    """Who answered the dialog; raises Refused OAUTH_FAILED when the provider does not vouch for anybody."""
    key = _key_of(traded.provider)
    with _vouching():
        found = await providers[key].person_for_code(code=traded.code, code_verifier=traded.provider_verifier)
    email = normalized_email(found.email or "")
    is_verified = found.email_is_verified and email is not None
    return ExternalPerson(key, found.subject, found.name, email, email_is_verified=is_verified)


@contextmanager
def _vouching() -> Iterator[None]:
    """Turns a provider's refusals into Refused OAUTH_FAILED."""
    try:
        with platform_call():
            yield
    except (Rejected, AccessRevoked, InvalidResponse) as error:
        raise Refused(
            UserErrorCode.OAUTH_FAILED, "The dialog is over, but the provider did not say who you are: begin again."
        ) from error


def _key_of(name: str) -> IdentityProvider:
    return IdentityProvider(name.upper())

"""Gives every identity provider one shape: its dialog, and the person whom it vouches for; must not know accounts."""

from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from errors import Refused, UserErrorCode
from integrations.errors import AccessRevoked, InvalidResponse, Rejected
from integrations.google import oauth as google
from integrations.meta import oauth as meta
from models.people.oauth_identity import IdentityProvider
from services.oauth import OpenedFlow, ProviderCode
from services.people.email_addresses import normalized_email
from services.toolbox import Toolbox
from services.vendor_calls import platform_call


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


@dataclass(frozen=True, slots=True)
class _Provider:
    """What differs from provider to provider."""

    settings: str
    is_set_up: Callable[[Toolbox], bool]
    # Raises IntegrationErrors when the provider has to be asked something first and does not answer.
    prepare: Callable[[Toolbox], Awaitable[object]]
    dialog: Callable[[Toolbox, OpenedFlow], Awaitable[str]]
    is_answer: Callable[[Toolbox, str | None], Awaitable[bool]]
    person: Callable[[Toolbox, ProviderCode], Awaitable[ExternalPerson]]


def name_of(provider: IdentityProvider) -> str:
    """The provider's name in addresses of our site and in the rows of dialogs."""
    return provider.value.lower()


def is_set_up(tools: Toolbox, provider: IdentityProvider) -> bool:
    return _PROVIDERS[provider].is_set_up(tools)


def providers_set_up(tools: Toolbox) -> Sequence[IdentityProvider]:
    """The providers with which people can sign in here."""
    return [provider for provider in (IdentityProvider.GOOGLE, IdentityProvider.FACEBOOK) if is_set_up(tools, provider)]


async def require_ready(tools: Toolbox, provider: IdentityProvider) -> None:
    """Makes sure that a dialog can be opened.

    Raises Refused NOT_CONFIGURED, UpstreamUnavailable when the provider does not answer where its dialog is.
    """
    if not is_set_up(tools, provider):
        raise Refused(
            UserErrorCode.NOT_CONFIGURED,
            f"Sign-in with {provider.value.title()} is not set up here: set {_PROVIDERS[provider].settings}.",
            field="provider",
        )
    await _PROVIDERS[provider].prepare(tools)


async def fetch_sign_in_url(tools: Toolbox, opened: OpenedFlow) -> str:
    """The address of the provider's dialog, which asks who somebody is and for no other access."""
    return await _PROVIDERS[_of(opened.provider)].dialog(tools, opened)


async def is_answer_of(tools: Toolbox, name: str, issuer: str | None) -> bool:
    """Whether an answer that names this issuer, or none, can be the provider's (RFC 9207); may ask it first."""
    return await _PROVIDERS[_of(name)].is_answer(tools, issuer)


async def fetch_person(tools: Toolbox, traded: ProviderCode) -> ExternalPerson:
    """Who answered the dialog; raises Refused OAUTH_FAILED when the provider does not vouch for anybody."""
    with _vouching():
        return await _PROVIDERS[_of(traded.provider)].person(tools, traded)


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


def _of(name: str) -> IdentityProvider:
    return IdentityProvider(name.upper())


async def _fetch_google_url(tools: Toolbox, opened: OpenedFlow) -> str:
    return await google.authorization_url(tools.google, state=opened.state, code_verifier=opened.provider_verifier)


async def _fetch_google_person(tools: Toolbox, traded: ProviderCode) -> ExternalPerson:
    found = await google.person_for_code(tools.google, code=traded.code, code_verifier=traded.provider_verifier)
    email = normalized_email(found.email or "")
    is_verified = found.email_is_verified and email is not None
    return ExternalPerson(IdentityProvider.GOOGLE, found.subject, found.name, email, email_is_verified=is_verified)


async def _facebook_ready(_tools: Toolbox) -> None:
    """Does nothing: the address of Facebook's dialog is a setting, so it need not be asked for."""


async def _facebook_url(tools: Toolbox, opened: OpenedFlow) -> str:
    return meta.sign_in_url(tools.meta.app, state=opened.state, code_verifier=opened.provider_verifier)


async def _is_answer_of_facebook(_tools: Toolbox, issuer: str | None) -> bool:
    return issuer in (None, meta.ISSUER)


async def _fetch_facebook_person(tools: Toolbox, traded: ProviderCode) -> ExternalPerson:
    found = await meta.person_for_code(tools.meta, code=traded.code, code_verifier=traded.provider_verifier)
    email = normalized_email(found.external_user_email or "")
    # Meta does not say whether an address was ever verified, so none is.
    return ExternalPerson(
        IdentityProvider.FACEBOOK, found.external_user_id, found.external_user_name, email, email_is_verified=False
    )


_PROVIDERS: dict[IdentityProvider, _Provider] = {
    IdentityProvider.GOOGLE: _Provider(
        settings="GOOGLE_CLIENT_ID and GOOGLE_CLIENT_SECRET",
        is_set_up=lambda tools: bool(tools.google.app.client_id),
        prepare=lambda tools: tools.google.discovery(),
        dialog=_fetch_google_url,
        is_answer=lambda tools, issuer: google.is_answer_of_google(tools.google, issuer),
        person=_fetch_google_person,
    ),
    IdentityProvider.FACEBOOK: _Provider(
        settings="META_APP_ID and META_APP_SECRET",
        is_set_up=lambda tools: bool(tools.meta.app.app_id),
        prepare=_facebook_ready,
        dialog=_facebook_url,
        is_answer=_is_answer_of_facebook,
        person=_fetch_facebook_person,
    ),
}

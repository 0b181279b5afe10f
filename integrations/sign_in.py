"""The protocol of an identity provider with which users sign in; decides nothing about accounts."""

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class VouchedPerson:
    """The person whom a provider has identified. `subject` never changes; `email` is None unless it is a text."""

    subject: str
    name: str | None
    email: str | None
    email_is_verified: bool


class SignInProvider(Protocol):
    """A provider for the one app that the installation has there."""

    @property
    def settings(self) -> str:
        """The names of the settings that the provider needs, for the operator."""
        ...

    @property
    def is_set_up(self) -> bool: ...

    async def prepare(self) -> None:
        """Raises IntegrationErrors if the address of the dialog has to be fetched and the provider does not answer."""
        ...

    async def dialog_url(self, *, state: str, code_verifier: str) -> str:
        """The address of the dialog in which a person signs in and grants no access to ad accounts."""
        ...

    async def is_own_answer(self, issuer: str | None) -> bool:
        """Whether an answer of the dialog that names this issuer, or none, can be the provider's (RFC 9207)."""
        ...

    async def person_for_code(self, *, code: str, code_verifier: str) -> VouchedPerson:
        """The person who signed in at the dialog that gave this code, which works once.

        Raises Rejected for a code that is used, late or not ours, Unavailable when the provider does not answer.
        """
        ...

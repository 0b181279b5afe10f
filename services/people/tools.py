"""The tools that the use cases of a person's own account share."""

from typing import Protocol

from services.mail import MailTools
from services.tools import HasClock, HasCredentials, HasDb


class SessionTools(HasDb, HasClock, HasCredentials, Protocol):
    """What begins and ends sessions: the authenticator forgets those that have ended."""


class AccountTools(SessionTools, MailTools, Protocol):
    """What changes an account: most changes end sessions, and a letter tells the person of them."""

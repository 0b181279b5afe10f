"""The tools that all ways to sign in share."""

from typing import Protocol

from services.oauth import FlowTools
from services.people.tools import AccountTools
from services.tools import HasLimiter


class SignInTools(AccountTools, FlowTools, HasLimiter, Protocol):
    """What signs people in: the providers are among the vendors, and the limiter slows down guessing."""

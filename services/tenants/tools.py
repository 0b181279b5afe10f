"""The tools that the use cases of a team's members share."""

from typing import Protocol

from services.mail import MailTools
from services.people.tools import SessionTools
from services.tools import HasDb, HasLimiter, HasVendors


class MemberTools(SessionTools, HasVendors, Protocol):
    """What lets members in and out: they need a seat of the price plan, for which Stripe is among the vendors."""


class InvitationTools(MailTools, HasDb, HasLimiter, Protocol):
    """What invites: the letters to an address are counted by the limiter."""

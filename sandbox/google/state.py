"""Owns everything a running Google sandbox remembers; must not speak HTTP."""

import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime

from joserfc.jwk import RSAKey

from sandbox.google.config import GoogleConfig
from sandbox.google.hostility import Hostility
from sandbox.google.people import PEOPLE, Person

_KEY_BITS = 2048
CODE_LIFE_S = 600


@dataclass(frozen=True, slots=True)
class Consent:
    """What a code stands for: who clicked, and the request that was shown."""

    person: Person
    params: dict[str, str] = field(repr=False)
    until_s: float


def new_key() -> RSAKey:
    return RSAKey.generate_key(_KEY_BITS, {"kid": secrets.token_hex(8), "use": "sig", "alg": "RS256"})


@dataclass(slots=True)
class GoogleSandbox:
    """The newest key signs; the older ones stay published. `moment` None follows the real clock."""

    config: GoogleConfig
    issuer: str = ""
    keys: list[RSAKey] = field(default_factory=lambda: [new_key()])
    hostility: Hostility | None = None
    moment: datetime | None = None
    people: dict[str, Person] = field(default_factory=lambda: {person.subject: person for person in PEOPLE})
    tickets: dict[str, dict[str, str]] = field(default_factory=dict)
    consents: dict[str, Consent] = field(default_factory=dict)
    # Of the access tokens that userinfo takes.
    guests: dict[str, Person] = field(default_factory=dict)
    key_fetches: int = 0
    real_clock: Callable[[], datetime] = lambda: datetime.now(UTC)

    def now_s(self) -> int:
        return int((self.moment or self.real_clock()).timestamp())

    def open_ticket(self, params: dict[str, str]) -> str:
        """Binds the coming click to the request that was shown, for one click."""
        ticket = secrets.token_urlsafe(24)
        self.tickets[ticket] = params
        return ticket

    def issue_code(self, person: Person, params: dict[str, str]) -> str:
        code = f"4/{secrets.token_urlsafe(32)}"
        self.consents[code] = Consent(person, params, self.now_s() + CODE_LIFE_S)
        return code

    def spend_code(self, code: str) -> Consent | None:
        """Each code works once, in time."""
        consent = self.consents.pop(code, None)
        return consent if consent is not None and self.now_s() < consent.until_s else None

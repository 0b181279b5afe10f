"""Owns who has an account at the sandbox's Google: one person for each way in which an address can be vouched for."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Person:
    """`subject` is what never changes about the account."""

    subject: str
    name: str
    email: str | None = None
    email_verified: bool = False

    @property
    def claims(self) -> dict[str, object]:
        known: dict[str, object] = {"sub": self.subject, "name": self.name}
        return known | ({"email": self.email, "email_verified": self.email_verified} if self.email else {})

    @property
    def label(self) -> str:
        state = "verified" if self.email_verified else "not verified"
        return f"{self.name} ({self.email}, {state})" if self.email else f"{self.name} (no e-mail address)"


OWNER, NEWCOMER, UNVERIFIED, WITHOUT_ADDRESS = (
    Person("110000000000000000001", "Demo Owner", "demo@example.com", email_verified=True),
    Person("110000000000000000002", "Nora Newcomer", "nora.newcomer@example.com", email_verified=True),
    Person("110000000000000000003", "Una Unverified", "demo@example.com"),
    Person("110000000000000000004", "Walt Without"),
)
PEOPLE = (OWNER, NEWCOMER, UNVERIFIED, WITHOUT_ADDRESS)

"""The letters to people about their own accounts; services/mail.py sends them."""

from integrations.mail.letter import Letter, Link
from services.people.names import unlinked


def verification_letter(to: str, name: str, *, url: str) -> Letter:
    return Letter(
        to,
        "Confirm your e-mail address",
        (f"Hello {unlinked(name)},", "please confirm that this address is yours."),
        Link("Confirm the address", url),
        "The link works once, for 24 hours. If you did not ask for it, do nothing: the address stays unconfirmed.",
    )


def reset_letter(to: str, name: str, *, url: str) -> Letter:
    return Letter(
        to,
        "Set a new password",
        (f"Hello {unlinked(name)},", "somebody, hopefully you, asked for a new password for your account."),
        Link("Set a new password", url),
        "The link works once, for an hour. If it was not you, do nothing: your password stays as it is.",
    )


def password_changed_letter(to: str, name: str) -> Letter:
    return Letter(
        to,
        "Your password was changed",
        (
            f"Hello {unlinked(name)},",
            "the password of your account was changed, and your other sessions have ended.",
            "If it was not you, ask for a new password at once.",
        ),
    )


def address_changed_letter(to: str, name: str) -> Letter:
    """Goes to the old address, and does not name the new one: somebody else may read the old mailbox."""
    return Letter(
        to,
        "Your e-mail address was changed",
        (
            f"Hello {unlinked(name)},",
            "your account has another e-mail address now, and letters about it no longer come here.",
            "If it was not you, write to whoever runs this installation.",
        ),
    )


def session_stolen_letter(to: str, name: str) -> Letter:
    return Letter(
        to,
        "One of your sessions was ended",
        (
            f"Hello {unlinked(name)},",
            "a token of one of your sessions was used twice. Somebody else may have a copy, so that session was ended.",
            "Sign in again. If you do not know how that could be, set a new password: it ends all other sessions.",
        ),
    )


def way_in_added_letter(to: str, name: str, *, provider: str) -> Letter:
    return Letter(
        to,
        f"You can sign in with {provider} now",
        (
            f"Hello {unlinked(name)},",
            f"a {provider} account was linked to your account and signs you in from now on.",
            "If it was not you, unlink it and set a new password at once.",
        ),
    )

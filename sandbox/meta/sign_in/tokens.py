"""Owns which tokens exist and what they may see; must not read requests."""

import hmac
import secrets
from base64 import urlsafe_b64encode
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from hashlib import sha256

from sandbox.meta.errors import GraphError, bad_parameter, session_error

HOUR_S = 3600
DAY_S = 24 * HOUR_S
SHORT_LIFE_S = HOUR_S + 1200
LONG_LIFE_S = 60 * DAY_S
DATA_ACCESS_S = 90 * DAY_S
CODE_LIFE_S = 600
SCOPES = ("ads_read", "ads_management", "business_management", "public_profile")
# What a dialog may be asked for: an address is a person's to give, so no pinned token has it.
DIALOG_SCOPES = (*SCOPES, "email")
DEMO_USER = "10160000000000001"
SYSTEM_USER = "10160000000000900"
# Whose tokens stay dead whatever is decided about sessions.
_FORMER_USER = "10160000000000901"


@dataclass(frozen=True, slots=True)
class Token:
    """`account_ids=None` sees every account; times are Unix seconds, 0 for never."""

    value: str = field(repr=False)
    kind: str
    user_id: str
    scopes: tuple[str, ...]
    declined: tuple[str, ...] = ()
    account_ids: tuple[str, ...] | None = None
    issued_at: int = 0
    expires_at: int = 0
    data_access_expires_at: int = 0
    session_subcode: int | None = None
    is_pinned: bool = False
    # Empty for the main app.
    app_id: str = ""


@dataclass(frozen=True, slots=True)
class Code:
    value: str = field(repr=False)
    redirect_uri: str
    grant: Token
    expires_at: int
    challenge: str | None = None
    is_used: bool = False


def pinned_tokens(first_account: str) -> tuple[Token, ...]:
    """Tokens that always exist, for the connect path where a system user's token is pasted."""
    system = Token("SANDBOX-SYSTEM-USER", "SYSTEM_USER", SYSTEM_USER, SCOPES, is_pinned=True)
    return (
        system,
        replace(system, value="SANDBOX-NO-ADS-READ", scopes=("public_profile",), declined=("ads_read",)),
        replace(
            system,
            value="SANDBOX-READ-ONLY",
            scopes=("ads_read", "public_profile"),
            declined=("ads_management",),
        ),
        replace(system, value="SANDBOX-ONE-ACCOUNT", account_ids=(first_account,)),
        replace(system, value="SANDBOX-EXPIRED", user_id=_FORMER_USER, session_subcode=463),
        replace(system, value="SANDBOX-REVOKED", user_id=_FORMER_USER, session_subcode=458),
    )


@dataclass(slots=True)
class TokenBook:
    """`changed` is called after every change, so that it can be kept."""

    pinned: dict[str, Token]
    issued: dict[str, Token] = field(default_factory=dict)
    codes: dict[str, Code] = field(default_factory=dict)
    changed: Callable[[], None] = lambda: None

    def find(self, value: str) -> Token | None:
        return self.pinned.get(value) or self.issued.get(value)

    def issue(self, grant: Token, now_s: int, *, life_s: int) -> Token:
        token = replace(
            grant,
            value=f"EAAS{secrets.token_hex(40)}",
            issued_at=now_s,
            expires_at=now_s + life_s if life_s else 0,
            # Only the dialog renews it, not the exchange for another token.
            data_access_expires_at=grant.data_access_expires_at or now_s + DATA_ACCESS_S,
        )
        self.issued[token.value] = token
        self.changed()
        return token

    def issue_code(self, grant: Token, redirect_uri: str, *, challenge: str | None, now_s: int) -> str:
        code = Code(f"AQ{secrets.token_urlsafe(48)}", redirect_uri, grant, now_s + CODE_LIFE_S, challenge)
        self.codes[code.value] = code
        self.changed()
        return code.value

    def spend_code(self, value: str, redirect_uri: str, *, verifier: str | None, now_s: int) -> Token:
        """The grant behind a code; each code works once."""
        code = self.codes.get(value)
        if code is None:
            raise bad_parameter("Invalid verification code format.")
        if code.is_used:
            raise GraphError("This authorization code has been used.", 100, 36009)
        if now_s >= code.expires_at:
            raise GraphError("This authorization code has expired.", 100, 36007)
        if redirect_uri != code.redirect_uri:
            raise GraphError("Error validating verification code. redirect_uri differs from the dialog's", 100, 36008)
        if code.challenge is not None and not _answers(code.challenge, verifier):
            raise bad_parameter("Invalid code_verifier parameter")
        self.codes[value] = replace(code, is_used=True)
        self.changed()
        return code.grant

    def withdraw(self, user_id: str, scope: str | None) -> None:
        """Take back one scope, or with None the whole app, from all tokens that the dialog led to."""
        for value, token in self.issued.items():
            if token.user_id != user_id:
                continue
            if scope is None:
                self.issued[value] = replace(token, session_subcode=458)
            else:
                scopes = tuple(name for name in token.scopes if name != scope)
                self.issued[value] = replace(token, scopes=scopes, declined=(*token.declined, scope))
        self.changed()

    def end_sessions(self, user_ids: frozenset[str], subcode: int | None) -> None:
        """Let all tokens of these users fail with a subcode, pasted ones too; with None, work again."""
        for book in (self.issued, self.pinned):
            for value, token in book.items():
                if token.user_id in user_ids:
                    book[value] = replace(token, session_subcode=subcode)
        self.changed()

    def clear(self) -> None:
        self.issued.clear()
        self.codes.clear()
        self.changed()


def check_session(token: Token, now_s: int) -> None:
    if token.session_subcode is not None:
        raise session_error(token.session_subcode)
    if token.expires_at and now_s >= token.expires_at:
        raise session_error(463)


def check_data_access(token: Token, now_s: int) -> None:
    """The second clock: a token may be alive and see no data any more."""
    if token.data_access_expires_at and now_s >= token.data_access_expires_at:
        raise session_error(493)


def proof_of(app_secret: str, token: str) -> str:
    return hmac.new(app_secret.encode(), token.encode(), sha256).hexdigest()


def _answers(challenge: str, verifier: str | None) -> bool:
    digest = sha256((verifier or "").encode()).digest()
    return hmac.compare_digest(challenge.encode(), base64url(digest).encode())


def base64url(raw: bytes) -> str:
    return urlsafe_b64encode(raw).rstrip(b"=").decode()

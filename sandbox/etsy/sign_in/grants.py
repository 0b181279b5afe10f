"""Owns the life of codes and pairs of tokens by the sandbox's clock; must not speak HTTP."""

import secrets

from sandbox.etsy.errors import oauth_refusal
from sandbox.etsy.state import EtsyGrant, EtsySandbox, OpenCode

ACCESS_LIFE_S = 3_600
REFRESH_LIFE_S = 90 * 86_400
CODE_LIFE_S = 300
REVOKED = "refresh_token is revoked"


class GrantRefused(Exception):
    """OAuth's own shape of an error."""

    def __init__(self, error: str, description: str, status: int = 400) -> None:
        super().__init__(description)
        self.error, self.status = error, status


def issue_code(sandbox: EtsySandbox, user_id: int, scopes: list[str], *, redirect_uri: str, challenge: str) -> str:
    code = secrets.token_urlsafe(48)
    until_s = sandbox.now_s + CODE_LIFE_S
    sandbox.book.codes[code] = OpenCode(user_id, scopes, redirect_uri, challenge, until_s)
    sandbox.save()
    return code


def grant(sandbox: EtsySandbox, user_id: int, scopes: list[str]) -> EtsyGrant:
    """A new pair. Earlier pairs of the user stay: each consent has its own."""
    now_s = sandbox.now_s
    made = EtsyGrant(
        user_id,
        scopes,
        access_token=f"{user_id}.{secrets.token_urlsafe(48)}",
        refresh_token=f"{user_id}.{secrets.token_urlsafe(48)}",
        access_until_s=now_s + ACCESS_LIFE_S,
        refresh_until_s=now_s + REFRESH_LIFE_S,
    )
    sandbox.book.grants[made.refresh_token] = made
    sandbox.book.access_tokens[made.access_token] = made.refresh_token
    return made


def rotate(sandbox: EtsySandbox, refresh_token: str) -> EtsyGrant:
    """The next pair; the one before is ended, its access token too. Raises GrantRefused."""
    old = sandbox.book.grants.get(refresh_token)
    if old is None:
        raise GrantRefused("invalid_grant", "refresh_token is invalid")
    if old.ended is not None:
        raise GrantRefused("invalid_grant", old.ended)
    if sandbox.now_s >= old.refresh_until_s:
        raise GrantRefused("invalid_grant", "refresh_token is expired")
    old.ended = REVOKED
    return grant(sandbox, old.user_id, old.scopes)


def grant_of_access(sandbox: EtsySandbox, access_token: str) -> EtsyGrant:
    """Raises EtsyRefusal for a token that opens nothing."""
    refresh_token = sandbox.book.access_tokens.get(access_token)
    found = None if refresh_token is None else sandbox.book.grants.get(refresh_token)
    if found is None or found.ended is not None:
        raise oauth_refusal("invalid_token", "access token is invalid", 401)
    if sandbox.now_s >= found.access_until_s:
        raise oauth_refusal("invalid_token", "access token is expired", 401)
    return found


def revoke(sandbox: EtsySandbox, user_id: int) -> int:
    """The user withdraws the consent, or changes the password: every pair ends at once. How many ended."""
    mine = [each for each in sandbox.book.grants.values() if each.user_id == user_id and each.ended is None]
    for each in mine:
        each.ended = REVOKED
    return len(mine)

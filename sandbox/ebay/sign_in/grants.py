"""Owns the life of codes, consents and access tokens by the sandbox's clock; must not speak HTTP."""

import secrets

from sandbox.ebay.calls import SCOPE
from sandbox.ebay.state import AccessToken, EbaySandbox, OpenCode, UserConsent

ACCESS_LIFE_S = 7_200
REFRESH_LIFE_S = 47_304_000
CODE_LIFE_S = 299


def full_scopes(names: tuple[str, ...]) -> list[str]:
    return [f"{SCOPE}/{name}" if name else SCOPE for name in names]


def issue_code(sandbox: EbaySandbox, seller_id: str, scopes: list[str], *, as_code: str = "") -> str:
    """With the characters that have to be encoded on their way, as eBay's have; or the code that is given."""
    code = as_code or f"v^1.1#i^1#f^0#I^3#r^1#p^3#t^{secrets.token_urlsafe(32)}"
    sandbox.book.codes[code] = OpenCode(seller_id, scopes, sandbox.now_s + CODE_LIFE_S)
    sandbox.save()
    return code


def spend_code(sandbox: EbaySandbox, code: str) -> OpenCode | None:
    """Each works once, in time."""
    found = sandbox.book.codes.pop(code, None)
    return found if found is not None and sandbox.now_s < found.until_s else None


def grant(sandbox: EbaySandbox, seller_id: str, scopes: list[str]) -> tuple[str, str]:
    """A new consent's refresh token and its first access token. Earlier consents of the seller stay."""
    refresh_token = f"v^1.1#i^1#p^3#r^1#I^3#f^0#t^R{secrets.token_urlsafe(40)}"
    sandbox.book.consents[refresh_token] = UserConsent(seller_id, scopes, sandbox.now_s + REFRESH_LIFE_S)
    return refresh_token, mint(sandbox, refresh_token, scopes)


def mint(sandbox: EbaySandbox, refresh_token: str | None, scopes: list[str]) -> str:
    """An access token of a consent, or of the app."""
    value = f"v^1.1#i^1#p^{1 if refresh_token is None else 3}#r^0#I^3#f^0#t^H{secrets.token_urlsafe(40)}"
    sandbox.book.access_tokens[value] = AccessToken(refresh_token, scopes, sandbox.now_s + ACCESS_LIFE_S)
    return value


def consent_of(sandbox: EbaySandbox, refresh_token: str) -> UserConsent | None:
    """None when it is unknown, has ended or was withdrawn."""
    consent = sandbox.book.consents.get(refresh_token)
    is_good = consent is not None and not consent.is_revoked and sandbox.now_s < consent.until_s
    return consent if is_good else None


def seller_of(sandbox: EbaySandbox, token: AccessToken) -> str | None:
    """None for a token of the app."""
    return None if token.refresh_token is None else sandbox.book.consents[token.refresh_token].seller_id


def valid_token(sandbox: EbaySandbox, value: str) -> AccessToken | None:
    token = sandbox.book.access_tokens.get(value)
    if token is None or sandbox.now_s >= token.until_s:
        return None
    is_left = token.refresh_token is None or consent_of(sandbox, token.refresh_token) is not None
    return token if is_left else None


def revoke(sandbox: EbaySandbox, seller_id: str) -> int:
    """The seller withdraws what was agreed to: refresh and access tokens end at once. How many consents ended."""
    mine = [each for each in sandbox.book.consents.values() if each.seller_id == seller_id and not each.is_revoked]
    for consent in mine:
        consent.is_revoked = True
    return len(mine)

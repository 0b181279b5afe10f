"""The flow through a provider's dialog, whatever it is for: begun, opened once, answered once, traded once.

This module knows no provider's API and does nothing with tokens: the flow's purpose says what the provider's code is
for (services/oauth_purposes.py).
"""

import hashlib
import hmac
import re
import secrets
from base64 import urlsafe_b64encode
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Protocol

from analytics.clock import Clock
from auth.permissions import person_id_of
from auth.token_cipher import TokenCipher, secret_context
from auth.viewer import Viewer
from errors import Refused, Unauthenticated, UserErrorCode
from models.database import WriteSession
from models.ids import new_id
from models.oauth import (
    OAuthFlow,
    OAuthPurpose,
    delete_flows_expired_before,
    flow_by_code_for_update,
    unanswered_flow_for_update,
    unstarted_flow_for_update,
)
from services.return_urls import is_allowed, with_answer
from services.tools import HasAddresses, HasCipher, HasClock, HasDb, PublicAddresses

# From its beginning to the dialog's answer.
FLOW_LIFE = timedelta(minutes=10)
# From the dialog's answer until the app has traded our one-time code.
CODE_LIFE = timedelta(seconds=60)
# While a flow is stored, a late code is refused as expired; afterwards as unknown.
_REMEMBERED_FOR = timedelta(days=1)
# 256 bits in base64url without padding.
_CHALLENGE = re.compile(r"[A-Za-z0-9_-]{43}")
_BROWSER = re.compile(r"[A-Za-z0-9_-]{43}")
# A longer code is no provider's, and is not stored.
_LONGEST_PROVIDER_CODE = 4096


class FlowTools(HasDb, HasClock, HasCipher, HasAddresses, Protocol):
    """What a flow needs: its secrets are stored encrypted, and it returns to one of the addresses."""


class FlowNotFound(Exception):
    """A link or an answer belongs to no open flow of this browser."""


@dataclass(frozen=True, slots=True)
class FlowStart:
    """What a flow begins with; `begun_by` is None for a sign-in, and `wish` is given back when the flow ends."""

    provider: str
    purpose: OAuthPurpose
    begun_by: Viewer | None
    return_url: str
    code_challenge: str
    wish: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class OpenedFlow:
    """A flow that a browser has opened: `browser` is the value of its cookie, the rest is for the dialog."""

    provider: str
    purpose: OAuthPurpose
    browser: str = field(repr=False)
    state: str = field(repr=False)
    provider_verifier: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class DialogAnswer:
    """What the browser brings back from the provider: a code, or that the person refused."""

    code: str | None = field(repr=False)
    is_refusal: bool = False


@dataclass(frozen=True, slots=True)
class ProviderCode:
    """The outcome of a flow: its purpose and wish, and the code and verifier for which the provider gives a token."""

    purpose: OAuthPurpose
    provider: str
    code: str = field(repr=False)
    provider_verifier: str = field(repr=False)
    wish: dict[str, Any] = field(default_factory=dict)


async def begin_flow(tools: FlowTools, session: WriteSession, flow: FlowStart) -> str:
    """Stores a flow in the caller's transaction; answers the address on our own site to open in a browser.

    Raises Refused INVALID for a wrong returnUrl or codeChallenge.
    """
    begun_by = person_id_of(flow.begun_by) if flow.begun_by else None
    _check(tools.addresses, flow)
    start, flow_id, now = secrets.token_urlsafe(32), new_id(), tools.clock()
    # Every new flow deletes those that are over, so that the table needs no chore.
    await delete_flows_expired_before(session, now - _REMEMBERED_FOR)
    session.add(
        OAuthFlow(
            id=flow_id,
            # Links, states and codes are stored as hashes only: the table alone opens, answers or trades no flow.
            start_hash=_hash(start),
            provider=flow.provider,
            purpose=flow.purpose,
            begun_by_user_id=begun_by,
            begun_in_tenant_id=flow.begun_by.tenant_id if flow.begun_by else None,
            code_challenge=flow.code_challenge,
            provider_verifier_enc=tools.cipher.encrypt(
                secret_context("oauth_flow", "provider_verifier", None, flow_id), secrets.token_urlsafe(48)
            ),
            return_url=flow.return_url,
            wish=flow.wish,
            created_at=now,
            expires_at=now + FLOW_LIFE,
        )
    )
    return f"{tools.addresses.public_url.rstrip('/')}/auth/start/{start}"


async def open_flow(tools: FlowTools, start: str, *, browser: str | None) -> OpenedFlow:
    """Binds the flow to the browser that opens its link, which works once.

    A browser that has a cookie of an earlier flow keeps it. Raises FlowNotFound for a link that is unknown, used or
    late.
    """
    browser = browser if browser and _BROWSER.fullmatch(browser) else secrets.token_urlsafe(32)
    state = secrets.token_urlsafe(32)
    async with tools.db.write(None) as session:
        flow = await unstarted_flow_for_update(session, _hash(start), now=tools.clock())
        if flow is None:
            raise FlowNotFound
        # The cookie belongs to the browser that opened the link: an answer that another browser brings is refused.
        flow.state_hash, flow.browser_hash = _hash(state), _hash(browser)
    return OpenedFlow(
        flow.provider, flow.purpose, browser, state, provider_verifier=_provider_verifier(tools.cipher, flow)
    )


async def answer_flow(
    tools: FlowTools, provider: str, *, state: str | None, browser: str | None, answer: DialogAnswer
) -> str:
    """Stores the dialog's answer; answers the URL to go back to, with our one-time code.

    A refusal gets a code as well, so that completeOAuth reports the same as `error` in the URL. Raises FlowNotFound for
    a state that is missing, unknown, answered, late or another browser's.
    """
    if not state or not browser:
        raise FlowNotFound
    code, now = secrets.token_urlsafe(32), tools.clock()
    async with tools.db.write(None) as session:
        flow = await unanswered_flow_for_update(
            session, _hash(state), browser_hash=_hash(browser), provider=provider, now=now
        )
        if flow is None:
            raise FlowNotFound
        flow.code_hash, flow.code_expires_at = _hash(code), now + CODE_LIFE
        outcome = _keep(tools.cipher, flow, answer)
        return_url = flow.return_url
    found = {"code": code} if outcome is None else {"code": code, "error": outcome.value}
    return with_answer(return_url, tools.addresses.public_url, found)


async def trade_code(tools: FlowTools, viewer: Viewer | None, *, code: str, code_verifier: str) -> ProviderCode:
    """The outcome of the flow that ended with `code`, which works once, for the viewer and tenant who began the flow.

    Raises Refused: TOKEN_INVALID for a code that is unknown, used, another's or comes with a wrong verifier (one text
    for all), TOKEN_EXPIRED after 60 seconds, OAUTH_DENIED for the person's refusal, OAUTH_FAILED for the provider's.
    A wrong verifier or viewer does not use the code, so that nobody can spoil another person's flow by guessing.
    """
    async with tools.db.write(None) as session:
        flow = await flow_by_code_for_update(session, _hash(code))
        flow = _tradable(tools.clock, viewer, flow, code_verifier)
        flow.consumed_at = tools.clock()
    return _result(tools.cipher, flow)


def _check(addresses: PublicAddresses, flow: FlowStart) -> None:
    if not is_allowed(flow.return_url, (addresses.public_url, *addresses.return_origins)):
        raise Refused(
            UserErrorCode.INVALID,
            "The URL to return to must be a path of this site (/...), or its origin must be one of RETURN_ORIGINS.",
            field="return_url",
        )
    if not _CHALLENGE.fullmatch(flow.code_challenge):
        raise Refused(
            UserErrorCode.INVALID,
            "The code challenge must be the base64url SHA-256 of the code verifier: 43 characters without padding.",
            field="code_challenge",
        )


def _keep(cipher: TokenCipher, flow: OAuthFlow, answer: DialogAnswer) -> UserErrorCode | None:
    """Writes the answer into the flow: the provider's code, or the error that completeOAuth will report."""
    if answer.is_refusal:
        flow.error = UserErrorCode.OAUTH_DENIED
    elif not answer.code or len(answer.code) > _LONGEST_PROVIDER_CODE:
        flow.error = UserErrorCode.OAUTH_FAILED
    else:
        flow.result_enc = cipher.encrypt(secret_context("oauth_flow", "result", None, flow.id), answer.code)
        return None
    return UserErrorCode(flow.error)


def _tradable(clock: Clock, viewer: Viewer | None, flow: OAuthFlow | None, code_verifier: str) -> OAuthFlow:
    """The flow, if its code may be traded by this viewer now; raises Refused and Unauthenticated as `trade_code`."""
    # One text for every cause, so that nobody learns by trying which codes exist.
    if flow is None or flow.consumed_at is not None:
        raise _invalid()
    # A sign-in has no viewer yet; any other flow belongs to the viewer and the tenant that began it.
    if flow.begun_by_user_id is not None:
        if viewer is None:
            raise Unauthenticated
        if (viewer.user_id, viewer.tenant_id) != (flow.begun_by_user_id, flow.begun_in_tenant_id):
            raise _invalid()
    # PKCE towards the app: a code that leaks from the return URL is worth nothing without the app's verifier.
    if not hmac.compare_digest(challenge_of(code_verifier), flow.code_challenge):
        raise _invalid()
    if flow.code_expires_at is None or clock() >= flow.code_expires_at:
        raise Refused(
            UserErrorCode.TOKEN_EXPIRED,
            "The code has expired, since it works for 60 seconds: begin again.",
            field="code",
        )
    return flow


def _invalid() -> Refused:
    return Refused(
        UserErrorCode.TOKEN_INVALID,
        "The code is unknown, was used already, or belongs to another person or code verifier: begin again.",
        field="code",
    )


def _result(cipher: TokenCipher, flow: OAuthFlow) -> ProviderCode:
    if flow.error == UserErrorCode.OAUTH_DENIED:
        raise Refused(UserErrorCode.OAUTH_DENIED, "The request was declined in the dialog: begin again and allow it.")
    if flow.result_enc is None:
        raise Refused(UserErrorCode.OAUTH_FAILED, "The dialog ended without a result: begin again.")
    code = cipher.decrypt(secret_context("oauth_flow", "result", None, flow.id), flow.result_enc)
    verifier = _provider_verifier(cipher, flow)
    return ProviderCode(flow.purpose, flow.provider, code, provider_verifier=verifier, wish=flow.wish)


def _provider_verifier(cipher: TokenCipher, flow: OAuthFlow) -> str:
    context = secret_context("oauth_flow", "provider_verifier", None, flow.id)
    return cipher.decrypt(context, flow.provider_verifier_enc or "")


def challenge_of(code_verifier: str) -> str:
    """The challenge that belongs to a verifier, by the method S256 of RFC 7636."""
    return urlsafe_b64encode(hashlib.sha256(_bytes(code_verifier)).digest()).rstrip(b"=").decode()


def _hash(value: str) -> bytes:
    """The SHA-256 of a secret; a slow hash is not needed, since our secrets have 256 random bits."""
    return hashlib.sha256(_bytes(value)).digest()


def _bytes(value: str) -> bytes:
    """The text in UTF-8, also with half a surrogate pair, which JSON can carry and plain UTF-8 refuses."""
    return value.encode("utf-8", "surrogatepass")

"""Owns what happens to people's consent outside of the app: sessions that end, consent withdrawn, apps told so."""

from dataclasses import dataclass
from datetime import datetime

from sandbox.meta.errors import SESSION_SUBCODES
from sandbox.meta.sign_in.callbacks import CallbackAnswer, CallbackKind, call_back, signed_request
from sandbox.meta.sign_in.people import App
from sandbox.meta.sign_in.tokens import DAY_S, DEMO_USER, SCOPES, Token
from sandbox.meta.state import Sandbox


@dataclass(frozen=True, slots=True)
class TokenOrder:
    """A token made without the dialog; lives count from now, 0 for ever."""

    person_id: str = DEMO_USER
    app_id: str = ""
    kind: str = "USER"
    scopes: tuple[str, ...] = SCOPES
    account_ids: tuple[str, ...] | None = None
    life_s: int = 60 * DAY_S
    data_access_s: int = 90 * DAY_S


def issue_token(sandbox: Sandbox, order: TokenOrder) -> str:
    apps = sandbox.config.apps
    app = apps.of(order.app_id)
    now_s = sandbox.clock.now_s()
    grant = Token(
        "",
        order.kind,
        apps.user_id(app, order.person_id),
        order.scopes,
        account_ids=order.account_ids,
        data_access_expires_at=now_s + order.data_access_s,
        app_id=apps.name(app),
    )
    return sandbox.tokens.issue(grant, now_s, life_s=order.life_s).value


def end_sessions(sandbox: Sandbox, subcode: int | None, *, person_id: str) -> None:
    """In every app: the password is the person's, not the app's."""
    if subcode is not None and subcode not in SESSION_SUBCODES:
        raise ValueError(f"subcode must be one of {sorted(SESSION_SUBCODES)}")
    apps = sandbox.config.apps
    sandbox.tokens.end_sessions(frozenset(apps.user_id(app, person_id) for app in apps.apps), subcode)


def withdraw(sandbox: Sandbox, scope: str | None, *, person_id: str, app_id: str) -> None:
    """Take one scope back from one app, or with None everything."""
    if scope is not None and scope not in SCOPES:
        raise ValueError(f"scope must be one of {SCOPES}")
    apps = sandbox.config.apps
    sandbox.tokens.withdraw(apps.user_id(apps.of(app_id), person_id), scope)


@dataclass(frozen=True, slots=True)
class CallbackOrder:
    """Whom an app is told of, and where when its own URL is not meant; `issued_at` makes a request stale."""

    person_id: str = DEMO_USER
    app_id: str = ""
    url: str | None = None
    issued_at: datetime | None = None


async def tell_app(sandbox: Sandbox, kind: CallbackKind, *, order: CallbackOrder) -> CallbackAnswer:
    """Removing an app ends its tokens first, as at Meta; asking for deletion ends nothing."""
    apps = sandbox.config.apps
    app = apps.of(order.app_id)
    user_id = apps.user_id(app, order.person_id)
    if kind is CallbackKind.DEAUTHORIZE:
        sandbox.tokens.withdraw(user_id, None)
    issued_at = order.issued_at or sandbox.clock.now()
    signed = signed_request(app.app_secret, user_id, issued_at=int(issued_at.timestamp()))
    return await call_back(_url(app, kind, order=order), signed)


def _url(app: App, kind: CallbackKind, *, order: CallbackOrder) -> str:
    url = order.url or (app.deauthorize_url if kind is CallbackKind.DEAUTHORIZE else app.deletion_url)
    if url is None:
        raise ValueError(f"the app has no URL for {kind}")
    return url

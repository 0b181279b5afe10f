"""Owns the Graph's answers about tokens and users: exchange, debug_token, me and permissions; no pages of HTML."""

import hmac

from sandbox.meta.calls import GraphCall
from sandbox.meta.errors import GraphError, bad_parameter, no_token, unreadable_token
from sandbox.meta.field_trees import parse_fields
from sandbox.meta.sign_in.access import token_of
from sandbox.meta.sign_in.people import App
from sandbox.meta.sign_in.tokens import DIALOG_SCOPES, LONG_LIFE_S, SHORT_LIFE_S, Token, check_session
from sandbox.meta.state import Sandbox

_PERMISSIONS_PATH_PARTS = 3


def exchange(sandbox: Sandbox, call: GraphCall) -> dict[str, object]:
    """A token for a code, a long-lived token for a token, or the app's own token."""
    app = sandbox.config.apps.find(call.params.get("client_id"))
    if app is None:
        raise GraphError("Error validating application. Cannot get application info due to a system error.", 101)
    if not hmac.compare_digest(call.params.get("client_secret", "").encode(), app.app_secret.encode()):
        raise GraphError("Error validating client secret.", 1)
    match call.params.get("grant_type", "authorization_code"):
        case "client_credentials":
            return {"access_token": app_token(app), "token_type": "bearer"}
        case "fb_exchange_token":
            return _issue(sandbox, _exchanged(sandbox, call, app=app), life_s=LONG_LIFE_S)
        case "authorization_code":
            return _issue(sandbox, _coded(sandbox, call, app=app), life_s=SHORT_LIFE_S)
        case other:
            raise bad_parameter(f"Unsupported grant_type {other}")


def app_token(app: App) -> str:
    return f"{app.app_id}|{app.app_secret}"


def _issue(sandbox: Sandbox, grant: Token, *, life_s: int) -> dict[str, object]:
    token = sandbox.tokens.issue(grant, sandbox.clock.now_s(), life_s=life_s)
    return {"access_token": token.value, "token_type": "bearer", "expires_in": life_s}


def _coded(sandbox: Sandbox, call: GraphCall, *, app: App) -> Token:
    grant = sandbox.tokens.spend_code(
        call.params.get("code", ""),
        call.params.get("redirect_uri", ""),
        verifier=call.params.get("code_verifier"),
        now_s=sandbox.clock.now_s(),
    )
    if sandbox.config.apps.of(grant.app_id) != app:
        raise bad_parameter("Invalid verification code format.")
    return grant


def _exchanged(sandbox: Sandbox, call: GraphCall, *, app: App) -> Token:
    token = sandbox.tokens.find(call.params.get("fb_exchange_token", ""))
    if token is None or token.is_pinned or sandbox.config.apps.of(token.app_id) != app:
        raise unreadable_token()
    check_session(token, sandbox.clock.now_s())
    return token


def debug_token(sandbox: Sandbox, call: GraphCall) -> dict[str, object]:
    """Needs the app's own token, or the inspected token itself."""
    if not call.token:
        raise no_token()
    asked = call.params.get("input_token", "")
    token = sandbox.tokens.find(asked)
    app = sandbox.config.apps.of(token.app_id if token else "")
    if call.token not in (app_token(app), asked):
        raise GraphError("(#100) You must provide an app access token, or a user access token of the app", 100)
    if token is None:
        error = {"code": 190, "message": "Invalid OAuth access token."}
        return {"data": {"error": error, "is_valid": False, "scopes": []}}
    return {"data": _described(sandbox, token)}


def _described(sandbox: Sandbox, token: Token) -> dict[str, object]:
    targets = [name.removeprefix("act_") for name in token.account_ids or ()]
    data: dict[str, object] = {
        "app_id": sandbox.config.apps.of(token.app_id).app_id,
        "type": token.kind,
        "application": "Adgraph (sandbox)",
        "data_access_expires_at": token.data_access_expires_at,
        "expires_at": token.expires_at,
        "is_valid": True,
        "issued_at": token.issued_at,
        "scopes": list(token.scopes),
        # Without target_ids a scope holds for everything the user has.
        "granular_scopes": [
            {"scope": scope} | ({"target_ids": targets} if targets else {})
            for scope in token.scopes
            if scope.startswith("ads_")
        ],
        "user_id": token.user_id,
    }
    try:
        check_session(token, sandbox.clock.now_s())
    except GraphError as error:
        data["is_valid"] = False
        data["error"] = {"code": error.code, "subcode": error.subcode, "message": error.message}
    return data


def me(sandbox: Sandbox, call: GraphCall) -> dict[str, object]:
    token = token_of(sandbox, call)
    known = {"id": token.user_id, "name": _user_name(token), "email": "demo.marketer@example.com"}
    asked = parse_fields(call.params.get("fields", "")) or {"id": {}, "name": {}}
    for name in asked:
        if name not in known:
            raise bad_parameter(f"Tried accessing nonexisting field ({name}) on node type (User)")
    # An address that was not given is left out, as at Meta: no error.
    hidden = set() if "email" in token.scopes else {"email"}
    return {name: known[name] for name in known if (name in asked or name == "id") and name not in hidden}


def _user_name(token: Token) -> str:
    return "Demo Marketer" if token.kind == "USER" else "Adgraph System User"


def permissions(sandbox: Sandbox, call: GraphCall) -> dict[str, object]:
    token = token_of(sandbox, call)
    return {
        "data": [
            *({"permission": scope, "status": "granted"} for scope in token.scopes),
            *({"permission": scope, "status": "declined"} for scope in token.declined),
        ]
    }


def withdraw_permissions(sandbox: Sandbox, call: GraphCall) -> dict[str, object]:
    """Takes back one scope or the whole app. Tokens for pasting stay as they are, by their promise."""
    token = token_of(sandbox, call)
    parts = call.path.split("/")
    scope = parts[2] if len(parts) == _PERMISSIONS_PATH_PARTS else call.params.get("permission")
    if scope is not None and scope not in DIALOG_SCOPES:
        raise bad_parameter(f"Unknown permission {scope}")
    if not token.is_pinned:
        sandbox.tokens.withdraw(token.user_id, scope)
    return {"success": True}

"""Owns who may see what: token, proof, scope and accounts of a call; must not read data."""

import hmac
from datetime import timedelta
from zoneinfo import ZoneInfo

from sandbox.meta.calls import GraphCall
from sandbox.meta.data.objects import GraphObject
from sandbox.meta.errors import bad_parameter, missing_object, missing_scope, no_token, unreadable_token
from sandbox.meta.sign_in.tokens import Token, check_data_access, check_session, proof_of
from sandbox.meta.state import Sandbox

_TOMORROW = timedelta(days=1)
_UTC = ZoneInfo("UTC")


def token_of(sandbox: Sandbox, call: GraphCall) -> Token:
    """The call's own token, alive and with the proof that the caller knows the app's secret."""
    if not call.token:
        raise no_token()
    token = sandbox.tokens.find(call.token)
    if token is None:
        raise unreadable_token()
    call.user_id = token.user_id
    _check_proof(sandbox, call, token=token)
    check_session(token, sandbox.clock.now_s())
    check_data_access(token, sandbox.clock.now_s())
    return token


def _check_proof(sandbox: Sandbox, call: GraphCall, *, token: Token) -> None:
    given = call.params.get("appsecret_proof")
    if given is None:
        if sandbox.config.require_proof:
            raise bad_parameter("API calls from the server require an appsecret_proof argument")
        return
    if not hmac.compare_digest(
        given.encode(), proof_of(sandbox.config.apps.of(token.app_id).app_secret, token.value).encode()
    ):
        raise bad_parameter("Invalid appsecret_proof provided in the API argument")


def require_scope(token: Token, scope: str) -> None:
    if scope not in token.scopes:
        raise missing_scope(scope)


def sees(token: Token, account_id: str) -> bool:
    return token.account_ids is None or account_id in token.account_ids


def visible(sandbox: Sandbox, token: Token, *, object_id: str) -> GraphObject:
    thing = sandbox.dataset.objects.get(object_id)
    if thing is None or not sees(token, thing.account_id) or not exists(sandbox, thing):
        raise missing_object(object_id)
    return thing


def exists(sandbox: Sandbox, thing: GraphObject) -> bool:
    """A thing made later than the sandbox's clock is not there yet; a day of grace covers all zones."""
    return thing.created_on <= sandbox.clock.today(_UTC) + _TOMORROW

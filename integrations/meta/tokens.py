"""Asks Meta about a token: whose it is, what it permits, until when; stores nothing."""

from datetime import UTC, datetime

import msgspec

from integrations.ads.records import TokenInfo
from integrations.http import HttpClient
from integrations.meta.graph import Graph, MetaApp

_SYSTEM_USER = "SYSTEM_USER"


class _Debugged(msgspec.Struct, frozen=True):
    app_id: str = ""
    type: str = "USER"
    is_valid: bool = False
    user_id: str = ""
    scopes: list[str] = []
    expires_at: int | None = None
    data_access_expires_at: int | None = None


class _DebugAnswer(msgspec.Struct, frozen=True):
    data: _Debugged


class _Me(msgspec.Struct, frozen=True):
    id: str
    name: str | None = None
    email: str | None = None


_NOBODY = _Me("")
_DEBUG = msgspec.json.Decoder(_DebugAnswer, strict=False)
_ME = msgspec.json.Decoder(_Me, strict=False)


async def token_info(app: MetaApp, http: HttpClient, token: str, *, fields: str = "id,name") -> TokenInfo:
    """What the platform says of a token; the person's fields are asked for only if it is valid and of our app.

    Raises AccessRevoked when the token dies between the two calls.
    """
    debugged = (await Graph(app, http, app.token).get("debug_token", {"input_token": token}, _DEBUG)).data
    me = _NOBODY
    if debugged.is_valid and debugged.app_id == app.app_id:
        me = await Graph(app, http, token).get("me", {"fields": fields}, _ME)
    user_id = me.id or debugged.user_id
    return TokenInfo(
        is_ours=debugged.app_id == app.app_id,
        is_of_system=debugged.type == _SYSTEM_USER,
        is_valid=debugged.is_valid and user_id == (debugged.user_id or user_id),
        external_user_id=user_id,
        external_user_name=me.name,
        scopes=tuple(sorted(debugged.scopes)),
        expires_at=_moment(debugged.expires_at),
        data_access_expires_at=_moment(debugged.data_access_expires_at),
        external_user_email=me.email,
    )


async def confirm_token(graph: Graph) -> None:
    """Raises AccessRevoked when the token does not work, with the reason, which `token_info` does not tell."""
    await graph.get("me", {"fields": "id"}, _ME)


def _moment(unix_s: int | None) -> datetime | None:
    return datetime.fromtimestamp(unix_s, UTC) if unix_s else None

"""Owns control of a sandbox over HTTP, under /_sandbox/: the methods of SandboxAdmin; must not hold rules."""

import hmac
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from inspect import isawaitable
from typing import TypeVar

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from sandbox.meta.admin import SandboxAdmin
from sandbox.meta.sign_in.grants import CallbackOrder, TokenOrder
from sandbox.meta.sign_in.tokens import DEMO_USER
from sandbox.meta.state import Sandbox
from sandbox.meta.trouble.faults import FaultRule
from sandbox.meta.trouble.limits import BrokenField, Heaviness, LimitKind, RefusedObject, Throttle
from sandbox.meta.trouble.odd_values import Form

_HEADER = "x-sandbox-token"
_DONE = {"success": True}

Body = TypeVar("Body")
_Action = Callable[[SandboxAdmin, bytes], object]


class _Clock(msgspec.Struct, forbid_unknown_fields=True):
    today: date | None = None
    now: datetime | None = None


class _Skew(msgspec.Struct, forbid_unknown_fields=True):
    seconds: float


class _Vanish(msgspec.Struct, forbid_unknown_fields=True):
    object_id: str
    day: date


class _Move(msgspec.Struct, forbid_unknown_fields=True):
    ad_id: str
    ad_set_id: str


class _RunSeconds(msgspec.Struct, forbid_unknown_fields=True):
    shortest: float
    longest: float


class _Doom(msgspec.Struct, forbid_unknown_fields=True):
    run_id: str
    fate: FaultRule | None = None


class _Throttle(msgspec.Struct, forbid_unknown_fields=True):
    throttle: Throttle | None


class _Block(msgspec.Struct, forbid_unknown_fields=True):
    kind: LimitKind
    seconds: float
    account: str | None = None


class _Fill(msgspec.Struct, forbid_unknown_fields=True):
    kind: LimitKind
    percent: float
    account: str | None = None


class _Unlisted(msgspec.Struct, forbid_unknown_fields=True):
    object_id: str


class _OddValues(msgspec.Struct, forbid_unknown_fields=True):
    is_on: bool = True
    with_keys: bool = False


class _OddValue(msgspec.Struct, forbid_unknown_fields=True):
    object_id: str
    field: str
    form: Form


class _OldestDay(msgspec.Struct, forbid_unknown_fields=True):
    day: date | None


class _Latency(msgspec.Struct, forbid_unknown_fields=True):
    seconds: float


class _Rename(msgspec.Struct, forbid_unknown_fields=True):
    object_id: str
    name: str


class _Status(msgspec.Struct, forbid_unknown_fields=True):
    object_id: str
    status: str


class _AccountStatus(msgspec.Struct, forbid_unknown_fields=True):
    account_id: str
    status: int
    reason: int = 0


class _Sessions(msgspec.Struct, forbid_unknown_fields=True):
    subcode: int | None
    person_id: str = DEMO_USER


class _Withdraw(msgspec.Struct, forbid_unknown_fields=True):
    scope: str | None = None
    person_id: str = DEMO_USER
    app_id: str = ""


def _takes(shape: type[Body], act: Callable[[SandboxAdmin, Body], object]) -> _Action:
    return lambda admin, raw: act(admin, msgspec.json.decode(raw, type=shape))


def _plain(act: Callable[[SandboxAdmin], object]) -> _Action:
    return lambda admin, _raw: act(admin)


def _set_clock(admin: SandboxAdmin, body: _Clock) -> object:
    admin.set_clock(body.now or body.today)
    return {"now": admin.sandbox.clock.now().isoformat()}


@dataclass(frozen=True, slots=True)
class _AdminRoute:
    method: str
    path: str
    action: _Action


_ROUTES = (
    _AdminRoute("POST", "clock", _takes(_Clock, _set_clock)),
    _AdminRoute("POST", "skew", _takes(_Skew, lambda admin, body: admin.skew_clock(timedelta(seconds=body.seconds)))),
    _AdminRoute("POST", "faults", _takes(FaultRule, SandboxAdmin.add_fault)),
    _AdminRoute("DELETE", "faults", _plain(SandboxAdmin.clear_faults)),
    _AdminRoute(
        "POST", "runs", _takes(_RunSeconds, lambda admin, body: admin.set_run_seconds(body.shortest, body.longest))
    ),
    _AdminRoute("POST", "runs/doom", _takes(_Doom, lambda admin, body: admin.doom_run(body.run_id, body.fate))),
    _AdminRoute("POST", "heaviness", _takes(Heaviness, SandboxAdmin.set_heaviness)),
    _AdminRoute("POST", "broken-fields", _takes(BrokenField, SandboxAdmin.break_field)),
    _AdminRoute("POST", "refused-objects", _takes(RefusedObject, SandboxAdmin.refuse_object)),
    _AdminRoute("POST", "unlisted", _takes(_Unlisted, lambda admin, body: admin.unlist(body.object_id))),
    _AdminRoute(
        "POST",
        "odd-values",
        _takes(_OddValues, lambda admin, body: admin.spread_odd_values(is_on=body.is_on, with_keys=body.with_keys)),
    ),
    _AdminRoute(
        "POST",
        "odd-value",
        _takes(_OddValue, lambda admin, body: admin.pin_odd_value(body.object_id, body.field, body.form)),
    ),
    _AdminRoute("POST", "oldest-day", _takes(_OldestDay, lambda admin, body: admin.set_oldest_day(body.day))),
    _AdminRoute("POST", "throttle", _takes(_Throttle, lambda admin, body: admin.set_throttle(body.throttle))),
    _AdminRoute(
        "POST", "block", _takes(_Block, lambda admin, body: admin.block(body.kind, body.seconds, account=body.account))
    ),
    _AdminRoute(
        "POST", "fill", _takes(_Fill, lambda admin, body: admin.fill(body.kind, body.percent, account=body.account))
    ),
    _AdminRoute("POST", "latency", _takes(_Latency, lambda admin, body: admin.set_latency(body.seconds))),
    _AdminRoute("POST", "vanish", _takes(_Vanish, lambda admin, body: admin.vanish(body.object_id, body.day))),
    _AdminRoute("POST", "move", _takes(_Move, lambda admin, body: admin.move_ad(body.ad_id, body.ad_set_id))),
    _AdminRoute("POST", "rename", _takes(_Rename, lambda admin, body: admin.rename(body.object_id, body.name))),
    _AdminRoute("POST", "status", _takes(_Status, lambda admin, body: admin.set_status(body.object_id, body.status))),
    _AdminRoute(
        "POST",
        "account-status",
        _takes(
            _AccountStatus,
            lambda admin, body: admin.set_account_status(body.account_id, body.status, reason=body.reason),
        ),
    ),
    _AdminRoute("POST", "tokens", _takes(TokenOrder, lambda admin, body: {"access_token": admin.issue_token(body)})),
    _AdminRoute(
        "POST",
        "sessions",
        _takes(_Sessions, lambda admin, body: admin.end_sessions(body.subcode, person_id=body.person_id)),
    ),
    _AdminRoute(
        "POST",
        "withdraw",
        _takes(_Withdraw, lambda admin, body: admin.withdraw(body.scope, person_id=body.person_id, app_id=body.app_id)),
    ),
    _AdminRoute("POST", "deauthorize", _takes(CallbackOrder, SandboxAdmin.deauthorize)),
    _AdminRoute("POST", "deletion", _takes(CallbackOrder, SandboxAdmin.request_deletion)),
    _AdminRoute("GET", "log", _plain(lambda admin: {"calls": admin.log()})),
    _AdminRoute("POST", "reset", _plain(SandboxAdmin.reset)),
)


def admin_routes() -> list[Route]:
    return [Route(f"/_sandbox/{route.path}", _endpoint(route.action), methods=[route.method]) for route in _ROUTES]


def admin_paths() -> list[str]:
    return [f"{route.method} /_sandbox/{route.path}" for route in _ROUTES]


def _endpoint(action: _Action) -> Callable[[Request], Awaitable[Response]]:
    async def endpoint(request: Request) -> Response:
        sandbox: Sandbox = request.app.state.sandbox
        given = request.headers.get(_HEADER, "")
        if not hmac.compare_digest(given.encode(), sandbox.config.admin_token.encode()):
            return _json({"error": "X-Sandbox-Token is missing or wrong"}, 403)
        try:
            answer = action(SandboxAdmin(sandbox), await request.body())
            return _json(await answer if isawaitable(answer) else answer)
        except (msgspec.MsgspecError, ValueError, OSError) as error:
            return _json({"error": str(error)}, 422)

    return endpoint


def _json(content: object, status: int = 200) -> Response:
    return Response(msgspec.json.encode(_DONE if content is None else content), status, media_type="application/json")

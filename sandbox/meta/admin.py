"""Owns control of a sandbox by tests and demos, in process and under /_sandbox/; must not answer the Graph."""

import hmac
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import date, datetime
from urllib.parse import parse_qsl, urlsplit

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from sandbox.meta.call_log import LoggedCall
from sandbox.meta.dialog import check_dialog, decide, open_ticket
from sandbox.meta.faults import FaultRule
from sandbox.meta.state import Sandbox

_HEADER = "x-sandbox-token"


@dataclass(frozen=True, slots=True)
class SandboxAdmin:
    """In-process control; the HTTP routes call the same methods."""

    sandbox: Sandbox

    def set_clock(self, moment: date | datetime | None) -> None:
        """A day, an instant, or None for the real clock."""
        self.sandbox.clock.set(moment)

    def add_fault(self, rule: FaultRule) -> None:
        self.sandbox.faults.add(rule)

    def clear_faults(self) -> None:
        self.sandbox.faults.clear()

    def vanish(self, object_id: str, day: date) -> None:
        """Take back a day's delivery of an ad, or of all ads of an account, a campaign or an ad set."""
        self.sandbox.vanish(object_id, day)

    def move_ad(self, ad_id: str, ad_set_id: str) -> None:
        """Hang an ad, with all its history, under another ad set of its account."""
        self.sandbox.move_ad(ad_id, ad_set_id)

    def log(self) -> list[LoggedCall]:
        """Calls to the Graph in their order; no token, proof or secret is in them."""
        return list(self.sandbox.log.calls)

    def reset(self) -> None:
        self.sandbox.reset()

    def decide(self, authorization_url: str, decision: str = "allow") -> str:
        """What a click in the dialog leads to, without the page: the URL the browser would be sent to."""
        params = dict(parse_qsl(urlsplit(authorization_url).query, keep_blank_values=True))
        check_dialog(self.sandbox, params)
        return decide(self.sandbox, open_ticket(self.sandbox, params), decision=decision)


class _ClockBody(msgspec.Struct, forbid_unknown_fields=True):
    today: date | None = None
    now: datetime | None = None


class _VanishBody(msgspec.Struct, forbid_unknown_fields=True):
    object_id: str
    day: date


class _MoveBody(msgspec.Struct, forbid_unknown_fields=True):
    ad_id: str
    ad_set_id: str


_Action = Callable[[SandboxAdmin, bytes], object]


def _set_clock(admin: SandboxAdmin, body: bytes) -> object:
    asked = msgspec.json.decode(body, type=_ClockBody)
    admin.set_clock(asked.now or asked.today)
    return {"now": admin.sandbox.clock.now().isoformat()}


def _add_fault(admin: SandboxAdmin, body: bytes) -> object:
    admin.add_fault(msgspec.json.decode(body, type=FaultRule))
    return {"success": True}


def _clear_faults(admin: SandboxAdmin, _body: bytes) -> object:
    admin.clear_faults()
    return {"success": True}


def _vanish(admin: SandboxAdmin, body: bytes) -> object:
    asked = msgspec.json.decode(body, type=_VanishBody)
    admin.vanish(asked.object_id, asked.day)
    return {"success": True}


def _move(admin: SandboxAdmin, body: bytes) -> object:
    asked = msgspec.json.decode(body, type=_MoveBody)
    admin.move_ad(asked.ad_id, asked.ad_set_id)
    return {"success": True}


def _read_log(admin: SandboxAdmin, _body: bytes) -> object:
    return {"calls": admin.log()}


def _reset(admin: SandboxAdmin, _body: bytes) -> object:
    admin.reset()
    return {"success": True}


def _endpoint(action: _Action) -> Callable[[Request], Awaitable[Response]]:
    async def endpoint(request: Request) -> Response:
        sandbox: Sandbox = request.app.state.sandbox
        given = request.headers.get(_HEADER, "")
        if not hmac.compare_digest(given.encode(), sandbox.config.admin_token.encode()):
            return _json({"error": "X-Sandbox-Token is missing or wrong"}, 403)
        try:
            return _json(action(SandboxAdmin(sandbox), await request.body()))
        except (msgspec.MsgspecError, ValueError) as error:
            return _json({"error": str(error)}, 422)

    return endpoint


def _json(content: object, status: int = 200) -> Response:
    return Response(msgspec.json.encode(content), status, media_type="application/json")


_ACTIONS: tuple[tuple[str, str, _Action], ...] = (
    ("POST", "/_sandbox/clock", _set_clock),
    ("POST", "/_sandbox/faults", _add_fault),
    ("DELETE", "/_sandbox/faults", _clear_faults),
    ("POST", "/_sandbox/vanish", _vanish),
    ("POST", "/_sandbox/move", _move),
    ("GET", "/_sandbox/log", _read_log),
    ("POST", "/_sandbox/reset", _reset),
)


def admin_routes() -> list[Route]:
    return [Route(path, _endpoint(action), methods=[method]) for method, path, action in _ACTIONS]

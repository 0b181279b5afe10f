"""Owns control of Vinted's stand-in: members, sessions, pace, challenge; clock, faults and log are every one's."""

import msgspec

from sandbox.marketplaces import control
from sandbox.marketplaces.control import ControlRoute, set_given, takes
from sandbox.vinted.faults import VintedFault
from sandbox.vinted.members import Member
from sandbox.vinted.pages.challenge import styles
from sandbox.vinted.sessions import SESSION_COOKIE
from sandbox.vinted.state import Challenge, VintedSandbox

_PLACES = ("META", "SCRIPT", "BOTH")
_STATUSES = (401, 403)


def member_named(sandbox: VintedSandbox, name: int | str) -> Member:
    """By id or name, or by the place among the members, from 1 on; raises ValueError."""
    members = list(sandbox.book.members.values())
    for place, member in enumerate(members, start=1):
        if str(name) in (str(member.member_id), member.login, str(place)):
            return member
    raise ValueError(f"there is no member {name}")


class MemberOrder(msgspec.Struct, forbid_unknown_fields=True):
    member: int | str = 1


class _NewMember(msgspec.Struct, forbid_unknown_fields=True):
    member_id: int
    login: str
    country: str = "DE"
    currency: str = "EUR"


class _Restriction(MemberOrder, forbid_unknown_fields=True):
    is_restricted: bool = True


class _Pace(msgspec.Struct, forbid_unknown_fields=True):
    """What is absent stays."""

    latency_s: float | None = None
    listing_delay_s: float | None = None
    per_minute: int | None = None
    has_retry_after: bool | None = None
    signed_out_status: int | None = None
    csrf_place: str | None = None


class _Challenge(msgspec.Struct, forbid_unknown_fields=True):
    """Without a member it stands in everybody's way, signed in or not."""

    style: str = "PAGE"
    member: int | str | None = None
    is_stubborn: bool = False


def _add_fault(sandbox: VintedSandbox, body: VintedFault) -> None:
    sandbox.faults.add(body)


def _set_pace(sandbox: VintedSandbox, body: _Pace) -> None:
    if body.signed_out_status not in (None, *_STATUSES):
        raise ValueError(f"signed_out_status is one of {_STATUSES}")
    if body.csrf_place not in (None, *_PLACES):
        raise ValueError(f"csrf_place is one of {_PLACES}")
    set_given(sandbox, body)


def _set_challenge(sandbox: VintedSandbox, body: _Challenge) -> None:
    if body.style not in styles():
        raise ValueError(f"style is one of {styles()}")
    member_id = None if body.member is None else member_named(sandbox, body.member).member_id
    sandbox.challenge = Challenge(body.style, member_id, body.is_stubborn)


def _challenge(sandbox: VintedSandbox, _raw: bytes) -> object:
    return sandbox.challenge


def _open_session(sandbox: VintedSandbox, body: MemberOrder) -> object:
    """As if the member had signed in: the cookie, and the token that pages would carry."""
    value = sandbox.open_session(member_named(sandbox, body.member))
    return {"cookie": f"{SESSION_COOKIE}={value}", "csrf_token": sandbox.book.sessions[value].csrf_token}


def _sign_out(sandbox: VintedSandbox, body: MemberOrder) -> object:
    """Everywhere, as the site does for reasons of its own."""
    return {"ended": sandbox.close_sessions(member_named(sandbox, body.member))}


def _make_stale(sandbox: VintedSandbox, body: MemberOrder) -> None:
    """Calls are refused until a page is loaded."""
    member_id = member_named(sandbox, body.member).member_id
    for session in sandbox.book.sessions.values():
        session.is_stale = session.is_stale or session.member_id == member_id


def _add_member(sandbox: VintedSandbox, body: _NewMember) -> object:
    known = sandbox.book.members
    if body.member_id in known or any(member.login == body.login for member in known.values()):
        raise ValueError(f"there is a member {body.member_id}, or one called {body.login}, already")
    member = known[body.member_id] = Member(body.member_id, body.login, body.country, body.currency)
    return _told(member)


def _members(sandbox: VintedSandbox, _raw: bytes) -> object:
    return {"members": [_told(member) for member in sandbox.book.members.values()]}


def _member(sandbox: VintedSandbox, body: MemberOrder) -> object:
    return member_named(sandbox, body.member)


def _restrict(sandbox: VintedSandbox, body: _Restriction) -> None:
    member_named(sandbox, body.member).is_restricted = body.is_restricted


def _told(member: Member) -> object:
    return {
        "member_id": member.member_id,
        "login": member.login,
        "items": len(member.items),
        "sales": len(member.sales),
        "conversations": len(member.talks),
    }


CONTROL = (
    *control.CONTROL,
    ControlRoute("POST", "faults", takes(VintedFault, _add_fault)),
    ControlRoute("POST", "pace", takes(_Pace, _set_pace)),
    ControlRoute("POST", "challenge", takes(_Challenge, _set_challenge)),
    ControlRoute("GET", "challenge", _challenge),
    ControlRoute("POST", "sessions", takes(MemberOrder, _open_session)),
    ControlRoute("POST", "sessions/end", takes(MemberOrder, _sign_out)),
    ControlRoute("POST", "sessions/stale", takes(MemberOrder, _make_stale)),
    ControlRoute("POST", "members", takes(_NewMember, _add_member)),
    ControlRoute("GET", "members", _members),
    ControlRoute("POST", "member", takes(MemberOrder, _member)),
    ControlRoute("POST", "members/restrict", takes(_Restriction, _restrict)),
)

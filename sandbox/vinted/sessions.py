"""Owns the cookies of the site: who a browser is signed in as, and how it is told; must not ask for passwords."""

from uuid import uuid4

from starlette.requests import Request
from starlette.responses import Response

from sandbox.vinted.members import Member, Session
from sandbox.vinted.state import VintedSandbox

# Only the first says who it is. The page's scripts may read the other two, as at the site.
SESSION_COOKIE, ANONYMOUS_COOKIE, MEMBER_COOKIE = "access_token_web", "anon_id", "v_uid"


def session_of(sandbox: VintedSandbox, request: Request) -> Session | None:
    return sandbox.book.sessions.get(request.cookies.get(SESSION_COOKIE, ""))


def member_of(sandbox: VintedSandbox, session: Session | None) -> Member | None:
    return sandbox.book.members[session.member_id] if session else None


def greet(request: Request, response: Response) -> None:
    """Every page gives a browser that has none an id of its own."""
    if ANONYMOUS_COOKIE not in request.cookies:
        response.set_cookie(ANONYMOUS_COOKIE, str(uuid4()), samesite="lax")


def let_in(sandbox: VintedSandbox, response: Response, member: Member) -> None:
    response.set_cookie(SESSION_COOKIE, sandbox.open_session(member), httponly=True, samesite="lax")
    response.set_cookie(MEMBER_COOKIE, str(member.member_id), samesite="lax")


def let_out(sandbox: VintedSandbox, request: Request, response: Response) -> None:
    sandbox.book.sessions.pop(request.cookies.get(SESSION_COOKIE, ""), None)
    response.delete_cookie(SESSION_COOKIE)
    response.delete_cookie(MEMBER_COOKIE)

"""Owns what stands in the way when the site wants to know that a person is there; must not decide when it does."""

import msgspec
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from sandbox.vinted.members import Member
from sandbox.vinted.pages.layout import page
from sandbox.vinted.state import Challenge, VintedSandbox

# Of the challenge's style: the status of its page.
_PAGES = {"PAGE": 403, "PAGE_200": 200, "JSON": 403}
_FORM = """<p>Something about your browser made us think that you might be a program.</p>
<form method="post" action="/challenge"><button>I am a person</button></form>"""


def styles() -> tuple[str, ...]:
    return ("NONE", *_PAGES)


def barrier(sandbox: VintedSandbox, member: Member | None, *, is_call: bool) -> Response | None:
    """None where nothing is in the way. In the style JSON calls get JSON with an address, and pages the page."""
    challenge = sandbox.challenge
    if challenge.style == "NONE":
        return None
    if challenge.member_id is not None and (member is None or member.member_id != challenge.member_id):
        return None
    if is_call and challenge.style == "JSON":
        body = msgspec.json.encode({"url": f"{sandbox.url}/challenge"})
        return Response(body, 403, media_type="application/json")
    return page("Are you a person?", _FORM, status=_PAGES[challenge.style])


async def challenge_page(_request: Request) -> Response:
    return page("Are you a person?", _FORM, status=403)


async def solve(request: Request) -> Response:
    sandbox: VintedSandbox = request.app.state.sandbox
    if not sandbox.challenge.is_stubborn:
        sandbox.challenge = Challenge()
    return RedirectResponse("/", 303)

"""Owns the pictures of items as the site serves them: a plain one of the colour of what was sent."""

from functools import lru_cache
from io import BytesIO

from PIL import Image
from starlette.requests import Request
from starlette.responses import Response

from sandbox.vinted.calls import whole_number
from sandbox.vinted.pages.layout import not_found
from sandbox.vinted.state import VintedSandbox

_LONGEST = 64


def picture(request: Request) -> Response:
    sandbox: VintedSandbox = request.app.state.sandbox
    number = whole_number(request.path_params["named"]) or 0
    photo = next((each.photos[number] for each in sandbox.book.members.values() if number in each.photos), None)
    if photo is None:
        return not_found()
    return Response(_drawn(photo.color), media_type="image/jpeg")


@lru_cache(maxsize=64)
def _drawn(color: str) -> bytes:
    file = BytesIO()
    Image.new("RGB", (_LONGEST, _LONGEST), f"#{color}").save(file, "JPEG")
    return file.getvalue()

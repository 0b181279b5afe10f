"""Owns how the stand-ins read a form, from a person's click or from a program."""

from urllib.parse import parse_qsl

from starlette.requests import Request


async def read_form(request: Request) -> dict[str, str]:
    """The fields of a urlencoded body, which is what every known client of these vendors sends."""
    body = await request.body()
    return dict(parse_qsl(body.decode(errors="replace"), keep_blank_values=True))

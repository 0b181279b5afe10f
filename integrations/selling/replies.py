"""What replies of marketplaces have in common: a decoded answer and a pause that is told."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from integrations.errors import IntegrationError, InvalidResponse, Unavailable
from integrations.http import Reply, TryAgain
from integrations.selling.values import Fields, decoded

_OK, _REDIRECT = 200, 300
_LONGEST_PAUSE_S = 24 * 3600
_MOST_DIGITS = 6
# What stands before the first tag of a page: blanks, and the mark of UTF-8.
_LONGEST_BEGINNING, _MARK = 1000, b"\xef\xbb\xbf"
LONGEST_TEXT = 500


@dataclass(frozen=True, slots=True)
class RestAnswer:
    """`body` is decoded JSON, None where there was none."""

    status: int
    headers: Mapping[str, str]
    body: Any

    @property
    def fields(self) -> Fields:
        return Fields.of(self.body)


def answer_in(reply: Reply, vendor: str, outcome_of: Callable[[Reply], tuple[IntegrationError, bool]]) -> RestAnswer:
    """The decoded answer; raises what `outcome_of` makes of a failure, within TryAgain where it may pass at once."""
    if _OK <= reply.status < _REDIRECT:
        try:
            return RestAnswer(reply.status, reply.headers, decoded(reply.body) if reply.body.strip() else None)
        except ValueError:
            raise TryAgain(unreadable(reply, vendor)) from None
    outcome, may_repeat = outcome_of(reply)
    raise TryAgain(outcome) if may_repeat else outcome


def unreadable(reply: Reply, vendor: str) -> IntegrationError:
    """For a body that is none of the API's: a page comes from a gateway or tells of maintenance, which ends."""
    if is_page(reply):
        return Unavailable(f"{vendor} sent a web page in place of an answer; try again later.")
    return InvalidResponse(f"{vendor} sent an answer that cannot be read.")


def is_page(reply: Reply) -> bool:
    """Whether the body is HTML."""
    begins = reply.body[:_LONGEST_BEGINNING].removeprefix(_MARK).lstrip().lower()
    return begins.startswith((b"<!doctype html", b"<html"))


def body_of(reply: Reply) -> object:
    """Decoded JSON; None for anything else."""
    try:
        return decoded(reply.body)
    except ValueError:
        return None


def pause_s(reply: Reply, *, otherwise: int) -> int:
    """The seconds of Retry-After, at most a day; `otherwise` where it is absent or no number."""
    told = reply.headers.get("Retry-After", "")
    is_number = told.isascii() and told.isdigit() and len(told) <= _MOST_DIGITS
    return min(max(1, int(told) if is_number else otherwise), _LONGEST_PAUSE_S)

"""Asks the browser extension for steps, and says of each failure what it means for whoever asked."""

from collections.abc import Sequence

from integrations.errors import (
    Bar,
    Barred,
    IntegrationError,
    Misshapen,
    ObjectMissing,
    Throttled,
    TimedOut,
    Unavailable,
    VendorError,
)
from integrations.selling.refusals import refused
from integrations.selling.values import Fields
from integrations.vinted.markets import VENDOR
from integrations.vinted.relay import RelayCalls, RelayErrorCode, StepAnswer, StepWish

# After a refusal for the number of calls nothing is asked for so long, whatever shorter time the site names.
_SHORTEST_PAUSE_S = 60
_LONGEST_WORDS = 500
_CHECK = "then run CHECK by syncChannel."
_BARRED = {
    RelayErrorCode.SIGNED_OUT: (
        Bar.SIGN_IN,
        f"Nobody is signed in at {VENDOR} in your browser, or another member than this channel's: sign in, {_CHECK}",
    ),
    RelayErrorCode.CHALLENGE: (
        Bar.CHALLENGE,
        f"{VENDOR} asks whether a person is there: open {VENDOR} in your browser and answer it, {_CHECK}",
    ),
    RelayErrorCode.FORBIDDEN: (
        Bar.FORBIDDEN,
        f"{VENDOR} refuses what the extension asks for: open {VENDOR} in your browser and see what it says, {_CHECK}",
    ),
}
_REFUSED = f"{VENDOR} refuses this."
_GONE = f"{VENDOR} does not have this any more."
_AWAY = f"{VENDOR} does not answer the extension."
_LATE = f"{VENDOR} did not answer the extension in time."
_TOO_MANY_CALLS = f"{VENDOR} has had too many calls for a while."
_NO_ANSWERS = "The extension's answers are not those of the steps."


class Steps:
    """The steps of one job."""

    def __init__(self, calls: RelayCalls) -> None:
        self._calls = calls

    async def answers(self, wishes: Sequence[StepWish]) -> list[StepAnswer]:
        """Of each step what it brought, a refusal of it alone, or that nobody knows; raises for any other failure."""
        if not wishes:
            return []
        found = list(await self._calls.answers(wishes))
        for wish, answer in zip(wishes, found, strict=False):
            if not answer.is_kept(wish.operation):
                raise failure_of(answer)
        if len(found) != len(wishes):
            raise Misshapen(_NO_ANSWERS)
        return found

    async def results(self, wishes: Sequence[StepWish]) -> list[Fields]:
        """What each step brought; raises for the first that brought nothing."""
        found = await self.answers(wishes)
        for answer in found:
            if answer.error is not None:
                raise failure_of(answer)
        return [Fields.of(answer.result) for answer in found]

    async def result(self, wish: StepWish) -> Fields:
        [found] = await self.results([wish])
        return found


def failure_of(answer: StepAnswer, *, field: str | None = None) -> IntegrationError:
    """What the failure of a step means; `field` is what of a draft it was about."""
    words = _words_of(answer)
    said = VendorError(answer.http_status or 0, text=words, advice=words)
    match answer.error:
        case RelayErrorCode.SIGNED_OUT | RelayErrorCode.CHALLENGE | RelayErrorCode.FORBIDDEN:
            bar, reason = _BARRED[answer.error]
            return Barred(reason, bar=bar, said=said)
        case RelayErrorCode.RATE_LIMITED:
            pause = max(answer.retry_after_s or 0, _SHORTEST_PAUSE_S)
            return Throttled(_TOO_MANY_CALLS, retry_after_s=pause, scope="account", said=said)
        case RelayErrorCode.NOT_FOUND:
            return ObjectMissing(_GONE, said=said)
        case RelayErrorCode.INVALID:
            return refused(f"{VENDOR} says: {words}" if words else _REFUSED, field, said=said)
        case RelayErrorCode.TIMEOUT:
            return TimedOut(_LATE, said=said)
        case _:
            return Unavailable(_AWAY, said=said)


def _words_of(answer: StepAnswer) -> str:
    """The site's own words, in one line."""
    told = "".join(sign if sign.isprintable() else " " for sign in (answer.message or "")[: 2 * _LONGEST_WORDS])
    return " ".join(told.split())[:_LONGEST_WORDS]

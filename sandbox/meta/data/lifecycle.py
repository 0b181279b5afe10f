"""Owns when an ad runs and what its status means for its children; must not know numbers of delivery."""

from datetime import date, timedelta

HISTORY_DAYS = 120
# The structure of accounts hangs on a day that changes every 64 days only, so that sandboxes started on
# neighbouring days agree on what every ad did on every day.
_ANCHOR_DAYS = 64

# Active ads that ran before history begins; the others join later.
_EVERGREEN_SHARE = 0.65
_OVERRIDING = ("DELETED", "ARCHIVED")


def anchor(opened_on: date) -> date:
    return date.fromordinal(opened_on.toordinal() // _ANCHOR_DAYS * _ANCHOR_DAYS)


def effective(own: str, parent: str, *, parent_pause: str) -> str:
    """A deleted or archived parent passes its status on, a paused one says so under its own word."""
    for status in _OVERRIDING:
        if status in (own, parent):
            return status
    if own == "PAUSED":
        return own
    return {"PAUSED": parent_pause, "CAMPAIGN_PAUSED": "CAMPAIGN_PAUSED"}.get(parent, own)


def flight(status: str, anchored_on: date, *, dice: tuple[float, ...]) -> tuple[date, date | None]:
    """First and last day of delivery. All ends lie before the day on which the sandbox was opened first."""
    early = anchored_on - timedelta(days=int(60 * dice[0]))
    late = anchored_on + timedelta(days=_ANCHOR_DAYS + int(50 * dice[0]))
    if status in _OVERRIDING:
        return early, anchored_on + timedelta(days=75 + int(25 * dice[1]))
    if status == "ACTIVE":
        return (early if dice[2] < _EVERGREEN_SHARE else late), None
    return early, anchored_on + timedelta(days=85 + int(30 * dice[1]))

"""What a refresh could not read of the platform's answers, gathered into warnings; the rest of them was read."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date

from integrations.meta.decoding import Spoiled
from integrations.meta.insights.ad_days import METRICS, ROW
from integrations.meta.insights.broken_down import PART

# Of one field: who wants to look at it at the platform needs an example, not a list.
_MOST_NAMED = 3
# A platform that sends nothing but rubbish is told of, but not without end.
_MOST_WARNINGS = 100
# Of a day, which a time may follow.
_DAY_LETTERS = 10
# Their sums are what is stored of a day.
_OF_AD_DAYS = (ROW, PART)
_PLURALS = {"ad account": "ad account", "row": "ads", "part": "ads", "people": "campaigns"}


@dataclass(frozen=True, slots=True)
class Unread:
    """What could not be read of a day of ads: numbers of the platform's field, or a whole row when it is None.

    `day` is None when the row does not say of which day it is.
    """

    day: date | None
    field_name: str | None


@dataclass(slots=True)
class Oddities:
    """`found` has, by kind, field and whether it was missing, the things in which it was met, each once."""

    found: dict[tuple[str, str | None, bool], dict[str, None]] = field(default_factory=dict)
    unread: dict[Unread, None] = field(default_factory=dict)

    def add(self, spoiled: Iterable[Spoiled]) -> None:
        for each in spoiled:
            of = each.external_id or "without an id"
            things = self.found.setdefault((each.kind, each.field_name, each.is_missing), {})
            things[f"{of} on {each.day}" if each.day else of] = None
            if each.kind in _OF_AD_DAYS:
                self._note_unread(each)

    def _note_unread(self, spoiled: Spoiled) -> None:
        """Without it a sum would fall short; whose a row is, and in which money, is known from elsewhere too."""
        name = spoiled.field_name.partition(".")[0] if spoiled.field_name else None
        if name is None or name in METRICS:
            self.unread[Unread(_day(spoiled.day), name)] = None

    def take_unread(self) -> list[Unread]:
        """What of days of ads could not be read since the last time."""
        unread = [*self.unread]
        self.unread.clear()
        return unread

    def has_lost(self, kind: str) -> bool:
        """Whether a whole row of the kind could not be read: then a list of them is not complete."""
        return (kind, None, False) in self.found

    def warnings(self) -> list[str]:
        told = [_told(*oddity, [*things]) for oddity, things in self.found.items()]
        more = len(told) - _MOST_WARNINGS
        return told if more <= 0 else [*told[:_MOST_WARNINGS], f"So did it for {more} other fields."]


def _day(text: str | None) -> date | None:
    try:
        return date.fromisoformat(text[:_DAY_LETTERS]) if text else None
    except ValueError:
        return None


def _told(kind: str, name: str | None, is_missing: bool, things: list[str]) -> str:
    named, more = ", ".join(things[:_MOST_NAMED]), len(things) - _MOST_NAMED
    whose = f"{_PLURALS.get(kind, f'{kind}s')} {named}" + (f" and {more} more" if more > 0 else "")
    if is_missing:
        return f"The platform sent no {name} of the {whose}; what was stored of it stays."
    if name is None:
        return f"The platform sent what cannot be read in place of the {whose}; it was left out."
    return f"The platform sent a value that cannot be read as {name} of the {whose}; it was left out."

"""What a refresh could not read of the platform's answers, gathered into warnings; the rest of them was read."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date

from integrations.meta.decoding import Spoiled

# Of one field: who wants to look at it at the platform needs an example, not a list.
_MOST_NAMED = 3
# A platform that sends nothing but rubbish is told of, but not without end.
_MOST_WARNINGS = 100
# Of a day, which a time may follow.
_DAY_LETTERS = 10
_PLURALS = {"ad account": "ad account", "row": "ads", "part": "ads", "people": "campaigns"}


@dataclass(slots=True)
class Oddities:
    """`found` has, by kind, field and whether it was missing, the things in which it was met, each once."""

    found: dict[tuple[str, str | None, bool], dict[str, None]] = field(default_factory=dict)
    lost_days: dict[date, None] = field(default_factory=dict)

    def add(self, spoiled: Iterable[Spoiled]) -> None:
        for each in spoiled:
            of = each.external_id or "without an id"
            things = self.found.setdefault((each.kind, each.field_name, each.is_missing), {})
            things[f"{of} on {each.day}" if each.day else of] = None
            if each.field_name is None and (day := _day(each.day)) is not None:
                self.lost_days[day] = None

    def take_lost_days(self) -> list[date]:
        """Days of which a whole row could not be read since the last time."""
        days = [*self.lost_days]
        self.lost_days.clear()
        return days

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

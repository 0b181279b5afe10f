"""What a refresh could not read of the platform's answers, gathered into warnings; the rest of the answers was read."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from datetime import date

from integrations.ads.spoiled import ACCOUNT_TOTAL, AD_DAY, PART, PEOPLE_OF_ACCOUNT, PEOPLE_OF_CAMPAIGNS, Spoiled

# A warning names so many things of which a field could not be read: people who look it up need an example, not a list.
_MOST_NAMED = 3
# So many warnings at most, however many different fields cannot be read.
_MOST_WARNINGS = 100
# The letters of a day (2026-05-31), which a time may follow.
_DAY_LETTERS = 10
# The kinds of rows of which numbers are stored.
_NUMBERS = (AD_DAY, PART, PEOPLE_OF_ACCOUNT, PEOPLE_OF_CAMPAIGNS)
_PLURALS = {"ad account": "ad account", AD_DAY: "ads", PART: "ads", PEOPLE_OF_CAMPAIGNS: "campaigns"}
# Their rows have no id, since they are all of the one account.
_OF_ACCOUNT = (PEOPLE_OF_ACCOUNT, ACCOUNT_TOTAL)


@dataclass(frozen=True, slots=True)
class Unread:
    """What could not be read of a row: numbers of the platform's field, or all of it when that is None.

    `day` and `last_day` are those of the row, None when it does not say them.
    """

    day: date | None
    field_name: str | None
    last_day: date | None = None


@dataclass(slots=True)
class Oddities:
    """`found` has by kind of row, field and whether the field was missing the things in which that was met, each once.

    `unread` are the numbers of it that could not be read, until somebody takes them. `numbers` are the platform's names
    of the fields that sums are made of.
    """

    numbers: Collection[str] = ()

    found: dict[tuple[str, str | None, bool], dict[str, None]] = field(default_factory=dict)
    unread: dict[Unread, None] = field(default_factory=dict)

    def add(self, spoiled: Iterable[Spoiled]) -> None:
        for each in spoiled:
            things = self.found.setdefault((each.kind, each.field_name, each.is_missing), {})
            things[_named(each)] = None
            if each.kind in _NUMBERS:
                self._note_unread(each)

    def _note_unread(self, spoiled: Spoiled) -> None:
        """Notes a number that could not be read, since the sum of its day lacks it.

        Other fields name whose the row is and in which currency, which is known from the lists and the account too.
        """
        name = spoiled.field_name.partition(".")[0] if spoiled.field_name else None
        if name is None or name in self.numbers:
            self.unread[Unread(_day(spoiled.day), name, _day(spoiled.last_day))] = None

    def take_unread(self) -> list[Unread]:
        """The numbers that could not be read since this was last called."""
        unread = [*self.unread]
        self.unread.clear()
        return unread

    def has_lost(self, kind: str) -> bool:
        """Whether a whole row of the kind could not be read: then a list of them is not complete."""
        return (kind, None, False) in self.found

    def warnings(self) -> list[str]:
        """One for each field; where these are too many, those of numbers come first, since sums lack them."""
        found, more = [*self.found.items()], len(self.found) - _MOST_WARNINGS
        if more > 0:
            found = sorted(found, key=lambda each: each[0][0] not in _NUMBERS)[:_MOST_WARNINGS]
        told = [_told(*oddity, [*things]) for oddity, things in found]
        return [*told, f"So did it for {more} other fields."] if more > 0 else told


def _named(spoiled: Spoiled) -> str:
    """The id and the days of the row with the value, for a warning."""
    whose = "" if spoiled.kind in _OF_ACCOUNT else spoiled.external_id or "without an id"
    if spoiled.day is None:
        return whose
    is_period = spoiled.last_day is not None and spoiled.last_day != spoiled.day
    return f"{whose} from {spoiled.day} to {spoiled.last_day}" if is_period else f"{whose} on {spoiled.day}"


def _day(text: str | None) -> date | None:
    try:
        return date.fromisoformat(text[:_DAY_LETTERS]) if text else None
    except ValueError:
        return None


def _told(kind: str, name: str | None, is_missing: bool, things: list[str]) -> str:
    named, more = ", ".join(things[:_MOST_NAMED]).strip(), len(things) - _MOST_NAMED
    plural = "account" if kind in _OF_ACCOUNT else _PLURALS.get(kind, f"{kind}s")
    whose = f"{plural} {named}".rstrip() + (f" and {more} more" if more > 0 else "")
    if is_missing:
        return f"The platform sent no {name} of the {whose}; what was stored of it stays."
    if name is None:
        numbers = "numbers of " if kind in _OF_ACCOUNT else ""
        return f"The platform sent what cannot be read in place of {numbers}the {whose}; it was left out."
    return f"The platform sent a value that cannot be read as {name} of the {whose}; it was left out."

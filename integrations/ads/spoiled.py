"""Owns how it is told that a value of a platform's answer could not be read, although the rest of the answer could."""

from dataclasses import dataclass

# What rows are called in a Spoiled: ads by day, parts of those, deduplicated people, and what an account spent in all.
AD_DAY, PART = "row", "part"
PEOPLE_OF_ACCOUNT, PEOPLE_OF_CAMPAIGNS = "people of the account", "people of campaigns"
ACCOUNT_TOTAL = "total of the account"


@dataclass(frozen=True, slots=True)
class Spoiled:
    """A value that could not be read, in the row `external_id` of a kind, for a day or for the days up to `last_day`.

    `field_name` is the platform's, with dots for a field within others; None when the whole row was left out.
    `is_missing`: the value was absent, although every object of the kind has one.
    """

    kind: str
    field_name: str | None = None
    external_id: str | None = None
    day: str | None = None
    is_missing: bool = False
    last_day: str | None = None

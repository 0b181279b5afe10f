"""Spoiled: the report of a value in a platform's answer that could not be read, although the rest could."""

from dataclasses import dataclass

# The kinds of rows in a Spoiled: ad-days, parts of them by breakdowns, deduplicated people, an account's total spend.
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

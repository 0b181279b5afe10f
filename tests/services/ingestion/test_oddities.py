"""What could not be read is told once for each field, with examples."""

from datetime import date

from integrations.ads.spoiled import ACCOUNT_TOTAL, AD_DAY, PEOPLE_OF_ACCOUNT, PEOPLE_OF_CAMPAIGNS, Spoiled
from integrations.meta.client import MetaSession
from services.ingestion.oddities import Oddities, Unread


def test_a_field_is_told_once_with_examples() -> None:
    oddities = Oddities()
    for number in (1, 2, 2, 3, 4, 5):
        oddities.add([Spoiled("ad set", "daily_budget", str(number))])
    oddities.add([Spoiled("row", "spend", "7", "2026-10-01"), Spoiled("campaign")])
    unread = "The platform sent a value that cannot be read as"
    assert oddities.warnings() == [
        f"{unread} daily_budget of the ad sets 1, 2, 3 and 2 more; it was left out.",
        f"{unread} spend of the ads 7 on 2026-10-01; it was left out.",
        "The platform sent what cannot be read in place of the campaigns without an id; it was left out.",
    ]
    assert (oddities.has_lost("campaign"), oddities.has_lost("ad set")) == (True, False)


def test_what_the_account_itself_has_needs_no_id() -> None:
    oddities, day, month = Oddities(), "2026-10-01", "2026-10-31"
    oddities.add(
        [Spoiled(PEOPLE_OF_ACCOUNT, "reach", None, day, last_day=day), Spoiled(ACCOUNT_TOTAL, "spend", None, day)]
    )
    oddities.add([Spoiled(PEOPLE_OF_CAMPAIGNS, "reach", "7", day, last_day=month), Spoiled(PEOPLE_OF_ACCOUNT)])
    unread, left_out = "The platform sent a value that cannot be read as", "it was left out."
    assert oddities.warnings() == [
        f"{unread} reach of the account on 2026-10-01; {left_out}",
        f"{unread} spend of the account on 2026-10-01; {left_out}",
        f"{unread} reach of the campaigns 7 from 2026-10-01 to 2026-10-31; {left_out}",
        f"The platform sent what cannot be read in place of numbers of the account; {left_out}",
    ]


def test_warnings_have_an_end_that_says_so() -> None:
    oddities = Oddities()
    oddities.add(Spoiled("ad", f"field_{number}", "1") for number in range(120))
    assert len(oddities.warnings()) == 101
    assert oddities.warnings()[-1] == "So did it for 20 other fields."


def test_what_a_day_lacks_is_taken_once() -> None:
    oddities = Oddities()
    oddities.add([Spoiled("row", None, None, "2026-10-01"), Spoiled("row", None, None, "never"), Spoiled("part")])
    assert oddities.take_unread() == [Unread(date(2026, 10, 1), None), Unread(None, None)]
    assert oddities.take_unread() == []


def test_a_number_that_cannot_be_read_is_lacking_and_whose_it_is_is_not() -> None:
    oddities, day = Oddities(MetaSession.insight_fields), "2026-10-01"
    for kind, name in (("row", "spend"), ("row", "actions"), ("row", "actions.value"), ("part", "spend")):
        oddities.add([Spoiled(kind, name, "7", day)])
    for kind, name in (
        ("row", "adset_id"),
        ("row", "account_currency"),
        ("campaign", "name"),
        (ACCOUNT_TOTAL, "spend"),
    ):
        oddities.add([Spoiled(kind, name, "7", day)])
    assert oddities.take_unread() == [Unread(date(2026, 10, 1), name) for name in ("spend", "actions")]


def test_a_day_may_be_followed_by_a_time() -> None:
    oddities = Oddities()
    oddities.add([Spoiled("row", None, "7", "2026-10-01T00:00:00")])
    assert oddities.take_unread() == [Unread(date(2026, 10, 1), None)]


def test_where_too_many_fields_are_odd_those_of_numbers_are_told() -> None:
    oddities = Oddities()
    oddities.add([Spoiled("creative", f"field_{number}", "1") for number in range(150)])
    oddities.add([Spoiled(AD_DAY, "spend", "7", "2026-11-01")])
    told = oddities.warnings()
    assert "spend of the ads 7 on 2026-11-01" in told[0]
    assert (len(told), told[-1]) == (101, "So did it for 51 other fields.")
